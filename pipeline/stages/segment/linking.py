"""The same problem across meetings: problems of practice of other documents about the same site and subject.

    2014-10-09 "Losing Principals …"   Castor Creek   linked: [the segment of 2016]
    2016-03-02 "Turnover, two years on" Castor Creek  linked: [the segment of 2014]

Two problems are linked when they share a site and their subjects are alike: the cosine of their sentence vectors plus
the share of content words in common is at least 0.57. On invented pairs of accounts from two meetings of one site
(tests/pairs_of_problems.py) that joins 9 of 10 pairs about the same problem and none of 16 about different ones; among
all 90 mismatched pairs it joins two. Neither measure parts them as well alone: follow-ups change their words, and all
texts of this kind lie near each other in the vector space.

What is known of the cases stays in a database, so that a new document costs only its own comparisons.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.encoder import Vectors
from pipeline.records import Bundle, Segment

Encode = Callable[[Sequence[str]], Vectors]
"""Texts → one vector of length 1 for each."""

THRESHOLD = 0.57

_TABLES = """
CREATE TABLE IF NOT EXISTS linked_documents (path TEXT PRIMARY KEY, made TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS linked_cases (segment TEXT PRIMARY KEY, path TEXT NOT NULL, document_id TEXT NOT NULL,
    date TEXT NOT NULL, subject TEXT NOT NULL, vector BLOB) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS linked_cases_by_path ON linked_cases (path);
CREATE TABLE IF NOT EXISTS linked_sites (site TEXT NOT NULL, segment TEXT NOT NULL,
    PRIMARY KEY (site, segment)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS linked_sites_by_segment ON linked_sites (segment);
CREATE TABLE IF NOT EXISTS linked_pairs (one TEXT NOT NULL, other TEXT NOT NULL,
    PRIMARY KEY (one, other)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS linked_pairs_by_other ON linked_pairs (other);
"""
_MANY = 64
"""Cases that are read at once."""

_OPENING = 400
_STEM = 6
_LAST = "9999-99-99"
_WORD = re.compile(r"[a-z]{4,}")
# fmt: off
_FORM_WORDS = frozenset({
    "unified", "joint", "school", "schools", "district", "districts", "public", "usd", "isd", "cusd", "the", "of",
    "county", "city", "system",
})
_COMMON = frozenset(
    "there their they them this that these those with from into have been were which when where while after before "
    "about "
    "other school schools district districts principal principals teacher teachers student students year years leaders "
    "staff only more than each every what whose still then also does made make".split()
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Case:
    """What linking needs of a problem of practice. `sites`: keys of its sites; `date`: ISO, or `None`."""

    segment_id: str
    document_id: str
    date: str | None
    sites: frozenset[str]
    subject: str


def cases_of(bundle: Bundle) -> Iterator[Case]:
    """Yield the problems of practice of a document; the parts of a case count to the case above."""
    problems = [segment for segment in bundle.segments if segment.kind == "problem_of_practice" and segment.sites]
    own = {segment.id for segment in problems}
    for segment in problems:
        if segment.parent_id not in own:
            parts = [segment, *(other for other in problems if other.parent_id == segment.id)]
            yield Case(
                segment_id=segment.id,
                document_id=bundle.document.id,
                date=bundle.document.date_start or bundle.document.date_end,
                sites=frozenset(site_key(site.name) for site in segment.sites),
                subject=_subject(parts, bundle.document.text),
            )


def site_key(name: str) -> str:
    """Reduce the name of a site to what tells it from others: "Castor Creek Unified" is "castor creek"."""
    words = re.findall(r"[\w’'-]+", name.casefold())
    return " ".join(word for word in words if word not in _FORM_WORDS) or " ".join(words)


class Links:
    """The cases of a corpus, and which of them are about the same problem; a new case is held against those it may fit.

    Args:
        connection: a database; nothing is committed here.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._database = connection
        for statement in _TABLES.split(";"):
            connection.execute(statement)

    def update(self, made: Mapping[str, str], cases_in: Callable[[str], Iterable[Case]], encode: Encode) -> None:
        """Take in what has changed since the last time.

        Args:
            made: the path of each document of the corpus → a hash of what was made of it.
            cases_in: returns the cases of the document at a path; asked only about new and changed ones.
            encode: makes the vectors; called only for cases that share their site with a case of another document.
        """
        known = dict(self._database.execute("SELECT path, made FROM linked_documents"))
        for path in sorted(path for path, was in known.items() if made.get(path) != was):
            self._remove(path)
        new: list[str] = []
        for path in sorted(path for path, now in made.items() if known.get(path) != now):
            new += [self._add(path, case) for case in cases_in(path)]
            self._database.execute("INSERT INTO linked_documents VALUES (?, ?)", (path, made[path]))
        self._read(new, encode)
        for segment in new:
            self._link(segment)

    def links(self) -> dict[str, dict[str, list[str]]]:
        """Return path → id of a segment → ids of those linked to it, in date order, undated ones last."""
        found: dict[str, dict[str, list[str]]] = {}
        rows = self._database.execute(
            "SELECT own.path, own.segment, other.segment FROM linked_pairs AS pair"
            " JOIN linked_cases AS own ON own.segment = pair.one"
            " JOIN linked_cases AS other ON other.segment = pair.other"
            " ORDER BY own.path, own.segment, other.date, other.document_id, other.segment"
        )
        for path, one, other in rows:
            found.setdefault(path, {}).setdefault(one, []).append(other)
        return found

    def _add(self, path: str, case: Case) -> str:
        self._database.execute(
            "INSERT INTO linked_cases VALUES (?, ?, ?, ?, ?, NULL)",
            (case.segment_id, path, case.document_id, case.date or _LAST, case.subject),
        )
        self._database.executemany(
            "INSERT INTO linked_sites VALUES (?, ?)", ((site, case.segment_id) for site in sorted(case.sites))
        )
        return case.segment_id

    def _remove(self, path: str) -> None:
        own = "(SELECT segment FROM linked_cases WHERE path = ?)"
        self._database.execute(f"DELETE FROM linked_pairs WHERE one IN {own} OR other IN {own}", (path, path))
        self._database.execute(f"DELETE FROM linked_sites WHERE segment IN {own}", (path,))
        self._database.execute("DELETE FROM linked_cases WHERE path = ?", (path,))
        self._database.execute("DELETE FROM linked_documents WHERE path = ?", (path,))

    def _read(self, new: Sequence[str], encode: Encode) -> None:
        """Make the vectors that are lacking of new cases and of those that they may fit."""
        met = {name for segment in new for pair in self._others(segment) for name in (segment, pair)}
        for names in _batches(sorted(met)):
            rows = self._database.execute(
                f"SELECT segment, subject FROM linked_cases WHERE vector IS NULL AND segment IN ({_marks(names)})"
                " ORDER BY segment",
                names,
            ).fetchall()
            if not rows:
                continue
            vectors = encode([subject for _, subject in rows])
            self._database.executemany(
                "UPDATE linked_cases SET vector = ? WHERE segment = ?",
                ((vector.astype("<f4").tobytes(), segment) for (segment, _), vector in zip(rows, vectors, strict=True)),
            )

    def _link(self, segment: str) -> None:
        for other in self._others(segment):
            subject, vector = self._case(segment)
            its_subject, its_vector = self._case(other)
            if likeness(subject, its_subject, float(np.dot(vector, its_vector))) >= THRESHOLD:
                pairs = ((segment, other), (other, segment))
                self._database.executemany("INSERT OR IGNORE INTO linked_pairs VALUES (?, ?)", pairs)

    def _others(self, segment: str) -> list[str]:
        """Return the cases of other documents that share a site with one."""
        rows = self._database.execute(
            "SELECT DISTINCT other.segment FROM linked_cases AS own JOIN linked_sites AS site USING (segment)"
            " JOIN linked_sites AS shared ON shared.site = site.site"
            " JOIN linked_cases AS other ON other.segment = shared.segment"
            " WHERE own.segment = ? AND other.path != own.path ORDER BY other.segment",
            (segment,),
        )
        return [name for (name,) in rows]

    def _case(self, segment: str) -> tuple[str, Vectors]:
        row = self._database.execute("SELECT subject, vector FROM linked_cases WHERE segment = ?", (segment,))
        subject, vector = row.fetchone()
        return subject, np.frombuffer(vector, "<f4")


def likeness(one: str, other: str, cosine: float) -> float:
    """Return the cosine of two subjects plus the share of the shorter one's content words that the other has too."""
    first, second = _stems(one), _stems(other)
    return cosine + len(first & second) / max(1, min(len(first), len(second)))


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[i : i + _MANY] for i in range(0, len(names), _MANY))


def _marks(names: Sequence[str]) -> str:
    return ", ".join("?" * len(names))


def _subject(parts: Sequence[Segment], text: str) -> str:
    """Return what a case is about, in its own words and without the names of its sites, which all its cases share."""
    told = [part for segment in parts for part in segment.anatomy if part.role in {"problem", "approach"}]
    first = parts[0]
    start = first.start + len(first.heading or "")
    words = [text[part.start : part.end] for part in told] or [text[start : min(first.end, start + _OPENING)]]
    subject = " ".join([first.heading or "", *words])
    for name in sorted({site.name for segment in parts for site in segment.sites}, key=lambda name: (-len(name), name)):
        subject = subject.replace(name, " ")
    return " ".join(subject.split())


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.casefold()) if word not in _COMMON}
