"""Counts: themes by document, site and year, themes that meet, and how far the rubric is evidenced.

They are made document by document, so that no more than one is held. All counts leave out passages that repeat another
(`duplicate_of`) and the quotes in them.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import msgspec

from pipeline.codebook import Codebook, Theme
from pipeline.counts.coverage import DIMENSIONS, By, Counted, Matrix, lines_of, matrix
from pipeline.counts.coverage import Cell as Quotes
from pipeline.counts.coverage import Column as CoverageColumn
from pipeline.counts.coverage import Line as CoverageLine
from pipeline.learning.prevalence import Estimate
from pipeline.rubric import Indicator, Practice, Rubric
from pipeline.stages.report.views import DocumentRow
from pipeline.stages.report.words import anchor

if TYPE_CHECKING:
    from pipeline.stages.report.extract import Covered, Extract
    from pipeline.stages.report.extract import Group as ExtractGroup

K = TypeVar("K")
_Pair = tuple[int, int]
"""Quotes that are matched, and that wait for review."""

Z = 1.96
"""Standard deviations either side for an interval of 95 %."""


class Column(msgspec.Struct, frozen=True, gc=False):
    """A theme or practice as the head of a column. `short`: for narrow heads; `anchor`: the words behind it."""

    key: str
    name: str
    short: str
    anchor: str


class Group(msgspec.Struct, frozen=True, gc=False):
    """A document, site or year as the head of a row. `anchor`: where it is shown, or empty."""

    key: str
    label: str
    anchor: str = ""


class Cell(msgspec.Struct, frozen=True, gc=False):
    """How many of `n` units were decided yes and how many wait for review.

    `corrected`: their share without the errors of the model; `None` where it cannot be had (practices, joint counts).
    """

    yes: int
    review: int
    n: int
    corrected: Estimate | None = None

    @property
    def share(self) -> float:
        """Decided yes, of all; 0 where there is none."""
        return self.yes / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share (Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953)."""
        return wilson(self.yes, self.n)


class Line(msgspec.Struct, frozen=True):
    """A row of a table: a group, its number of units, and one cell per column."""

    group: Group
    n: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of `unit` (passages or quotes) by group and column; `without`: units that belong to no group."""

    unit: str
    columns: list[Column]
    lines: list[Line]
    without: int = 0

    @property
    def corrected(self) -> bool:
        """Whether any of its shares could be corrected."""
        cells = (cell.corrected for line in self.lines for cell in line.cells)
        return any(estimate is not None and estimate.share is not None for estimate in cells)


@dataclass(frozen=True, slots=True)
class IndicatorCoverage:
    """An indicator with the number of quotes that were matched and of those that only wait for review."""

    indicator: Indicator
    matched: int
    review: int


@dataclass(frozen=True, slots=True)
class PracticeCoverage:
    """A practice; a quote that speaks for several of its indicators counts once, a match before a review.

    `documents`: in which a quote is matched.
    """

    practice: Practice
    anchor: str
    matched: int
    review: int
    documents: int
    indicators: list[IndicatorCoverage]


@dataclass(frozen=True, slots=True)
class AreaCoverage:
    """An area of the rubric with its practices."""

    name: str
    practices: list[PracticeCoverage]


@dataclass(frozen=True, slots=True)
class ThemeView:
    """A theme with its counts over the corpus. `documents`: in which a passage was decided yes."""

    theme: Theme
    column: Column
    cell: Cell
    documents: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two themes that meet: passages with both, with either, and of all.

    `jaccard`: both / either; `lift`: how many times more often than if one had nothing to do with the other, with its
    95 % interval (delta method on the logarithm; passages taken as independent).
    """

    first: Column
    second: Column
    both: int
    either: int
    lift: float
    low: float
    high: float

    @property
    def jaccard(self) -> float:
        """Passages with both among those with either."""
        return self.both / self.either


def wilson(yes: int, n: int) -> tuple[float, float]:
    """Return the Wilson interval of a share; (0, 1) where nothing was counted.

    >>> wilson(5, 10)  # rounded
    (0.237, 0.763)
    """
    if n == 0:
        return 0.0, 1.0
    share, weight = yes / n, Z * Z / n
    middle = (share + weight / 2) / (1 + weight)
    half = Z * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def theme_columns(codebook: Codebook) -> list[Column]:
    """Return the themes as columns, in the order of the codebook."""
    return [Column(theme.id, theme.name, theme.name, anchor("theme", theme.id)) for theme in codebook.themes]


def coverage_table(matrix: Matrix, most: int) -> Table:
    """Return a matrix of coverage as a table: a line for each of its first columns, a column for each practice."""
    columns = [
        Column(line.practice, line.practice_text, line.practice, anchor("practice", line.practice))
        for line in matrix.lines
    ]
    lines = [
        Line(Group(column.key, column.label), n, [_covered(line.cells[i], n) for line in matrix.lines])
        for i, (column, n) in enumerate(zip(matrix.columns[:most], matrix.n, strict=False))
    ]
    return Table("quotes", columns, lines)


def _covered(cell: Quotes, n: int) -> Cell:
    return Cell(len(cell.matched), len(cell.review), n)


@dataclass(slots=True)
class _Sum:
    """The counts of a group so far. `cells`: theme → decided yes, to review."""

    label: str
    n: int = 0
    cells: dict[str, list[int]] = field(default_factory=dict)

    def add(self, group: "ExtractGroup") -> None:
        self.n += group.n
        for theme, (yes, review) in group.cells.items():
            cell = self.cells.setdefault(theme, [0, 0])
            cell[0] += yes
            cell[1] += review

    def line(self, group: Group, columns: Sequence[Column]) -> Line:
        counts = [self.cells.get(column.key, (0, 0)) for column in columns]
        return Line(group, self.n, [Cell(yes, review, self.n) for yes, review in counts])


class ThemeCounts:
    """Counts of passages by theme, added up document by document."""

    def __init__(self) -> None:
        self._all = _Sum("")
        self._documents: list[tuple[Group, ExtractGroup]] = []
        self._sites: dict[str, _Sum] = {}
        self._years: dict[str, _Sum] = {}
        self._nowhere = self._undated = 0
        self._met: dict[str, Counter[str]] = defaultdict(Counter)
        self._documents_with: Counter[str] = Counter()
        self.coded: set[str] = set()

    def add(self, extract: "Extract", document: DocumentRow) -> None:
        """Count the passages of a document."""
        held = extract.everything
        self._documents.append((Group(document.anchor, document.label, document.anchor), held))
        self._all.add(held)
        self.coded.update(extract.coded)
        self._documents_with.update(theme for theme, (yes, _) in held.cells.items() if yes)
        for key, group in extract.sites.items():
            self._sites.setdefault(key, _Sum(group.label)).add(group)
        self._nowhere += extract.nowhere
        if document.year is None:
            self._undated += held.n
        elif held.n:
            self._years.setdefault(document.year, _Sum(document.year)).add(held)
        for theme, others in extract.meeting.items():
            self._met[theme].update(others)

    def views(self, codebook: Codebook, columns: Sequence[Column]) -> list[ThemeView]:
        """Return each theme with its counts over the corpus."""
        cells = self._all.line(Group("", ""), columns).cells
        return [
            ThemeView(theme, column, cell, self._documents_with[theme.id])
            for theme, column, cell in zip(codebook.themes, columns, cells, strict=True)
        ]

    def by_document(self, columns: Sequence[Column]) -> Table:
        """Return passages by document and theme; every document has a row."""
        nothing = Cell(0, 0, 0)
        lines = [
            Line(group, held.n, [Cell(*held.cells.get(column.key, (0, 0)), held.n) for column in columns])
            if held.n
            else Line(group, 0, [nothing] * len(columns))
            for group, held in self._documents
        ]
        return Table("passages", list(columns), lines)

    def by_site(self, columns: Sequence[Column]) -> Table:
        """Return passages by site and theme, the sites with most passages first."""
        lines = [held.line(Group(key, held.label), columns) for key, held in self._sites.items()]
        return Table(
            "passages", list(columns), sorted(lines, key=lambda line: (-line.n, line.group.key)), self._nowhere
        )

    def by_year(self, columns: Sequence[Column]) -> Table:
        """Return passages by year and theme, in the order of time."""
        lines = [held.line(Group(key, key), columns) for key, held in sorted(self._years.items())]
        return Table("passages", list(columns), lines, self._undated)

    def together(self, columns: Sequence[Column]) -> Table:
        """Return the passages that two themes share, both decided yes; the diagonal holds all passages of a theme."""
        return Table("passages", list(columns), [self._together(theme, columns) for theme in columns])

    def _together(self, theme: Column, columns: Sequence[Column]) -> Line:
        n, met = self._met[theme.key][theme.key], self._met[theme.key]
        return Line(Group(theme.key, theme.name, theme.anchor), n, [Cell(met[column.key], 0, n) for column in columns])


def pairs(together: Table, n: int, fewest: int = 5) -> list[Pair]:
    """Return the pairs of themes that share passages, by their Jaccard index; those with too few are left out."""
    found = []
    for i, line in enumerate(together.lines):
        for j in range(i + 1, len(together.columns)):
            both = line.cells[j].yes
            if both >= fewest:
                a, b = line.n, together.lines[j].n
                columns = (together.columns[i], together.columns[j])
                found.append(Pair(*columns, both, a + b - both, *lift(both, a, b, n)))
    return sorted(found, key=lambda pair: (-pair.jaccard, pair.first.key, pair.second.key))


def lift(both: int, a: int, b: int, n: int) -> tuple[float, float, float]:
    """Return how many times more often two things meet than by chance, with its 95 % interval; all counts above 0.

    >>> lift(10, 20, 20, 100)  # rounded
    (2.5, 1.7, 3.7)
    """
    value = n * both / (a * b)
    spread = Z * math.sqrt(max(0.0, (n / both - n / a - n / b + 2 * value - 1) / n))
    return value, value * math.exp(-spread), value * math.exp(spread)


class CoverageCounts:
    """Counts of quotes by practice, added up document by document."""

    def __init__(self, rubric: Rubric) -> None:
        self._rubric = rubric
        self._lines = lines_of(rubric.rows(), indicators=False)
        self._columns: dict[By, dict[str, CoverageColumn]] = {by: {} for by in DIMENSIONS}
        self._members: dict[By, Counter[str]] = {by: Counter() for by in DIMENSIONS}
        self._cells: dict[By, dict[int, dict[str, _Pair]]] = {by: defaultdict(dict) for by in DIMENSIONS}
        self._totals: dict[int, _Pair] = {}
        self._indicators: dict[int, _Pair] = {}
        self._n_quotes = 0

    def add(self, extract: "Extract") -> None:
        """Count the quotes of a document."""
        self._n_quotes += extract.n_quotes
        for place, matched, review in extract.indicators:
            _add(self._indicators, place, matched, review)
        for by, covered in extract.covered.items():
            self._add(by, covered)
        for line, matched, review in extract.practices:
            _add(self._totals, line, matched, review)

    def _add(self, by: By, covered: "Covered") -> None:
        columns, members, lines = self._columns[by], self._members[by], self._cells[by]
        for key, label, document, n in covered.columns:
            if key not in columns:
                columns[key] = CoverageColumn(key, label, document)
            members[key] += n
        for line, column, matched, review in covered.cells:
            _add(lines[line], covered.columns[column][0], matched, review)

    def matrices(self) -> dict[By, Matrix]:
        """Return the matrices; their cells hold as many empty names as there are quotes, for only the number counts."""
        return {by: self._matrix(by) for by in DIMENSIONS}

    def _matrix(self, by: By) -> Matrix:
        cells: dict[int, dict[str | None, Quotes]] = defaultdict(dict)
        cells |= {
            line: {key: _quotes(*pair) for key, pair in places.items()} for line, places in self._cells[by].items()
        }
        for line, pair in self._totals.items():
            cells[line][None] = _quotes(*pair)
        return matrix(by, self._lines, Counted(self._columns[by], self._members[by], cells), self._n_quotes)

    def areas(self, practices: Matrix) -> list[AreaCoverage]:
        """Return each area of the rubric with its counts, given the matrix by document."""
        held = {line.practice: line for line in practices.lines}
        parts = {row.indicator: self._indicators.get(place, (0, 0)) for place, row in enumerate(self._rubric.rows())}
        return [
            AreaCoverage(area.name, [_practice(one, held[one.id], parts) for one in area.practices])
            for area in self._rubric.areas
        ]


def _add(pairs: dict[K, _Pair], key: K, matched: int, review: int) -> None:
    before = pairs.get(key, (0, 0))
    pairs[key] = before[0] + matched, before[1] + review


@lru_cache(maxsize=256)
def _quotes(matched: int, review: int) -> Quotes:
    return Quotes(("",) * matched, ("",) * review)


def _practice(practice: Practice, line: CoverageLine, parts: Mapping[str, _Pair]) -> PracticeCoverage:
    return PracticeCoverage(
        practice,
        anchor("practice", practice.id),
        matched=len(line.total.matched),
        review=len(line.total.review),
        documents=sum(bool(cell.matched) for cell in line.cells),
        indicators=[IndicatorCoverage(one, *parts[one.id]) for one in practice.indicators],
    )
