"""What was worked out is kept, so that a run does only what is new.

A result is kept under the hash of all that it depends on (`get`, `put`), so that there is nothing to invalidate. Where
the results already stand in a file of the outputs, only their places in it are kept (`places`, `keep_places`), under
the hash of that file. A file whose size, time and place on the disk are those of its last hashing is not hashed again
(`sha256`).

The store is one SQLite file in the folder of the outputs. It may be deleted at any time: the next run takes longer.
"""

import itertools
import os
import sqlite3
import time
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pipeline.files import not_writable, sha256_or_nothing

FILE: Final = ".kept.db"
VERSION: Final = 2
_PATIENCE: Final = 60
"""Seconds that another run is waited for."""

_SETTLED: Final = 2_000_000_000
"""Nanoseconds: a file that changed just before it was hashed may change again within the same tick of its clock."""

_MANY: Final = 500

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS results (n INTEGER PRIMARY KEY, stage TEXT NOT NULL, key TEXT NOT NULL,
    content BLOB NOT NULL, UNIQUE (stage, key));
CREATE TABLE IF NOT EXISTS places (file TEXT NOT NULL, sha256 TEXT NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (file, sha256));
CREATE TABLE IF NOT EXISTS bases (prefix TEXT PRIMARY KEY, basis TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stamps (path BLOB PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL,
    altered INTEGER NOT NULL,
    inode INTEGER NOT NULL, hashed INTEGER NOT NULL, sha256 TEXT NOT NULL);
"""
_Stamp = tuple[int, int, int, int, int, str]
"""Size, time of change, time at which the system noted a change (nobody can set that one), place on the disk, when it
was hashed, and the hash."""

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class DamagedStoreError(Exception):
    """What the store holds is not what was put there."""


class Kept:
    """The store of an output folder, for a `with` block.

    What was put is on the disk after `save`, and at the end of the block; after an error, what was saved before.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._stamps: dict[bytes, _Stamp] = {row[0]: row[1:] for row in connection.execute("SELECT * FROM stamps")}
        self._new_stamps: dict[bytes, _Stamp] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with closing(self.connection):
            if error is None:
                self.save()
            else:
                self.connection.rollback()

    def get(self, stage: str, key: str) -> bytes | None:
        """Return what a stage made under a key; `None`: it is not kept."""
        rows = self.connection.execute("SELECT content FROM results WHERE stage = ? AND key = ?", (stage, key))
        found = rows.fetchone()
        return None if found is None else _unpacked(found[0])

    def get_many(self, stage: str, keys: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield key and content of what is kept of these, in no order that means anything."""
        for batch in batched(keys):
            places = ",".join("?" * len(batch))
            query = f"SELECT key, content FROM results WHERE stage = ? AND key IN ({places})"
            for key, content in self.connection.execute(query, (stage, *batch)):
                yield key, _unpacked(content)

    def put(self, stage: str, key: str, content: bytes) -> None:
        """Keep what a stage made."""
        self.connection.execute(
            "INSERT OR REPLACE INTO results (stage, key, content) VALUES (?, ?, ?)",
            (stage, key, zlib.compress(content, 1)),
        )

    def lacking(self, stage: str, keys: Iterable[str]) -> set[str]:
        """Return the keys under which a stage has nothing kept."""
        return set(keys).difference(self._keys(stage))

    def keep_only(self, stage: str, keys: Collection[str] = ()) -> None:
        """Delete all that a stage has kept under other keys."""
        gone = sorted(self._keys(stage).difference(keys))
        self.connection.executemany("DELETE FROM results WHERE stage = ? AND key = ?", ((stage, key) for key in gone))

    def _keys(self, stage: str) -> set[str]:
        return {key for (key,) in self.connection.execute("SELECT key FROM results WHERE stage = ?", (stage,))}

    def places(self, file: str, sha256: str) -> bytes | None:
        """Return what is known of the places in a file, if it still has that hash."""
        rows = self.connection.execute("SELECT content FROM places WHERE file = ? AND sha256 = ?", (file, sha256))
        found = rows.fetchone()
        return None if found is None else _unpacked(found[0])

    def keep_places(self, file: str, sha256: str, content: bytes) -> None:
        """Keep the places in a file that is about to get this hash; those in the file as it was stay, too."""
        self.connection.execute(
            "INSERT OR REPLACE INTO places VALUES (?, ?, ?)", (file, sha256, zlib.compress(content, 1))
        )
        self.save()

    def forget_other_places(self, file: str, sha256: str) -> None:
        """Delete the places in a file as it was before."""
        self.connection.execute("DELETE FROM places WHERE file = ? AND sha256 != ?", (file, sha256))

    def sha256(self, path: Path) -> str:
        """Return the SHA-256 of a file, of nothing where it cannot be read; hashed only if it may have changed."""
        try:
            facts = path.stat()
        except OSError:
            return sha256_or_nothing(path)
        name = os.fsencode(path.absolute())
        stamp = self._stamps.get(name)
        now = facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino
        if stamp is not None and stamp[:4] == now and stamp[4] - facts.st_mtime_ns > _SETTLED:
            return stamp[5]
        hashed = time.time_ns()
        sha256 = sha256_or_nothing(path)
        self._stamps[name] = self._new_stamps[name] = (*now, hashed, sha256)
        return sha256

    def trust(self, path: Path, sha256: str) -> None:
        """Note the hash of a file that was just written here."""
        facts = path.stat()
        hashed = facts.st_mtime_ns + _SETTLED + 1
        stamp = facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino, hashed, sha256
        name = os.fsencode(path.absolute())
        self._stamps[name] = self._new_stamps[name] = stamp

    def begin_anew(self, prefix: str, basis: str) -> None:
        """Drop the tables whose names begin so if they were made on another basis: other code, other settings."""
        known = self.connection.execute("SELECT basis FROM bases WHERE prefix = ?", (prefix,)).fetchone()
        if known == (basis,):
            return
        tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE ? || '%'"
        for (name,) in self.connection.execute(tables, (prefix,)).fetchall():
            self.connection.execute(f'DROP TABLE "{name}"')
        self.connection.execute("INSERT OR REPLACE INTO bases VALUES (?, ?)", (prefix, basis))

    def save(self) -> None:
        """Bring everything to the disk."""
        if self._new_stamps:
            rows = [(path, *stamp) for path, stamp in self._new_stamps.items()]
            self.connection.executemany("INSERT OR REPLACE INTO stamps VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            self._new_stamps.clear()
        self.connection.commit()


def open_kept(outputs: Path) -> Kept:
    """Open the store of an output folder; a damaged one, or one of another version, is begun anew.

    Raises:
        PipelineError: the folder cannot be written.
    """
    path = outputs / FILE
    try:
        try:
            return Kept(_connect(path))
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            discard(outputs)
            return Kept(_connect(path))
    except sqlite3.OperationalError as error:
        raise not_writable(outputs, OSError(str(error))) from error


def discard(outputs: Path) -> None:
    """Delete the store of an output folder, and what SQLite has left beside it: that belongs to no other."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        (outputs / f"{FILE}{suffix}").unlink(missing_ok=True)


def is_damaged(error: Exception) -> bool:
    """Tell whether an error means that the store is damaged."""
    if isinstance(error, DamagedStoreError):
        return True
    return isinstance(error, sqlite3.DatabaseError) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error as error:
        raise DamagedStoreError(str(error)) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found not in {0, VERSION}:
        connection.close()
        discard(path.parent)
        return _connect(path)
    if not found:
        connection.executescript(f"{_TABLES} PRAGMA user_version = {VERSION};")
    return connection


def batched(keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield so many keys at once as a query takes."""
    waiting = iter(keys)
    while batch := list(itertools.islice(waiting, _MANY)):
        yield batch
