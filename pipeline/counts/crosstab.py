"""How often two things meet: themes or practices by site, document, year, kind or role, or by one another.

Worked example, `pop query --counts --by theme,year`: each cell holds how many passages there are of that year (`n`), in
how many documents, and in how many of them the theme was found.

One of the two is *measured*, and the other forms the groups: of a theme and a site, the theme; of two themes, the
second (of the passages with the first, how many have the second, too). Of a site and a year nothing is measured; they
are only counted. Passages are counted, and quotes where a practice, a role or a problem of practice is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
import numpy as np

from pipeline import query
from pipeline.counts import theme_counts
from pipeline.counts.theme_counts import ThemeCount, share_of
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import Estimate, Prevalence
from pipeline.query.connection import connected
from pipeline.query.facts import Ints, Pairs, PassageFacts, QuoteFacts, met, named_once
from pipeline.rubric import Row
from pipeline.tools import Tools

Dimension = Literal["theme", "practice", "indicator", "area", "site", "document", "year", "kind", "problem", "role"]
CountedUnit = Literal["passage", "quote"]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
EVERYTHING: Final = theme_counts.EVERYTHING

_MEASURED: Final[tuple[Dimension, ...]] = ("theme", "practice", "indicator", "area")
_RUBRIC: Final[tuple[Dimension, ...]] = ("practice", "indicator", "area")
_OF_QUOTES: Final[tuple[Dimension, ...]] = (*_RUBRIC, "role", "problem")
_PASSAGE_GROUPS: Final[dict[Dimension, theme_counts.By]] = {
    "document": "document", "site": "site", "year": "year", "kind": "kind",
}  # fmt: skip
MOST_CELLS: Final = 1_000_000
_NO_ROLE: Final = "no role"
_NO_YEAR: Final = "no date"
_NOWHERE: Final = frozenset({"no site", "no problem of practice"})
_QUOTES: Final = "quotes are counted, and the model’s errors are known for passages"
_PRACTICES: Final = "the errors of the model of practices are not measured in this way"
_BOTH: Final = "both are what the models decided"


class Cell(msgspec.Struct, frozen=True, gc=False):
    """Where a row and a column meet. `n`: of its group; `found` of them have what is measured, `None`: nothing is."""

    row: str
    column: str
    n: int
    documents: int
    found: int | None
    to_review: int | None
    share: float
    corrected: Estimate


@dataclass(frozen=True, slots=True)
class Crosstab:
    """Cells row by row. `dimensions`: of rows and columns; with one alone, the column is "all"."""

    dimensions: tuple[Dimension, ...]
    unit: CountedUnit
    cells: list[Cell]

    @property
    def groups(self) -> Literal["rows", "columns", "none"]:
        """Which of the two the groups are; none where nothing is measured."""
        if not any(name in _MEASURED for name in self.dimensions):
            return "none"
        return "rows" if len(self.dimensions) == 2 and self.dimensions[1] in _MEASURED else "columns"

    @property
    def rows(self) -> list[str]:
        """The names of the rows."""
        return list(dict.fromkeys(cell.row for cell in self.cells))

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(dict.fromkeys(cell.column for cell in self.cells))


@dataclass(frozen=True)
class Units:
    """Passages or quotes with what they have, by dimension; `review`: what only waits for review.

    `units`: their numbers. `document`: the number of the document of each unit, also of those that are left out.
    """

    units: Ints
    document: Ints
    values: Mapping[Dimension, Pairs]
    review: Mapping[Dimension, Pairs] = field(default_factory=dict)


@dataclass(frozen=True)
class Correction:
    """What counts of themes are corrected by."""

    prevalence: Prevalence
    sample: Sample


def dimensions(by: str) -> tuple[Dimension, ...]:
    """Read one or two dimensions, parted by a comma.

    Raises:
        PipelineError: a name that is none, more than two, or the same twice where that means nothing.
    """
    names = [name.strip() for name in by.split(",")]
    for name in names:
        query.one_of("dimension", name, DIMENSIONS)
    twice = len(set(names)) < len(names)
    if len(names) > 2 or (twice and names[0] not in _MEASURED):
        raise PipelineError(
            ErrorCode.INVALID_QUERY,
            found=f"--by {by}",
            expected="one or two different things to count by (or a theme, practice, indicator or area twice)",
            do=f"choose from {', '.join(DIMENSIONS)}",
            exit_code=ExitCode.USAGE,
        )
    return tuple(DIMENSIONS[DIMENSIONS.index(name)] for name in names)


def plain_grouping(asked: tuple[Dimension, ...]) -> tuple[bool, theme_counts.By | None]:
    """Tell whether this is a count of themes in groups of passages, or in all of them, and in which groups."""
    if asked in ((), ("theme",)):
        return True, None
    group = _PASSAGE_GROUPS.get(asked[0]) if len(asked) == 1 else None
    return group is not None, group


def correction(database: Path, wanted: query.Filter, tools: Tools) -> Correction:
    """Return what is known of the errors of the model that coded the index, for these passages."""
    errors = tools.theme_errors
    why = query.chosen_by(wanted)
    if why:
        return Correction(Prevalence(None, tools.settings, why=why), errors.sample)
    return Correction(errors.prevalence(query.theme_coders(database), tools.settings), errors.sample)


def themes_by(
    database: Path, wanted: query.Filter, by: theme_counts.By | None, correction: Correction
) -> list[ThemeCount]:
    """Count the themes of the passages that a query asks for, in groups or in all of them.

    Raises:
        PipelineError: as `query.search`.
    """
    with connected(database) as connection:
        facts = PassageFacts(connection, wanted)
        return theme_counts.count(facts, by, correction.prevalence, correction.sample)


def crosstab(database: Path, wanted: query.Filter, asked: tuple[Dimension, ...], correction: Correction) -> Crosstab:
    """Count the passages or quotes that a query asks for, by one or two dimensions.

    A group alone (`role`) is crossed with the themes.

    Raises:
        PipelineError: as `query.search`.
    """
    pair = asked if len(asked) == 2 or asked[0] in _MEASURED else (*asked, _MEASURED[0])
    if set(pair) & set(_OF_QUOTES):
        return _of_quotes(database, wanted, pair)
    return _of_passages(database, wanted, pair, correction)


def count(units: Units, pair: tuple[Dimension, Dimension]) -> list[Cell]:
    """Count units where rows and columns meet; of what can be measured, all names, of others those that are met."""
    rows, columns = (_named(units.values[name], name) for name in pair)
    _check_size(len(rows), len(columns))
    measured = next((name for name in reversed(pair) if name in _MEASURED), None)
    if measured is None:
        return _joint(units, pair, rows, columns)
    by_row = pair[1] == measured
    group = pair[0] if by_row else pair[1]
    groups = _groups(units, units.values[group].each_once(), measured)
    why = _BOTH if group in _MEASURED else _PRACTICES if measured in _RUBRIC else _QUOTES
    return [
        groups.cell(row, column, row if by_row else column, column if by_row else row, why)
        for row in rows
        for column in columns
    ]


def count_all(units: Units, measured: Dimension) -> list[Cell]:
    """Count units in which something was found, in one column."""
    everything = Pairs(units.units, np.zeros_like(units.units), [EVERYTHING])
    groups = _groups(units, everything, measured)
    names = units.values[measured].names
    return [groups.cell(name, EVERYTHING, EVERYTHING, name, _PRACTICES) for name in names]


@dataclass(frozen=True, slots=True)
class _Groups:
    """How many units each group has, in how many documents; in how many each thing was found, or only waits."""

    place: dict[str, int]
    measured: dict[str, int]
    n: list[int]
    documents: list[int]
    found: list[list[int]]
    waiting: list[list[int]]

    def cell(self, row: str, column: str, group: str, name: str, why: str) -> Cell:
        g, m = self.place[group], self.measured[name]
        n, found = self.n[g], self.found[g][m]
        share = share_of(found, n)
        return Cell(row, column, n, self.documents[g], found, self.waiting[g][m], share, _unknown(why))


def _groups(units: Units, group: Pairs, measured: Dimension) -> _Groups:
    found = units.values[measured].each_once()
    waiting = units.review[measured].without(found)
    n = len(group.names)
    return _Groups(
        {name: i for i, name in enumerate(group.names)},
        {name: i for i, name in enumerate(found.names)},
        np.bincount(group.numbers, minlength=n).tolist(),
        _documents(group.numbers, units.document[group.units], n).tolist(),
        _crossed(group, found).tolist(),
        _crossed(group, waiting).tolist(),
    )


def _crossed(first: Pairs, second: Pairs) -> Ints:
    """Return how many units have both, shape (first names, second names)."""
    left, right = met(first, second)
    n = len(second.names)
    counts = np.bincount(first.numbers[left] * n + second.numbers[right], minlength=len(first.names) * n)
    return counts.reshape(len(first.names), n)


def _documents(places: Ints, documents: Ints, n: int) -> Ints:
    """Return in how many documents each place is, shape (n,)."""
    wide = int(documents.max(initial=0)) + 1
    return np.bincount(np.unique(places * wide + documents) // wide, minlength=n)


def _joint(units: Units, pair: tuple[Dimension, Dimension], rows: list[str], columns: list[str]) -> list[Cell]:
    first, second = (units.values[name].each_once() for name in pair)
    wide = len(second.names)
    left, right = met(first, second)
    places = first.numbers[left] * wide + second.numbers[right]
    both = np.bincount(places, minlength=len(first.names) * wide).tolist()
    documents = _documents(places, units.document[first.units[left]], len(both)).tolist()
    of_row, of_column = ({name: i for i, name in enumerate(one.names)} for one in (first, second))
    of_all, unknown = len(units.units), _unknown("")
    cells = ((row, column, of_row[row] * wide + of_column[column]) for row in rows for column in columns)
    return [
        Cell(row, column, both[place], documents[place], None, None, share_of(both[place], of_all), unknown)
        for row, column, place in cells
    ]


@lru_cache(maxsize=16)
def _unknown(why: str) -> Estimate:
    return Estimate(why=why)


def _check_size(rows: int, columns: int) -> None:
    if rows * columns > MOST_CELLS:
        raise PipelineError(
            ErrorCode.INVALID_QUERY,
            found=f"a table of {rows:,} rows by {columns:,} columns",
            expected=f"at most {MOST_CELLS:,} cells",
            do="choose fewer passages or quotes (--site, --date-from, --document …), or count by one of the two alone",
            exit_code=ExitCode.USAGE,
        )


def _named(pairs: Pairs, dimension: Dimension) -> list[str]:
    """Return the names of a dimension: years in the order of time, the most frequent role first, others as met."""
    if dimension in _MEASURED:
        return list(pairs.names)
    numbers, first, n = np.unique(pairs.numbers, return_index=True, return_counts=True)
    number = {pairs.names[numbers[i]]: int(n[i]) for i in np.argsort(first)}
    if dimension == "year":
        return sorted(number)
    if dimension == "role":
        return sorted(number, key=lambda name: (name == _NO_ROLE, -number[name], name))
    return sorted(number, key=lambda name: name in _NOWHERE)


# --- of passages ------------------------------------------------------------------------------------------------------


def _of_passages(database: Path, wanted: query.Filter, pair: tuple[Dimension, ...], correction: Correction) -> Crosstab:
    groups = [name for name in pair if name != "theme"]
    with connected(database) as connection:
        facts = PassageFacts(connection, wanted)
        if "theme" not in pair or pair == ("theme", "theme"):
            yes, review, _ = facts.decided
            values: dict[Dimension, Pairs] = {"theme": yes, **{name: facts.of(name) for name in groups}}
            units = Units(facts.units, facts.document, values, {"theme": review})
            return Crosstab(pair, "passage", count(units, (pair[0], pair[1])))
        by = _PASSAGE_GROUPS[groups[0]] if groups else None
        counts = theme_counts.count(facts, by, correction.prevalence, correction.sample)
        cells = [_of_theme_count(one, theme_first=pair[0] == "theme") for one in counts]
        return Crosstab(pair, "passage", _row_by_row(cells, facts.themes) if pair[0] == "theme" else cells)


def _of_theme_count(one: ThemeCount, *, theme_first: bool) -> Cell:
    row, column = (one.theme, one.group) if theme_first else (one.group, one.theme)
    return Cell(row, column, one.n, one.documents, one.found, one.to_review, one.share, one.corrected)


def _row_by_row(cells: Sequence[Cell], rows: Sequence[str]) -> list[Cell]:
    place = {name: i for i, name in enumerate(rows)}
    return sorted(cells, key=lambda cell: place[cell.row])


# --- of quotes --------------------------------------------------------------------------------------------------------


def _of_quotes(database: Path, wanted: query.Filter, pair: tuple[Dimension, ...]) -> Crosstab:
    with connected(database) as connection:
        facts = QuoteFacts(connection, wanted)
        rubric = query.rubric_rows(connection, wanted)
        decided = {name: _decided(facts, rubric, name) for name in pair if name in _MEASURED}
        values = {name: yes for name, (yes, _) in decided.items()}
        values |= {name: _place(facts, name) for name in pair if name not in _MEASURED}
        units = Units(facts.units, facts.document, values, {name: review for name, (_, review) in decided.items()})
        cells = count_all(units, pair[0]) if len(pair) == 1 else count(units, (pair[0], pair[1]))
        return Crosstab(pair, "quote", cells)


def _decided(facts: QuoteFacts, rubric: Sequence[Row], dimension: Dimension) -> tuple[Pairs, Pairs]:
    """Return which quotes have which themes or practices, and of which that only waits for review."""
    if dimension == "theme":
        return facts.themes_decided
    lines: dict[str, list[Row]] = {}
    for row in rubric:
        lines.setdefault(getattr(row, dimension), []).append(row)
    yes, review = facts.mapped(list(lines.values()))
    return yes._replace(names=list(lines)), review._replace(names=list(lines))


def _place(facts: QuoteFacts, dimension: Dimension) -> Pairs:
    if dimension == "year":
        return facts.by_document([year or _NO_YEAR for year in facts.documents.years])
    if dimension == "document":
        return facts.by_document(facts.documents.labels)
    if dimension == "role":
        return _roles(facts.of("role"), facts.units)
    if dimension == "kind":
        return facts.of("kind")
    pairs, names = facts.columns_of(dimension)
    labels = [f"{label} · {document}" if document else label for _, label, document in zip(*names, strict=True)]
    return named_once(pairs.units, pairs.numbers, labels)


def _roles(known: Pairs, units: Ints) -> Pairs:
    """Name the roles whatever their case, and `no role` where none is known."""
    labels = [*(" ".join(name.split()).casefold() for name in known.names), _NO_ROLE]
    numbers = np.full(len(units), len(known.names))
    numbers[np.searchsorted(units, known.units)] = known.numbers
    return named_once(units, numbers, labels)
