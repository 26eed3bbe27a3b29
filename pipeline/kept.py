"""What was worked out for a document is kept, so that a run does only what is new.

A result is kept under the hash of all that it depends on (`Kept.get`, `Kept.put`): there is nothing to invalidate, and a
result that nobody asks for any more is deleted when a run is complete. A file whose size, time and place on the disk are
those of its last hashing is not hashed again (`Kept.sha256`).

The store is one SQLite file in the folder of the outputs. It can be deleted at any time: the next run costs more.
"""

import os
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pipeline.files import not_writable, sha256_or_nothing

FILE: Final = ".kept.db"
VERSION: Final = 1
_PATIENCE: Final = 60  # seconds that another run is waited for
_SETTLED: Final = 2_000_000_000
"""Nanoseconds: a file changed that shortly before it was hashed may change again within the same tick of its clock."""
_MANY: Final = 500

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS results (n INTEGER PRIMARY KEY, stage TEXT NOT NULL, key TEXT NOT NULL,
    content BLOB NOT NULL, UNIQUE (stage, key));
CREATE TABLE IF NOT EXISTS stamps (path TEXT PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL,
    inode INTEGER NOT NULL, hashed INTEGER NOT NULL, sha256 TEXT NOT NULL);
"""


class Kept:
    """The store of an output folder. Use it in a `with` block; what was put is on the disk after `save`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._stamps: dict[str, tuple[int, int, int, int, str]] = {
            row[0]: row[1:] for row in connection.execute("SELECT * FROM stamps")
        }
        self._new_stamps: dict[str, tuple[int, int, int, int, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with closing(self.connection):
            self.save()

    def get(self, stage: str, key: str) -> bytes | None:
        """Return what a stage made under a key; `None`: it is not kept."""
        row = self.connection.execute("SELECT content FROM results WHERE stage = ? AND key = ?", (stage, key))
        found = row.fetchone()
        return None if found is None else zlib.decompress(found[0])

    def get_many(self, stage: str, keys: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield key and content of what is kept of these, in no order that means anything."""
        for batch in batched(keys):
            places = ",".join("?" * len(batch))
            query = f"SELECT key, content FROM results WHERE stage = ? AND key IN ({places})"
            for key, content in self.connection.execute(query, (stage, *batch)):
                yield key, zlib.decompress(content)

    def put(self, stage: str, key: str, content: bytes) -> None:
        """Keep what a stage made."""
        self.connection.execute(
            "INSERT OR REPLACE INTO results (stage, key, content) VALUES (?, ?, ?)",
            (stage, key, zlib.compress(content, 1)),
        )

    def lacking(self, stage: str, keys: Iterable[str]) -> set[str]:
        """Return the keys under which a stage has nothing kept."""
        wanted = set(keys)
        known = self.connection.execute("SELECT key FROM results WHERE stage = ?", (stage,))
        return wanted.difference(key for (key,) in known)

    def drop_others(self, keys: Mapping[str, Iterable[str]]) -> None:
        """Delete what stages have kept under any other keys. `keys`: stage → the keys that stay."""
        for stage, used in keys.items():
            known = {key for (key,) in self.connection.execute("SELECT key FROM results WHERE stage = ?", (stage,))}
            gone = sorted(known.difference(used))
            self.connection.executemany(
                "DELETE FROM results WHERE stage = ? AND key = ?", ((stage, key) for key in gone)
            )

    def sha256(self, path: Path) -> str:
        """Return the SHA-256 of a file, of nothing where it cannot be read; hashed only if it may have changed."""
        try:
            facts = path.stat()
        except OSError:
            return sha256_or_nothing(path)
        name = os.fspath(path.absolute())
        size, changed, inode = facts.st_size, facts.st_mtime_ns, facts.st_ino
        stamp = self._stamps.get(name)
        if stamp is not None and stamp[:3] == (size, changed, inode) and stamp[3] - changed > _SETTLED:
            return stamp[4]
        hashed = time.time_ns()
        sha256 = sha256_or_nothing(path)
        self._stamps[name] = self._new_stamps[name] = size, changed, inode, hashed, sha256
        return sha256

    def save(self) -> None:
        """Bring everything to the disk."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO stamps VALUES (?, ?, ?, ?, ?, ?)",
            ((path, *stamp) for path, stamp in self._new_stamps.items()),
        )
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
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            path.unlink()
            return Kept(_connect(path))
    except (sqlite3.OperationalError, OSError) as error:
        raise not_writable(outputs, error if isinstance(error, OSError) else OSError(str(error))) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if connection.execute("PRAGMA user_version").fetchone()[0] not in {0, VERSION}:
        connection.close()
        path.unlink()
        return _connect(path)
    connection.executescript(f"{_TABLES} PRAGMA user_version = {VERSION};")
    return connection


def batched(pieces: Iterable[str]) -> Iterator[list[str]]:
    """Yield so many names at once as a query takes."""
    batch: list[str] = []
    for piece in pieces:
        batch.append(piece)
        if len(batch) == _MANY:
            yield batch
            batch = []
    if batch:
        yield batch
