"""What the passages or quotes of a query have, as columns of numbers: themes, sites, practices, places.

Worked example. Of three passages, the first and the last are asked for; only the last has a theme, the second of two:

    chosen: True False True · theme: units [2], numbers [1], names ["equity", "succession"]
"""

import itertools
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.counts import coverage
from pipeline.query.conditions import Condition
from pipeline.query.filters import Filter, from_where, named_practices
from pipeline.query.searching import run
from pipeline.query.values import within
from pipeline.stages.index.facts import UNITS, Stored
from pipeline.stages.index.places import places

if TYPE_CHECKING:
    from pipeline.rubric import Row

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_NO_DOCUMENT: Final = coverage.Column("", "")
YEAR: Final = "substr(coalesce(date_start, date_end), 1, 4)"


class Pairs(NamedTuple):
    """Which unit has which name: the unit `units[i]` has `names[numbers[i]]`; in the order of the units."""

    units: Ints
    numbers: Ints
    names: Sequence[str]

    def where(self, kept: Mask) -> "Pairs":
        """Return some of the pairs."""
        return Pairs(self.units[kept], self.numbers[kept], self.names)

    @property
    def keys(self) -> Ints:
        """One number for each pair, unlike for unlike pairs."""
        return self.units * max(1, len(self.names)) + self.numbers

    def each_once(self) -> "Pairs":
        """Return each pair once, sorted."""
        return self._of(np.unique(self.keys))

    def without(self, others: "Pairs") -> "Pairs":
        """Return each pair once that is not among the others, of the same names."""
        return self._of(np.setdiff1d(self.keys, others.keys))

    def _of(self, keys: Ints) -> "Pairs":
        return Pairs(*np.divmod(keys, max(1, len(self.names))), self.names)


def met(first: Pairs, second: Pairs) -> tuple[Ints, Ints]:
    """Return the places in both of all pairs of pairs that belong to the same unit.

    >>> a, b = Pairs(np.array([0, 1]), np.array([5, 6]), ()), Pairs(np.array([1, 1]), np.array([7, 8]), ())
    >>> [places.tolist() for places in met(a, b)]
    [[1, 1], [0, 1]]
    """
    starts = np.searchsorted(second.units, first.units, "left")
    lengths = np.searchsorted(second.units, first.units, "right") - starts
    left = np.repeat(np.arange(len(lengths)), lengths)
    right = np.arange(len(left)) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return left, right


def named_once(units: Ints, numbers: Ints, names: Sequence[str]) -> Pairs:
    """Return pairs in which equal names have one number."""
    index = {name: i for i, name in enumerate(dict.fromkeys(names))}
    unified = np.array([index[name] for name in names], np.int64)
    return Pairs(units, unified[numbers] if len(numbers) else numbers, list(index))


@dataclass(frozen=True)
class Documents:
    """The documents, in order."""

    ids: list[str]
    labels: list[str]
    kinds: list[str]
    years: list[str | None]


class Names(NamedTuple):
    """What the numbers of a column stand for."""

    keys: list[str]
    labels: list[str]
    documents: list[str]


class _Columns:
    """The columns as the index holds them; units are numbered over the whole corpus."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._stored = Stored(connection)

    def read(self, name: str) -> Any:
        if name.endswith(".document"):
            return self._stored.documents(name.removesuffix(".document"))
        if name in UNITS:
            return self._stored.units(name)
        column = self._stored.column(name)
        return column.astype(np.int64) if column.dtype.kind == "i" else column

    def mask(self, name: str) -> Mask:
        made: Mask = self._stored.column(name) != 0
        return made

    def names(self, column: str) -> Names:
        rows = self._stored.names(column)
        return Names(*([row[i] for row in rows] for i in range(3)))

    def listed(self, column: str, names: Sequence[str]) -> Ints:
        """Return the numbers of a column as places in a list of names; -1: it is not on it."""
        place = {name: i for i, name in enumerate(names)}
        numbers = np.array([place.get(name, -1) for name in self.names(column).keys], np.int64)
        made: Ints = numbers[self._stored.column(column)] if len(numbers) else np.zeros(0, np.int64)
        return made


class _Units:
    """Passages or quotes, of which some are asked for."""

    def __init__(self, connection: sqlite3.Connection, table: str, chosen: Filter, asked: str) -> None:
        self.connection = connection
        self.table = table
        self.columns = _Columns(connection)
        self.document: Ints = self.columns.read(f"{table}.document")
        self.chosen = self.columns.mask(f"{table}.counted")
        if chosen != Filter():
            self.chosen &= self._found(chosen, asked)

    def _found(self, chosen: Filter, asked: str) -> Mask:
        found = from_where(self.connection, chosen, asked)
        rows = run(self.connection, f"SELECT u.n {found.sql}", found.values, chosen)
        mask = np.zeros(len(self.document), np.bool_)
        mask[places(self.connection, self.table, [row[0] for row in rows])] = True
        return mask

    @cached_property
    def units(self) -> Ints:
        """The numbers of those that are asked for."""
        return np.flatnonzero(self.chosen)

    @cached_property
    def documents(self) -> Documents:
        """All documents."""
        sql = f"SELECT id, coalesce(title, path), kind, {YEAR} FROM documents ORDER BY n"
        rows = self.connection.execute(sql).fetchall()
        return Documents(*([row[i] for row in rows] for i in range(4)))

    @cached_property
    def themes(self) -> list[str]:
        """The themes of the codebook, in its order."""
        return [row[0] for row in self.connection.execute("SELECT id FROM themes ORDER BY n")]

    def by_document(self, names: Sequence[str]) -> Pairs:
        """Return what each unit has of its document."""
        return named_once(self.units, self.document[self.units], names)

    def kept(self, pairs: Pairs) -> Pairs:
        """Return the pairs of those that are asked for."""
        return pairs.where(self.chosen[pairs.units])

    def stored(self, facts: str, labels: Sequence[str]) -> Pairs:
        """Return pairs as the index holds them, with these labels."""
        return self.kept(named_once(self.columns.read(f"{facts}.unit"), self.columns.read(f"{facts}.name"), labels))


class PassageFacts(_Units):
    """The passages that themes are counted among: coded, and no repetition of another."""

    def __init__(self, connection: sqlite3.Connection, wanted: Filter) -> None:
        super().__init__(connection, "passages", wanted, "passage")

    def of(self, dimension: str) -> Pairs:
        """Return the documents, sites, years or kinds of the passages."""
        if dimension == "site":
            return self.stored("passage_sites", self.columns.names("passage_sites.name").labels)
        if dimension == "document":
            return self.by_document(self.documents.labels)
        if dimension == "kind":
            return self.by_document(self.documents.kinds)
        years = self.by_document([year or "" for year in self.documents.years])
        return years.where(np.array([bool(name) for name in years.names], np.bool_)[years.numbers])

    @cached_property
    def decided(self) -> tuple[Pairs, Pairs, Pairs]:
        """The themes that were decided yes, those to review, and those that a person decided."""
        tags = Pairs(self.columns.read("tags.unit"), self.columns.listed("tags.theme", self.themes), self.themes)
        yes, human = self.columns.mask("tags.yes"), self.columns.mask("tags.human")
        said_no = self.columns.listed("refused.theme", self.themes)
        refused = Pairs(self.columns.read("refused.unit"), said_no, self.themes)
        settled = (tags.where(yes & human)[:2], refused[:2])
        units, numbers = (np.concatenate([one[i] for one in settled]) for i in range(2))
        both = Pairs(np.asarray(units), np.asarray(numbers), self.themes)
        return self.kept(tags.where(yes)), self.kept(tags.where(~yes)), self.kept(both).each_once()

    def numbered(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the units of these ids."""
        sql = "SELECT n FROM passages WHERE id = ?"
        found = ((name, self.connection.execute(sql, (name,)).fetchone()) for name in ids)
        numbers = {name: row[0] for name, row in found if row is not None}
        units = places(self.connection, "passages", [*numbers.values()]).tolist()
        return {name: unit for name, unit in zip(numbers, units, strict=True) if self.chosen[unit]}


class QuoteFacts(_Units):
    """The quotes that practices are counted among: those in no passage that repeats another."""

    def __init__(self, connection: sqlite3.Connection, wanted: Filter) -> None:
        self._wanted = wanted
        if wanted.min_p is not None:
            within("min_p", wanted.min_p, 0, 1)
        self._level = [*named_practices(connection, Filter(level=wanted.level))]
        chosen = dict.fromkeys(("practice", "indicator", "area", "level"))
        least = wanted.min_p if wanted.themes else None
        super().__init__(connection, "quotes", Filter(**vars(wanted) | chosen | {"min_p": least}), "quote")

    def of(self, dimension: str) -> Pairs:
        """Return the kinds of document or the roles of the quotes; of those without a role, none."""
        if dimension == "kind":
            return self.by_document(self.documents.kinds)
        return self.stored("roles", self.columns.names("roles.name").labels)

    def columns_of(self, by: str) -> tuple[Pairs, Names]:
        """Return the columns of the coverage by site or problem; the numbers of pairs are those of the names."""
        names = self.columns.names(f"quote_{by}s.name")
        pairs = Pairs(self.columns.read(f"quote_{by}s.unit"), self.columns.read(f"quote_{by}s.name"), names.labels)
        return self.kept(pairs), names

    @cached_property
    def themes_decided(self) -> tuple[Pairs, Pairs]:
        """The themes of the passages that the quotes stand in: decided yes, and to review."""
        tags = Pairs(self.columns.read("tags.unit"), self.columns.listed("tags.theme", self.themes), self.themes)
        quotes = Pairs(self.columns.read("quotes.passage")[self.units], self.units, ())
        yes = self.columns.mask("tags.yes")
        return self._said(quotes, tags.where(yes)), self._said(quotes, tags.where(~yes))

    def _said(self, quotes: Pairs, tags: Pairs) -> Pairs:
        left, right = met(quotes, tags)
        return Pairs(quotes.numbers[left], tags.numbers[right], self.themes)

    def mapped(self, lines: "Sequence[Sequence[Row]]") -> tuple[Pairs, Pairs]:
        """Return which quotes are matched to which lines of the rubric, and which only wait for review."""
        place = {row.indicator: i for i, line in enumerate(lines) for row in line}
        of_line = np.array([place.get(name, -1) for name in self.columns.names("mappings.indicator").keys], np.int64)
        units, indicators = self.columns.read("mappings.unit"), self.columns.read("mappings.indicator")
        numbers = of_line[indicators] if len(of_line) else indicators
        pairs, yes = Pairs(units, numbers, range(len(lines))), self.columns.mask("mappings.yes")  # type: ignore[arg-type]
        kept = self._counting() & (numbers >= 0) & self.chosen[units]
        matched = pairs.where(kept & yes).each_once()
        return matched, pairs.where(kept & ~yes).without(matched)

    def _counting(self) -> Mask:
        """Return which mappings are likely enough, and of the level that is asked for."""
        p = self.columns.read("mappings.p")
        counts = np.ones(len(p), np.bool_)
        if self._wanted.min_p is not None:
            counts &= p >= self._wanted.min_p
        for one in self._level:
            counts &= self._levels(one)
        return counts

    def _levels(self, asked: Condition) -> Mask:
        of_level = np.zeros(len(self.columns.read("mappings.p")), np.bool_)
        labels = self.columns.names("levels.name").labels
        fits = np.array([label in asked.values for label in labels], np.bool_)
        units = self.columns.read("levels.unit")
        of_level[units] = fits[self.columns.read("levels.name")] if labels else False
        return of_level

    @cached_property
    def ids(self) -> list[str]:
        """Return the ids of all quotes, in order."""
        cursor = self.connection.cursor()
        cursor.row_factory = None  # plain rows are quicker to read
        return [name for (name,) in cursor.execute("SELECT id FROM quotes ORDER BY n")]


def covered(quotes: QuoteFacts, by: coverage.By, lines: "Sequence[Sequence[Row]]") -> coverage.Counted:
    """Count quotes for every line of the rubric, by these columns."""
    pairs, columns = _columns_by(quotes, by)
    matched, review = (_filled(decided, pairs, quotes.ids) for decided in quotes.mapped(lines))
    cells: dict[int, dict[str | None, coverage.Cell]] = {}
    for line, key in matched | review:
        held = coverage.Cell(matched.get((line, key), ()), review.get((line, key), ()))
        cells.setdefault(line, {})[None if key < 0 else pairs.names[key]] = held
    keys, first, n = np.unique(pairs.numbers, return_index=True, return_counts=True)
    order = np.argsort(first)
    number = dict(zip(keys[order].tolist(), n[order].tolist(), strict=True))
    return coverage.Counted(
        {pairs.names[key]: columns[key] for key in number},
        {pairs.names[key]: n for key, n in number.items()},
        cells,
    )


def _columns_by(quotes: QuoteFacts, by: coverage.By) -> tuple[Pairs, Mapping[int, coverage.Column]]:
    """Return the key of the columns of each quote, and the column as the first quote has it, by number of the key."""
    if by == "document":
        made = [coverage.Column(*one) for one in zip(quotes.documents.ids, quotes.documents.labels, strict=True)]
        units, numbers = quotes.units, quotes.document[quotes.units]
    elif by == "date":
        made = [coverage.columns_by(by, None, {}, _NO_DOCUMENT, year or "")[0] for year in quotes.documents.years]
        units, numbers = quotes.units, quotes.document[quotes.units]
    else:
        stored, names = quotes.columns_of(by)
        made = [coverage.Column(*one) for one in zip(*names, strict=True)]
        units, numbers = stored.units, stored.numbers
    pairs = named_once(units, numbers, [column.key for column in made])
    keys, first = np.unique(pairs.numbers, return_index=True)
    return pairs, {key: made[i] for key, i in zip(keys.tolist(), numbers[first].tolist(), strict=True)}


def _filled(decided: Pairs, columns: Pairs, ids: Sequence[str]) -> dict[tuple[int, int], tuple[str, ...]]:
    """Return the ids of the quotes by line and number of the column; -1: all columns."""
    left, right = met(decided, columns)
    wide = len(columns.names) + 1
    lines = np.concatenate([decided.numbers, decided.numbers[left]])
    keys = np.concatenate([np.full(len(decided.numbers), -1), columns.numbers[right]])
    units = np.concatenate([decided.units, decided.units[left]])
    places = lines * wide + keys + 1
    order = np.argsort(places, kind="stable")
    names = [ids[unit] for unit in units[order].tolist()]
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    at = zip(*(some[order][starts].tolist() for some in (lines, keys)), strict=True)
    parts = itertools.pairwise([*starts.tolist(), len(names)])
    return {place: tuple(names[start:end]) for place, (start, end) in zip(at, parts, strict=True)}
