"""The lines of a PDF in reading order: words to columns, columns to lines, and what repeats on its pages left out.

A page is cut into bands: lines that run across the gutter stand alone, and between two of them the left column is read
before the right one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from pipeline.stages.ingest.pdf_words import PageWords, Word, is_inside, reads_leftwards

_BOLD = re.compile(r"bold|black|heavy|demi|-bd\b", re.IGNORECASE)
_ITALIC = re.compile(r"ital|obliq|-it\b|kursiv", re.IGNORECASE)
_NOTE_MARK = re.compile(r"\[?(?:\d{1,3}|[*†‡§])\]?(?:,\d{1,3})*")
_PAGE_NUMBER = re.compile(
    r"(?:[-–—|]\s*)?(?:(?:page|p\.?|pg\.?)\s*)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?(?:\s*[-–—|])?|[ivxlc]{1,6}",
    re.IGNORECASE,
)
_FEWEST_WORDS = 40  # on a page with columns
_HEADLINE = 1.3  # times the usual size, from which type may run across columns
_NARROWEST_GUTTER = 8.0  # points
_DOUBTFUL_GUTTER = 5.0
_FEWEST_ACROSS = 4  # lines that seem to run across columns
_FEWEST_WORDS_ACROSS = 3
_NARROWEST_COLUMN = 90.0
_MARGIN_ZONE = 0.13  # share of the page's height in which running headers and footers stand
_CELL_GAP = 0.55  # ems, at least, between the cells of a table without rules
_WIDE_GAP = 1.3  # ems, such as no running text has between words


Strip = tuple[float, float]
"""Where a white strip down the page begins and ends, in points from the left."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one column.

    `zone`: (page, band, column); `left`, `right`, `edge`: where its column begins, where the line could have run to,
    and where its column ends. `marks`: the raised numbers of footnotes in
    it; `marks_first`: it begins with one.
    `cells`: where more than a space parts it. `tabular`: a row of a table without rules. `rows`: of a ruled table in
    place of words. `boxed`: in a drawn box.
    """

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool
    italic: bool
    page: int
    zone: tuple[int, int, int]
    left: float
    right: float
    edge: float
    first_word: float
    marks: tuple[str, ...] = ()
    marks_first: bool = False
    cells: tuple[tuple[float, float, str], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    boxed: bool = False
    tabular: bool = False

    @property
    def indent(self) -> float:
        """How far the line begins from the left edge of its column, in points."""
        return self.x0 - self.left


@dataclass(slots=True)
class _Zone:
    """The words of one column of one band."""

    key: tuple[int, int, int]
    words: list[Word] = field(default_factory=list)


def without_furniture(pages: Sequence[PageWords]) -> tuple[list[PageWords], list[str]]:
    """Take out running headers, footers and page numbers.

    Returns:
        The pages, and the lines that were removed.

    """
    margins = [_margin_rows(page) for page in pages]
    counts = Counter(key for rows in margins for key in {_place(row) for row in rows})
    usual = _most([word for page in pages for word in page.words], lambda word: word.size)
    repeated = {_setting(row) for rows in margins for row in rows if _repeats(row, counts, len(pages))}
    places = {setting for setting in repeated if setting[1] < usual}
    kept, removed = [], []
    for page, rows in zip(pages, margins, strict=True):
        dropped: set[Word] = set()
        for row in rows:
            text = _row_text(row)
            is_beside = _setting(row) in places and len(text) < 80
            if is_beside or _repeats(row, counts, len(pages)) or _PAGE_NUMBER.fullmatch(text):
                dropped.update(row)
                removed.append(text)
        words = [word for word in page.words if word not in dropped]
        kept.append(PageWords(page.number, page.width, page.height, words, page.boxes))
    return kept, removed


def _margin_rows(page: PageWords) -> list[list[Word]]:
    """Return the rows, over the whole width, that stand in the top and bottom margins."""
    top, bottom = _MARGIN_ZONE * page.height, (1 - _MARGIN_ZONE) * page.height
    rows = _rows([word for word in page.words if not word.rows])
    return [row for row in rows if row[0].bottom < top or row[0].top > bottom]


def _place(row: list[Word]) -> tuple[str, int]:
    """Return what makes two rows on different pages the same: their words without digits, and their height."""
    return re.sub(r"\d+|\b[ivxlc]+$", "#", _row_text(row).lower()), round(row[0].bottom / 6)


def _setting(row: list[Word]) -> tuple[int, float, str]:
    """Return the height and type of a row, by which a header that differs from page to page is known."""
    return round(row[0].bottom), row[0].size, row[0].font


def _repeats(row: list[Word], counts: Counter[tuple[str, int]], n_pages: int) -> bool:
    text, height = _place(row)
    times = max(counts[text, height + step] for step in (-1, 0, 1))
    return times >= 2 and times >= n_pages / 4 and len(text) > 1


def _row_text(row: Iterable[Word]) -> str:
    return " ".join(word.text for word in row)


def _rows(words: Iterable[Word]) -> list[list[Word]]:
    """Group words that stand on one line; each row from left to right, the rows from top to bottom."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (-word.size, word.top, word.x0)):
        middle = (word.top + word.bottom) / 2
        row = next(
            (row for row in rows if row[0].top <= middle <= row[0].bottom and not word.rows and not row[0].rows), None
        )
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    rows.sort(key=lambda row: (row[0].bottom, row[0].x0))
    return [sorted(row, key=lambda word: word.x0) for row in rows]


def page_lines(page: PageWords) -> list[Line]:
    """Return the lines of a page in reading order."""
    lines: list[Line] = []
    zones = _zones(page)
    for zone in zones:
        same = [word for other in zones if other.key[2] == zone.key[2] for word in other.words]
        left, right = _left_edge(same), max(word.x1 for word in same)
        own = [_line(row, zone.key, left, right, page.boxes) for row in _rows(zone.words)]
        lines.extend(replace(line, right=_reach(line, own)) for line in own)
    return _with_tables([line for line in lines if line.text])


def _with_tables(lines: list[Line]) -> list[Line]:
    """Mark the rows of tables without rules: neighbouring lines with wide gaps and cells below each other."""
    pairs = list(pairwise(lines))
    below = [False, *(_are_aligned(line, following) for line, following in pairs)]
    above = [*below[1:], False]
    return [replace(line, tabular=over or under) for line, over, under in zip(lines, below, above, strict=False)]


def _are_aligned(line: Line, other: Line) -> bool:
    if line.zone != other.zone or min(_n_wide(line), _n_wide(other)) < 2 or abs(line.size - other.size) > 2:
        return False
    if all(" " not in text for each in (line, other) for _, _, text in each.cells) and line.x1 > line.edge - 1:
        return False  # a justified line with too few words
    edges = {round(edge) for cell in line.cells[1:] for edge in _edges(cell)}
    return any(abs(own - edge) <= 2 for cell in other.cells[1:] for own in _edges(cell) for edge in edges)


def _edges(cell: tuple[float, float, str]) -> tuple[float, float, float]:
    return cell[0], cell[1], (cell[0] + cell[1]) / 2


def _n_wide(line: Line) -> int:
    """Return how many cells stand so far apart that they cannot be words of a sentence, labels and bullets apart."""
    if len(line.cells) < 2 or len(line.cells[0][2]) < 2 or line.cells[0][2].endswith((":", ".")):
        return 1
    gaps = [b[0] - a[1] for a, b in pairwise(line.cells)]
    return 1 + sum(gap >= _WIDE_GAP * line.size for gap in gaps)


def _reach(line: Line, lines: list[Line]) -> float:
    """Return how far a line could have run: an indented block has a right edge of its own."""
    if line.indent < 1.2 * line.size:
        return line.right
    block = [other.x1 for other in lines if abs(other.x0 - line.x0) < 2 and abs(other.size - line.size) < 0.6]
    return max(block) if len(block) > 1 else line.right


def _left_edge(words: list[Word]) -> float:
    """Return where most lines of a column begin at the furthest left: the least edge that two lines share."""
    starts = sorted(row[0].x0 for row in _rows(words))
    shared = [a for a, b in pairwise(starts) if b - a <= 2]
    return shared[0] if shared else starts[0]


def _zones(page: PageWords) -> list[_Zone]:
    """Cut a page into columns and bands, as a reader does: whole columns first, then the lines that run across them."""
    return _merged(list(_cut(page.number, page.words, _gutters(page.words))))


def _cut(number: int, words: list[Word], gutters: list[Strip]) -> Iterator[_Zone]:
    """Cut a part of a page.

    A gutter that no word crosses parts it into columns; otherwise lines across the gutters part it into bands.
    """
    inner = [gutter for gutter in gutters if _has_both_sides(words, gutter)]
    clean = [gutter for gutter in inner if not any(_crosses(word, gutter) for word in words)]
    if not words:
        return
    if clean:
        edges = [float("-inf"), *((left + right) / 2 for left, right in clean), float("inf")]
        for left, right in pairwise(edges):
            column = [word for word in words if left < word.x0 <= right]
            yield from _cut(number, column, gutters)
    elif inner:
        for band, across in _bands(words, inner):
            if across:
                yield _Zone((number, _top(band), _column(words, gutters)), band)
            else:
                yield from _cut(number, band, gutters)
    else:
        yield _Zone((number, _top(words), _column(words, gutters)), words)


def _has_both_sides(words: list[Word], gutter: Strip) -> bool:
    middle = (gutter[0] + gutter[1]) / 2
    return any(word.x1 < middle for word in words) and any(word.x0 > middle for word in words)


def _column(words: list[Word], gutters: list[Strip]) -> int:
    """Return a number for the columns that words cover, 0 for all of them."""
    middles = [(left + right) / 2 for left, right in gutters]
    first = sum(middle < min(word.x0 for word in words) for middle in middles)
    last = sum(middle < max(word.x1 for word in words) for middle in middles)
    return 0 if (first, last) == (0, len(gutters)) else 100 * first + last + 1


def _top(words: list[Word]) -> int:
    return round(min(word.top for word in words))


def _bands(words: list[Word], gutters: list[Strip]) -> Iterator[tuple[list[Word], bool]]:
    """Yield the parts of a page between the lines that run across its gutters, and those lines."""
    crossing = [word for word in words if any(_crosses(word, gutter) for gutter in gutters)]
    beside = {word for word in words if any(_beside(word, other) for other in crossing)}
    full = _with_last_lines(beside, words)
    edges = [float("-inf"), *(row[0].bottom for row in _rows(full)), float("inf")]
    for above, below in pairwise(edges):
        inside = [word for word in words if word not in full and above < _middle(word) <= below]
        if inside:
            yield inside, False
        line = [word for word in full if above < word.bottom <= below]
        if line:
            yield line, True


def _with_last_lines(full: set[Word], words: list[Word]) -> set[Word]:
    """Add the short last lines of titles and paragraphs that run over the whole width."""
    rows = _rows(words)
    for above, row in pairwise(rows):
        is_next = row[0].bottom - above[0].bottom < 1.9 * row[0].size and abs(row[0].size - above[0].size) < 0.6
        if full.issuperset(above) and is_next and row[0].font == above[0].font and row[0].x0 <= above[0].x0 + 2:
            gaps = [right.x0 - left.x1 for left, right in pairwise(row)]
            if all(gap < _WIDE_GAP * row[0].size for gap in gaps):
                full = full | set(row)
    return full


def _crosses(word: Word, gutter: Strip) -> bool:
    """Tell a word in the gutter from one at the ragged edge of a column."""
    shared = min(word.x1, gutter[1]) - max(word.x0, gutter[0])
    return shared > 0.4 * (gutter[1] - gutter[0])


def _middle(word: Word) -> float:
    return (word.top + word.bottom) / 2


def _beside(word: Word, other: Word) -> bool:
    return other.top <= _middle(word) <= other.bottom


def _merged(zones: list[_Zone]) -> list[_Zone]:
    """Join neighbouring zones of the same column, such as the lines of a title over the whole width."""
    result: list[_Zone] = []
    for zone in zones:
        if result and result[-1].key[2] == zone.key[2]:
            result[-1].words.extend(zone.words)
        else:
            result.append(_Zone(zone.key, list(zone.words)))
    return result


def _gutters(words: list[Word], narrowest: float = _NARROWEST_GUTTER) -> list[Strip]:
    """Find the white strips between columns: nearly no word crosses them, and text runs down both their sides."""
    usual = _most(words, lambda word: word.size) if words else 0.0
    words = [word for word in words if word.size <= _HEADLINE * usual or word.rows]
    if len(words) < _FEWEST_WORDS:
        return []
    left, right = min(word.x0 for word in words), max(word.x1 for word in words)
    covered = [0.0] * (int(right - left) + 2)
    for word in words:
        for x in range(int(word.x0 - left), int(word.x1 - left) + 1):
            covered[x] += word.bottom - word.top
    limit = 0.12 * sorted(covered)[len(covered) // 2]
    strips = _strips([height <= limit for height in covered])
    found = [(left + start, left + end) for start, end in strips if end - start >= narrowest]
    return [strip for strip in found if _parts_columns(strip, words, left, right)]


def is_order_doubtful(page: PageWords, lines: Iterable[Line]) -> bool:
    """Tell a page that may have columns which were read across: text on both sides of gaps below each other."""
    across = [line for line in lines if not line.rows and _has_two_texts(line)]
    return len(across) >= _FEWEST_ACROSS or bool(
        _gutters(page.words, _DOUBTFUL_GUTTER) and not _gutters(page.words, _NARROWEST_GUTTER)
    )


def _has_two_texts(line: Line) -> bool:
    """Tell a line with a wide gap and words of a sentence before and after it."""
    gaps = pairwise(line.cells)
    return any(
        min(len(a[2].split()), len(b[2].split())) >= _FEWEST_WORDS_ACROSS and b[0] - a[1] >= _WIDE_GAP * line.size
        for a, b in gaps
    )


def _strips(empty: list[bool]) -> list[tuple[int, int]]:
    strips, start = [], None
    for x, is_empty in enumerate([*empty, False]):
        if is_empty and start is None:
            start = x
        elif not is_empty and start is not None:
            strips.append((start, x))
            start = None
    return strips


def _parts_columns(strip: Strip, words: list[Word], left: float, right: float) -> bool:
    """Tell a gutter from a gap between the cells of a table or before an indented block."""
    if strip[0] - left < _NARROWEST_COLUMN or right - strip[1] < _NARROWEST_COLUMN:
        return False
    before = [word for word in words if word.x1 <= strip[0] + 1]
    after = [word for word in words if word.x0 >= strip[1] - 1]
    rows = min(len(_rows(before)), len(_rows(after)))
    return rows >= 4 and min(len(before), len(after)) >= max(16, 3 * rows)


def _line(
    row: list[Word],
    zone: tuple[int, int, int],
    left: float,
    right: float,
    boxes: list[tuple[float, float, float, float]],
) -> Line:
    main = max(row, key=lambda word: (len(word.text), word.size))
    size = _most(row, lambda word: round(word.size, 1))
    words = [word for word in row if not _is_note_mark(word, size, main)]
    marks = tuple(word.text.strip("[]") for word in row if _is_note_mark(word, size, main))
    weight = sum(len(word.text) for word in words) or 1
    bold = sum(len(word.text) for word in words if _BOLD.search(word.font)) > 0.9 * weight
    italic = sum(len(word.text) for word in words if _ITALIC.search(word.font)) > 0.9 * weight
    first = words[0] if words else row[0]
    return Line(
        text=_joined(words) or (row[0].text if row[0].rows else ""),
        x0=first.x0,
        x1=row[-1].x1,
        top=main.top,
        bottom=main.bottom,
        size=size,
        bold=bold,
        italic=italic,
        page=zone[0],
        zone=zone,
        left=left,
        right=right,
        edge=right,
        first_word=first.x1 - first.x0,
        marks=marks,
        marks_first=_is_note_mark(row[0], size, main),
        cells=_cells(words, size),
        rows=main.rows,
        boxed=any(is_inside(main, box) for box in boxes),
    )


def _most(row: list[Word], value: Any) -> float:
    weights: Counter[float] = Counter()
    for word in row:
        weights[value(word)] += len(word.text)
    return max(weights, key=lambda size: (weights[size], size))


def _is_note_mark(word: Word, size: float, main: Word) -> bool:
    """Tell the raised number of a footnote."""
    raised = word.size < 0.8 * size and word.bottom < main.bottom - 0.1 * size
    small = word.size < 0.75 * size
    return (raised or small) and _NOTE_MARK.fullmatch(word.text) is not None


def _joined(words: list[Word]) -> str:
    if reads_leftwards(words):
        return " ".join(word.text for word in reversed(words))
    text, end = "", None
    for word in words:
        apart = end is None or word.x0 - end > 0.1 * max(word.size, 1.0)
        text += (" " if text and apart else "") + word.text
        end = word.x1
    return text.strip()


def _cells(words: list[Word], size: float) -> tuple[tuple[float, float, str], ...]:
    groups: list[list[Word]] = []
    for word in words:
        if groups and word.x0 - groups[-1][-1].x1 < _CELL_GAP * max(size, 1.0):
            groups[-1].append(word)
        else:
            groups.append([word])
    return tuple((group[0].x0, group[-1].x1, _joined(group)) for group in groups)
