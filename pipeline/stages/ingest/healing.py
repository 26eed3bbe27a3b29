"""What all readers share: bytes to text, white space, ligatures, and words cut at the end of a line.

>>> decode(b"The principal\\x92s team\\r\\n")
('The principal’s team\\n', 'cp1252')
>>> clean("an o\\ufb03ce  for\\u00a0prin\\u00adcipals")
'an office for principals'
>>> join_lines(["teacher leader-", "ship grew"])
'teacher leadership grew'
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from pipeline.errors import ErrorCode, PipelineError
from pipeline.stages.ingest.blocks import Doubt

# UTF-32 before UTF-16: the mark of the one begins with the mark of the other.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OLD_ENCODINGS = ("cp1252", "mac_roman")
_WIDE = ("utf-16", "utf-32")  # in which zero bytes are parts of letters
_MOST_CONTROLS = 0.002
_CONTROLS = frozenset(map(chr, range(32))) - set("\t\n\v\f\r\x1a\x1b") | {"\x7f"}
_TYPOGRAPHIC = frozenset("‘’“”–—…•\u00a0")

_LINE_END = re.compile("\r\n|[\r\u2028\u2029]")
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BLANKS = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BLANKS_AT_LINE_ENDS = re.compile(r"(?m)^ +| +$")
_BREAKS = re.compile("[\v\f\u0085\u2028\u2029]")
_STRAY_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u2010": "-", "\u2011": "-"}
)

LONGEST_ATTRIBUTION = 160
LONGEST_HEADING = 90
LONGEST_CELL = 600  # characters; a table with a longer cell lays out running text
_ATTRIBUTION = re.compile(r"\s*[—–―-]{1,2}\s*\w")
_BARE_WORD = re.compile(r"\w+")
_MOST_LAYERS = 50

_CUT_WORD = re.compile(r"(?<![^\W\d_])(?<![^\W\d_]['’-])(?P<head>[^\W\d_]++(?:['’-][^\W\d_]++)*+)-$")
_GLUED = re.compile(r"\w-$|\S[—/]$")
_LOOK_BACK = 80  # characters, of which a cut word has fewer
_LONGEST_PART = 4000
_FIRST_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# Words that English often joins to the next one, so that a hyphen after them at the end of a line is likely meant; not
# those that also begin longer words ("in-", "co-", "pre-"): dictionaries of hyphenation break there.
_COMPOUNDING = """
    self well non long short high low mid cross full two three four five six seven eight nine second third fourth fifth
    sixth seventh eighth ninth tenth eleventh twelfth data evidence school district community student teacher research
    family job grade year county decision problem place peer practitioner standards culture college career small large
"""
_JOINS_WITH_HYPHEN = frozenset(_COMPOUNDING.split())
_SUFFIXES = """
    s es ed er ers est ing ings ly ment ments ness ship ships hood ful less able ity ize ized ty teen teenth tieth
    dle dles atic ism ist ists al
"""
_WORD_ENDINGS = frozenset(_SUFFIXES.split())


def decode(content: bytes) -> tuple[str, str | None]:
    r"""Turn the bytes of a text file into text without a byte-order mark, its lines ended by "\n".

    Returns:
        The text, and the name of its encoding, or `None` when that was UTF-8 or ASCII.

    Raises:
        PipelineError: the bytes are no text.

    """
    text, encoding = _decode(content)
    text = text.replace("\x00", "")  # bytes that a disk or a program lost are no reason to refuse the rest
    if _is_binary(text) or (content and not content.strip(b"\x00")):
        raise _binary(content)
    return _LINE_END.sub("\n", text), encoding


def decoding_doubts(content: bytes, encoding: str | None) -> list[Doubt]:
    """Say what was doubtful in turning bytes into text: a guessed encoding, and zero bytes in the place of words."""
    doubts = []
    if encoding:
        message = (
            f"Found: text in {encoding}. Expected: UTF-8. It was read as {encoding}. "
            "What to do: look at its accents and quotation marks; if they are wrong, save the file as UTF-8."
        )
        doubts.append(Doubt(ErrorCode.ENCODING, message))
    lost = 0 if (encoding or "").startswith(_WIDE) else content.count(0)
    if lost:
        message = (
            f"Found: {lost:,} zero bytes (NUL), which were left out. Expected: none in a text. "
            "What to do: look whether words are missing, as after a crash or a broken copy; if so, copy the file again."
        )
        doubts.append(Doubt(ErrorCode.ENCODING, message))
    return doubts


def _decode(content: bytes) -> tuple[str, str | None]:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            text = content[len(mark) :].decode(encoding, errors="replace")
            return text, None if encoding == "utf-8" else encoding
    wide = _utf16_without_mark(content)
    if wide:
        return content.decode(wide, errors="replace"), wide
    try:
        return content.decode("utf-8"), None
    except UnicodeDecodeError:
        return _decode_old(content)


def _utf16_without_mark(content: bytes) -> str | None:
    """Recognise English text in UTF-16 by the zero byte in every second place."""
    head = content[:4096]
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half and len(content) % 2 == 0:
        if odd > 0.6 * half and even < 0.05 * half:
            return "utf-16-le"
        if even > 0.6 * half and odd < 0.05 * half:
            return "utf-16-be"
    return None


def _decode_old(content: bytes) -> tuple[str, str]:
    """Choose the single-byte encoding in which the bytes beyond ASCII read most like English."""
    nearly = content.decode("utf-8", errors="replace")
    if 0 < nearly.count("\ufffd") <= 0.02 * sum(char > "\x7f" for char in nearly):
        return nearly, "utf-8 with errors"
    readings = []
    for encoding in _OLD_ENCODINGS:
        try:
            readings.append((content.decode(encoding), encoding))
        except UnicodeDecodeError:
            continue
    if not any(encoding == "cp1252" for _, encoding in readings):
        readings.insert(0, (content.decode("latin-1"), "latin-1"))
    return max(readings, key=lambda reading: _plausibility(reading[0]))


def _plausibility(text: str) -> int:
    """Count characters beyond ASCII where English would have them, less those where it would not."""
    score = 0
    for match in re.finditer(r"[^\x00-\x7f]", text):
        char, before = match[0], text[match.start() - 1 : match.start()]
        if char in _TYPOGRAPHIC:
            score += 2
        elif char.isalpha() and not (char.isupper() and before.islower()):
            score += 1
        elif char.isalpha() or unicodedata.category(char).startswith("C"):
            score -= 2
    return score


def _is_binary(text: str) -> bool:
    controls = sum(text.count(char) for char in _CONTROLS)
    doubtful = controls + text.count("\ufffd")
    return doubtful > max(1, _MOST_CONTROLS * len(text))


def _binary(content: bytes) -> PipelineError:
    return PipelineError(
        ErrorCode.BINARY_FILE,
        found=f"{len(content)} bytes that are no text (they begin with {content[:8].hex(' ')})",
        expected="a text file in UTF-8, UTF-16, Windows-1252, Latin-1 or Mac Roman",
        do="save the document as text, HTML, DOCX or PDF, with the ending that fits, and run again",
    )


def clean(text: str) -> str:
    r"""Mend the characters of a text and leave its words, line breaks and tabs as they are.

    Composes accents (NFC); drops soft hyphens, zero-width and control characters; turns every kind of blank into a
    plain space, and a run of them into one, none at the ends of a line; resolves ligatures; reads UTF-8 that had been
    taken for Windows-1252 ("â€™") as what it was. Form feeds and vertical tabs become "\n".
    """
    for _ in range(_MOST_LAYERS):
        before, text = text, _cleaned_once(text)
        # Mangled twice over, or its halves kept apart by what was dropped: once more.
        if text == before or not _MANGLED.search(text):
            break
    return text


def _cleaned_once(text: str) -> str:
    text = _unmangle(text)
    text = _STRAY_CONTROLS.sub("", _BREAKS.sub("\n", text))
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).translate(_LIGATURES)
    return _BLANKS_AT_LINE_ENDS.sub("", _BLANKS.sub(" ", text))


def clean_line(text: str) -> str:
    """Mend a text whose line breaks and tabs mean nothing: all white space becomes single spaces."""
    return " ".join(clean(text).split())


def _cp1252_char(byte: int) -> str:
    """Return the character; browsers read the five bytes that cp1252 leaves open as control characters."""
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_BYTE_OF = {_cp1252_char(byte): byte for byte in range(0x80, 0x100)}
_TAIL = "[" + re.escape("".join(_cp1252_char(byte) for byte in range(0x80, 0xC0))) + "]"
_MANGLED = re.compile(f"[ÂÃ]{_TAIL}|[âï]{_TAIL}{{2}}")


def _unmangle(text: str) -> str:
    return _MANGLED.sub(_as_utf8, text)


def _as_utf8(match: re.Match[str]) -> str:
    try:
        return bytes(_BYTE_OF[char] for char in match[0]).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def words_of(lines: Iterable[str]) -> frozenset[str]:
    """Return the words of a document in lower case, compounds with their hyphens: what `join_lines` decides by."""
    words: set[str] = set()
    for line in lines:
        words.update(_WORD.findall(line.lower()))
    return frozenset(words)


def join_lines(lines: Sequence[str], words: AbstractSet[str] = frozenset()) -> str:
    """Join the lines of one paragraph by spaces and undo hyphenation.

    Args:
        lines: the lines, in order; empty ones count for nothing.
        words: the words of the whole document (`words_of`). A cut word that stands there in one form gets that form;
            otherwise the hyphen goes, unless its first part commonly begins a compound ("well-", "school-").

    """
    parts: list[str] = []
    text = ""
    for line in filter(None, (line.strip() for line in lines)):
        if len(text) > _LONGEST_PART:  # looking back over all that was joined would take time with its square
            parts.append(text[:-_LOOK_BACK])
            text = text[-_LOOK_BACK:]
        text = _append(text, line, words) if text else line
    return "".join([*parts, text])


def _append(text: str, line: str, words: AbstractSet[str]) -> str:
    tail = text[-_LOOK_BACK:]
    if tail.endswith("\u00ad"):
        return text[:-1] + line
    cut = _CUT_WORD.search(tail)
    if cut:
        rest = _FIRST_WORD.match(line[:_LOOK_BACK])
        return (text[:-1] if rest and _is_hyphenation(cut["head"], rest[0], words) else text) + line
    # A dash, or a compound of a number, holds on to what follows as well.
    glued = _GLUED.search(tail[-2:])
    return text + line if glued else f"{text} {line}"


def _is_hyphenation(head: str, rest: str, words: AbstractSet[str]) -> bool:
    """Tell a word cut at the end of a line from a compound that keeps its hyphen."""
    if not rest[0].islower() or head.isupper():
        return False
    whole, compound = (head + rest).lower(), f"{head}-{rest}".lower()
    if (whole in words) != (compound in words):
        return whole in words
    last = head.lower().rsplit("-", 1)[-1]
    return last not in _JOINS_WITH_HYPHEN or rest in _WORD_ENDINGS


def is_attribution(line: str) -> bool:
    """Tell the line after a quotation that says whose words they are: "— A principal"."""
    return len(line) <= LONGEST_ATTRIBUTION and _ATTRIBUTION.match(line) is not None


def bare_words(text: str) -> str:
    """Return the words of a text in lower case, joined by spaces: what `is_repeated` searches."""
    return " ".join(_BARE_WORD.findall(text.lower()))


def is_repeated(text: str, body: str) -> bool:
    """Tell whether a pull quote repeats words of the body, perhaps shortened.

    Args:
        text: the pull quote; only its first line counts, since the next ones say whose words they are.
        body: the words of the body (`bare_words`).

    """
    words = bare_words(text.split("\n", 1)[0]).split()
    runs = [" ".join(words[i : i + 4]) for i in range(max(1, len(words) - 3))]
    padded = f" {body} "
    return bool(words) and sum(f" {run} " in padded for run in runs) >= 0.6 * len(runs)
