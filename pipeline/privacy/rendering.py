"""A document as Markdown, which gives the same passages when it is read again.

Documents in a format that has more than words (PDF, DOCX, HTML) are written so: what such a file keeps out of sight,
its authors, comments and earlier versions, stays behind.
"""

import re
from collections.abc import Sequence
from typing import Final

from pipeline.records import Passage

_MARKS: Final = re.compile(r"([\\`*_\[\]<>])")
_OPENS: Final = re.compile(r"^([^\S\n]*+)([#+\-=|~])", re.MULTILINE)
_NUMBERED: Final = re.compile(r"^([^\S\n]*+\d++)([.)])", re.MULTILINE)


def as_markdown(passages: Sequence[Passage]) -> str:
    """Return the passages of a document as Markdown."""
    return "\n\n".join(_RENDERED.get(one.kind, _plain)(one) for one in passages) + "\n"


def _heading(one: Passage) -> str:
    return f"{'#' * (one.level or 1)} {_escaped(' '.join(one.text.split()))}"


def _item(one: Passage) -> str:
    return f"- {_escaped(' '.join(one.text.split()))}"


def _quote(one: Passage) -> str:
    return "\n".join(f"> {_escaped(line)}" + "  " for line in one.text.split("\n")).rstrip()


def _table(one: Passage) -> str:
    rows = [[_escaped(cell).replace("|", "\\|") for cell in line.split("\t")] for line in one.text.split("\n")]
    width = max(map(len, rows))
    whole = [row + [""] * (width - len(row)) for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in whole]
    return "\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]])


def _plain(one: Passage) -> str:
    return "  \n".join(_escaped(line) for line in one.text.split("\n"))


def _escaped(text: str) -> str:
    """Return words that Markdown takes for words."""
    text = _MARKS.sub(r"\\\1", text.replace("&", "&amp;"))
    return _NUMBERED.sub(r"\1\\\2", _OPENS.sub(r"\1\\\2", text))


_RENDERED: Final = {"heading": _heading, "list_item": _item, "quote": _quote, "table": _table}
