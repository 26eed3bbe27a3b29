"""The paragraphs of a PDF: lines that belong together, also over the break of a column, a page or a box."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.stages.ingest.pdf_lines import Line

BULLET = re.compile(r"^(?:[•●○▪■◦‣⁃∙·➢➤✓✔\uf0b7\uf0a7\uf0d8]+\s*|[-–—o*]\s+(?=\S))")
NUMBER = re.compile(r"^\(?(?:\d{1,2}|[a-hA-H]|[ivx]{1,4})[.)]\s+\S")
TERMINAL = re.compile(r"[.!?…:][\"”’')\]]*$")
SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*$")


def usual_leadings(lines: Sequence[Line]) -> dict[float, float]:
    """Return the usual distance of lines for each type size: the least that is common."""
    distances: dict[float, Counter[float]] = {}
    for line, following in pairwise(lines):
        if line.zone == following.zone and line.size == following.size and not following.rows and not line.rows:
            distance = round((following.bottom - line.bottom) * 2) / 2
            distances.setdefault(line.size, Counter())[distance] += distance > 0
    return {size: _least_common(counter) for size, counter in distances.items()}


def _least_common(counter: Counter[float]) -> float:
    common = [distance for distance, times in counter.items() if times >= 0.2 * counter.total() and distance > 0]
    return min(common, default=0.0)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together. `broken`: which of them end where the writer broke the line."""

    lines: tuple[Line, ...]
    breaks: frozenset[int] = frozenset()

    @property
    def first(self) -> Line:
        """The first line."""
        return self.lines[0]

    @property
    def last(self) -> Line:
        """The last line."""
        return self.lines[-1]


def paragraphs_of(lines: Sequence[Line], leadings: dict[float, float]) -> Iterator[Paragraph]:
    """Group the lines of each column to paragraphs."""
    group: list[Line] = []
    breaks: set[int] = set()
    for line in lines:
        if group and (line.zone != group[-1].zone or _begins(line, group, leadings)):
            yield Paragraph(tuple(group), frozenset(breaks))
            group, breaks = [], set()
        if group and _has_room(group[-1], line):
            breaks.add(len(group) - 1)
        group.append(line)
    if group:
        yield Paragraph(tuple(group), frozenset(breaks))


def _begins(line: Line, group: list[Line], leadings: dict[float, float]) -> bool:
    """Tell whether a line begins a paragraph: by its type, distance, indentation or bullet, or room left before it."""
    previous = group[-1]
    if line.rows or previous.rows or _differs(line, previous):
        return True
    if line.tabular or previous.tabular:
        return line.tabular != previous.tabular
    distance = line.bottom - previous.bottom
    leading = leadings.get(line.size) or 1.3 * line.size
    if distance > 1.22 * leading + 0.5 or distance < 0:
        return True
    if BULLET.match(line.text) or (NUMBER.match(line.text) and line.x0 <= group[0].x0 + 2):
        return True
    return _is_indented_anew(line, group) or (_has_room(previous, line) and bool(SENTENCE_END.search(previous.text)))


def _differs(line: Line, previous: Line) -> bool:
    if abs(line.size - previous.size) > 0.6 or line.bold != previous.bold:
        return True
    return line.italic != previous.italic and abs(line.x0 - previous.x0) > 3


def _is_indented_anew(line: Line, group: list[Line]) -> bool:
    """Tell a first-line indentation, or the end of an indented block; a hanging indentation goes on."""
    step = line.x0 - group[-1].x0
    if BULLET.match(group[0].text) or NUMBER.match(group[0].text):
        return line.x0 < group[0].x0 + 1 and step < -3
    if step > 0.6 * line.size:
        return len(group) > 1 or group[0].indent < 2
    return step < -0.6 * line.size and len(group) > 1


def _has_room(line: Line, following: Line) -> bool:
    """Tell whether the next word would have fitted on the line, so that the writer ended it on purpose."""
    return line.x1 + following.first_word + 1.5 * line.size < line.right


def joined_over_breaks(paragraphs: list[Paragraph], body: float) -> list[Paragraph]:
    """Join paragraphs that a column, a page, a table or a box has cut in two."""
    result: list[Paragraph] = []
    for paragraph in paragraphs:
        index = _cut_half(result, paragraph, body)
        if index is None:
            result.append(paragraph)
        else:
            half = result[index]
            breaks = half.breaks | {number + len(half.lines) for number in paragraph.breaks}
            result[index] = Paragraph(half.lines + paragraph.lines, frozenset(breaks))
    return result


def _cut_half(result: list[Paragraph], paragraph: Paragraph, body: float) -> int | None:
    """Return the index of the paragraph that this one goes on with, or `None`."""
    for index in range(len(result) - 1, max(-1, len(result) - 4), -1):
        before = result[index]
        if _is_running_text(before, body) and before.last.zone != paragraph.first.zone:
            return index if _goes_on(before, paragraph, next_to=index == len(result) - 1) else None
        if index == len(result) - 1 and _is_running_text(before, body) and _is_running_text(paragraph, body):
            return index if _is_open(before.last.text) and paragraph.first.text[:1].islower() else None
        if not (before.first.rows or before.first.tabular or before.first.boxed):
            return None
    return None


def _is_running_text(paragraph: Paragraph, body: float) -> bool:
    first = paragraph.first
    return not (first.rows or first.bold or first.tabular or abs(first.size - body) > 0.15 * body)


def _goes_on(before: Paragraph, paragraph: Paragraph, *, next_to: bool) -> bool:
    first, last = paragraph.first, before.last
    if first.rows or first.bold != last.bold or abs(first.size - last.size) > 0.6 or BULLET.match(first.text):
        return False
    if _is_open(last.text):
        return True
    indented = first.indent > 0.6 * first.size and first.indent > last.indent + 2
    is_full = last.x1 > last.right - 0.06 * (last.right - last.left)
    return next_to and is_full and not indented and not last.text.endswith(":") and abs(first.indent - last.indent) < 3


def _is_open(text: str) -> bool:
    return not TERMINAL.search(text)
