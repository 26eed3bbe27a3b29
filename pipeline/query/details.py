"""All that is told of a hit: its words, its source, who speaks, themes, practices, what stands around it.

Asked for many hits at once: a table of thousands of rows takes a handful of questions to the database, not thousands.
"""

import itertools
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.folding import begins_a_word, fold
from pipeline.hits import Hit, PracticeHit, ThemeHit, Unit
from pipeline.query.filters import expression
from pipeline.query.units import SOURCES, Source

AT_ONCE: Final = 1000
SNIPPET_WORDS: Final = 24
_PRONOUNS: Final = frozenset({"he", "she", "they", "one", "who", "i", "we", "another", "others"})


@dataclass(frozen=True)
class Shown:
    """What is to be told. `context`: passages before and after. `similarity`, `passages`: by the number of the hit."""

    unit: Unit
    text: str | None = None
    context: int = 0
    similarity: dict[int, float] = field(default_factory=dict)
    passages: dict[int, int] = field(default_factory=dict)


def hits_of(connection: sqlite3.Connection, numbers: Sequence[int], shown: Shown) -> list[Hit]:
    """Return the units of these numbers, in this order."""
    found: list[Hit] = []
    for start in range(0, len(numbers), AT_ONCE):
        found += _Batch(connection, numbers[start : start + AT_ONCE], shown).hits()
    return found


class _Batch:
    """The questions about some units; each answer is a table from the number of a unit."""

    def __init__(self, connection: sqlite3.Connection, numbers: Sequence[int], shown: Shown) -> None:
        self._connection = connection
        self._numbers = json.dumps(list(numbers))
        self._shown = shown
        self._source: Source = SOURCES[shown.unit]

    def hits(self) -> list[Hit]:
        speakers, sites, themes, practices = self._speakers(), self._sites(), self._themes(), self._practices()
        snippets, around, best = self._snippets(), self._around(), self._best_passages()
        return [
            Hit(
                unit=self._shown.unit,
                speaker="; ".join(speakers.get(n, [])) or None,
                sites=sites.get(n, []),
                themes=themes.get(n, []),
                practices=practices.get(n, []),
                similarity=self._shown.similarity.get(n),
                **{**row, "snippet": snippets.get(n), **best.get(n, {}), **around.get(n, {})},
            )
            for n, row in self._rows()
        ]

    def _ask(self, columns: str, joined: str = "", after: str = "ORDER BY asked.key") -> sqlite3.Cursor:
        # CROSS JOIN keeps the order of the tables: a planner that knows nothing of the list might begin elsewhere.
        return self._connection.execute(
            f"""SELECT u.n, {columns} FROM json_each(?) AS asked CROSS JOIN {self._source.table} AS u
            ON u.n = asked.value {joined} {after}""",
            (self._numbers,),
        )

    def _rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        source = self._source
        columns = f"""u.id, d.id AS document_id, d.path, d.title, d.kind AS document_kind, d.date_start, d.date_end,
            s.id AS segment_id, s.kind AS segment_kind, s.nearest_heading AS heading, {source.passage} AS passage_id,
            {source.start} AS start, {source.end} AS "end", {source.page} AS page, u.text"""
        joined = f"JOIN documents AS d ON d.id = {source.document} LEFT JOIN segments AS s ON s.id = {source.segment}"
        for row in self._ask(columns, joined):
            told = dict(row)
            yield told.pop("n"), told

    def _sites(self) -> dict[int, list[str]]:
        joined = f"JOIN segment_sites AS e ON e.segment_id IN ({self._source.segments})"
        return _grouped(self._ask("e.name", joined, "GROUP BY u.n, e.name ORDER BY u.n, min(e.start), e.name"))

    def _themes(self) -> dict[int, list[ThemeHit]]:
        # With max(), SQLite takes the other columns from the row that has it.
        joined = f"JOIN accepted_tags AS e ON e.passage_id IN ({self._source.passages})"
        after = "GROUP BY u.n, e.theme ORDER BY u.n, e.decision = 'review', 3 DESC, e.theme"
        found: dict[int, list[ThemeHit]] = defaultdict(list)
        for n, theme, p, decision in self._ask("e.theme, max(e.p), e.decision", joined, after):
            found[n].append(ThemeHit(theme=theme, p=p, decision=decision))
        return found

    def _practices(self) -> dict[int, list[PracticeHit]]:
        columns = "max(e.p) AS p, e.indicator, e.practice, e.area, e.level, e.decision"
        joined = f"JOIN accepted_mappings AS e ON e.quote_id IN ({self._source.quotes})"
        after = "GROUP BY u.n, e.rubric, e.indicator ORDER BY u.n, e.decision = 'review', p DESC, e.indicator"
        found: dict[int, list[PracticeHit]] = defaultdict(list)
        for row in self._ask(columns, joined, after):
            told = dict(row)
            found[told.pop("n")].append(PracticeHit(**told))
        return found

    def _speakers(self) -> dict[int, list[str]]:
        source = self._source
        who = "coalesce(e.speaker_name, e.speaker), e.speaker_role, e.speaker_organization"
        joined = f"JOIN quotes AS e ON e.id IN ({source.quotes}) AND e.speaker IS NOT NULL"
        found: dict[int, list[str]] = defaultdict(list)
        if self._shown.unit != "quote":
            turns = f"JOIN passages AS e ON e.id IN ({source.passages}) AND e.speaker IS NOT NULL"
            for n, name in self._ask("e.speaker", turns, "ORDER BY u.n, e.n"):
                found[n].append(name)
        for n, *said in self._ask(who, joined, "ORDER BY u.n, e.n"):
            found[n].append(described(*said))
        return {n: each_once(names) for n, names in found.items()}

    def _snippets(self) -> dict[int, str]:
        if not self._shown.text:
            return {}
        table = f"{self._source.table}_fts"
        sql = f"""SELECT {table}.rowid, snippet({table}, 0, '[', ']', '…', {SNIPPET_WORDS})
            FROM json_each(?) AS asked CROSS JOIN {table} ON {table}.rowid = asked.value WHERE {table} MATCH ?"""
        return dict(self._connection.execute(sql, (self._numbers, expression(self._shown.text))).fetchall())

    def _best_passages(self) -> dict[int, dict[str, Any]]:
        """Tell for which of its passages a segment or document was found."""
        best = self._shown.passages
        passages = self._connection.execute(
            "SELECT n, id, page, text FROM passages WHERE n IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(set(best.values()))),),
        )
        told = {row["n"]: {"passage_id": row["id"], "page": row["page"], "snippet": row["text"]} for row in passages}
        return {n: told[passage] for n, passage in best.items() if passage in told}

    def _around(self) -> dict[int, dict[str, Any]]:
        """Tell what stands before and after, within the document; of a quote, also the passage that it stands in."""
        wide = self._shown.context
        if not wide or self._shown.unit == "document":
            return {}
        joined = f"JOIN passages AS p ON p.id IN ({self._source.passages})"
        places = self._ask("min(p.n), max(p.n), p.document_id", joined, "GROUP BY u.n").fetchall()
        near = {i for _, first, last, _ in places for i in itertools.chain(_up_to(first, wide), _from(last, wide))}
        asked = near | ({first for _, first, _, _ in places} if self._shown.unit == "quote" else set())
        texts = {
            n: (document, text)
            for n, document, text in self._connection.execute(
                "SELECT n, document_id, text FROM passages WHERE n IN (SELECT value FROM json_each(?))",
                (json.dumps(sorted(asked)),),
            )
        }

        def inside(numbers: Iterable[int], document: str) -> tuple[str, ...]:
            return tuple(texts[i][1] for i in numbers if i in texts and texts[i][0] == document)

        return {
            n: {
                "before": inside(_up_to(first, wide), document),
                "after": inside(_from(last, wide), document),
                "context": texts[first][1] if self._shown.unit == "quote" else None,
            }
            for n, first, last, document in places
        }


def _up_to(first: int, wide: int) -> range:
    return range(max(1, first - wide), first)


def _from(last: int, wide: int) -> range:
    return range(last + 1, last + wide + 1)


def _grouped(rows: Iterable[Sequence[Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for n, value in rows:
        found[n].append(value)
    return found


def each_once(speakers: Sequence[str]) -> list[str]:
    """Name each person once, by the fullest description: "Lindqvist, president" and "Ms. Lindqvist (union)" are one."""
    fullest: dict[str, str] = {}
    for speaker in speakers:
        surname = re.split(r"[,(]", speaker, maxsplit=1)[0].split()[-1:]
        key = fold(surname[0]) if surname and surname[0][0].isupper() else speaker
        fullest[key] = max(fullest.get(key, ""), speaker, key=len)
    return list(fullest.values())


def described(name: str, role: str | None, organization: str | None) -> str:
    """Return "Ana Ruiz, principal, Marlow Springs", without what the name already says."""
    said = role if role and fold(name) in _PRONOUNS else name
    for more in (role, organization):
        if more and not begins_a_word(fold(more), said):
            said = f"{said}, {more}"
    return said
