"""What a comparison finds: single changes with their words, and how many there are."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar, get_args

import msgspec

from pipeline.records import Record

Kind = Literal["documents", "passages", "segments", "quotes", "tags", "mappings"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

YES: Final[dict[Kind, str]] = {"tags": "yes", "mappings": "match"}
R = TypeVar("R", bound=Record)

NO: Final[dict[Kind, str]] = {"tags": "no", "mappings": "reject"}
"""What it means if a theme or an indicator is not named at all."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference.

    `change`: added, removed, renamed; words (of documents and passages); boundary, kind, anatomy (of segments); quote,
    extent, speaker, role, organization (of quotes); decision, grade, level (of tags and mappings). `document`: its
    path, in B if it is there. `name`: the theme, the indicator, the role in the anatomy. `a`, `b`: what each says;
    `None`: there is nothing that could say anything. `id_a`, `id_b`: of the passage (tags), the quote (mappings) or the
    record itself. `text`: the words that it is about, those of B where both have some.
    """

    kind: Kind
    change: str
    document: str
    name: str | None = None
    a: str | None = None
    b: str | None = None
    p_a: float | None = None
    p_b: float | None = None
    id_a: str | None = None
    id_b: str | None = None
    text: str


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many records of a kind there are in A and B. `same`, `changed`: of those that are in both.

    Of tags and mappings those decided yes or match: in both, and in one while the other leaves them to a person.
    """

    a: int = 0
    b: int = 0
    same: int = 0
    changed: int = 0
    only_a: int = 0
    only_b: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Add two up."""
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """How often a theme or indicator was decided one way in A and another, or the same, in B."""

    kind: Kind
    name: str
    a: str
    b: str
    n: int


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A p that both give and that differs."""

    kind: Kind
    name: str
    p_a: float
    p_b: float
    document: str
    text: str

    @property
    def order(self) -> tuple[float, str, str, str]:
        """By which moves stand, the largest first."""
        return -abs(self.p_b - self.p_a), self.document, self.name, self.text


class Moves(msgspec.Struct, frozen=True, kw_only=True):
    """How p moved where both give one. `n`: of how many; `moved`: that differ; `mean`: absolute, over all n."""

    kind: Kind
    n: int
    moved: int
    mean: float
    largest: list[Move]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the two were made with, and that differs."""

    name: str
    a: str
    b: str


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """How far coders agree on a theme or indicator, of the `n` that both judged. `a`, `b`: how many each gives it to.

    `None`: undefined. `low`, `high`: of kappa.
    """

    kind: Kind
    name: str
    n: int
    a: int
    b: int
    percent: float | None
    kappa: float | None
    low: float | None
    high: float | None
    ac1: float | None
    alpha: float | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All that differs between A and B, records of runs or judgements of people.

    `missing`: what could not be compared, and why, as sentences.
    """

    a: str
    b: str
    of: Literal["records", "judgements"] = "records"
    setup: list[Difference] = []
    tallies: dict[Kind, Tally] = {}
    transitions: list[Transition] = []
    moves: list[Moves] = []
    agreement: list[Agreed] = []
    missing: list[str] = []
    changes: list[Change] = []

    def only(self, kinds: Collection[Kind], theme: str | None) -> "Comparison":
        """Return the part that is about some kinds of records (none given: all), and about one theme."""
        wanted: Collection[Kind] = {"tags"} if theme else kinds or KINDS

        def about(name: str | None) -> bool:
            return theme is None or name == theme

        return msgspec.structs.replace(
            self,
            tallies={kind: tally for kind, tally in self.tallies.items() if kind in wanted and theme is None},
            transitions=[one for one in self.transitions if one.kind in wanted and about(one.name)],
            moves=[one for one in self.moves if one.kind in wanted and theme is None],
            agreement=[one for one in self.agreement if one.kind in wanted and about(one.name)],
            changes=[one for one in self.changes if one.kind in wanted and about(one.name)],
        )


@dataclass(frozen=True)
class Pair(Generic[R]):
    """A record in both runs, or (`None`) in one of them only. `document`: its path. `text`: its words."""

    kind: Kind
    document: str
    one: R | None
    other: R | None
    text: str

    def alone(self, say: Callable[[R], str]) -> Change:
        """Say that it was added or removed. `say`: what to tell of it."""
        a, b = (None if record is None else say(record) for record in (self.one, self.other))
        return self.change("removed" if self.one is not None else "added", a, b)

    def change(self, change: str, a: str | None, b: str | None, name: str | None = None) -> Change:
        """Say how it changed."""
        return Change(
            kind=self.kind,
            change=change,
            document=self.document,
            name=name,
            a=a,
            b=b,
            id_a=self.one.id if self.one is not None else None,
            id_b=self.other.id if self.other is not None else None,
            text=self.text,
        )


def in_order(changes: Sequence[Change]) -> list[Change]:
    """Sort changes by kind and document; within a document they stay as they stood in it."""
    return sorted(changes, key=lambda one: (KINDS.index(one.kind), one.document))
