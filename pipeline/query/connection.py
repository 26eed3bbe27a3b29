"""Opens the index so that nothing can change it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from pipeline.errors import ErrorCode, PipelineError
from pipeline.stages.index import INDEX_VERSION
from pipeline.stages.index.journal import recover

_PATIENCE: Final = 60.0
"""Seconds to wait while pop index puts its changes in."""
_MAPPED_BYTES: Final = 2**31 - 2**16
_CACHE_KIB: Final = 65_536


@contextmanager
def connected(database: Path) -> Iterator[sqlite3.Connection]:
    """Open the index for reading.

    Raises:
        PipelineError: there is none, or it was written by another version.
    """
    if not database.is_file():
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no file {database}",
            expected="the index that pop index writes",
            do="run pop run (or pop index), or name the folder of your outputs with --outputs",
        )
    recover(database)
    uri = f"{database.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE)) as connection:
        # All answers to a question come from one state of the index, whatever pop index does meanwhile.
        connection.execute("BEGIN")
        _check_version(connection, database)
        connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.row_factory = sqlite3.Row
        yield connection


def _check_version(connection: sqlite3.Connection, database: Path) -> None:
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        version = str(error)
    if version != INDEX_VERSION:
        raise PipelineError(
            ErrorCode.DAMAGED_FILE,
            found=f"{database} (index version {version})",
            expected=f"an index of version {INDEX_VERSION}",
            do="write it anew with pop index --force",
        )
