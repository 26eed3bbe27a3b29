"""A document whose codings changed: what of it was added, taken off and moved, and what the words there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from pipeline.corrections.decisions import Judgement, PracticesDecision, QuoteDecision, SegmentDecision, Words
from pipeline.exchange.codings import Coding
from pipeline.exchange.refi.comparing import Back, Changes, Known, trimmed
from pipeline.files import sha256_text
from pipeline.learning.labels import Grade
from pipeline.records import Bundle, Passage, Quote, Segment
from pipeline.rubric import Rubric

GRADE: Final[Grade] = 2
"""Of what a person coded: these programs have no grades."""

_HALF: Final = 0.5
_SHOWN: Final = 60

_J = TypeVar("_J", QuoteDecision, PracticesDecision, SegmentDecision)


@dataclass(frozen=True)
class Setting:
    """What decisions of a document are made with.

    `codes`: those of ours that the project still has. `by`: who took codings off; `at`: when; `None`: nobody can tell.
    `counts_removed`: whether what is missing was sent for certain. `all_themes`: those that people looked for in every
    passage of a document in which they coded; empty: they did not.
    """

    rubric: Rubric
    codes: Collection[str]
    standing: Sequence[Judgement]
    by: str | None
    at: str | None
    counts_removed: bool
    all_themes: Sequence[str] = ()


@dataclass
class Decided:
    """The decisions about a document. `left`: why not → the words of codings of which nothing could be made."""

    decisions: list[Judgement] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)

    def leave(self, why: str, words: str) -> None:
        """Name a coding of which no decision can be made."""
        joined = " ".join(words.split())
        shown = joined if len(joined) <= _SHOWN else joined[:_SHOWN].rstrip() + "…"
        self.left.setdefault(why, []).append(shown)


@dataclass(frozen=True)
class Work:
    """A document and what happened to it. `removed`: what was taken off for certain, by somebody who is known."""

    bundle: Bundle
    changes: Changes
    removed: list[Coding]
    setting: Setting
    found: Decided

    def added(self, kind: str) -> list[Back]:
        """Return the codings of a kind of code that people added."""
        return [one for one in self.changes.added if one.code.partition(":")[0] == kind]

    def taken_off(self, kind: str) -> list[Coding]:
        """Return the codings of a kind of code that people took off."""
        return [one for one in self.removed if one.code.partition(":")[0] == kind]

    def moved(self, kind: str) -> list[Known]:
        """Return the codings of a kind of code that stand on other words now."""
        return [one for one in self.changes.moved if one.sent.code.partition(":")[0] == kind]

    def words(self, start: int, end: int) -> Words | None:
        """Return the words of a stretch; `None`: there are none."""
        first, after = trimmed(self.bundle.document.text, start, end)
        text = self.bundle.document.text[first:after]
        return Words(start=first, end=after, text=text) if text else None


def who(one: Coding, setting: Setting) -> str | None:
    """Return who took a coding off: a person their own, and the model's whoever worked in the file."""
    return one.coder if one.source == "human" else setting.by


def own(code: str) -> str:
    """Return the name of a code without its kind: "succession"."""
    return code.partition(":")[2]


def shown(work: Work, one: Back) -> str:
    """Return a code and the words that it stands on."""
    name = own(one.code) or one.code
    return f"{name}: {work.bundle.document.text[one.start : one.end]}"


def words_of(bundle: Bundle, start: int, end: int) -> Words:
    """Return the words of a stretch, with their place."""
    return Words(start=start, end=end, text=bundle.document.text[start:end])


def quote_of(bundle: Bundle, own: str) -> Quote | None:
    """Return the quote of an id."""
    return next((one for one in bundle.quotes if one.id == own), None)


def passage_around(work: Work, start: int, end: int) -> Passage | None:
    """Return the passage in which all of a stretch lies; `None`: it lies in several, or in none."""
    first, after = trimmed(work.bundle.document.text, start, end)
    return next((one for one in work.bundle.passages if one.start <= first < after <= one.end), None)


def quote_at(bundle: Bundle, start: int, end: int) -> Quote | None:
    """Return the quote that shares most with a stretch, if that is half of the shorter of them."""
    best = max(bundle.quotes, key=lambda one: (shared(one, start, end), -one.start), default=None)
    if best is None:
        return None
    shorter = max(1, min(end - start, best.end - best.start))
    return best if shared(best, start, end) >= _HALF * shorter else None


def segment_at(bundle: Bundle, start: int, end: int) -> Segment | None:
    """Return the segment that a stretch means: it shares half of what either of them covers."""
    best = max(bundle.segments, key=lambda one: _overlap(one, start, end), default=None)
    return best if best is not None and _overlap(best, start, end) >= _HALF else None


def _overlap(one: Segment, start: int, end: int) -> float:
    both = max(one.end, end) - min(one.start, start)
    return shared(one, start, end) / both if both else 0.0


def shared(one: Quote | Segment, start: int, end: int) -> int:
    """Return how many characters a record and a stretch have in common; below 1: none."""
    return min(one.end, end) - max(one.start, start)


def signed(one: _J) -> _J:
    """Give a decision its id, which follows from what it says."""
    facts = msgspec.json.encode(one).decode()
    return msgspec.structs.replace(one, id=f"{one.coder}:{sha256_text(facts)[:12]}")
