"""Counts worked out passage by passage and quote by quote: what the columns of numbers must come to.

They read the tables of the index themselves, and go the long way through plain Python.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pipeline.counts import coverage
from pipeline.counts.coverage import MappedQuote
from pipeline.counts.crosstab import EVERYTHING, Cell, Correction, Crosstab, Dimension
from pipeline.counts.theme_counts import By, ThemeCount
from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import Estimate, Prevalence, Tally
from pipeline.query import Filter, rubric_rows, theme_ids
from pipeline.query.conditions import Condition, all_of
from pipeline.query.connection import connected
from pipeline.query.filters import from_where, named_practices
from pipeline.rubric import Row
from pipeline.stages.index.schema import RUBRIC_IN_USE

YEAR: Final = "substr(coalesce(d.date_start, d.date_end), 1, 4)"


@dataclass(frozen=True, slots=True)
class CodedPassage:
    """A passage with what was decided of it, a person's word first. `groups`: where it belongs, by each grouping.

    `yes`, `review`: themes. `settled`: themes that a person decided, yes or no.
    """

    id: str
    document_id: str
    groups: dict[By, list[str]]
    yes: frozenset[str]
    review: frozenset[str]
    settled: frozenset[str]


def coded_passages(database: Path, wanted: Filter) -> list[CodedPassage]:
    """Return the passages that themes are counted among: coded, and no repetition of another."""
    with connected(database) as connection:
        found = from_where(connection, wanted, "passage")
        sql = f"""SELECT c.id, c.document_id, c.segment_id, d.kind, coalesce(d.title, d.path), {YEAR}
            FROM (SELECT u.n, u.id, u.document_id, u.segment_id {found.sql} AND u.counted) AS c
            JOIN documents AS d ON d.id = c.document_id ORDER BY c.n"""
        rows = connection.execute(sql, found.values)
        sites = _sites(connection)
        decided = _decided(connection)
        nothing: dict[str, set[str]] = defaultdict(set)
        coded = []
        for passage_id, document_id, segment_id, kind, document, year in rows:
            of = decided.get(passage_id, nothing)
            coded.append(
                CodedPassage(
                    id=passage_id,
                    document_id=document_id,
                    groups={
                        "document": [document],
                        "site": sites.get(segment_id, []),
                        "year": [year] if year else [],
                        "kind": [kind],
                    },
                    yes=frozenset(of.get("yes", ())),
                    review=frozenset(of.get("review", ())),
                    settled=frozenset(of.get("settled", ())),
                )
            )
        return coded


def _sites(connection: sqlite3.Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for segment_id, name in connection.execute(
        "SELECT segment_id, name FROM segment_sites ORDER BY segment_id, start, name"
    ):
        found[segment_id].append(name)
    return found


def _decided(connection: sqlite3.Connection) -> dict[str, dict[str, set[str]]]:
    """Return the themes that were decided of each passage, by decision."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    tags = "SELECT passage_id, theme, decision, source FROM accepted_tags WHERE counted"
    for passage_id, theme, decision, source in connection.execute(tags):
        found[passage_id][decision].add(theme)
        if source == "human" and decision == "yes":
            found[passage_id]["settled"].add(theme)
    for passage_id, theme in connection.execute("SELECT passage_id, theme FROM refused_tags"):
        found[passage_id]["settled"].add(theme)
    return found


@dataclass(slots=True)
class _ThemeGroup:
    n: int = 0
    documents: set[str] = field(default_factory=set)
    review: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    yes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


def count_themes(
    passages: Iterable[CodedPassage], themes: Sequence[str], by: By | None, prevalence: Prevalence, sample: Sample
) -> list[ThemeCount]:
    """Count themes, group by group; groups in the order of the passages, years in that of time, `all` without `by`."""
    groups: dict[str, _ThemeGroup] = defaultdict(_ThemeGroup)
    for passage in passages:
        for name in passage.groups[by] if by else [EVERYTHING]:
            _add(groups[name], passage, themes, sample)
    names = sorted(groups) if by == "year" else list(groups)
    return [_counted(name, groups[name], theme, prevalence) for name in names for theme in themes]


def _add(group: _ThemeGroup, passage: CodedPassage, themes: Sequence[str], sample: Sample) -> None:
    group.n += 1
    group.documents.add(passage.document_id)
    for theme in themes:
        yes = theme in passage.yes
        group.yes[theme] += yes
        group.review[theme] += theme in passage.review
        if theme in passage.settled:
            group.tallies[theme].add_settled(passage.document_id, yes=yes)
        else:
            # The errors of the model were counted at the threshold from which it asks for review.
            leaning = yes or theme in passage.review
            drawn = sample.of(passage.id, theme, model=leaning)
            group.tallies[theme].add(passage.document_id, yes=leaning, sampled=drawn)


def _counted(name: str, group: _ThemeGroup, theme: str, prevalence: Prevalence) -> ThemeCount:
    return ThemeCount(
        group=name,
        theme=theme,
        n=group.n,
        documents=len(group.documents),
        found=group.yes[theme],
        to_review=group.review[theme],
        share=round(group.yes[theme] / group.n, 4),
        corrected=prevalence.estimate(theme, group.tallies[theme]),
    )


def mapped_quotes(database: Path, wanted: Filter) -> tuple[list[MappedQuote], list[Row]]:
    """Return the quotes that coverage counts with their decisions, and the indicators of the rubric in use."""
    with connected(database) as connection:
        return list(_mapped_quotes(connection, wanted, coverage.DIMENSIONS)), rubric_rows(connection, wanted)


def _mapped_quotes(
    connection: sqlite3.Connection, wanted: Filter, dimensions: Sequence[coverage.By]
) -> Iterator[coverage.MappedQuote]:
    chosen = replace(
        wanted, practice=None, indicator=None, area=None, level=None, min_p=wanted.min_p if wanted.themes else None
    )
    found = from_where(connection, chosen, "quote")
    sql = f"""SELECT c.id, c.segment_id, c.document_id, coalesce(d.title, d.path), {YEAR}
        FROM (SELECT u.n, u.id, u.segment_id, u.document_id {found.sql}
            AND u.passage_id NOT IN (SELECT id FROM passages WHERE duplicate_of IS NOT NULL)) AS c
        JOIN documents AS d ON d.id = c.document_id ORDER BY c.n"""
    sections = _sections(connection) if {"site", "problem"} & {*dimensions} else {}
    decisions = _decisions(connection, wanted)
    nothing: dict[str, coverage.Decision] = {}
    columns: dict[tuple[str | None, str], dict[coverage.By, Sequence[coverage.Column]]] = {}
    for quote_id, segment_id, document_id, document, year in connection.execute(sql, found.values):
        place = (segment_id, document_id)
        if place not in columns:
            named = coverage.Column(document_id, document)
            columns[place] = {by: coverage.columns_by(by, segment_id, sections, named, year or "") for by in dimensions}
        yield coverage.MappedQuote(quote_id, columns[place], decisions.get(quote_id, nothing))


def _sections(connection: sqlite3.Connection) -> dict[str, coverage.Section]:
    sites: dict[str, list[str]] = {}
    for segment_id, name in connection.execute("SELECT segment_id, name FROM sites ORDER BY segment_id, position"):
        sites.setdefault(segment_id, []).append(name)
    rows = connection.execute("SELECT id, parent_id, kind, heading FROM segments")
    return {row[0]: coverage.Section(row[0], row[1], row[2], row[3], sites.get(row[0], ())) for row in rows}


def _decisions(connection: sqlite3.Connection, wanted: Filter) -> dict[str, dict[str, coverage.Decision]]:
    """Return what was decided of each quote, by indicator of the rubric in use."""
    where = all_of(
        [
            Condition(f"rubric = {RUBRIC_IN_USE}"),
            *([Condition("p >= ?", (wanted.min_p,))] if wanted.min_p is not None else []),
            *(Condition(one.sql.removeprefix("e."), one.values) for one in _levels(connection, wanted)),
        ]
    )
    sql = f"SELECT quote_id, indicator, decision FROM accepted_mappings WHERE {where.sql}"
    found: dict[str, dict[str, coverage.Decision]] = {}
    for quote_id, indicator, decision in connection.execute(sql, where.values):
        found.setdefault(quote_id, {})[indicator] = decision
    return found


def _levels(connection: sqlite3.Connection, wanted: Filter) -> Iterator[Condition]:
    yield from named_practices(connection, Filter(level=wanted.level))


_MEASURED: Final[tuple[Dimension, ...]] = ("theme", "practice", "indicator", "area")
_RUBRIC: Final[tuple[Dimension, ...]] = ("practice", "indicator", "area")
_OF_QUOTES: Final[tuple[Dimension, ...]] = (*_RUBRIC, "role", "problem")
_COLUMNS: Final[dict[Dimension, coverage.By]] = {
    "site": "site", "document": "document", "year": "date", "problem": "problem",
}  # fmt: skip
"""What the columns of the coverage are called here."""
_PASSAGE_GROUPS: Final[dict[Dimension, By]] = {
    "document": "document", "site": "site", "year": "year", "kind": "kind",
}  # fmt: skip
_NO_ROLE: Final = "no role"
_NOWHERE: Final = frozenset({"no site", "no problem of practice"})
_QUOTES: Final = "quotes are counted, and the model’s errors are known for passages"
_PRACTICES: Final = "the errors of the model of practices are not measured in this way"
_BOTH: Final = "both are what the models decided"


@dataclass(frozen=True, slots=True)
class Unit:
    """A passage or quote with what it belongs to, by dimension; `review`: what only waits for review."""

    document_id: str
    values: Mapping[Dimension, Sequence[str]]
    review: Mapping[Dimension, Sequence[str]] = field(default_factory=dict)


def crosstab(database: Path, wanted: Filter, pair: tuple[Dimension, ...], correction: Correction) -> Crosstab:
    """Count the passages or quotes that a query asks for, by two dimensions or by a measured one."""
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


def _of_passages(database: Path, wanted: Filter, pair: tuple[Dimension, ...], correction: Correction) -> Crosstab:
    passages = coded_passages(database, wanted)
    themes = theme_ids(database)
    first, second = pair
    group = second if first == "theme" else first
    if "theme" in pair and group != "theme":
        by = _PASSAGE_GROUPS[group]
        counts = count_themes(passages, themes, by, correction.prevalence, correction.sample)
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


def _of_quotes(database: Path, wanted: Filter, pair: tuple[Dimension, ...]) -> Crosstab:
    quotes, rubric = mapped_quotes(database, wanted)
    facts = _Facts(database)
    units = [_quote_unit(quote, rubric, facts) for quote in quotes]
    names: dict[Dimension, Sequence[str]] = {
        "theme": theme_ids(database),
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
        with connected(database) as connection:
            self.of_quote = {row[0]: tuple(row)[1:] for row in connection.execute(of_quotes)}
            self.themes: dict[tuple[str, str], list[str]] = {}
            for passage_id, theme, decision in connection.execute(
                "SELECT passage_id, theme, decision FROM accepted_tags"
            ):
                self.themes.setdefault((passage_id, decision), []).append(theme)
