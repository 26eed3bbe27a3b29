"""What SQLite leaves beside a database when the program that was changing it was killed."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

_PATIENCE: Final = 60.0
"""Seconds to wait for a program that is reading or changing the database."""


def opened_to_change(database: Path) -> sqlite3.Connection:
    """Open a database for changes; what another program left half done is taken back when it is first read."""
    # No transactions but ours.
    return sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE, isolation_level=None)


def recover(database: Path) -> None:
    """Take back what was left half done; nothing happens where nothing was, or where the file cannot be written."""
    if not _journal(database).is_file():
        return
    try:
        with closing(opened_to_change(database)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        return


def forget(database: Path) -> None:
    """Remove what was left, so that nobody applies it to a database that takes the place of this one."""
    _journal(database).unlink(missing_ok=True)


def _journal(database: Path) -> Path:
    return database.with_name(f"{database.name}-journal")
