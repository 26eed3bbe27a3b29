r"""Page heads, feet and numbers in plain text, with form feeds between the pages or without.

>>> lines, removed = without_furniture("A cut\n\nReport   Page 1 of 2\n\fReport\n\nsentence.\n\nReport   Page 2 of 2")
>>> [line for line in lines if line.strip()], removed
(['A cut', 'Report', 'sentence.'], ['Report   Page 1 of 2', 'Report   Page 2 of 2'])
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.stages.ingest import shapes

PAGE_BREAK = "\f"

_LONGEST = 160
_MARGIN_LINES = 2
_DEEPEST = 4  # lines, in a head or foot of which every line is furniture
_MARGIN_GAP = 3  # blanks between the text and a number beside it
_PAGE_LINES = 10  # between two page numbers, at least
_NUMBER = re.compile(r"[-–—\[(|]?\s?(\d{1,4})\s?[-–—\])|]?")
_WIDE_GAP = re.compile(r"\S {3,}\S")


@dataclass(slots=True)
class _Line:
    """A line with the page that it stands on, counted from 0; `gone`: it is furniture."""

    text: str
    page: int
    gone: bool = False

    @property
    def bare(self) -> str:
        return self.text.strip()


def without_furniture(text: str) -> tuple[list[str], list[str]]:
    """Take out what belongs to the pages rather than to the text.

    Returns:
        The lines, with `PAGE_BREAK` as a line of its own where a page ends; and what was removed.

    """
    lines = [_Line(line, number) for number, page in enumerate(text.split("\f")) for line in page.split("\n")]
    filled = [line for line in lines if line.bare]
    if lines[-1].page:
        _mark_edges(filled)
    else:
        _mark_recurring(lines, filled)
    removed = _strip_margin_numbers([line for line in lines if not line.gone])
    for i, line in enumerate(lines):
        if line.bare and _is_page_number(line.bare, alone=_is_alone(lines, i)):
            line.gone = True
    return _kept(lines), removed + [line.bare for line in lines if line.gone]


def _kept(lines: Sequence[_Line]) -> list[str]:
    kept: list[str] = []
    page = 0
    for line in lines:
        if line.gone or line.page != page:
            kept.append(PAGE_BREAK)
            page = line.page
        if not line.gone:
            kept.append(line.text.expandtabs(1) if line.text.isspace() else line.text)
    return kept


def _is_page_number(text: str, *, alone: bool) -> bool:
    """Tell a page number; a bare number only where it stands alone, since a table may have one on each line."""
    if len(text) > _LONGEST or not shapes.PAGE_NUMBER.match(text):
        return False
    return alone or _NUMBER.fullmatch(text) is None


def _is_alone(lines: Sequence[_Line], i: int) -> bool:
    beside = [lines[j] for j in (i - 1, i + 1) if 0 <= j < len(lines)]
    return all(not line.bare or line.gone or line.page != lines[i].page for line in beside)


def _shape(line: str) -> str:
    """Return what is the same in a line from page to page: all but its digits and the width of its blanks."""
    return re.sub(r"\d+", "#", " ".join(line.split()))


def _mark_edges(filled: Sequence[_Line]) -> None:
    """Mark what recurs at the edges of pages and nowhere between them."""
    pages: dict[int, list[_Line]] = {}
    for line in filled:
        if len(line.text) <= _LONGEST:
            pages.setdefault(line.page, []).append(line)
    edges = [edge for page in pages.values() for edge in _edges(page)]
    at_edge = Counter((top, shape) for top, edge in edges for shape in {_shape(line.text) for line in edge})
    near = {id(line) for _, edge in edges for line in edge}
    within = {_shape(line.text) for line in filled if id(line) not in near}
    fewest = max(2, len(pages) / 4)
    for top, edge in edges:
        for depth, line in enumerate(edge):
            outside = edge[:depth]
            recurs = at_edge[top, _shape(line.text)] >= fewest and _shape(line.text) not in within
            numbered = _is_page_number(line.bare, alone=True)
            if (depth < _MARGIN_LINES or all(one.gone for one in outside)) and (recurs or numbered):
                line.gone = True


def _edges(page: list[_Line]) -> list[tuple[bool, list[_Line]]]:
    """Return the lines at the top and at the bottom of a page, from the outside in; no line is in both."""
    half = min(_DEEPEST, (len(page) + 1) // 2)
    return [(True, page[:half]), (False, page[max(half, len(page) - _DEEPEST) :][::-1])]


def _mark_recurring(lines: Sequence[_Line], filled: Sequence[_Line]) -> None:
    """Mark heads and feet of a text whose form feeds were lost: they recur, stand alone and cut sentences in two."""
    places: dict[str, list[int]] = {}
    for i, line in enumerate(filled):
        if len(line.bare) <= _LONGEST and any(map(str.isalpha, line.bare)):
            places.setdefault(_shape(line.text), []).append(i)
    position = {id(line): i for i, line in enumerate(lines)}
    for found in places.values():
        alone = all(_is_alone(lines, position[id(filled[i])]) for i in found)
        if len(found) > 1 and alone and _is_head(filled, found):
            for i in found:
                filled[i].gone = True


def _is_head(filled: Sequence[_Line], found: Sequence[int]) -> bool:
    bare = filled[found[0]].bare
    if shapes.ends_sentence(bare) or shapes.BULLET.match(bare):
        return False
    numbers = [re.findall(r"\d+", filled[i].bare)[-1:] for i in found]
    counted = [int(number[0]) for number in numbers if number]
    counts_on = len(counted) == len(found) and all(b == a + 1 for a, b in pairwise(counted))
    return any(_cuts_sentence(filled, i) for i in found) or (counts_on and _WIDE_GAP.search(bare) is not None)


def _cuts_sentence(filled: Sequence[_Line], i: int) -> bool:
    if not 0 < i < len(filled) - 1:
        return False
    before, after = filled[i - 1].bare, filled[i + 1].bare
    return not shapes.ends_sentence(before) and after[:1].islower() and len(before) > len(after.split()[0])


def _strip_margin_numbers(lines: Sequence[_Line]) -> list[str]:
    """Take page numbers away that stand in the margin beside a line of text."""
    removed: list[str] = []
    for at_end in (True, False):
        found = {i: cut for i, line in enumerate(lines) if (cut := _margin_number(line.text, at_end=at_end))}
        for i in _counted_on({i: number for i, (number, _) in found.items()}):
            removed.append(str(found[i][0]))
            lines[i].text = found[i][1]
    return removed


def _margin_number(line: str, *, at_end: bool) -> tuple[int, str] | None:
    """Return the number beside a line, and the line without it."""
    if len(line) > 2 * _LONGEST or not line.strip():
        return None
    if at_end:
        rest, _, mark = line.rstrip().rpartition(" ")
        gap, kept = len(rest) - len(rest.rstrip()), rest.rstrip()
    else:
        mark, _, rest = line.strip().partition(" ")
        gap, kept = len(rest) - len(rest.lstrip()), rest.strip()
    number = _NUMBER.fullmatch(mark)
    return (int(number[1]), kept) if number and gap >= _MARGIN_GAP and kept.strip() else None


@dataclass(frozen=True, slots=True)
class _Row:
    """Lines whose numbers count on: the last of them, and those before it."""

    line: int
    length: int
    before: "_Row | None"


def _counted_on(found: Mapping[int, int]) -> list[int]:
    """Return the lines whose numbers count on from page to page: the longest such row.

    Args:
        found: line → the number beside it.

    """
    rows: dict[int, _Row] = {}
    best: _Row | None = None
    for line, number in found.items():
        before = rows.get(number - 1)
        if before and line - before.line < _PAGE_LINES:
            before = None
        row = _Row(line, before.length + 1 if before else 1, before)
        if number not in rows or row.length >= rows[number].length:
            rows[number] = row
        # The first page often has no number; a row that begins late must be longer to be one.
        fewest = 2 if number - row.length < _MARGIN_LINES else 3
        if row.length >= max(fewest, best.length + 1 if best else 0):
            best = row
    lines: list[int] = []
    while best:
        lines.append(best.line)
        best = best.before
    return lines[::-1]
