"""How often two things meet: themes or practices by site, document, year, kind or role, or by one another.

Worked example, `pop query --counts --by theme,year`: each cell holds how many passages there are of that year (`n`), in
how many documents, and in how many of them the theme was found.

One of the two is *measured*, and the other forms the groups: of a theme and a site, the theme; of two themes, the
second (of the passages with the first, how many have the second, too). Of a site and a year nothing is measured; they
are only counted. Passages are counted, and quotes where a practice, a role or a problem of practice is asked for.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

from pipeline import coverage, query, theme_counts
from pipeline.coverage import MappedQuote
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import Estimate, Prevalence
from pipeline.rubric import Row
from pipeline.theme_counts import CodedPassage, ThemeCount
from pipeline.tools import Tools

Dimension = Literal["theme", "practice", "indicator", "area", "site", "document", "year", "kind", "problem", "role"]
CountedUnit = Literal["passage", "quote"]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
EVERYTHING: Final = theme_counts.EVERYTHING

_MEASURED: Final[tuple[Dimension, ...]] = ("theme", "practice", "indicator", "area")
_RUBRIC: Final[tuple[Dimension, ...]] = ("practice", "indicator", "area")
_OF_QUOTES: Final[tuple[Dimension, ...]] = (*_RUBRIC, "role", "problem")
_COLUMNS: Final[dict[Dimension, coverage.By]] = {
    "site": "site", "document": "document", "year": "date", "problem": "problem",
}  # fmt: skip
"""What the columns of the coverage are called here."""
_PASSAGE_GROUPS: Final[dict[Dimension, theme_counts.By]] = {
    "document": "document", "site": "site", "year": "year", "kind": "kind",
}  # fmt: skip
_NO_ROLE: Final = "no role"
_NOWHERE: Final = frozenset({"no site", "no problem of practice"})
_QUOTES: Final = "quotes are counted, and the model’s errors are known for passages"
_PRACTICES: Final = "the errors of the model of practices are not measured in this way"
_BOTH: Final = "both are what the models decided"


@dataclass(frozen=True, slots=True)
class Cell:
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


@dataclass(frozen=True, slots=True)
class Unit:
    """A passage or quote with what it belongs to, by dimension; `review`: what only waits for review."""

    document_id: str
    values: Mapping[Dimension, Sequence[str]]
    review: Mapping[Dimension, Sequence[str]] = field(default_factory=dict)


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


def count(
    units: Iterable[Unit], pair: tuple[Dimension, Dimension], names: Mapping[Dimension, Sequence[str]]
) -> list[Cell]:
    """Count units where rows and columns meet.

    Args:
        units: passages or quotes.
        pair: dimension of the rows, and of the columns.
        names: all names of a dimension, in order; those of others are taken as they are met.
    """
    held = list(units)
    measured = next((name for name in reversed(pair) if name in _MEASURED), None)
    rows, columns = (names.get(name) or _met(held, name) for name in pair)
    if measured is None:
        lines = _by_name(held, pair[0], rows)
        return [cell for row, members in lines for cell in _joint(row, members, pair[1], columns, len(held))]
    by_row = pair[1] == measured
    group = pair[0] if by_row else pair[1]
    groups = {
        name: _Group.of(members, measured) for name, members in _by_name(held, group, rows if by_row else columns)
    }
    why = _BOTH if group in _MEASURED else _PRACTICES if measured in _RUBRIC else _QUOTES
    return [
        _measured(row, column, groups[row if by_row else column], column if by_row else row, why)
        for row in rows
        for column in columns
    ]


def count_all(units: Sequence[Unit], measured: Dimension, names: Sequence[str]) -> list[Cell]:
    """Count units in which something was found, in one column."""
    everything = _Group.of(units, measured)
    return [_measured(name, EVERYTHING, everything, name, _PRACTICES) for name in names]


@dataclass(frozen=True, slots=True)
class _Group:
    """How many units belong together, and in how many of them each thing was found, or only waits for review."""

    n: int
    documents: int
    found: Counter[str]
    waiting: Counter[str]

    @classmethod
    def of(cls, units: Sequence[Unit], measured: Dimension) -> "_Group":
        found: Counter[str] = Counter()
        waiting: Counter[str] = Counter()
        for unit in units:
            yes = set(unit.values[measured])
            found.update(yes)
            waiting.update(set(unit.review.get(measured, ())) - yes)
        return cls(len(units), len({unit.document_id for unit in units}), found, waiting)


def _measured(row: str, column: str, group: _Group, name: str, why: str) -> Cell:
    return Cell(
        row=row,
        column=column,
        n=group.n,
        documents=group.documents,
        found=group.found[name],
        to_review=group.waiting[name],
        share=_share(group.found[name], group.n),
        corrected=Estimate(why=why),
    )


def _joint(row: str, units: Sequence[Unit], other: Dimension, columns: Sequence[str], n: int) -> Iterator[Cell]:
    for column, both in _by_name(units, other, columns):
        yield Cell(
            row=row,
            column=column,
            n=len(both),
            documents=len({unit.document_id for unit in both}),
            found=None,
            to_review=None,
            share=_share(len(both), n),
            corrected=Estimate(),
        )


def _by_name(units: Sequence[Unit], dimension: Dimension, names: Sequence[str]) -> list[tuple[str, list[Unit]]]:
    """Return the units that belong to each of the names."""
    members: dict[str, list[Unit]] = {name: [] for name in names}
    for unit in units:
        for name in dict.fromkeys(unit.values[dimension]):
            if name in members:
                members[name].append(unit)
    return list(members.items())


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _met(units: Iterable[Unit], dimension: Dimension) -> list[str]:
    """Return the names of a dimension: years in the order of time, the most frequent role first, others as met."""
    number: dict[str, int] = {}
    for unit in units:
        for name in unit.values[dimension]:
            number[name] = number.get(name, 0) + 1
    if dimension == "year":
        return sorted(number)
    if dimension == "role":
        return sorted(number, key=lambda name: (name == _NO_ROLE, -number[name], name))
    return sorted(number, key=lambda name: name in _NOWHERE)


# --- of passages ------------------------------------------------------------------------------------------------------


def _of_passages(database: Path, wanted: query.Filter, pair: tuple[Dimension, ...], correction: Correction) -> Crosstab:
    passages = query.coded_passages(database, wanted)
    themes = query.theme_ids(database)
    first, second = pair
    group = second if first == "theme" else first
    if "theme" in pair and group != "theme":
        by = _PASSAGE_GROUPS[group]
        counts = theme_counts.count(passages, themes, by, correction.prevalence, correction.sample)
        cells = [_of_theme_count(one, theme_first=first == "theme") for one in counts]
        return Crosstab(pair, "passage", _row_by_row(cells, themes) if first == "theme" else cells)
    return Crosstab(pair, "passage", count(map(_passage_unit, passages), (first, second), {"theme": themes}))


def _of_theme_count(one: ThemeCount, *, theme_first: bool) -> Cell:
    row, column = (one.theme, one.group) if theme_first else (one.group, one.theme)
    return Cell(row, column, one.n, one.documents, one.found, one.to_review, one.share, one.corrected)


def _row_by_row(cells: Sequence[Cell], rows: Sequence[str]) -> list[Cell]:
    place = {name: i for i, name in enumerate(rows)}
    return sorted(cells, key=lambda cell: place[cell.row])


def _passage_unit(passage: CodedPassage) -> Unit:
    groups = {dimension: passage.groups[by] for dimension, by in _PASSAGE_GROUPS.items()}
    return Unit(passage.document_id, groups | {"theme": sorted(passage.yes)}, {"theme": sorted(passage.review)})


# --- of quotes --------------------------------------------------------------------------------------------------------


def _of_quotes(database: Path, wanted: query.Filter, pair: tuple[Dimension, ...]) -> Crosstab:
    quotes, rubric = query.mapped_quotes(database, wanted)
    facts = _Facts(database)
    units = [_quote_unit(quote, rubric, facts) for quote in quotes]
    names: dict[Dimension, Sequence[str]] = {
        "theme": query.theme_ids(database),
        "practice": list(dict.fromkeys(row.practice for row in rubric)),
        "indicator": [row.indicator for row in rubric],
        "area": list(dict.fromkeys(row.area for row in rubric)),
    }
    if len(pair) == 1:
        return Crosstab(pair, "quote", count_all(units, pair[0], names[pair[0]]))
    return Crosstab(pair, "quote", count(units, (pair[0], pair[1]), names))


def _quote_unit(quote: MappedQuote, rubric: Sequence[Row], facts: "_Facts") -> Unit:
    matched = [row for row in rubric if quote.decisions.get(row.indicator) == "match"]
    waiting = [row for row in rubric if quote.decisions.get(row.indicator) == "review"]
    kind, role, passage_id = facts.of_quote[quote.id]
    columns: dict[Dimension, Sequence[str]] = {
        name: [_label(column) for column in quote.columns[by]] for name, by in _COLUMNS.items()
    }
    of_document: dict[Dimension, Sequence[str]] = {
        "kind": [kind],
        "role": [" ".join(role.split()).casefold() if role else _NO_ROLE],
    }
    yes: dict[Dimension, Sequence[str]] = {"theme": facts.themes.get((passage_id, "yes"), []), **_of_rubric(matched)}
    review: dict[Dimension, Sequence[str]] = {
        "theme": facts.themes.get((passage_id, "review"), []),
        **_of_rubric(waiting),
    }
    return Unit(quote.columns["document"][0].key, columns | of_document | yes, review)


def _label(column: coverage.Column) -> str:
    """Return the name of a column; two documents may have a problem of the same name."""
    return f"{column.label} · {column.document}" if column.document else column.label


def _of_rubric(rows: Sequence[Row]) -> dict[Dimension, Sequence[str]]:
    return {
        "practice": [row.practice for row in rows],
        "indicator": [row.indicator for row in rows],
        "area": [row.area for row in rows],
    }


class _Facts:
    """What else the index knows of quotes: kind of document, role of the speaker, themes of the passage."""

    def __init__(self, database: Path) -> None:
        of_quotes = """SELECT quote.id, document.kind, quote.speaker_role, quote.passage_id
            FROM quotes AS quote JOIN documents AS document ON document.id = quote.document_id"""
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            self.of_quote = {row[0]: row[1:] for row in connection.execute(of_quotes)}
            self.themes: dict[tuple[str, str], list[str]] = {}
            for passage_id, theme, decision in connection.execute(
                "SELECT passage_id, theme, decision FROM accepted_tags"
            ):
                self.themes.setdefault((passage_id, decision), []).append(theme)
