"""Counts: themes by document, site and year, themes that meet, and how far the rubric is evidenced.

They are made document by document, so that no more than one is held. All counts leave out passages that repeat another
(`duplicate_of`) and the quotes in them.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.codebook import Codebook, Theme
from pipeline.counts.coverage import Cell as Quotes
from pipeline.counts.coverage import Line as CoverageLine
from pipeline.counts.coverage import Matrix, site_key
from pipeline.learning.prevalence import Estimate
from pipeline.rubric import Indicator, Practice, Rubric
from pipeline.stages.report.views import DocumentView, PassageView
from pipeline.stages.report.words import anchor

Grouping = Callable[[DocumentView, Sequence[str]], list["Group"]]
"""Gives the groups of a unit, from its document and its sites."""

Z = 1.96
"""Standard deviations either side for an interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Column:
    """A theme or practice as the head of a column. `short`: for narrow heads; `anchor`: the words behind it."""

    key: str
    name: str
    short: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Group:
    """A document, site or year as the head of a row. `anchor`: where it is shown, or empty."""

    key: str
    label: str
    anchor: str = ""


_EVERYTHING: Final = Group("", "")


@dataclass(frozen=True, slots=True)
class Cell:
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


@dataclass(frozen=True, slots=True)
class Line:
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
class Unit:
    """What is counted: the groups that it belongs to, and its columns with their decision."""

    groups: list[Group]
    decisions: dict[str, str]


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


def coverage_table(matrix: Matrix) -> Table:
    """Return a matrix of coverage as a table: a line for each column of the matrix, a column for each practice."""
    columns = [
        Column(line.practice, line.practice_text, line.practice, anchor("practice", line.practice))
        for line in matrix.lines
    ]
    lines = [
        Line(Group(column.key, column.label), n, [_covered(line.cells[i], n) for line in matrix.lines])
        for i, (column, n) in enumerate(zip(matrix.columns, matrix.n, strict=True))
    ]
    return Table("quotes", columns, lines)


def _covered(cell: Quotes, n: int) -> Cell:
    return Cell(len(cell.matched), len(cell.review), n)


class Counting:
    """Counts units by group and column, groups in the order in which they are met."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._groups: dict[str, Group] = {}
        self._n: Counter[str] = Counter()
        self._cells: Counter[tuple[str, str, str]] = Counter()
        self._without = 0

    def add(self, entry: Unit) -> None:
        """Count a unit, once for each of its groups."""
        self._without += not entry.groups
        for group in {group.key: group for group in entry.groups}.values():
            self._groups.setdefault(group.key, group)
            self._n[group.key] += 1
            self._cells.update((group.key, column, decision) for column, decision in entry.decisions.items())

    def table(self, columns: Sequence[Column]) -> Table:
        """Return the counts so far."""
        lines = [
            Line(group, self._n[key], [self._cell(key, column.key) for column in columns])
            for key, group in self._groups.items()
        ]
        return Table(self._unit, list(columns), lines, self._without)

    def _cell(self, group: str, column: str) -> Cell:
        cells = self._cells
        return Cell(cells[group, column, "yes"], cells[group, column, "review"], self._n[group])


class ThemeCounts:
    """Counts of passages by theme, document by document."""

    def __init__(self) -> None:
        self._all = Counting("passages")
        self._by_document = Counting("passages")
        self._by_site = Counting("passages")
        self._by_year = Counting("passages")
        self._together = Counting("passages")
        self._documents: list[Group] = []
        self._documents_with: Counter[str] = Counter()
        self.coded: set[str] = set()

    def add(self, document: DocumentView) -> None:
        """Count the passages of a document."""
        self._documents += document_groups(document, [])
        decided: set[str] = set()
        for passage in document.passages:
            self.coded.update(code.column for code in passage.themes)
            if passage.counted:
                self._add(document, passage)
                decided |= passage.decided
        self._documents_with.update(decided)

    def _add(self, document: DocumentView, passage: PassageView) -> None:
        decisions = {code.column: str(code.decision) for code in passage.themes}
        self._all.add(Unit([_EVERYTHING], decisions))
        self._by_document.add(Unit(document_groups(document, passage.sites), decisions))
        self._by_site.add(Unit(site_groups(document, passage.sites), decisions))
        self._by_year.add(Unit(year_groups(document, passage.sites), decisions))
        met = {theme: "yes" for theme, decision in decisions.items() if decision == "yes"}
        self._together.add(Unit([Group(theme, theme) for theme in met], met))

    def views(self, codebook: Codebook, columns: Sequence[Column]) -> list[ThemeView]:
        """Return each theme with its counts over the corpus."""
        lines = self._all.table(columns).lines
        cells = lines[0].cells if lines else [Cell(0, 0, 0)] * len(columns)
        return [
            ThemeView(theme, column, cell, self._documents_with[theme.id])
            for theme, column, cell in zip(codebook.themes, columns, cells, strict=True)
        ]

    def by_document(self, columns: Sequence[Column]) -> Table:
        """Return passages by document and theme; every document has a row."""
        return _with_all(self._by_document.table(columns), self._documents)

    def by_site(self, columns: Sequence[Column]) -> Table:
        """Return passages by site and theme, the sites with most passages first."""
        table = self._by_site.table(columns)
        return replace(table, lines=sorted(table.lines, key=lambda line: (-line.n, line.group.key)))

    def by_year(self, columns: Sequence[Column]) -> Table:
        """Return passages by year and theme, in the order of time."""
        table = self._by_year.table(columns)
        return replace(table, lines=sorted(table.lines, key=lambda line: line.group.key))

    def together(self, columns: Sequence[Column]) -> Table:
        """Return the passages that two themes share, both decided yes; the diagonal holds all passages of a theme."""
        return _with_all(self._together.table(columns), [Group(c.key, c.name, c.anchor) for c in columns])


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


def coverage(practices: Matrix, indicators: Matrix, rubric: Rubric) -> list[AreaCoverage]:
    """Return each area of the rubric with its counts, from the matrices by document."""
    held = {line.practice: line for line in practices.lines}
    parts = {line.indicator: line.total for line in indicators.lines}
    return [
        AreaCoverage(area.name, [_practice(one, held[one.id], parts) for one in area.practices])
        for area in rubric.areas
    ]


def _practice(practice: Practice, line: CoverageLine, parts: Mapping[str | None, Quotes]) -> PracticeCoverage:
    return PracticeCoverage(
        practice,
        anchor("practice", practice.id),
        matched=len(line.total.matched),
        review=len(line.total.review),
        documents=sum(bool(cell.matched) for cell in line.cells),
        indicators=[
            IndicatorCoverage(one, len(parts[one.id].matched), len(parts[one.id].review)) for one in practice.indicators
        ],
    )


def document_groups(document: DocumentView, _sites: Sequence[str]) -> list[Group]:
    """Return the document as the only group."""
    return [Group(document.anchor, document.label, document.anchor)]


def site_groups(_document: DocumentView, sites: Sequence[str]) -> list[Group]:
    """Return a group for each site."""
    return [Group(site_key(site), site) for site in sites]


def year_groups(document: DocumentView, _sites: Sequence[str]) -> list[Group]:
    """Return the year as the only group, none without a date."""
    return [Group(document.year, document.year)] if document.year else []


def _with_all(table: Table, groups: Sequence[Group]) -> Table:
    lines = {line.group.key: line for line in table.lines}
    empty = [Cell(0, 0, 0)] * len(table.columns)
    return replace(table, lines=[replace(lines.get(group.key, Line(group, 0, empty)), group=group) for group in groups])
