"""Fills the tables, document by document."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pipeline.errors import ErrorCode, PipelineError
from pipeline.stages.index.numbering import check_room, number_range
from pipeline.stages.index.ordered import Ordered
from pipeline.stages.index.rows import NUMBERED, ROWS, Row

if TYPE_CHECKING:
    from pipeline.codebook import Codebook
    from pipeline.rubric import Rubric


def insert_document(connection: sqlite3.Connection, made: Ordered, n: int, sha256: str) -> None:
    """Insert all rows of a document.

    Args:
        connection: to the index.
        made: the document.
        n: its number.
        sha256: the hash of its records.

    Raises:
        PipelineError: its records don't fit together.
    """
    document = made.bundle.document
    try:
        for table, (columns, rows) in ROWS.items():
            held = [*rows(made)]
            check_room(table, len(held), document.path)
            insert(connection, table, columns, held, _first(table, n))
        insert(connection, "document_records", ("n", "document_id", "sha256"), [(n, document.id, sha256)])
    except sqlite3.IntegrityError as error:
        raise PipelineError(
            ErrorCode.INVALID_RECORD,
            found=f"records of {document.path} that don't fit together ({error})",
            expected="records that all have an id of their own",
            do="write the stage files anew with pop run --force",
        ) from error


def _first(table: str, n: int) -> int | None:
    if table == "documents":
        return n
    return number_range(n)[0] if table in NUMBERED else None


def insert(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Row], first: int | None = None
) -> None:
    """Insert rows; `first`: the number `n` of the first of them, `None`: they have none."""
    # Other programs join the search index by SQLite's own number of a row, so that it is made the same.
    names = [*columns] if first is None else ["rowid", "n", *columns]
    listed, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    numbered = rows if first is None else ((n, n, *row) for n, row in enumerate(rows, first))
    connection.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", numbered)


def load_instruments(connection: sqlite3.Connection, codebook: "Codebook", rubric: "Rubric") -> None:
    """Insert the themes, and what the rubric says."""
    themes = ((theme.id, theme.name, theme.definition) for theme in codebook.themes)
    insert(connection, "themes", ("id", "name", "definition"), themes, 1)
    rows = rubric.rows()
    practices = dict.fromkeys((rubric.name, row.practice, row.area, row.practice_text) for row in rows)
    insert(connection, "practices", ("rubric", "id", "area", "text"), practices)
    insert(
        connection,
        "indicators",
        ("rubric", "id", "practice"),
        ((rubric.name, row.indicator, row.practice) for row in rows),
    )
    levels = (
        (rubric.name, row.indicator, position, level, text)
        for row in rows
        for position, (level, text) in enumerate(row.levels.items())
    )
    insert(connection, "indicator_levels", ("rubric", "indicator", "position", "level", "text"), levels)


def counts_of(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the number of rows of each table."""
    tables = ["themes", "practices", "indicators", "indicator_levels", *ROWS]
    return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def broken(table: str, row: int | None, parent: str) -> PipelineError:
    """Describe a row that refers to one that does not exist."""
    which = f"{table} (number {row})" if row else table
    return PipelineError(
        ErrorCode.INVALID_RECORD,
        found=f"a row of {which} that refers to a row of {parent} which does not exist",
        expected="stage files that were written from the same corpus",
        do="write them anew with pop run --force",
    )
