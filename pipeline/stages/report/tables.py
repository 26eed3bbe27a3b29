"""Counts: themes by document, site and year, themes that meet, and how far the rubric is evidenced.

All counts leave out passages that repeat another (`duplicate_of`) and the quotes in them.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.codebook import Codebook, Theme
from pipeline.coverage import Cell as Quotes
from pipeline.coverage import Matrix, site_key
from pipeline.learning.prevalence import Estimate
from pipeline.rubric import Indicator, Practice, Rubric
from pipeline.stages.report.views import DocumentView, Mapped, PassageView, QuoteView
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
class Reference:
    """A quote that speaks for an indicator."""

    mapped: Mapped
    quote: QuoteView
    document: DocumentView


@dataclass(frozen=True, slots=True)
class IndicatorCoverage:
    """An indicator with the quotes that were matched and those that wait for review."""

    indicator: Indicator
    matched: list[Reference]
    review: list[Reference]


@dataclass(frozen=True, slots=True)
class PracticeCoverage:
    """A practice; a quote that speaks for several of its indicators counts once, a match before a review."""

    practice: Practice
    anchor: str
    indicators: list[IndicatorCoverage]

    @property
    def matched(self) -> int:
        """Quotes matched."""
        return len(self._matched())

    @property
    def review(self) -> int:
        """Quotes that only wait for review."""
        found = {reference.quote.anchor for held in self.indicators for reference in held.review}
        return len(found - self._matched())

    def _matched(self) -> set[str]:
        return {reference.quote.anchor for held in self.indicators for reference in held.matched}


@dataclass(frozen=True, slots=True)
class AreaCoverage:
    """An area of the rubric with its practices."""

    name: str
    practices: list[PracticeCoverage]


@dataclass(frozen=True, slots=True)
class ThemeEntries:
    """The passages of one document that have a theme."""

    document: DocumentView
    anchor: str
    passages: list[PassageView]


@dataclass(frozen=True, slots=True)
class ThemeView:
    """A theme with its counts over the corpus and the passages behind them, repeated ones left out."""

    theme: Theme
    column: Column
    cell: Cell
    entries: list[ThemeEntries] = field(default_factory=list)


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


def count(unit: str, units: Iterable[Unit], columns: Sequence[Column]) -> Table:
    """Count units by group and column, groups in the order in which they are met."""
    groups: dict[str, Group] = {}
    n: Counter[str] = Counter()
    cells: Counter[tuple[str, str, str]] = Counter()
    without = 0
    for entry in units:
        without += not entry.groups
        for group in {group.key: group for group in entry.groups}.values():
            groups.setdefault(group.key, group)
            n[group.key] += 1
            cells.update((group.key, column, decision) for column, decision in entry.decisions.items())
    lines = [
        Line(group, n[key], [Cell(cells[key, c.key, "yes"], cells[key, c.key, "review"], n[key]) for c in columns])
        for key, group in groups.items()
    ]
    return Table(unit, list(columns), lines, without)


def themes_by_document(documents: Sequence[DocumentView], columns: Sequence[Column]) -> Table:
    """Count passages by document and theme; every document has a row."""
    table = count("passages", _passage_units(documents, document_groups), columns)
    return _with_all(table, [document_groups(document, [])[0] for document in documents])


def themes_by_site(documents: Sequence[DocumentView], columns: Sequence[Column]) -> Table:
    """Count passages by site and theme, the sites with most passages first."""
    return _largest_first(count("passages", _passage_units(documents, site_groups), columns))


def themes_by_year(documents: Sequence[DocumentView], columns: Sequence[Column]) -> Table:
    """Count passages by year and theme, in the order of time."""
    return _by_key(count("passages", _passage_units(documents, year_groups), columns))


def together(documents: Sequence[DocumentView], columns: Sequence[Column]) -> Table:
    """Count the passages that two themes share, both decided yes; the diagonal holds all passages of a theme."""
    units = []
    for passage in _counted(documents):
        decisions = {code.column: "yes" for code in passage.themes if code.decision == "yes"}
        units.append(Unit([Group(c.key, c.name, c.anchor) for c in columns if c.key in decisions], decisions))
    table = count("passages", units, columns)
    return _with_all(table, [Group(c.key, c.name, c.anchor) for c in columns])


def theme_views(documents: Sequence[DocumentView], codebook: Codebook, columns: Sequence[Column]) -> list[ThemeView]:
    """Show each theme with the passages behind its counts."""
    n = sum(document.counted_passages for document in documents)
    return [_theme_view(*pair, documents, n) for pair in zip(codebook.themes, columns, strict=True)]


def coverage(documents: Sequence[DocumentView], rubric: Rubric) -> list[AreaCoverage]:
    """Show each area of the rubric with the quotes that speak for its indicators."""
    found: dict[str, list[Reference]] = {indicator: [] for indicator in rubric.indicators}
    for document in documents:
        for quote in document.quotes:
            for mapped in quote.practices if quote.counted else []:
                if mapped.anchor:
                    found[mapped.indicator].append(Reference(mapped, quote, document))
    return [AreaCoverage(area.name, [_practice(entry, found) for entry in area.practices]) for area in rubric.areas]


def _theme_view(theme: Theme, column: Column, documents: Sequence[DocumentView], n: int) -> ThemeView:
    entries = []
    decisions: Counter[str] = Counter()
    for document in documents:
        passages = [p for p in document.coded if p.counted and any(code.column == theme.id for code in p.themes)]
        decisions.update(code.decision for p in passages for code in p.themes if code.column == theme.id)
        if passages:
            entries.append(ThemeEntries(document, f"{column.anchor}-{document.anchor}", passages))
    return ThemeView(theme, column, Cell(decisions["yes"], decisions["review"], n), entries)


def _practice(practice: Practice, found: dict[str, list[Reference]]) -> PracticeCoverage:
    indicators = []
    for indicator in practice.indicators:
        references = sorted(found[indicator.id], key=lambda reference: -reference.mapped.p)
        matched = [reference for reference in references if reference.mapped.decision == "yes"]
        review = [reference for reference in references if reference.mapped.decision == "review"]
        indicators.append(IndicatorCoverage(indicator, matched, review))
    return PracticeCoverage(practice, anchor("practice", practice.id), indicators)


def _counted(documents: Iterable[DocumentView]) -> Iterator[PassageView]:
    for document in documents:
        yield from (passage for passage in document.passages if passage.counted)


def document_groups(document: DocumentView, _sites: Sequence[str]) -> list[Group]:
    """Return the document as the only group."""
    return [Group(document.anchor, document.label, document.anchor)]


def site_groups(_document: DocumentView, sites: Sequence[str]) -> list[Group]:
    """Return a group for each site."""
    return [Group(site_key(site), site) for site in sites]


def year_groups(document: DocumentView, _sites: Sequence[str]) -> list[Group]:
    """Return the year as the only group, none without a date."""
    return [Group(document.year, document.year)] if document.year else []


def _passage_units(documents: Iterable[DocumentView], groups: Grouping) -> Iterator[Unit]:
    for document in documents:
        for passage in document.passages:
            if passage.counted:
                decisions = {code.column: str(code.decision) for code in passage.themes}
                yield Unit(groups(document, passage.sites), decisions)


def _with_all(table: Table, groups: Sequence[Group]) -> Table:
    lines = {line.group.key: line for line in table.lines}
    empty = [Cell(0, 0, 0)] * len(table.columns)
    return Table(
        table.unit,
        table.columns,
        [lines.get(group.key, Line(group, 0, empty)) for group in groups],
        table.without,
    )


def _largest_first(table: Table) -> Table:
    lines = sorted(table.lines, key=lambda line: (-line.n, line.group.key))
    return Table(table.unit, table.columns, lines, table.without)


def _by_key(table: Table) -> Table:
    return Table(table.unit, table.columns, sorted(table.lines, key=lambda line: line.group.key), table.without)
