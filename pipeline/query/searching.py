"""Finds the units that fulfil all conditions, in order, and counts them."""

import sqlite3
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pipeline.hits import Hit, Unit
from pipeline.query import themes
from pipeline.query.conditions import Condition, among, any_of
from pipeline.query.connection import connected
from pipeline.query.details import Shown, hits_of
from pipeline.query.filters import Filter, from_where, named_practices
from pipeline.query.units import SOURCES, unit_of
from pipeline.query.values import invalid, one_of, within

Sort = Literal["document", "date", "rank", "similarity", "p"]
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
MOST_CONTEXT: Final = 100


def search(
    database: Path,
    wanted: Filter,
    *,
    unit: str = "quote",
    sort: str = "document",
    limit: int | None = None,
    offset: int = 0,
    context: int = 0,
) -> list[Hit]:
    """Return the hits.

    Args:
        database: corpus.db.
        wanted: what a hit must fulfil.
        unit: what a hit is: "quote", "passage", "segment", "problem" (of practice, with its sub-segments), "document".
        sort: "document": as in the corpus; "date": oldest first, undated last; "rank": best match of `text` first; "p":
            the likeliest of the themes and practices asked for first (of any, if none is).
        limit: how many at most; `None` = all.
        offset: how many to skip.
        context: how many passages before and after to show with each.

    Raises:
        PipelineError: no database, a value that it does not hold, or a `text` that cannot be understood.
    """
    kind = unit_of(unit)
    one_of("sort", sort, SORTS)
    check_page(limit, offset, context)
    if sort == "rank" and not wanted.text:
        raise invalid("sort by rank without a text", "a text, by which hits are ranked", "add one, or sort by document")
    if sort == "similarity":
        raise invalid(
            "sort by similarity without a sentence", "a sentence with --like, to which hits are near", "add one"
        )
    with connected(database) as connection:
        found = from_where(connection, wanted, unit, ranked=sort == "rank")
        order = _order(connection, wanted, kind, sort)
        sql = f"SELECT u.n {found.sql} ORDER BY {order.sql} LIMIT ? OFFSET ?"
        values = (*found.values, *order.values, -1 if limit is None else limit, offset)
        numbers = [row[0] for row in run(connection, sql, values, wanted)]
        return hits_of(connection, numbers, Shown(kind, wanted.text, context))


def count(database: Path, wanted: Filter, *, unit: str = "quote") -> tuple[int, int]:
    """Return how many hits there are in all, and in how many documents.

    Raises:
        PipelineError: as `search`.
    """
    source = SOURCES[unit_of(unit)]
    with connected(database) as connection:
        found = from_where(connection, wanted, unit)
        sql = f"SELECT count(*), count(DISTINCT {source.document}) {found.sql}"
        row = run(connection, sql, found.values, wanted)[0]
        return row[0], row[1]


def numbers_of(connection: sqlite3.Connection, wanted: Filter, unit: Unit) -> list[int]:
    """Return the numbers `n` of the units that fulfil all conditions, in no order."""
    found = from_where(connection, wanted, unit)
    return [row[0] for row in run(connection, f"SELECT u.n {found.sql}", found.values, wanted)]


def check_page(limit: int | None, offset: int, context: int) -> None:
    """Refuse numbers that make no sense.

    Raises:
        PipelineError: says what the range is.
    """
    within("limit", 0 if limit is None else limit, 0, 2**31)
    within("offset", offset, 0, 2**31)
    within("context", context, 0, MOST_CONTEXT)


def run(connection: sqlite3.Connection, sql: str, values: tuple[Any, ...], wanted: Filter) -> list[sqlite3.Row]:
    """Execute a statement of ours.

    Raises:
        PipelineError: the text that was asked for is no expression.
    """
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.OperationalError as error:
        # All else in the statement is ours; only an expression can be at fault.
        if not wanted.text:
            raise
        raise invalid(
            f"the text {wanted.text!r} ({error})",
            'words, or an FTS5 expression such as "shared leadership", lead*, teacher OR principal, NEAR(time trust)',
            "close every quotation mark and bracket, or put the words in double quotation marks",
        ) from error


def _order(connection: sqlite3.Connection, wanted: Filter, unit: Unit, sort: str) -> Condition:
    if sort == "rank":
        return Condition(f"{SOURCES[unit].table}_fts.rank, u.n")
    if sort == "p":
        likeliest = _likeliest(connection, wanted, unit)
        return Condition(f"{likeliest.sql} DESC, u.n", likeliest.values)
    if sort == "date":
        date = f"(SELECT date_start FROM documents WHERE id = {SOURCES[unit].document})"
        return Condition(f"{date} IS NULL, {date}, u.n")
    return Condition("u.n")


def _likeliest(connection: sqlite3.Connection, wanted: Filter, unit: Unit) -> Condition:
    """Return the highest p of what was asked for: `not` a theme has none, so an expression counts all its themes."""
    source = SOURCES[unit]
    tags = f"SELECT max(e.p) FROM accepted_tags AS e WHERE e.passage_id IN ({source.passages})"
    mappings = f"SELECT max(e.p) FROM accepted_mappings AS e WHERE e.quote_id IN ({source.quotes})"
    named = [*named_practices(connection, wanted)]
    asked = _themes_in(connection, wanted)
    parts = []
    if asked or not named:
        chosen = among("e.theme", asked) if asked else Condition("TRUE")
        parts.append(Condition(f"coalesce(({tags} AND {chosen.sql}), 0)", chosen.values))
    if named or not asked:
        where = "".join(f" AND {one.sql}" for one in named)
        parts.append(Condition(f"coalesce(({mappings}{where}), 0)", tuple(v for one in named for v in one.values)))
    sql = ", ".join(part.sql for part in parts)
    return Condition(f"max({sql})" if len(parts) > 1 else sql, tuple(v for part in parts for v in part.values))


def _themes_in(connection: sqlite3.Connection, wanted: Filter) -> list[str]:
    met: list[str] = []

    def note(theme: str) -> Condition:
        met.append(theme)
        return any_of([])

    for expression in wanted.themes:
        themes.condition(connection, expression, note)
    return met
