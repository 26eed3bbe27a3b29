"""Compares what was decided: the themes of passages, the indicators of quotes."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.diff.changes import NO, YES, Change, Kind, Move, Moves, Tally, Transition
from pipeline.diff.pairing import Either, Passages
from pipeline.records import Mapping as Mapped
from pipeline.records import Passage, Quote, Tag
from pipeline.settling import settle_mappings, settle_tags

SHOWN = 5
"""Moves of p that are named."""


class Said(NamedTuple):
    """What is decided of one theme or indicator."""

    decision: str
    p: float | None


Held = Mapping[str, Mapping[str, Said]]
"""What is decided, by the id of the passage or quote and by theme or indicator."""


@dataclass(frozen=True)
class Unit:
    """A passage or quote of one run, and what was decided of it, by theme or indicator."""

    id: str
    text: str
    said: Mapping[str, Said]


@dataclass
class Decisions:
    """What was decided in two runs, added up document by document."""

    kind: Kind
    transitions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    largest: list[Move] = field(default_factory=list)
    n: int = 0
    moved: int = 0
    total: float = 0.0

    def add(self, document: str, pairs: Iterable[Either[Unit]]) -> None:
        """Compare the units of a document; `None`: only the other run has it."""
        for one, other in pairs:
            for name in sorted({*(one.said if one else ()), *(other.said if other else ())}):
                self._compare(document, name, one, other)
        self.largest = heapq.nsmallest(SHOWN, self.largest, key=lambda move: move.order)

    def _compare(self, document: str, name: str, one: Unit | None, other: Unit | None) -> None:
        a, b = _said(one, name, self.kind), _said(other, name, self.kind)
        was, now = (a.decision if a else NO[self.kind]), (b.decision if b else NO[self.kind])
        self.transitions[name, was, now] += 1
        text = other.text if other else one.text if one else ""
        p_a, p_b = a.p if a else None, b.p if b else None
        if was != now:
            self.changes.append(
                Change(
                    kind=self.kind,
                    change="decision",
                    document=document,
                    name=name,
                    a=a.decision if a else None,
                    b=b.decision if b else None,
                    p_a=p_a,
                    p_b=p_b,
                    id_a=one.id if one else None,
                    id_b=other.id if other else None,
                    text=text,
                )
            )
        if p_a is not None and p_b is not None:
            self.n += 1
            if p_a != p_b:
                self.moved += 1
                self.total += abs(p_b - p_a)
                self.largest.append(Move(kind=self.kind, name=name, p_a=p_a, p_b=p_b, document=document, text=text))

    def tally(self) -> Tally:
        """Count what is decided yes (or match)."""
        yes, no = YES[self.kind], NO[self.kind]

        def count(*wanted: tuple[bool, bool]) -> int:
            return sum(n for (_, a, b), n in self.transitions.items() if (a == yes, b == yes) in wanted)

        to_no = sum(n for (_, a, b), n in self.transitions.items() if a == yes and b == no)
        from_no = sum(n for (_, a, b), n in self.transitions.items() if a == no and b == yes)
        return Tally(
            a=count((True, True), (True, False)),
            b=count((True, True), (False, True)),
            same=count((True, True)),
            changed=count((True, False), (False, True)) - to_no - from_no,
            only_a=to_no,
            only_b=from_no,
        )

    def rows(self) -> list[Transition]:
        """Return the transitions, by name."""
        return [
            Transition(kind=self.kind, name=name, a=a, b=b, n=n) for (name, a, b), n in sorted(self.transitions.items())
        ]

    def moves(self) -> Moves:
        """Return how p moved."""
        mean = round(self.total / self.n, 4) if self.n else 0.0
        return Moves(kind=self.kind, n=self.n, moved=self.moved, mean=mean, largest=self.largest)


def _said(unit: Unit | None, name: str, kind: Kind) -> Said | None:
    return None if unit is None else unit.said.get(name, Said(NO[kind], None))


def tagged(passages: Passages, a: Sequence[Tag], b: Sequence[Tag]) -> list[Either[Unit]]:
    """Return the passages of a document in both runs, with their themes; people go before the model."""
    settled = (settle_tags(side) for side in (a, b))
    return _units(passages.either, *(_gathered((tag, tag.passage_id, tag.theme) for tag in side) for side in settled))


def mapped(quotes: Sequence[Either[Quote]], a: Sequence[Mapped], b: Sequence[Mapped]) -> list[Either[Unit]]:
    """Return the quotes of a document in both runs, with their indicators; people go before the model."""
    settled = (settle_mappings(side) for side in (a, b))
    return _units(quotes, *(_gathered((one, one.quote_id, one.indicator) for one in side) for side in settled))


def _units(pairs: Iterable[Either[Passage]] | Iterable[Either[Quote]], a: Held, b: Held) -> list[Either[Unit]]:
    def unit(record: Passage | Quote | None, held: Held) -> Unit | None:
        return Unit(record.id, record.text, held.get(record.id, {})) if record else None

    return [(unit(one, a), unit(other, b)) for one, other in pairs]


def _gathered(decided: Iterable[tuple[Tag | Mapped, str, str]]) -> Held:
    """Gather what was decided of each passage or quote."""
    found: dict[str, dict[str, Said]] = {}
    for record, of, name in decided:
        said = Said(record.decision, record.p if record.source == "model" else None)
        found.setdefault(of, {})[name] = said
    return found
