"""A researcher's own SQL, answered without a chance of changing anything.

The database is opened read-only, and of all that a statement might do only reading is allowed. One that takes too long
is broken off.
"""

import re
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.errors import PipelineError
from pipeline.query.connection import connected
from pipeline.query.values import invalid, nearest, within

SECONDS: Final = 30.0
"""How long a statement may take."""

_STEPS: Final = 20_000
"""Instructions of SQLite between two looks at the clock; some milliseconds."""
_MOST_BYTES: Final = 100_000_000
"""Of one value."""

_ALLOWED: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_PRAGMAS: Final = frozenset(
    "table_info table_xinfo table_list index_list index_info index_xinfo foreign_key_list data_version".split()
)
_FORBIDDEN_FUNCTIONS: Final = frozenset({"load_extension", "fts3_tokenizer", "edit", "readfile", "writefile"})
_MISSING: Final = re.compile(r"no such (table|column|function): (.+)")

Value = str | int | float | bytes | None


@dataclass(frozen=True)
class Answer:
    """What a statement found. `more`: whether there are rows beyond those asked for."""

    columns: list[str]
    rows: list[tuple[Value, ...]]
    more: bool = False


def sql(
    database: Path, statement: str, *, limit: int | None = None, offset: int = 0, seconds: float = SECONDS
) -> Answer:
    """Return what a SELECT finds.

    Args:
        database: corpus.db.
        statement: one statement of SQL.
        limit: how many rows at most; `None` = all.
        offset: how many rows to skip.
        seconds: how long it may take.

    Raises:
        PipelineError: no database; the statement is broken, does more than read, or takes too long.
    """
    within("limit", 0 if limit is None else limit, 0, 2**31)
    within("offset", offset, 0, 2**31)
    with connected(database) as connection:
        connection.row_factory = None
        names = _names(connection)
        connection.rollback()  # one statement sees one state anyway, and SQLite's own words would hide ours
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
        connection.set_authorizer(_only_reading)
        end = time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            return _answer(connection.execute(statement), limit, offset)
        except (sqlite3.Error, sqlite3.Warning, OverflowError, ValueError) as error:
            raise _mistake(statement, error, names, seconds) from error


def tables(database: Path) -> Answer:
    """Return the tables and views that a statement may read, each with its columns and its number of rows.

    Raises:
        PipelineError: no database.
    """
    with connected(database) as connection:
        connection.row_factory = None
        names = _names(connection)
        kinds = dict(connection.execute("SELECT name, type FROM sqlite_master").fetchall())
        rows: list[tuple[Value, ...]] = []
        for name, columns in names.items():
            n = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] if kinds[name] == "table" else None
            rows.append((name, kinds[name], n, ", ".join(columns)))
        return Answer(["name", "type", "rows", "columns"], rows)


def _names(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the columns of each table and view, without those that SQLite keeps for itself."""
    listed = connection.execute(
        """SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'
        AND name NOT GLOB '*_fts_*' ORDER BY type, rowid"""
    ).fetchall()
    return {
        name: [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))]
        for (name,) in listed
    }


def _answer(cursor: sqlite3.Cursor, limit: int | None, offset: int) -> Answer:
    columns = [column[0] for column in cursor.description or ()]
    if not columns:
        raise ValueError("it has no rows to show")
    for _ in range(offset):
        if cursor.fetchone() is None:
            break
    rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit) if limit else []
    return Answer(columns, rows, more=limit is not None and cursor.fetchone() is not None)


def _only_reading(action: int, first: str | None, second: str | None, _: str | None, __: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if str(second).lower() in _FORBIDDEN_FUNCTIONS else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if str(first).lower() in _PRAGMAS else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _mistake(statement: str, error: Exception, names: dict[str, list[str]], seconds: float) -> PipelineError:
    said = str(error)
    shown = " ".join(statement.split())
    shown = repr(shown if len(shown) <= 80 else f"{shown[:79]}…")
    if said == "interrupted":
        return invalid(
            f"{shown} took more than {seconds:g} seconds", "a quicker statement", "ask for less, or join by id"
        )
    if any(word in said for word in ("authoriz", "prohibited", "readonly", "read-only")):
        return invalid(
            f"{shown} ({said})",
            "a statement that only reads: SELECT, WITH … SELECT, or EXPLAIN of one",
            "change the documents, labels or codebook, and run pop run; corpus.db is made from them",
        )
    return invalid(f"{shown} ({said})", *_help(said, names))


def _help(said: str, names: dict[str, list[str]]) -> tuple[str, str]:
    missing = _MISSING.search(said)
    columns = list(dict.fromkeys(column for held in names.values() for column in held))
    if missing and missing[1] in {"table", "column"}:
        is_table = missing[1] == "table"
        near = nearest(missing[2].split(".")[-1], list(names) if is_table else columns)
        where = "" if is_table else _tables_with(near, names)
        hint = f"did you mean {near!r}{where}; pop query --tables lists all" if near else "pop query --tables lists all"
        return ("one of " + ", ".join(names)) if is_table else "a column of these tables", hint
    return "one statement in the SQL of SQLite", "mend it; pop query --tables lists tables and columns"


def _tables_with(column: str | None, names: dict[str, list[str]]) -> str:
    held = [name for name, columns in names.items() if column in columns]
    return f" (in {', '.join(held[:6])}{', …' if len(held) > 6 else ''})" if held else ""


def read_statement(given: str) -> str:
    """Return a statement; `@FILE`: what stands in the file.

    Raises:
        PipelineError: the file cannot be read.
    """
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise invalid(f"{given} ({error})", "a file with a statement, after the @", "name one that exists") from error


def plain(value: Value) -> Any:
    """Return a value as JSON can hold it: bytes as SQL writes them."""
    return f"x'{value.hex()}'" if isinstance(value, bytes) else value
