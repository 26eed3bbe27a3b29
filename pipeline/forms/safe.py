"""What keeps the words of a document from being obeyed: by a terminal, a spreadsheet or a Markdown reader."""

import re
import unicodedata
from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take words for a formula."""
NAME: Final = 160
"""Characters of a title or heading that a citation shows; what a document calls itself may be a whole page long."""
EXCEL_CELL: Final = 32_767
"""More characters than this in one cell, and a spreadsheet breaks the row apart."""
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

_OBEYED: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Unicode categories of what a terminal obeys instead of showing it."""
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOOKS_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_MARKED_UP: Final = re.compile(r"([\\`*_{}\[\]<>|~^$&@#])|(?<=-)(-)|(?<=\.)(\.)")
_BEGINS_BLOCK: Final = re.compile(r"^([^\S\n]*+)([-+=:]|\d{1,9}(?=[.)]))", re.MULTILINE)


def for_excel(cell: str) -> str:
    """Return a cell of a CSV that Excel takes for words, and that is not longer than it allows."""
    return _cut(f"'{cell}" if cell.startswith(FORMULA) else cell)


def for_xlsx(cell: str) -> str:
    """Return words as a workbook can hold them.

    What XML has no place for becomes "\N{REPLACEMENT CHARACTER}"; longer words are cut; what reads like an escape of
    Excel ("_x0041_") is escaped, so that it shows as it is.
    """
    return _LOOKS_ESCAPED.sub("_x005F_", _cut(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", cell)))


def for_terminal(text: str) -> str:
    """Return a text with spaces for control characters: a document may hold them, and a terminal would obey them."""
    return re.sub(" {2,}", " ", _without_obeyed(text, keep=""))


def short(name: str, limit: int = NAME) -> str:
    """Return a title, heading or speaker in one line, cut at a word where it is longer than a citation bears.

    >>> short("Spring meeting of the network", limit=18)
    'Spring meeting …'
    """
    line = " ".join(name.split())
    return line if len(line) <= limit else f"{line[: limit - 2].rsplit(' ', 1)[0]} …"


def lines_for_terminal(text: str) -> str:
    """Return lines that a program might read, with spaces for all control characters but their ends and tabs."""
    return _without_obeyed(text.replace("\r\n", "\n"), keep="\n\t")


def for_markdown(text: str) -> str:
    r"""Return Markdown that shows these words as they are: nothing becomes a list, a link, a tag or a formula.

    >>> print(for_markdown("*not* <b>bold</b>"))
    \*not\* \<b\>bold\</b\>
    """
    shown = "\n".join(for_terminal(line).strip() for line in text.splitlines())
    marked = _MARKED_UP.sub(lambda match: f"\\{match[0]}", shown)
    return _BEGINS_BLOCK.sub(_disarmed, marked)


def escaped_json(line: bytes) -> bytes:
    r"""Return JSON that means the same, with escapes ("\u202e") for characters that a terminal would obey."""
    if line.isascii() and b"\x7f" not in line:
        return line
    return "".join(_escape(char) if _is_obeyed(char) else char for char in line.decode()).encode()


def _disarmed(match: re.Match[str]) -> str:
    lead, mark = match.groups()
    return f"{lead}{mark}\\" if mark.isdigit() else f"{lead}\\{mark}"


def _cut(cell: str) -> str:
    return cell if len(cell) <= EXCEL_CELL else f"{cell[: EXCEL_CELL - 1]}…"


def _is_obeyed(char: str) -> bool:
    return not (char.isascii() and char.isprintable()) and unicodedata.category(char) in _OBEYED


def _without_obeyed(text: str, *, keep: str) -> str:
    return "".join(" " if _is_obeyed(char) and char not in keep else char for char in text)


def _escape(char: str) -> str:
    if char == "\n":
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
