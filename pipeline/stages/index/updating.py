"""Brings an index up to date: only documents that differ are taken out and put in, in one transaction.

SQLite's own journal sees to it that a program that is killed leaves all or nothing of it.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.corpus_records import CorpusRecords
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import not_writable
from pipeline.stages.index.filling import broken, counts_of, insert, insert_document
from pipeline.stages.index.journal import opened_to_change
from pipeline.stages.index.numbering import Changes, Standing, changes, number_range
from pipeline.stages.index.ordered import Ordered
from pipeline.stages.index.schema import INDEX_VERSION, SEARCHED, VECTORS

if TYPE_CHECKING:
    from pipeline.stages.index.vectors import Collector

_FEW: Final = 8
"""Where more than one document in so many differs, it is quicker to build anew."""

_NUMBERED: Final = "n BETWEEN :first AND :last"
_OF_SEGMENTS: Final = f"segment_id IN (SELECT id FROM segments WHERE {_NUMBERED})"
_OF_PASSAGES: Final = f"passage_id IN (SELECT id FROM passages WHERE {_NUMBERED})"
_OF_QUOTES: Final = f"quote_id IN (SELECT id FROM quotes WHERE {_NUMBERED})"

# In an order in which none is needed any longer when it is deleted.
_ROWS_OF: Final = {
    "tag_evidence": f"tag_id IN (SELECT id FROM tags WHERE {_NUMBERED})",
    "accepted_tags": _OF_PASSAGES,
    "refused_tags": _OF_PASSAGES,
    "tags": _NUMBERED,
    "accepted_mappings": _OF_QUOTES,
    "mappings": _NUMBERED,
    "quote_parts": _OF_QUOTES,
    "speakers": _OF_PASSAGES,
    "quotes": _NUMBERED,
    **dict.fromkeys(
        ("anatomy", "segment_links", "segment_sites", "sites", "segment_scope", "segment_passages"), _OF_SEGMENTS
    ),
    "problems": _NUMBERED,
    "passages": _NUMBERED,
    "segments": _NUMBERED,
    "document_authors": "document_id IN (SELECT id FROM documents WHERE n = :n)",
    "document_records": "n = :n",
    "documents": "n = :n",
}
"""Which rows of a table belong to the document `n`, whose records have the numbers from `first` to `last`."""

_UNLISTED: Final = """SELECT EXISTS (SELECT 1 FROM themes WHERE definition IS NULL)
    OR EXISTS (SELECT 1 FROM practices WHERE text IS NULL)
    OR EXISTS (SELECT 1 FROM indicators WHERE (rubric, id) NOT IN (SELECT rubric, indicator FROM indicator_levels))"""

_CODED: Final = ("tags", "mappings", "quotes", "segments")


class _BuildAnewError(Exception):
    """It shows on the way that the index cannot be brought up to date."""


def update(
    database: Path, records: CorpusRecords, rubric: str, about: Mapping[str, str], collector: "Collector | None"
) -> dict[str, int] | None:
    """Bring the index up to date, and the vectors beside it.

    Args:
        database: the file.
        records: the documents that it should hold.
        rubric: the name of the one in use.
        about: what it should say of itself.
        collector: of the vectors; `None`: there are none.

    Returns:
        The number of rows of each table; `None`: it must be built anew.

    Raises:
        PipelineError: the folder cannot be written, another program holds the database, or records don't fit together.
    """
    try:
        with closing(opened_to_change(database)) as connection:
            planned = _planned(connection, records.hashes, about)
            if planned is None:
                return None
            connection.execute("BEGIN IMMEDIATE")
            _change(connection, planned, records, rubric, collector)
            connection.execute("DELETE FROM about")
            insert(connection, "about", ("key", "value"), about.items())
            if collector is not None:
                collector.write(database.parent / VECTORS, about["fingerprint"])
            connection.execute("COMMIT")
            return counts_of(connection)
    except _BuildAnewError:
        return None
    except sqlite3.DatabaseError as error:
        _check_fault(database, error)
        return None


def _check_fault(database: Path, error: sqlite3.DatabaseError) -> None:
    """Raise what went wrong, unless the database is damaged or may not be changed: such a one is replaced."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        raise not_writable(database.parent, OSError(str(error))) from error
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        raise PipelineError(
            ErrorCode.NOT_WRITABLE,
            found=f"{database}, which another program is using ({error})",
            expected="a database that nobody reads for a minute",
            do="wait until the other program has finished, or close it, and run pop index again",
        ) from error
    if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        raise error


def _planned(connection: sqlite3.Connection, wanted: Mapping[str, str], about: Mapping[str, str]) -> Changes | None:
    """Return what is to be changed; `None`: too much."""
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cache_size = -65536")
    if connection.execute("PRAGMA user_version").fetchone()[0] != INDEX_VERSION:
        return None
    (made_with,) = connection.execute("SELECT value FROM about WHERE key = 'made_with'").fetchone()
    if made_with != about["made_with"] or connection.execute(_UNLISTED).fetchone()[0]:
        return None
    rows = connection.execute("SELECT document_id, n, sha256 FROM document_records ORDER BY n")
    planned = changes([Standing(*row) for row in rows], wanted)
    return planned if planned is not None and len(planned) * _FEW <= len(wanted) else None


def _change(
    connection: sqlite3.Connection,
    planned: Changes,
    records: CorpusRecords,
    rubric: str,
    collector: "Collector | None",
) -> None:
    from pipeline.stages.index.facts import Facts, Stored  # noqa: PLC0415 - numpy is slow to import

    facts = Facts(rubric, Stored(connection))
    lost = [_deleted(connection, n) for n in planned.gone]
    unread = _unread(planned, records, collector)
    bundles = records.read(unread.union(planned.new)) if unread or planned.new else iter(())
    for name, sha256 in records.hashes.items():
        made = Ordered(next(bundles)) if name in planned.new or name in unread else None
        if made is not None and name in planned.new:
            _check_listed(connection, made)
            insert_document(connection, made, planned.new[name], sha256)
            facts.add(made)
        else:
            facts.keep(planned.positions[name])
        if collector is not None and made is not None:
            collector.add(made, sha256)
        elif collector is not None:
            collector.keep(name, sha256)
    for n in planned.new.values():
        _fill_search(connection, n)
        _check_references(connection, n)
    _check_referred(connection, lost)
    if planned.gone or planned.new:
        facts.write(connection)
        _update_coders(connection, planned.new.values())


def _unread(planned: Changes, records: CorpusRecords, collector: "Collector | None") -> set[str]:
    """Return the documents that stay, but whose vectors are missing."""
    if collector is None:
        return set()
    return {name for name in planned.kept if not collector.holds(name, records.hashes[name])}


def _scope(n: int) -> dict[str, int]:
    first, last = number_range(n)
    return {"n": n, "first": first, "last": last}


def _deleted(connection: sqlite3.Connection, n: int) -> tuple[list[str], list[str]]:
    """Delete a document; return the ids of its passages and segments, to which other documents may refer."""
    scope = _scope(n)
    passages, segments = (
        [row[0] for row in connection.execute(f"SELECT id FROM {table} WHERE {_NUMBERED}", scope)]
        for table in ("passages", "segments")
    )
    for table in SEARCHED:
        # The search index must be told the words that it is to forget.
        connection.execute(
            f"INSERT INTO {table}_fts ({table}_fts, rowid, text) SELECT 'delete', n, text FROM {table}"
            f" WHERE {_ROWS_OF[table]}",
            scope,
        )
    for table, condition in _ROWS_OF.items():
        connection.execute(f"DELETE FROM {table} WHERE {condition}", scope)
    return passages, segments


def _fill_search(connection: sqlite3.Connection, n: int) -> None:
    for table in SEARCHED:
        sql = f"INSERT INTO {table}_fts (rowid, text) SELECT n, text FROM {table} WHERE {_ROWS_OF[table]} ORDER BY n"
        connection.execute(sql, _scope(n))


def _check_listed(connection: sqlite3.Connection, made: Ordered) -> None:
    """Raise where the records name a theme or indicator that the index does not list: it would get a new number."""
    themes = {row[0] for row in connection.execute("SELECT id FROM themes")}
    indicators = {tuple(row) for row in connection.execute("SELECT rubric, id, practice FROM indicators")}
    used = {(one.rubric, one.indicator, one.practice) for one in made.bundle.mappings}
    if not {tag.theme for tag in made.bundle.tags} <= themes or not used <= indicators:
        raise _BuildAnewError


def _check_references(connection: sqlite3.Connection, n: int) -> None:
    """Refuse a document with rows that refer to others which do not exist."""
    for table, condition in _ROWS_OF.items():
        for parent, pairs in _references(connection, table):
            given = " AND ".join(f"child.{column} IS NOT NULL" for column, _ in pairs)
            same = " AND ".join(f"parent.{key} = child.{column}" for column, key in pairs)
            found = connection.execute(
                f"SELECT 1 FROM (SELECT * FROM {table} WHERE {condition}) AS child WHERE {given}"
                f" AND NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE {same}) LIMIT 1",
                _scope(n),
            ).fetchone()
            if found:
                raise broken(table, None, parent)


def _references(connection: sqlite3.Connection, table: str) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    """Return to what a table refers: the other table, and the columns of both."""
    found: dict[int, tuple[str, list[tuple[str, str]]]] = {}
    for number, _, parent, column, key, *_ in connection.execute(f"PRAGMA foreign_key_list({table})"):
        found.setdefault(number, (parent, []))[1].append((column, key))
    return found.values()


def _check_referred(connection: sqlite3.Connection, lost: Iterable[tuple[list[str], list[str]]]) -> None:
    """Refuse what others still refer to passages or segments that are there no longer."""
    for passages, segments in lost:
        for parent, ids, table, column in (
            ("passages", passages, "passages", "duplicate_of"),
            ("segments", segments, "segment_links", "linked_id"),
        ):
            sql = f"""SELECT EXISTS (SELECT 1 FROM {table} WHERE {column} = ?1)
                AND NOT EXISTS (SELECT 1 FROM {parent} WHERE id = ?1)"""
            if any(connection.execute(sql, (name,)).fetchone()[0] for name in ids):
                raise broken(table, None, parent)


def _update_coders(connection: sqlite3.Connection, new: Iterable[int]) -> None:
    for n in new:
        for table in _CODED:
            connection.execute(
                f"INSERT OR IGNORE INTO coders SELECT DISTINCT coder, source FROM {table}"
                f" WHERE {_NUMBERED} AND coder IS NOT NULL",
                _scope(n),
            )
    unused = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {table} AS coded WHERE coded.coder = coders.coder AND coded.source = coders.source)"
        for table in _CODED
    )
    connection.execute(f"DELETE FROM coders WHERE {unused}")
