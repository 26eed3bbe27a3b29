"""Links passages that stand in several places of a corpus to the first of them, with small differences too.

Two passages are near-identical when at least four fifths of their runs of three words are the same (Jaccard index) and
they name the same people, places and figures: minutes are full of sentences that differ in one name or number only. Two
with the same words are alike whatever their case and punctuation.

Of each text only the smallest hashes of its runs are kept (Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900).
For a passage of up to `SKETCH` runs that is all of them, so that the index is exact; for a longer one it is an estimate
with a standard error of at most three hundredths. Texts are compared only when they share one of their very smallest
hashes, which any two that are alike enough must do (prefix filter; Chaudhuri, Ganti and Kaushik 2006,
https://doi.org/10.1109/ICDE.2006.9).

The first text of the corpus is its own first; every later one is linked to the first text like it that is its own
first. What is known of the texts stays in a database, so that a document that comes or goes costs only the texts that
are like its own, and the links are those that reading the whole corpus in its order would give.
"""

import hashlib
import math
import re
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.records import Passage

SKETCH = 256
"""Hashes kept of a text, 8 bytes each."""

_RUN = 3  # words
_ALIKE = 0.8
_WORD = re.compile(r"\w+")

_TABLES = """
CREATE TABLE IF NOT EXISTS duplicate_documents (path TEXT PRIMARY KEY, made TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS duplicate_texts (n INTEGER PRIMARY KEY, words INTEGER NOT NULL, facts INTEGER NOT NULL,
    runs INTEGER NOT NULL, hashes BLOB NOT NULL, first TEXT, UNIQUE (words, facts));
CREATE TABLE IF NOT EXISTS duplicate_marks (mark INTEGER NOT NULL, text INTEGER NOT NULL,
    PRIMARY KEY (mark, text)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS duplicate_passages (text INTEGER NOT NULL, path TEXT NOT NULL, position INTEGER NOT NULL,
    id TEXT NOT NULL, PRIMARY KEY (text, path, position)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS duplicate_passages_by_path ON duplicate_passages (path);
"""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text. `words`: hash of all words; `facts`: of its names and figures.

    `runs`: how many different runs it has; `hashes`: the smallest of their hashes, sorted.
    """

    words: int
    facts: int
    runs: int
    hashes: "array[int]"

    def marks(self) -> list[int]:
        """Return hashes of which two texts that are alike share one."""
        n = len(self.hashes)
        prefix = self.hashes[: n - math.ceil(_ALIKE * n) + 1]
        return sorted({self.words, *(value ^ self.facts for value in prefix)})


class Duplicates:
    """The texts of a corpus and their links. Headings are neither linked nor linked to.

    Args:
        connection: a database; nothing is committed here.
        min_words: shorter passages ("Motion carried.") are never linked.
    """

    def __init__(self, connection: sqlite3.Connection, min_words: int) -> None:
        self._database = connection
        self._min_words = min_words
        for statement in _TABLES.split(";"):
            connection.execute(statement)

    def update(self, made: Mapping[str, str], passages_of: Callable[[str], Iterable[Passage]]) -> None:
        """Take in what has changed since the last time.

        Args:
            made: the path of each document of the corpus → a hash of what was made of it.
            passages_of: returns the passages of the document at a path; asked only about new and changed ones.
        """
        known = dict(self._database.execute("SELECT path, made FROM duplicate_documents"))
        touched: set[int] = set()
        for path in sorted(path for path, was in known.items() if made.get(path) != was):
            touched |= self._remove(path)
        for path in sorted(path for path, now in made.items() if known.get(path) != now):
            touched |= self._add(path, passages_of(path))
            self._database.execute("INSERT INTO duplicate_documents VALUES (?, ?)", (path, made[path]))
        self._settle(touched)

    def links(self) -> dict[str, dict[str, str]]:
        """Return path → id of a passage → id of the first passage like it, for all that have one."""
        found: dict[str, dict[str, str]] = {}
        rows = self._database.execute(
            "SELECT passage.path, passage.id, text.first FROM duplicate_texts AS text"
            " JOIN duplicate_passages AS passage ON passage.text = text.n"
            " WHERE passage.id != text.first ORDER BY passage.path, passage.position"
        )
        for path, passage, first in rows:
            found.setdefault(path, {})[passage] = first
        return found

    def _add(self, path: str, passages: Iterable[Passage]) -> set[int]:
        touched = set()
        for passage in passages:
            words = _WORD.findall(passage.text.casefold())
            if passage.kind != "heading" and len(words) >= self._min_words:
                text = self._text(sketch(passage.text, words))
                touched.add(text)
                self._database.execute(
                    "INSERT INTO duplicate_passages VALUES (?, ?, ?, ?)", (text, path, passage.index, passage.id)
                )
        return touched

    def _text(self, new: Sketch) -> int:
        """Return the number of a text, which is noted if it is new."""
        row = self._database.execute(
            "SELECT n FROM duplicate_texts WHERE words = ? AND facts = ?", (new.words, new.facts)
        ).fetchone()
        if row is not None:
            return int(row[0])
        number = self._database.execute(
            "INSERT INTO duplicate_texts (words, facts, runs, hashes) VALUES (?, ?, ?, ?)",
            (new.words, new.facts, new.runs, new.hashes.tobytes()),
        ).lastrowid
        assert number is not None
        self._database.executemany(
            "INSERT INTO duplicate_marks VALUES (?, ?)", ((mark, number) for mark in new.marks())
        )
        return number

    def _remove(self, path: str) -> set[int]:
        """Forget a document; return the texts that it held, and those like a text that is gone with it."""
        held = {n for (n,) in self._database.execute("SELECT text FROM duplicate_passages WHERE path = ?", (path,))}
        self._database.execute("DELETE FROM duplicate_passages WHERE path = ?", (path,))
        self._database.execute("DELETE FROM duplicate_documents WHERE path = ?", (path,))
        touched = set()
        for number in sorted(held):
            if self._database.execute("SELECT 1 FROM duplicate_passages WHERE text = ?", (number,)).fetchone():
                touched.add(number)
                continue
            touched.update(self._alike(number))
            self._database.executemany(
                "DELETE FROM duplicate_marks WHERE mark = ? AND text = ?",
                ((mark, number) for mark in self._sketch(number).marks()),
            )
            self._database.execute("DELETE FROM duplicate_texts WHERE n = ?", (number,))
        return touched

    def _settle(self, touched: Iterable[int]) -> None:
        """Link the texts anew that are alike, directly or by way of others, to one that was touched."""
        seen: set[int] = set()
        for number in sorted(touched):
            if number not in seen:
                group = self._group(number)
                seen.update(group)
                self._link(group)

    def _group(self, number: int) -> dict[int, list[int]]:
        """Return all texts that are connected with one, each with those that are like it."""
        group: dict[int, list[int]] = {}
        waiting = [number]
        while waiting:
            text = waiting.pop()
            if text not in group and self._is_there(text):
                group[text] = self._alike(text)
                waiting += group[text]
        return group

    def _link(self, group: Mapping[int, Sequence[int]]) -> None:
        """Link the texts of a group in the order of the corpus, each to the first like it that is linked to none."""
        order = sorted((self._first_place(text), text) for text in group)
        firsts: dict[int, str] = {}
        for (_, _, passage), text in order:
            like = next((one for one in firsts if one in group[text]), None)
            if like is None:
                firsts[text] = passage
            self._database.execute(
                "UPDATE duplicate_texts SET first = ? WHERE n = ?", (firsts[text if like is None else like], text)
            )

    def _first_place(self, text: int) -> tuple[str, int, str]:
        row = self._database.execute(
            "SELECT path, position, id FROM duplicate_passages WHERE text = ? ORDER BY path, position LIMIT 1", (text,)
        )
        path, position, passage = row.fetchone()
        return path, position, passage

    def _is_there(self, text: int) -> bool:
        return self._database.execute("SELECT 1 FROM duplicate_texts WHERE n = ?", (text,)).fetchone() is not None

    def _sketch(self, text: int) -> Sketch:
        row = self._database.execute("SELECT words, facts, runs, hashes FROM duplicate_texts WHERE n = ?", (text,))
        words, facts, runs, hashes = row.fetchone()
        return Sketch(words, facts, runs, array("q", hashes))

    def _alike(self, text: int) -> list[int]:
        """Return the other texts that are near-identical to one."""
        own = self._sketch(text)
        rows = self._database.execute(
            "SELECT DISTINCT other.text FROM duplicate_marks AS other WHERE other.text != ? AND other.mark IN"
            f" ({', '.join('?' * len(own.marks()))}) ORDER BY other.text",
            (text, *own.marks()),
        )
        return [other for (other,) in rows.fetchall() if are_alike(own, self._sketch(other))]


def sketch(text: str, words: Sequence[str]) -> Sketch:
    """Return what is kept of a text. `words`: those of the text, in small letters."""
    runs = {" ".join(words[i : i + _RUN]) for i in range(max(1, len(words) - _RUN + 1))}
    hashes = array("q", sorted(map(_hash, runs))[:SKETCH])
    return Sketch(_hash(" ".join(words)), _facts(text), len(runs), hashes)


def are_alike(one: Sketch, other: Sketch) -> bool:
    """Tell whether two texts are near-identical."""
    return one.words == other.words or (one.facts == other.facts and _likeness(one, other) >= _ALIKE)


def _likeness(one: Sketch, other: Sketch) -> float:
    """Return the Jaccard index of the runs of two texts, estimated where either has more than were kept."""
    if min(one.runs, other.runs) < _ALIKE * max(one.runs, other.runs):
        return 0.0
    own, others = set(one.hashes), set(other.hashes)
    union = sorted(own | others)
    if max(one.runs, other.runs) > SKETCH:
        union = union[:SKETCH]
    return sum(value in own and value in others for value in union) / len(union)


def _facts(text: str) -> int:
    """Return a hash of the figures and of the capitalised words within sentences."""
    found = {match[0] for match in _WORD.finditer(text) if _is_fact(text, match)}
    return _hash("\n".join(sorted(found)))


def _is_fact(text: str, match: re.Match[str]) -> bool:
    if any(map(str.isdigit, match[0])):
        return True
    before = text[max(0, match.start() - 3) : match.start()].rstrip(" “”\"'‘’(")[-1:]
    return match[0][0].isupper() and (before.isalnum() or before in {",", ";", ":", "-", "–"}) and bool(before)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
