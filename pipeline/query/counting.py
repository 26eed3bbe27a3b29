"""Counts of themes and of the practices of the rubric, among the passages or quotes that a query asks for."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from pipeline import coverage as roll_up
from pipeline.query.conditions import Condition, all_of
from pipeline.query.connection import connected
from pipeline.query.filters import Filter, from_where, named_practices
from pipeline.query.searching import run
from pipeline.query.values import invalid, known, one_of, within

if TYPE_CHECKING:
    from pipeline.rubric import Row
    from pipeline.theme_counts import CodedPassage

YEAR: Final = "substr(coalesce(d.date_start, d.date_end), 1, 4)"
_GROUPS: Final = {
    "document": "coalesce(d.title, d.path)",
    "site": "site.name",
    "year": YEAR,
    "kind": "d.kind",
}
GROUPINGS: Final = tuple(_GROUPS)


class GroupSize(NamedTuple):
    """How many passages of a document themes are counted among, in a group: a value for each grouping asked for."""

    group: tuple[str, ...]
    document_id: str
    n: int


class GroupTheme(NamedTuple):
    """How many passages of a document were decided so, in a group.

    `yes`, `review`: what counts, people first. `settled`, `settled_yes`: those that a person decided, and their yes.
    """

    group: tuple[str, ...]
    document_id: str
    theme: str
    yes: int
    review: int
    settled: int
    settled_yes: int


@dataclass(frozen=True)
class ThemeTable:
    """Counts of passages by group and document; a passage with two sites counts for both, one with none for neither."""

    by: tuple[str, ...]
    sizes: list[GroupSize]
    themes: list[GroupTheme]


def coded_passages(database: Path, wanted: Filter) -> "list[CodedPassage]":
    """Return the passages that themes are counted among: coded, and no repetition of another.

    Raises:
        PipelineError: as `search`.
    """
    from pipeline.theme_counts import CodedPassage  # noqa: PLC0415 - it brings the models' errors along

    with connected(database) as connection:
        found = from_where(connection, wanted, "passage")
        sql = f"""SELECT c.id, c.document_id, c.segment_id, d.kind, coalesce(d.title, d.path), {YEAR}
            FROM (SELECT u.n, u.id, u.document_id, u.segment_id {found.sql} AND u.counted) AS c
            JOIN documents AS d ON d.id = c.document_id ORDER BY c.n"""
        rows = run(connection, sql, found.values, wanted)
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


def theme_table(database: Path, wanted: Filter, by: Sequence[str] = ()) -> ThemeTable:
    """Count the themes of the passages that `coded_passages` returns, in the database.

    Args:
        database: corpus.db.
        wanted: which passages are counted.
        by: what the groups are made of: "document", "site", "year", "kind", several of them, or none; "theme" may
            stand among them and makes no difference, as themes are always counted apart.

    Raises:
        PipelineError: as `search`.
    """
    names = tuple(name for name in by if name != "theme")
    for name in names:
        one_of("by", name, GROUPINGS)
    groups = "".join(f", {_GROUPS[name]}" for name in names)
    present = all_of([Condition(f"{_GROUPS[name]} NOTNULL") for name in names]).sql
    joins = "JOIN documents AS d ON d.id = e.document_id" if {"document", "year", "kind"} & set(names) else ""
    if "site" in names:
        joins += " JOIN segment_sites AS site ON site.segment_id = e.segment_id"
    with connected(database) as connection:
        chosen = _chosen(connection, wanted)
        where = f"{present} AND e.passage_id {chosen.sql}"
        sizes = f"""SELECT e.document_id, count(*) {groups} FROM passages AS e {joins}
            WHERE e.counted AND {present} AND e.id {chosen.sql} GROUP BY e.document_id {groups}"""
        tags = f"""SELECT e.document_id, e.theme, sum(e.decision = 'yes'), sum(e.decision = 'review'),
            sum(e.source = 'human' AND e.decision = 'yes') {groups} FROM accepted_tags AS e {joins}
            WHERE e.counted AND {where} GROUP BY e.document_id, e.theme {groups}"""
        refused = f"""SELECT e.document_id, e.theme, count(*) {groups} FROM refused_tags AS e {joins}
            WHERE {where} GROUP BY e.document_id, e.theme {groups}"""
        n = run(connection, sizes, chosen.values, wanted)
        found = run(connection, tags, chosen.values, wanted)
        said_no = {(document, theme, *group): k for document, theme, k, *group in run(
            connection, refused, chosen.values, wanted)}  # fmt: skip
    return ThemeTable(
        names,
        [GroupSize(tuple(group), document, k) for document, k, *group in n],
        [*_group_themes(found, said_no)],
    )


def _group_themes(found: Sequence[sqlite3.Row], said_no: dict[tuple[str, ...], int]) -> Iterator[GroupTheme]:
    for document, theme, yes, review, settled_yes, *group in found:
        settled = settled_yes + said_no.pop((document, theme, *group), 0)
        yield GroupTheme(tuple(group), document, theme, yes, review, settled, settled_yes)
    for (document, theme, *group), settled in said_no.items():
        yield GroupTheme(tuple(group), document, theme, 0, 0, settled, 0)


def _chosen(connection: sqlite3.Connection, wanted: Filter) -> Condition:
    if wanted == Filter():
        return Condition("NOTNULL")
    found = from_where(connection, wanted, "passage")
    return Condition(f"IN (SELECT u.id {found.sql})", found.values)


def coverage(database: Path, wanted: Filter, by: str, *, indicators: bool = False) -> roll_up.Matrix:
    """Return how many quotes speak for each practice of the rubric, by site, date, problem of practice or document.

    Args:
        database: corpus.db.
        wanted: which quotes are counted. `practice`, `indicator`, `area` and `level` choose the lines instead, `min_p`
            also what counts for them.
        by: what the columns are: "site", "date", "problem" or "document".
        indicators: a line for each indicator instead of each practice.

    Raises:
        PipelineError: as `search`; a `decision` without a theme that it could apply to.
    """
    one_of("coverage", by, roll_up.DIMENSIONS)
    if wanted.decision and not wanted.themes:
        raise invalid(
            f"decision {wanted.decision} with coverage",
            "no decision, as matches and those to review are counted apart",
            "leave it out, or name the theme that was decided so",
        )
    dimension = roll_up.DIMENSIONS[roll_up.DIMENSIONS.index(by)]
    with connected(database) as connection:
        rows = _rubric_rows(connection, wanted)
        quotes = _mapped_quotes(connection, wanted, [dimension])
        return roll_up.count(quotes, rows, dimension, indicators=indicators)


def mapped_quotes(database: Path, wanted: Filter) -> "tuple[list[roll_up.MappedQuote], list[Row]]":
    """Return the quotes that coverage counts with their decisions, and the indicators of the rubric in use.

    Raises:
        PipelineError: as `coverage`.
    """
    with connected(database) as connection:
        return list(_mapped_quotes(connection, wanted, roll_up.DIMENSIONS)), _rubric_rows(connection, wanted)


def theme_coders(database: Path) -> list[str]:
    """Return the versions of the theme models whose tags the index holds."""
    with connected(database) as connection:
        return known(
            connection, "SELECT DISTINCT coalesce(model_version, coder) FROM tags WHERE source = 'model' ORDER BY 1"
        )


def chosen_by(wanted: Filter) -> str:
    """Say why the model's errors are not known among such passages; empty if they are chosen by where they stand."""
    named = (
        *(wanted.practice, wanted.indicator, wanted.area, wanted.level, wanted.decision, wanted.min_p),
        *(wanted.source, wanted.coder),
    )
    if wanted.themes or any(value is not None for value in named):
        return "the passages were chosen by what the models decided of them"
    if wanted.text or wanted.speaker or wanted.role or wanted.organization:
        return "the passages were chosen by their words, on which the model’s errors depend"
    return ""


def undated(database: Path) -> int:
    """Return how many documents have no date, and so never pass a filter by date."""
    with connected(database) as connection:
        return int(connection.execute("SELECT count(*) FROM documents WHERE date_start IS NULL").fetchone()[0])


def theme_ids(database: Path) -> list[str]:
    """Return the themes of the codebook, in its order."""
    with connected(database) as connection:
        return known(connection, "SELECT id FROM themes ORDER BY n")


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


_RUBRIC_IN_USE: Final = "(SELECT rubric FROM indicator_levels LIMIT 1)"


def _rubric_rows(connection: sqlite3.Connection, wanted: Filter) -> "list[Row]":
    """Return the indicators of the rubric in use that are asked for; those that only old mappings name have no text."""
    from pipeline.rubric import Row  # noqa: PLC0415

    asked = replace(wanted, level=None)
    conditions = all_of([Condition(f"e.rubric = {_RUBRIC_IN_USE}"), *named_practices(connection, asked)])
    sql = f"""SELECT e.area, e.practice, e.practice_text, e.indicator FROM (
        SELECT i.n, i.rubric, p.area, p.id AS practice, p.text AS practice_text, i.id AS indicator
        FROM indicators AS i JOIN practices AS p ON p.rubric = i.rubric AND p.id = i.practice
        WHERE i.id IN (SELECT indicator FROM indicator_levels)) AS e
        WHERE {conditions.sql} ORDER BY e.n"""
    return [Row(**dict(row), levels={}) for row in connection.execute(sql, conditions.values)]


def _mapped_quotes(
    connection: sqlite3.Connection, wanted: Filter, dimensions: Sequence[roll_up.By]
) -> Iterator[roll_up.MappedQuote]:
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
    nothing: dict[str, roll_up.Decision] = {}
    columns: dict[tuple[str | None, str], dict[roll_up.By, Sequence[roll_up.Column]]] = {}
    for quote_id, segment_id, document_id, document, year in run(connection, sql, found.values, wanted):
        place = (segment_id, document_id)
        if place not in columns:
            named = roll_up.Column(document_id, document)
            columns[place] = {by: roll_up.columns_by(by, segment_id, sections, named, year or "") for by in dimensions}
        yield roll_up.MappedQuote(quote_id, columns[place], decisions.get(quote_id, nothing))


def _sections(connection: sqlite3.Connection) -> dict[str, roll_up.Section]:
    sites: dict[str, list[str]] = {}
    for segment_id, name in connection.execute("SELECT segment_id, name FROM sites ORDER BY segment_id, position"):
        sites.setdefault(segment_id, []).append(name)
    rows = connection.execute("SELECT id, parent_id, kind, heading FROM segments")
    return {row[0]: roll_up.Section(row[0], row[1], row[2], row[3], sites.get(row[0], ())) for row in rows}


def _decisions(connection: sqlite3.Connection, wanted: Filter) -> dict[str, dict[str, roll_up.Decision]]:
    """Return what was decided of each quote, by indicator of the rubric in use."""
    if wanted.min_p is not None:
        within("min_p", wanted.min_p, 0, 1)
    where = all_of(
        [
            Condition(f"rubric = {_RUBRIC_IN_USE}"),
            *([Condition("p >= ?", (wanted.min_p,))] if wanted.min_p is not None else []),
            *(Condition(one.sql.removeprefix("e."), one.values) for one in _levels(connection, wanted)),
        ]
    )
    sql = f"SELECT quote_id, indicator, decision FROM accepted_mappings WHERE {where.sql}"
    found: dict[str, dict[str, roll_up.Decision]] = {}
    for quote_id, indicator, decision in connection.execute(sql, where.values):
        found.setdefault(quote_id, {})[indicator] = decision
    return found


def _levels(connection: sqlite3.Connection, wanted: Filter) -> Iterator[Condition]:
    yield from named_practices(connection, Filter(level=wanted.level))
