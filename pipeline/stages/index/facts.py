"""What is counted, as columns of numbers: who has which theme, site or practice, without a word of text.

Worked example. Of two passages, the second carries the third theme of the codebook, decided yes by a model:

    tags: unit 1 · theme 3 · yes 1 · human 0        units are numbered from 0, themes as in their table

A column is a BLOB of little-endian numbers in the table `facts`; what its numbers stand for is in `fact_names`, or is
the `n` of a table. A count of 100,000 passages reads some hundred thousand numbers instead of as many rows.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from pipeline.counts import coverage
from pipeline.stages.index.schema import RUBRIC_IN_USE

INTEGER: Final = "<i4"
FRACTION: Final = "<f8"
_FRACTIONS: Final = frozenset({"mappings.p"})

# What is a word in the last column becomes the number of a name.
_COLUMNS: Final[dict[str, tuple[Sequence[str], str]]] = {
    "passages": (
        ("document", "counted"),
        """SELECT document.n - 1, passage.counted FROM passages AS passage
            JOIN documents AS document ON document.id = passage.document_id ORDER BY passage.n""",
    ),
    "tags": (
        ("unit", "theme", "yes", "human"),
        """SELECT passage.n - 1, theme.n, tag.decision = 'yes', tag.source = 'human' FROM accepted_tags AS tag
            JOIN passages AS passage ON passage.id = tag.passage_id JOIN themes AS theme ON theme.id = tag.theme
            ORDER BY passage.n, theme.n""",
    ),
    "refused": (
        ("unit", "theme"),
        """SELECT passage.n - 1, theme.n FROM refused_tags AS tag JOIN passages AS passage
            ON passage.id = tag.passage_id JOIN themes AS theme ON theme.id = tag.theme ORDER BY passage.n, theme.n""",
    ),
    "quotes": (
        ("document", "counted", "passage"),
        """SELECT document.n - 1, passage.duplicate_of IS NULL, passage.n - 1 FROM quotes AS quote
            JOIN documents AS document ON document.id = quote.document_id
            JOIN passages AS passage ON passage.id = quote.passage_id ORDER BY quote.n""",
    ),
    "mappings": (
        ("unit", "indicator", "yes", "p"),
        f"""SELECT quote.n - 1, indicator.n, mapping.decision = 'match', mapping.p
            FROM accepted_mappings AS mapping JOIN quotes AS quote ON quote.id = mapping.quote_id
            JOIN indicators AS indicator ON indicator.rubric = mapping.rubric AND indicator.id = mapping.indicator
            WHERE mapping.rubric = {RUBRIC_IN_USE} ORDER BY quote.n, indicator.n""",
    ),
}
_NAMED: Final = {
    "passage_sites": """SELECT passage.n - 1, site.name, site.name, '' FROM passages AS passage
        JOIN segment_sites AS site ON site.segment_id = passage.segment_id
        ORDER BY passage.n, site.start, site.name""",
    "roles": """SELECT n - 1, speaker_role, speaker_role, '' FROM quotes
        WHERE coalesce(speaker_role, '') <> '' ORDER BY n""",
    "levels": f"""SELECT place, level, level, '' FROM (
        SELECT row_number() OVER (ORDER BY quote.n, indicator.n) - 1 AS place, mapping.level
        FROM accepted_mappings AS mapping JOIN quotes AS quote ON quote.id = mapping.quote_id
        JOIN indicators AS indicator ON indicator.rubric = mapping.rubric AND indicator.id = mapping.indicator
        WHERE mapping.rubric = {RUBRIC_IN_USE}) WHERE level NOTNULL ORDER BY place""",
}


def write(connection: sqlite3.Connection) -> None:
    """Fill the tables `facts` and `fact_names` from the others."""
    for table, (names, sql) in _COLUMNS.items():
        _put(connection, table, names, connection.execute(sql).fetchall())
    for table, sql in _NAMED.items():
        _put_named(connection, table, connection.execute(sql))
    for dimension in ("site", "problem"):
        _put_named(connection, f"{dimension}s", _columns(connection, dimension))


def _columns(connection: sqlite3.Connection, dimension: coverage.By) -> Iterator[tuple[Any, ...]]:
    """Yield the columns of each quote, as the coverage has them."""
    sections = _sections(connection)
    quotes = connection.execute(
        """SELECT quote.n - 1, quote.segment_id, document.id, coalesce(document.title, document.path)
        FROM quotes AS quote JOIN documents AS document ON document.id = quote.document_id ORDER BY quote.n"""
    )
    for n, segment_id, document_id, document in quotes:
        named = coverage.Column(document_id, document)
        for column in coverage.columns_by(dimension, segment_id, sections, named, ""):
            yield n, column.key, column.label, column.document


def _sections(connection: sqlite3.Connection) -> dict[str, coverage.Section]:
    sites: dict[str, list[str]] = {}
    for segment_id, name in connection.execute("SELECT segment_id, name FROM sites ORDER BY segment_id, position"):
        sites.setdefault(segment_id, []).append(name)
    rows = connection.execute("SELECT id, parent_id, kind, heading FROM segments")
    return {row[0]: coverage.Section(row[0], row[1], row[2], row[3], sites.get(row[0], ())) for row in rows}


def _put_named(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write pairs of a unit and a name, and the names in the order in which they are met."""
    numbers: dict[tuple[str, ...], int] = {}
    pairs = [(unit, numbers.setdefault(tuple(name), len(numbers))) for unit, *name in rows]
    _put(connection, table, ("unit", "name"), pairs)
    named = ((table, number, *name) for name, number in numbers.items())
    connection.executemany("INSERT INTO fact_names VALUES (?, ?, ?, ?, ?)", named)


def _put(connection: sqlite3.Connection, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    for name, column in zip(names, columns, strict=True):
        kind = FRACTION if f"{table}.{name}" in _FRACTIONS else INTEGER
        numbers = np.array(column, kind).tobytes()
        connection.execute("INSERT INTO facts VALUES (?, ?, ?)", (f"{table}.{name}", kind, numbers))
