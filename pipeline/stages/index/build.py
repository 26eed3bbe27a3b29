"""Fills the tables, document by document."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import atomic_write, not_writable
from pipeline.records import Bundle
from pipeline.stages.index import accepted, schema
from pipeline.stages.index.rows import NUMBERED, ROWS, Row
from pipeline.stages.index.schema import INDEX_VERSION, VECTORS
from pipeline.stages.index.views import VIEWS

if TYPE_CHECKING:
    from pipeline.codebook import Codebook
    from pipeline.rubric import Rubric
    from pipeline.stages.index.vectors import Collector, Encodes


def build_index(
    database: Path,
    bundles: Iterable[Bundle],
    codebook: "Codebook",
    rubric: "Rubric",
    encoder: "Encodes | None" = None,
) -> dict[str, int]:
    """Write the database, and the vectors beside it, and return the number of rows of each table.

    Args:
        database: the file; what stood there is replaced only when the new one is complete.
        bundles: the documents with all their records, one at a time.
        codebook: what the themes of the tags mean.
        rubric: what the indicators of the mappings mean.
        encoder: reads passages and quotes for the search by meaning; `None`: there will be none.

    Raises:
        PipelineError: the folder cannot be written, or records refer to others that are missing.
    """
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=database.parent, prefix=f".{database.name}.")
    except OSError as error:
        raise not_writable(database.parent, error) from error
    with folder as name:
        built = Path(name) / "built.db"
        collector = _collector(encoder)
        counts = _build(built, bundles, codebook, rubric, collector)
        if collector is not None:
            collector.write(database.parent / VECTORS)
        with atomic_write(database) as target, built.open("rb") as source:
            shutil.copyfileobj(source, target)
    return counts


def _collector(encoder: "Encodes | None") -> "Collector | None":
    if encoder is None:
        return None
    from pipeline.encoder import NAME  # noqa: PLC0415 - slow to import, and no query that does not ask for it needs it
    from pipeline.stages.index.vectors import Collector  # noqa: PLC0415

    return Collector(encoder, NAME)


def _build(
    path: Path, bundles: Iterable[Bundle], codebook: "Codebook", rubric: "Rubric", collector: "Collector | None"
) -> dict[str, int]:
    # No transactions but ours: Python's own would split the load.
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        try:
            connection.executescript(schema.PRAGMAS + schema.TABLES)
            connection.execute("BEGIN")
            _load_themes(connection, codebook)
            _load_rubric(connection, rubric)
            for bundle in bundles:
                _load_bundle(connection, bundle)
                if collector is not None:
                    collector.add(bundle)
            _load_about(connection, rubric, collector)
            connection.execute("COMMIT")
            _finish(connection)
        except sqlite3.OperationalError as error:
            # The low byte is the kind of error, the rest its cause.
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise not_writable(path.parent.parent, OSError(str(error))) from error
            raise
        return _counts(connection)


def _finish(connection: sqlite3.Connection) -> None:
    """Work out what follows from the records, and make it quick to search."""
    from pipeline.stages.index import facts  # noqa: PLC0415 - it needs numpy, and no query does that looks for words

    known = f"{schema.UNLISTED} {schema.CODERS} {schema.SEGMENT_SITES}"
    derived = f"{known} {accepted.TAGS} {accepted.COUNTED} {accepted.REFUSED} {accepted.MAPPINGS}"
    connection.executescript(f"BEGIN; {derived} {schema.INDEXES} {schema.SEARCH} {VIEWS}")
    facts.write(connection)
    connection.execute("COMMIT")
    _check_references(connection)
    connection.executescript(f"ANALYZE; PRAGMA user_version = {INDEX_VERSION}; VACUUM;")


def _load_about(connection: sqlite3.Connection, rubric: "Rubric", collector: "Collector | None") -> None:
    facts = {"rubric": rubric.name, **({"fingerprint": collector.fingerprint} if collector else {})}
    _insert(connection, "about", ("key", "value"), sorted(facts.items()))


def _load_themes(connection: sqlite3.Connection, codebook: "Codebook") -> None:
    rows = ((theme.id, theme.name, theme.definition) for theme in codebook.themes)
    _insert(connection, "themes", ("id", "name", "definition"), rows)


def _load_rubric(connection: sqlite3.Connection, rubric: "Rubric") -> None:
    rows = rubric.rows()
    practices = dict.fromkeys((rubric.name, row.practice, row.area, row.practice_text) for row in rows)
    _insert(connection, "practices", ("rubric", "id", "area", "text"), practices)
    indicators = ((rubric.name, row.indicator, row.practice) for row in rows)
    _insert(connection, "indicators", ("rubric", "id", "practice"), indicators)
    levels = (
        (rubric.name, row.indicator, position, level, text)
        for row in rows
        for position, (level, text) in enumerate(row.levels.items())
    )
    _insert(connection, "indicator_levels", ("rubric", "indicator", "position", "level", "text"), levels)


def _load_bundle(connection: sqlite3.Connection, bundle: Bundle) -> None:
    try:
        for table, (columns, rows) in ROWS.items():
            _insert(connection, table, columns, rows(bundle))
    except sqlite3.IntegrityError as error:
        raise PipelineError(
            ErrorCode.INVALID_RECORD,
            found=f"records of {bundle.document.path} that don't fit together ({error})",
            expected="records that all have an id of their own",
            do="write the stage files anew with pop run --force",
        ) from error


def _insert(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join("?" for _ in columns)
    if table in NUMBERED:
        names, marks = f"n, {names}", f"(SELECT coalesce(max(n), 0) + 1 FROM {table}), {marks}"
    connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def _check_references(connection: sqlite3.Connection) -> None:
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        table, row, parent, _ = broken
        which = f"{table} (number {row})" if row else table
        raise PipelineError(
            ErrorCode.INVALID_RECORD,
            found=f"a row of {which} that refers to a row of {parent} which does not exist",
            expected="stage files that were written from the same corpus",
            do="write them anew with pop run --force",
        )


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    tables = ["themes", "practices", "indicators", "indicator_levels", *ROWS]
    return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
