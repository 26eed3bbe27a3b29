"""What stands on the pages of a PDF beside its text: a table of contents, footnotes, pull quotes."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.stages.ingest.healing import bare_words, is_repeated, join_lines, words_of
from pipeline.stages.ingest.pdf_lines import Line
from pipeline.stages.ingest.pdf_paragraphs import TERMINAL

_NOTE_START = re.compile(r"^(?:\[?(?P<mark>\d{1,2})\]?[.)]?\s+|(?P<sign>[*†‡§])\s*)")
OPEN_QUOTATION = re.compile(r"^[“\"‘]")
_LEADERS = re.compile(r"(?<!\.)(?<!\. )(?:\. ?){5,}+\s*+(?:\d{1,4}|[ivxlc]{1,6})$")
_CONTENTS = re.compile(r"(?:table of )?contents", re.IGNORECASE)
_SHORTEST_PULL_QUOTE = 6  # words


def without_contents(lines: Sequence[Line]) -> tuple[list[Line], list[str]]:
    """Take out a table of contents: lines whose dots lead to a page number, and the word above them."""
    entries = [_LEADERS.search(line.text) is not None for line in lines]
    following = [*entries[1:], False]
    removed = [
        is_entry or (leads and _CONTENTS.fullmatch(line.text) is not None)
        for line, is_entry, leads in zip(lines, entries, following, strict=False)
    ]
    kept = [line for line, gone in zip(lines, removed, strict=True) if not gone]
    return kept, [line.text for line, gone in zip(lines, removed, strict=True) if gone]


def body_size(lines: Sequence[Line]) -> float:
    """Return the type size in which most of the text is set."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[line.size] += len(line.text) * (not line.rows)
    return max(weights, key=lambda size: (weights[size], size), default=0.0)


def without_notes(lines: Sequence[Line], body: float) -> tuple[list[Line], dict[tuple[int, str], str]]:
    """Part footnotes from the text: small type at the end of a page or column, the first line with a number or sign.

    Returns:
        The other lines, and the text of each note by its page and mark.

    """
    kept: list[Line] = []
    notes: dict[tuple[int, str], list[str]] = {}
    latest: tuple[int, str] | None = None
    for index, line in enumerate(lines):
        at_foot = line.size < 0.93 * body and _is_at_foot(lines, index, body)
        latest = latest if at_foot and latest and latest[0] == line.page else None
        mark = _note_mark(line, latest[1] if latest else None) if at_foot else None
        if mark:
            latest = (line.page, mark)
        if latest:
            text = line.text if line.marks or not mark else _NOTE_START.sub("", line.text)
            notes.setdefault(latest, []).append(text)
        else:
            kept.append(line)
    words = words_of(line.text for line in lines)
    return kept, {key: join_lines(texts, words) for key, texts in notes.items()}


def _note_mark(line: Line, latest: str | None) -> str | None:
    """Return the mark with which a footnote begins; numbers must count on from the latest."""
    if line.marks and line.marks_first:
        return line.marks[0]
    start = _NOTE_START.match(line.text)
    if start is None:
        return None
    counts_on = latest is None or not latest.isdecimal() or start["mark"] == str(int(latest) + 1)
    return start["sign"] or (start["mark"] if counts_on else None)


def _is_at_foot(lines: Sequence[Line], index: int, body: float) -> bool:
    """Tell whether only small type follows in the same column."""
    zone = lines[index].zone
    for line in lines[index:]:
        if line.zone != zone:
            return True
        if line.size >= 0.93 * body or line.rows:
            return False
    return True


def without_pull_quotes(lines: Sequence[Line], body: float) -> tuple[list[Line], list[str]]:
    """Take out sentences that are repeated in larger type, with the small line below that says whose they are."""
    text = bare_words(join_lines([line.text for line in lines if line.size <= 1.1 * body], words_of(texts(lines))))
    kept: list[Line] = []
    removed: list[str] = []
    after_pull_quote = False
    for group in _same_type(lines):
        words = " ".join(texts(group))
        if group[0].size > 1.1 * body and _is_pull_quote(group, words) and is_repeated(words, text):
            removed.append(words)
            after_pull_quote = True
        elif after_pull_quote and group[0].size < 0.93 * body and len(words) < 120:
            removed.append(words)
            after_pull_quote = False
        else:
            kept.extend(group)
            after_pull_quote = False
    return kept, removed


def _is_pull_quote(group: list[Line], words: str) -> bool:
    sentence = TERMINAL.search(words) or OPEN_QUOTATION.match(words) or group[0].italic or len(group) > 2
    return len(words.split()) >= _SHORTEST_PULL_QUOTE and bool(sentence)


def texts(lines: Sequence[Line]) -> list[str]:
    """Return the words of lines."""
    return [line.text for line in lines]


def _same_type(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield neighbouring lines of one column and type."""
    group: list[Line] = []
    for line in lines:
        if group and (line.zone != group[-1].zone or abs(line.size - group[-1].size) > 0.6):
            yield group
            group = []
        group.append(line)
    if group:
        yield group
