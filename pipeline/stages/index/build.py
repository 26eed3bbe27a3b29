"""Builds the index, or brings the one that stands there up to date."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pipeline.corpus_records import CorpusRecords
from pipeline.files import not_writable, sha256_text
from pipeline.own_code import code_sha256
from pipeline.stages.index import schema
from pipeline.stages.index.filling import broken, counts_of, insert, insert_document, load_instruments
from pipeline.stages.index.journal import forget, recover
from pipeline.stages.index.numbering import first_number
from pipeline.stages.index.ordered import Ordered
from pipeline.stages.index.schema import INDEX_VERSION, VECTORS
from pipeline.stages.index.updating import update
from pipeline.stages.index.views import VIEWS

if TYPE_CHECKING:
    from pipeline.codebook import Codebook
    from pipeline.rubric import Rubric
    from pipeline.stages.index.vectors import Collector, Encodes

SMALL: Final = 200
"""An index of no more documents is always built anew: it takes little, and its bytes follow from the records alone."""


def build_index(
    database: Path,
    records: CorpusRecords,
    codebook: "Codebook",
    rubric: "Rubric",
    encoder: "Encodes | None" = None,
    *,
    anew: bool = False,
    small: int = SMALL,
) -> dict[str, int]:
    """Write the database, and the vectors beside it, and return the number of rows of each table.

    Where a database of the same codebook and rubric stands, and few documents differ, only these are taken out and put
    in. It then holds the same rows as one that is built anew, though not the same bytes.

    Args:
        database: the file; what stood there is replaced only when the new one is complete.
        records: the documents with all their records.
        codebook: what the themes of the tags mean.
        rubric: what the indicators of the mappings mean.
        encoder: reads passages and quotes for the search by meaning; `None`: there will be none.
        anew: take over nothing of what stands there.
        small: up to how many documents everything is built anew.

    Raises:
        PipelineError: the folder cannot be written, or records refer to others that are missing.
    """
    about = _about(records, codebook, rubric, encoder)
    with _folder_beside(database) as folder:
        if not anew and len(records.hashes) > small:
            with _collecting(folder, database, encoder, anew=False) as collector:
                counts = update(database, records, rubric.name, about, collector)
            if counts is not None:
                return counts
        with _collecting(folder, database, encoder, anew=anew) as collector:
            built = folder / "built.db"
            counts = _build(built, records, codebook, rubric, about, collector)
            if collector is not None:
                collector.write(database.parent / VECTORS, about["fingerprint"])
        _put(built, database)
    return counts


def _about(records: CorpusRecords, codebook: "Codebook", rubric: "Rubric", encoder: "Encodes | None") -> dict[str, str]:
    """Return what the database says of itself. `made_with`: what it depends on besides the records."""
    instruments = (msgspec.json.encode(one).decode() for one in (codebook, rubric))
    made_with = sha256_text(str(INDEX_VERSION), code_sha256(), *instruments)
    about = {"made_with": made_with, "rubric": rubric.name}
    if encoder is not None:
        about["fingerprint"] = sha256_text(*(part for pair in records.hashes.items() for part in pair))
    return dict(sorted(about.items()))


@contextmanager
def _folder_beside(database: Path) -> Iterator[Path]:
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=database.parent, prefix=f".{database.name}.")
    except OSError as error:
        raise not_writable(database.parent, error) from error
    with folder as name:
        yield Path(name)


@contextmanager
def _collecting(folder: Path, database: Path, encoder: "Encodes | None", *, anew: bool) -> Iterator["Collector | None"]:
    if encoder is None:
        yield None
        return
    from pipeline.encoder import NAME  # noqa: PLC0415 - slow to import, and no query that does not ask for it needs it
    from pipeline.stages.index.vectors import Collector, Old, reads_with  # noqa: PLC0415

    made_by = {"encoder": NAME, "program": code_sha256()}
    old = Old(None if anew else database.parent / VECTORS, made_by)
    with closing(Collector(reads_with(encoder), made_by, old, folder)) as collector:
        yield collector


def _build(
    built: Path,
    records: CorpusRecords,
    codebook: "Codebook",
    rubric: "Rubric",
    about: dict[str, str],
    collector: "Collector | None",
) -> dict[str, int]:
    from pipeline.stages.index.facts import Facts  # noqa: PLC0415 - it needs numpy, and no query does that looks for words

    facts = Facts(rubric.name)
    # No transactions but ours: Python's own would split the load.
    with closing(sqlite3.connect(built.with_name("loaded.db"), isolation_level=None)) as connection:
        try:
            connection.executescript(f"{schema.PRAGMAS} {schema.TABLES} BEGIN;")
            load_instruments(connection, codebook, rubric)
            insert(connection, "about", ("key", "value"), about.items())
            for position, bundle in enumerate(records.read(None)):
                made, sha256 = Ordered(bundle), records.hashes[bundle.document.id]
                insert_document(connection, made, first_number(position), sha256)
                facts.add(made)
                if collector is not None:
                    collector.add(made, sha256)
            facts.write(connection)
            connection.execute("COMMIT")
            _finish(connection)
            # Each table on pages of its own is read in half the time; a plain VACUUM would hold all of it in memory.
            connection.execute("VACUUM INTO ?", (str(built),))
        except sqlite3.OperationalError as error:
            # The low byte is the kind of error, the rest its cause.
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise not_writable(built.parent.parent, OSError(str(error))) from error
            raise
        return counts_of(connection)


def _finish(connection: sqlite3.Connection) -> None:
    """Add what only all documents together tell, and make it quick to search."""
    known = f"{schema.UNLISTED} {schema.CODERS}"
    connection.executescript(f"BEGIN; {known} {schema.SEARCH} {schema.INDEXES} {VIEWS} COMMIT;")
    _check_references(connection)
    connection.executescript(f"ANALYZE; PRAGMA user_version = {INDEX_VERSION};")


def _check_references(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA foreign_key_check").fetchone()
    if found:
        table, row, parent, _ = found
        raise broken(table, row, parent)


def _put(built: Path, database: Path) -> None:
    """Put the new database in the place of the old one."""
    with built.open("rb") as stream:
        os.fsync(stream.fileno())
    recover(database)
    forget(database)
    built.replace(database)
