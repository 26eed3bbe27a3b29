"""Asks a run about the words that a person judged: what its model says of the same ones."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from pipeline.bundles import bundles
from pipeline.corrections.decisions import Anchor
from pipeline.diff.changes import KINDS, NO
from pipeline.diff.judged import Judged, Question, by_role, of_speaker
from pipeline.diff.pairing import plain
from pipeline.records import Bundle, Quote, Record

R = TypeVar("R", bound=Record)


def asked_of_run(judged: Sequence[Judged], outputs: Path) -> Iterator[tuple[Judged, Judged]]:
    """Yield what a person judged beside what a run says of the same words; what is no longer there is left out."""
    by_path: dict[str, list[Judged]] = {}
    for one in judged:
        by_path.setdefault(one.anchor.document, []).append(one)
    kinds = [kind for kind in KINDS if (outputs / f"{kind}.jsonl").is_file()]
    for bundle in bundles(outputs, ["documents", "passages", *(kind for kind in kinds if kind not in _ALWAYS)]):
        run = _Run(bundle)
        for one in by_path.get(bundle.document.path, ()):
            other = run.asked(one)
            if other is not None:
                yield one, other


_ALWAYS = ("documents", "passages")


class _Run:
    """What a run says of the words that a person judged, in one document."""

    def __init__(self, bundle: Bundle) -> None:
        text = bundle.document.text
        self._bundle = bundle
        self._passages = _Places((one, one.text) for one in bundle.passages)
        self._quotes = _Places((one, text[one.start : one.end]) for one in bundle.quotes)
        self._segments = _Places((one, text[one.start : one.end]) for one in bundle.segments)
        self._tags = _gathered(bundle.tags, "passage_id")
        self._mappings = _gathered(bundle.mappings, "quote_id")
        self._quotes_in = _gathered(bundle.quotes, "passage_id")

    def asked(self, person: Judged) -> Judged | None:
        """Return what the run says of these words; `None`: they are not there."""
        ask = {"tags": self._themes, "mappings": self._indicators, "quotes": self._quote, "segments": self._segment}
        return ask[person.kind](person)

    def _themes(self, person: Judged) -> Judged | None:
        passage = self._passages.nearest(person.anchor)
        if passage is None:
            return None
        tags = [tag for tag in self._tags.get(passage.id, ()) if tag.source == "model"]
        said = {("decision", tag.theme): tag.decision for tag in tags}
        return Judged("tags", passage.id, person.anchor, said, {tag.theme: tag.p for tag in tags})

    def _indicators(self, person: Judged) -> Judged | None:
        quote = self._quotes.nearest(person.anchor)
        if quote is None:
            return None
        mappings = [one for one in self._mappings.get(quote.id, ()) if one.source == "model"]
        said: dict[Question, str] = {("decision", one.indicator): one.decision for one in mappings}
        said |= {("level", one.indicator): one.level for one in mappings if one.level}
        p = {one.indicator: one.p for one in mappings}
        return Judged("mappings", quote.id, person.anchor, said, p, absent=NO["mappings"])

    def _quote(self, person: Judged) -> Judged | None:
        passage = self._passages.nearest(person.anchor)
        if passage is None:
            return None
        quote = _same_quote(person, self._quotes_in.get(passage.id, ()))
        if quote is None:
            return Judged("quotes", passage.id, person.anchor, {("quote", ""): "no"})
        said = {("quote", ""): "yes", ("extent", ""): quote.text, **of_speaker(quote.speaker)}
        return Judged("quotes", quote.id, person.anchor, said)

    def _segment(self, person: Judged) -> Judged | None:
        segment = self._segments.nearest(person.anchor)
        if segment is None:
            return None
        text = self._bundle.document.text
        anatomy = by_role((part.role, text[part.start : part.end]) for part in segment.anatomy)
        return Judged("segments", segment.id, person.anchor, {("kind", ""): segment.kind, **anatomy})


class _Places(Generic[R]):
    """Records by their words."""

    def __init__(self, records: Iterable[tuple[R, str]]) -> None:
        self._held: dict[str, list[R]] = {}
        for record, text in records:
            self._held.setdefault(plain(text), []).append(record)

    def nearest(self, anchor: Anchor) -> R | None:
        """Return the record with the anchored words that is nearest to where they stood; `None`: there is none."""
        there = self._held.get(plain(anchor.text), [])
        return min(there, key=lambda one: abs(int(getattr(one, "start", 0)) - anchor.start), default=None)


def _gathered(records: Iterable[R], field_name: str) -> dict[str, list[R]]:
    found: dict[str, list[R]] = {}
    for record in records:
        found.setdefault(getattr(record, field_name), []).append(record)
    return found


def _same_quote(person: Judged, here: Sequence[Quote]) -> Quote | None:
    """Return the quote that was judged, or else one that has the same words, or some of them."""
    same = [one for one in here if one.id == person.id]
    words = plain(person.said.get(("extent", ""), ""))
    overlapping = [one for one in here if words and (words in plain(one.text) or plain(one.text) in words)]
    return next(iter([*same, *overlapping]), None)
