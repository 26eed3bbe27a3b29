"""corpus.db, and the vectors beside it, against the records that they were made of."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from pipeline.stages import STAGES
from pipeline.stages.index.schema import INDEX_VERSION, SEARCHED
from pipeline.stages.index.schema import VECTORS as VECTORS_FILE
from pipeline.verify.verdict import Verdict
from pipeline.work.places import found_file, records_of

FILE: Final = "corpus.db"
_PATIENCE: Final = 60.0
_MOST_SHOWN: Final = 3
_KINDS: Final = STAGES["index"].reads


def check(outputs: Path, verdict: Verdict) -> None:
    """Check the database of an output folder, without changing it; what is wrong goes to the verdict."""
    uri = f"{(outputs / FILE).resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != INDEX_VERSION:  # its tables are others
                verdict.drift.append(f"{FILE}: of version {version}, not {INDEX_VERSION}; pop index writes it anew")
                return
            verdict.damage += [f"{FILE}: {problem}" for problem in _broken(connection)]
            if verdict.damage:
                return
            verdict.drift += [f"{FILE}: {problem}" for problem in _other_rows(connection, outputs, verdict.checked)]
            _check_vectors(connection, outputs, verdict)
    except sqlite3.Error as error:
        verdict.damage.append(f"{FILE}: {error}")


def _broken(connection: sqlite3.Connection) -> Iterator[str]:
    for (problem,) in connection.execute(f"PRAGMA integrity_check({_MOST_SHOWN})"):
        if problem != "ok":
            yield str(problem).replace("\n", " ")
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST_SHOWN):
        yield f"row {row} of {table} refers to what is not in {parent}"
    yield from _broken_search(connection)


def _broken_search(connection: sqlite3.Connection) -> Iterator[str]:
    """Tell which indexes of words do not fit the words; SQLite asks for leave to write, so a copy is asked."""
    with closing(sqlite3.connect("")) as copy:
        connection.backup(copy)
        for table in SEARCHED:
            try:
                copy.execute(f"INSERT INTO {table}_fts ({table}_fts, rank) VALUES ('integrity-check', 1)")
            except sqlite3.DatabaseError as error:
                yield f"the words of {table} cannot be searched ({error})"


def _other_rows(connection: sqlite3.Connection, outputs: Path, checked: Mapping[str, int]) -> Iterator[str]:
    for kind, n in checked.items():
        rows = connection.execute(f"SELECT count(*) FROM {kind}").fetchone()[0]
        if rows != n:
            yield f"{rows} {kind}, but {n} in {kind}.jsonl; run pop index"
    if set(_KINDS) <= set(checked):
        yield from _other_records(connection, outputs)


def _other_records(connection: sqlite3.Connection, outputs: Path) -> Iterator[str]:
    """Tell of which documents the database holds other records than the stage files."""
    documents = found_file(outputs / "documents.jsonl")
    paths = {place.document_id: place.path for place in documents.places}
    files = {kind: found_file(outputs / f"{kind}.jsonl", paths) for kind in _KINDS if kind != "documents"}
    wanted = records_of({kind: documents if kind == "documents" else files[kind] for kind in _KINDS}).hashes
    found = dict(connection.execute("SELECT document_id, sha256 FROM document_records ORDER BY n"))
    for name in [*wanted, *(name for name in found if name not in wanted)]:
        if wanted.get(name) != found.get(name):
            yield f"made of other records of {name} than stand in the JSONL files; run pop index"


def _check_vectors(connection: sqlite3.Connection, outputs: Path, verdict: Verdict) -> None:
    from pipeline.stages.index.vectors import DAMAGES, read_arrays  # noqa: PLC0415 - numpy is slow to import

    row = connection.execute("SELECT value FROM about WHERE key = 'fingerprint'").fetchone()
    if row is None or not (outputs / VECTORS_FILE).is_file():
        return
    try:
        about = read_arrays(outputs / VECTORS_FILE).about
    except DAMAGES as error:
        verdict.damage.append(f"{VECTORS_FILE}: {error}")
        return
    if about.get("fingerprint") != row[0]:
        verdict.drift.append(f"{VECTORS_FILE}: belongs to another {FILE}")
