"""What is counted, as columns of numbers: who has which theme, site or practice, without a word of text.

Worked example. Of the two passages of a document, the second carries the third theme; a model decided yes:

    tags.rows 1 (of this document) · tags.unit 1 · tags.theme 2 · tags.yes 1 · tags.human 0

A column is a BLOB of little-endian numbers in the table `facts`, document after document. A unit is a passage, quote or
mapping, numbered from 0 within its document; `rows` says how many rows each document has. What the numbers of names
stand for is in `fact_names`, in the order in which they are met. A count of 100,000 passages reads some hundred
thousand numbers instead of as many rows; and a document is taken out, or put in, by cutting the columns.
"""

import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.counts import coverage
from pipeline.stages.index.ordered import Ordered

INTEGER: Final = "<i4"
FLAG: Final = "|i1"
FRACTION: Final = "<f8"
_CODES: Final = {INTEGER: "i", FLAG: "b", FRACTION: "d"}

COLUMNS: Final[dict[str, dict[str, str]]] = {
    "passages": {"counted": FLAG},
    "segments": {},
    "problems": {},
    "quotes": {"counted": FLAG, "passage": INTEGER},
    "tags": {"unit": INTEGER, "theme": INTEGER, "yes": FLAG, "human": FLAG},
    "refused": {"unit": INTEGER, "theme": INTEGER},
    "mappings": {"unit": INTEGER, "indicator": INTEGER, "yes": FLAG, "p": FRACTION},
    "passage_sites": {"unit": INTEGER, "name": INTEGER},
    "roles": {"unit": INTEGER, "name": INTEGER},
    "levels": {"unit": INTEGER, "name": INTEGER},
    "quote_sites": {"unit": INTEGER, "name": INTEGER},
    "quote_problems": {"unit": INTEGER, "name": INTEGER},
}
UNITS: Final = {
    **{"tags.unit": "passages", "refused.unit": "passages", "quotes.passage": "passages", "mappings.unit": "quotes"},
    **{"passage_sites.unit": "passages", "roles.unit": "quotes", "levels.unit": "mappings"},
    **{"quote_sites.unit": "quotes", "quote_problems.unit": "quotes"},
}
"""Which table's rows a column counts."""

NAMED: Final = frozenset({"theme", "indicator", "name"})
"""Columns whose numbers stand for a name: key, label, and the title of the document if it is its own."""

Name = tuple[str, str, str]
Numbers = npt.NDArray[Any]
_Rows = Iterable[tuple[Any, ...]]


class Facts:
    """The columns of a corpus, filled document by document. `old`: those of the index that stands there."""

    def __init__(self, rubric: str, old: "Stored | None" = None) -> None:
        self._rubric = rubric
        self._old = old
        self._waiting: list[int] = []
        self._columns = {
            f"{table}.{column}": array(_CODES[kind])
            for table, columns in COLUMNS.items()
            for column, kind in {"rows": INTEGER, **columns}.items()
        }
        self._names: dict[str, dict[Name, int]] = {
            f"{table}.{column}": {} for table, columns in COLUMNS.items() for column in NAMED.intersection(columns)
        }

    def add(self, made: Ordered) -> None:
        """Take a document."""
        self._take_over()
        for table, rows in _rows_of(made, self._rubric).items():
            held = [*rows]
            self._columns[f"{table}.rows"].append(len(held))
            for column, values in zip(COLUMNS[table], zip(*held, strict=True), strict=False):
                name = f"{table}.{column}"
                self._columns[name].extend(self._numbered(name, values) if column in NAMED else values)

    def _numbered(self, name: str, values: Sequence[Any]) -> Iterator[int]:
        known = self._names[name]
        return (known.setdefault(_named(value), len(known)) for value in values)

    def keep(self, place: int) -> None:
        """Take over a document of the old index, from this place in it."""
        self._waiting.append(place)

    def _take_over(self) -> None:
        if self._old is not None:
            for first, last in runs(self._waiting):
                for table in COLUMNS:
                    self._take_over_from(self._old, table, first, last)
        self._waiting = []

    def _take_over_from(self, old: "Stored", table: str, first: int, last: int) -> None:
        starts = old.starts(table)
        self._columns[f"{table}.rows"].frombytes(old.column(f"{table}.rows")[first:last].tobytes())
        for column, kind in COLUMNS[table].items():
            name = f"{table}.{column}"
            part = old.column(name)[starts[first] : starts[last]]
            if column in NAMED:
                part = self._renumbered(old, name, part)
            self._columns[name].frombytes(part.astype(kind).tobytes())

    def _renumbered(self, old: "Stored", name: str, numbers: Numbers) -> Numbers:
        """Give names the numbers that they have here."""
        met, first = np.unique(numbers, return_index=True)
        names, known = old.names(name), self._names[name]
        new = np.zeros(len(names), np.int64)
        for number in met[np.argsort(first)].tolist():
            new[number] = known.setdefault(names[number], len(known))
        made: Numbers = new[numbers]
        return made

    def write(self, connection: sqlite3.Connection) -> None:
        """Fill the tables `facts` and `fact_names`."""
        self._take_over()
        connection.execute("DELETE FROM facts")
        connection.execute("DELETE FROM fact_names")
        kinds = {code: kind for kind, code in _CODES.items()}
        columns = (
            (name, kinds[held.typecode], np.array(held, kinds[held.typecode]).tobytes())
            for name, held in self._columns.items()
        )
        connection.executemany("INSERT INTO facts VALUES (?, ?, ?)", columns)
        names = ((name, msgspec.json.encode([*held]).decode()) for name, held in self._names.items())
        connection.executemany("INSERT INTO fact_names VALUES (?, ?)", names)


class Stored:
    """The columns as an index holds them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._read: dict[str, Numbers] = {}
        self._starts: dict[str, Numbers] = {}
        self._names: dict[str, list[Name]] = {}

    def column(self, name: str) -> Numbers:
        """Return a column, as it is kept."""
        if name not in self._read:
            sql = "SELECT kind, numbers FROM facts WHERE name = ?"
            kind, numbers = self._connection.execute(sql, (name,)).fetchone()
            self._read[name] = np.frombuffer(numbers, kind)
        return self._read[name]

    def rows(self, table: str) -> Numbers:
        """Return how many rows of a table each document has."""
        made: Numbers = self.column(f"{table}.rows").astype(np.int64)
        return made

    def starts(self, table: str) -> Numbers:
        """Return where the rows of each document begin, and at last where they end."""
        if table not in self._starts:
            self._starts[table] = np.concatenate([[0], np.cumsum(self.rows(table))])
        return self._starts[table]

    def documents(self, table: str) -> Numbers:
        """Return the place of the document of each row, from 0."""
        rows = self.rows(table)
        return np.repeat(np.arange(len(rows)), rows)

    def units(self, name: str) -> Numbers:
        """Return a column of units, numbered from 0 over the whole corpus."""
        rows = self.rows(name.split(".", maxsplit=1)[0])
        made: Numbers = self.column(name) + np.repeat(self.starts(UNITS[name])[:-1], rows)
        return made

    def names(self, name: str) -> list[Name]:
        """Return what the numbers of a column stand for."""
        if name not in self._names:
            (held,) = self._connection.execute("SELECT names FROM fact_names WHERE name = ?", (name,)).fetchone()
            self._names[name] = msgspec.json.decode(held, type=list[Name])
        return self._names[name]


def _named(value: str | coverage.Column) -> Name:
    return (value, value, "") if isinstance(value, str) else (value.key, value.label, value.document)


def _rows_of(made: Ordered, rubric: str) -> Mapping[str, _Rows]:
    """Return the rows of each table; names are words."""
    place = {passage.id: i for i, passage in enumerate(made.passages)}
    mapped = _mapped(made, rubric)
    levels = [(i, level) for i, (*_, level) in enumerate(mapped) if level is not None]
    # A quote of a passage that is missing fails where it is checked what refers to what.
    quotes = [(made.passage.get(one.passage_id), place.get(one.passage_id, 0)) for one in made.quotes]
    return {
        "passages": [(int(one.id in made.counted),) for one in made.passages],
        "segments": [() for _ in made.segments],
        "problems": [() for _ in made.problems],
        "quotes": [(int(around is not None and around.duplicate_of is None), n) for around, n in quotes],
        "tags": sorted(
            (place[tag.passage_id], tag.theme, int(tag.decision == "yes"), int(tag.source == "human"))
            for tag in made.accepted_tags
        ),
        "refused": sorted((place[tag.passage_id], tag.theme) for tag in made.refused_tags),
        "mappings": [row[:-1] for row in mapped],
        "passage_sites": _passage_sites(made),
        "roles": _roles(made),
        "levels": levels,
        "quote_sites": _quote_columns(made, "site"),
        "quote_problems": _quote_columns(made, "problem"),
    }


def _mapped(made: Ordered, rubric: str) -> list[tuple[int, str, int, float, str | None]]:
    place = {quote.id: i for i, quote in enumerate(made.quotes)}
    return sorted(
        (
            (place[one.quote_id], one.indicator, int(one.decision == "match"), one.p, one.level)
            for one in made.accepted_mappings
            if one.rubric == rubric
        ),
        key=lambda row: row[:2],
    )


def _passage_sites(made: Ordered) -> _Rows:
    sites: dict[str, list[tuple[int, str]]] = {}
    for (segment_id, name), start in made.segment_sites.items():
        sites.setdefault(segment_id, []).append((start, name))
    for i, passage in enumerate(made.passages):
        for _, name in sorted(sites.get(made.around.get(passage.id, ""), ())):
            yield i, name


def _roles(made: Ordered) -> _Rows:
    speakers = ((i, quote.speaker) for i, quote in enumerate(made.quotes))
    return ((i, said.role) for i, said in speakers if said is not None and said.role)


def _quote_columns(made: Ordered, by: coverage.By) -> _Rows:
    """Return the columns of each quote, as the coverage has them."""
    sections = {
        one.id: coverage.Section(one.id, one.parent_id, one.kind, one.heading, [site.name for site in one.sites])
        for one in made.bundle.segments
    }
    document = made.bundle.document
    named = coverage.Column(document.id, document.title or document.path)
    for i, quote in enumerate(made.quotes):
        for column in coverage.columns_by(by, made.segment_of(quote), sections, named, ""):
            yield i, column


def runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of numbers that follow one another: first, and one after the last.

    >>> list(runs([3, 4, 5, 8]))
    [(3, 6), (8, 9)]
    """
    breaks = [i for i, (one, other) in enumerate(pairwise(positions), start=1) if other != one + 1]
    for start, end in pairwise([0, *breaks, len(positions)]) if positions else ():
        yield positions[start], positions[end - 1] + 1
