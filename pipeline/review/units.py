"""What there is to judge, each with its place and what the model suggests: passages, quotes, problems of practice.

    a passage, tagged succession (yes, p .84) → its words, heading and neighbours, and the suggestion with its evidence

A blind unit is made of the words alone: no suggestion enters it, and so none can reach the page.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import msgspec

from pipeline.corrections.decisions import Anchor, Words, anchor_of
from pipeline.corrections.words import Cut, around
from pipeline.records import AnatomyPart, AnatomyRole, Bundle, Evidence, Mapping, Passage, Quote, Segment, is_coded

Kind = Literal["passages", "quotes", "problems"]
Split = Callable[[str], Sequence[Cut]]
"""Finds the sentences of a text."""

NEIGHBOURS = 2
"""Passages shown before and after."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the document's text, by its offsets."""

    start: int
    end: int


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A passage as it is read. `start`: of its text in the document."""

    kind: str
    text: str
    start: int
    speaker: str | None = None


class ThemeSuggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A theme that the model gives to a passage, or asks about."""

    theme: str
    p: float
    decision: str
    grade: int | None
    evidence: list[Evidence]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who speaks in the document."""

    name: str | None
    role: str | None
    organization: str | None


class Voice(Person, frozen=True, kw_only=True):
    """The speaker of a quote. `words`: where the text names them, be it in another passage."""

    words: Words


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator that the model sees in a quote. `evidence`: the sentence of the rubric that is nearest."""

    indicator: str
    p: float
    decision: str
    level: str | None
    evidence: str
    words: list[Stretch]


class SuggestedQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote that was found, with its candidates."""

    parts: list[Stretch]
    speaker: Voice | None
    confidence: float
    candidates: list[Candidate]


class Role(Stretch, frozen=True, kw_only=True):
    """A sentence of a problem of practice that the model gives a role."""

    role: AnatomyRole
    score: float


class _Unit(msgspec.Struct, frozen=True, kw_only=True, tag_field="target"):
    """What all units share. `anchor`: of the words to judge. `before`, `after`: the passages around them."""

    id: str
    document: str
    date: str | None
    heading: str | None
    anchor: Anchor
    before: list[Shown]
    after: list[Shown]


class PassageUnit(_Unit, frozen=True, kw_only=True, tag="passage"):
    """A passage. `suggestions`: none in a blind unit, or where the model has none."""

    passage: Shown
    suggestions: list[ThemeSuggestion]


class QuoteUnit(_Unit, frozen=True, kw_only=True, tag="quote"):
    """A quote in its passage; blind, the passage alone. `others`: quotes of the same passage."""

    passage: Shown
    passage_id: str
    quote: SuggestedQuote | None
    others: list[Stretch]
    people: list[Person]


class ProblemUnit(_Unit, frozen=True, kw_only=True, tag="segment"):
    """A segment, sentence by sentence. `kind`, `score`: the model's; `None`: blind."""

    passages: list[Shown]
    sentences: list[Stretch]
    kind: str | None
    score: float | None
    roles: list[Role]


Unit = PassageUnit | QuoteUnit | ProblemUnit


@dataclass(frozen=True)
class Reader:
    """Makes the units of one document. `blind`: without what a model or another person said."""

    bundle: Bundle
    blind: bool
    split: Split

    def all(self, kind: Kind, only: Collection[str] | None = None) -> list[Unit]:
        """Return what of a kind can be judged, in the order of the document. `only`: these ids; `None`: everything."""
        found = [one for one in to_judge(self.bundle, kind, blind=self.blind) if only is None or one.id in only]
        return [self._unit(one, kind) for one in found]

    def _unit(self, record: Passage | Quote | Segment, kind: Kind) -> Unit:
        if isinstance(record, Segment):
            return self.problem(record)
        if isinstance(record, Quote):
            return self.quote(record)
        return self.passage(record) if kind == "passages" else self.search(record)

    def passage(self, passage: Passage) -> PassageUnit:
        """Return a passage whose themes are asked for."""
        suggestions = [
            ThemeSuggestion(theme=tag.theme, p=tag.p, decision=tag.decision, grade=tag.grade, evidence=tag.evidence)
            for tag in self.bundle.tags
            if tag.passage_id == passage.id and tag.source == "model" and tag.decision != "no" and not self.blind
        ]
        return PassageUnit(
            id=passage.id,
            **self._place(passage.start, passage.end),
            passage=_shown(passage),
            suggestions=sorted(suggestions, key=lambda one: -one.p),
        )

    def quote(self, quote: Quote) -> QuoteUnit:
        """Return a quote whose extent, speaker and practices are asked for."""
        passage = self._passages[quote.passage_id]
        # Some quotes go on in the next passage.
        touched = [one for one in self.bundle.passages if one.start < quote.end and quote.start < one.end]
        start = min(one.start for one in [passage, *touched])
        end = max(one.end for one in [passage, *touched])
        others = [one for one in self.bundle.quotes if start <= one.start < end and one.id != quote.id]
        return QuoteUnit(
            id=quote.id,
            **self._place(start, end),
            passage=Shown(
                kind=passage.kind, text=self.bundle.document.text[start:end], start=start, speaker=passage.speaker
            ),
            passage_id=passage.id,
            quote=self._suggested(quote),
            others=[Stretch(start=one.start, end=one.end) for one in others],
            people=list(dict.fromkeys(self._people())),
        )

    def search(self, passage: Passage) -> QuoteUnit:
        """Return a passage in which a person looks for quotes, with nothing found beforehand."""
        return QuoteUnit(
            id=passage.id,
            **self._place(passage.start, passage.end),
            passage=_shown(passage),
            passage_id=passage.id,
            quote=None,
            others=[],
            people=[],
        )

    def problem(self, segment: Segment) -> ProblemUnit:
        """Return a segment whose kind and anatomy are asked for."""
        inside = [one for one in self.bundle.passages if segment.start <= one.start and one.end <= segment.end]
        anatomy = [] if self.blind else segment.anatomy
        return ProblemUnit(
            id=segment.id,
            **self._place(segment.start, segment.end) | {"heading": segment.heading},
            passages=[_shown(one) for one in inside],
            sentences=[piece for one in inside if is_coded(one) for piece in self._sentences(one, anatomy)],
            kind=None if self.blind else segment.kind,
            score=None if self.blind else segment.score,
            roles=[Role(start=one.start, end=one.end, role=one.role, score=one.score) for one in anatomy],
        )

    @cached_property
    def _passages(self) -> dict[str, Passage]:
        return {one.id: one for one in self.bundle.passages}

    def _place(self, start: int, end: int) -> dict[str, Any]:
        """Return what all units share, for the words from start to end."""
        document = self.bundle.document
        before = [one for one in self.bundle.passages if one.end <= start]
        after = [one for one in self.bundle.passages if one.start >= end]
        headings = [one.text for one in before if one.kind == "heading"]
        return {
            "document": document.title or document.path,
            "date": _dates(document.date_start, document.date_end),
            "heading": headings[-1] if headings else None,
            "anchor": anchor_of(self.bundle, start, end),
            "before": [_shown(one) for one in before[-NEIGHBOURS:]],
            "after": [_shown(one) for one in after[:NEIGHBOURS]],
        }

    def _suggested(self, quote: Quote) -> SuggestedQuote:
        said = [one for one in self.bundle.mappings if one.quote_id == quote.id and one.source == "model"]
        return SuggestedQuote(
            parts=[Stretch(start=part.start, end=part.end) for part in quote.parts],
            speaker=self._voice(quote),
            confidence=quote.confidence,
            candidates=[_candidate(one) for one in sorted(said, key=lambda one: one.rank)],
        )

    def _voice(self, quote: Quote) -> Voice | None:
        said = quote.speaker
        if said is None:
            return None
        words = Words(start=said.start, end=said.end, text=self.bundle.document.text[said.start : said.end])
        return Voice(name=said.name, role=said.role, organization=said.organization, words=words)

    def _people(self) -> Iterator[Person]:
        for quote in self.bundle.quotes:
            if quote.speaker is not None and (quote.speaker.name or quote.speaker.role):
                yield Person(name=quote.speaker.name, role=quote.speaker.role, organization=quote.speaker.organization)

    def _sentences(self, passage: Passage, anatomy: Sequence[AnatomyPart]) -> list[Stretch]:
        cuts = [(passage.start + start, passage.start + end) for start, end in self.split(passage.text)]
        marked = [(part.start, part.end) for part in anatomy if passage.start <= part.start < passage.end]
        return [Stretch(start=start, end=end) for start, end in around(cuts, marked)]


def to_judge(bundle: Bundle, kind: Kind, *, blind: bool) -> Sequence[Passage | Quote | Segment]:
    """Return the records of a document that can be judged; blind, quotes are sought in passages."""
    if kind == "problems":
        coded = {one.id for one in bundle.passages if is_coded(one)}
        # What holds nothing to judge is left out: a title page of headings.
        return [one for one in bundle.segments if not coded.isdisjoint(one.passage_ids)]
    if kind == "quotes" and not blind:
        return bundle.quotes
    return [one for one in bundle.passages if is_coded(one) and one.duplicate_of is None]


def _shown(passage: Passage) -> Shown:
    return Shown(kind=passage.kind, text=passage.text, start=passage.start, speaker=passage.speaker)


def _candidate(one: Mapping) -> Candidate:
    return Candidate(
        indicator=one.indicator,
        p=one.p,
        decision=one.decision,
        level=one.level,
        evidence=one.evidence,
        words=[Stretch(start=word.start, end=word.end) for word in one.words],
    )


def _dates(start: str | None, end: str | None) -> str | None:
    return start if start == end or end is None else f"{start} to {end}"
