"""Quotes that people corrected, added or struck out. The model's other quotes keep their ids.

model: “We share the work,” by nobody     ana: speaker Ana Ruiz, without the comma
→ the same id with ana's words, source human, coder ana
"""

from collections.abc import Sequence
from typing import Final

from pipeline.corrections.anchoring import Text
from pipeline.corrections.decisions import QuoteDecision, SpeakerWords
from pipeline.corrections.folder import Recorded
from pipeline.corrections.placing import Placed, place_all
from pipeline.corrections.words import find_in
from pipeline.records import Bundle, Passage, Quote, QuoteForm, Span, Speaker, segment_of_passage

JOIN: Final = " … "
_NEAR: Final = 400
"""How many characters beside its passage a speaker is sought."""


def with_quotes(
    bundle: Bundle, quotes: Sequence[Quote], recorded: Sequence[Recorded]
) -> tuple[list[Quote], list[Recorded]]:
    """Return the quotes of a document as people judge them, and the judgements that found no place.

    Judgements are taken in the order of their times, so that the latest word on a quote counts.
    """
    text = Text(bundle.document.text)
    placed, lost = place_all(recorded, text, bundle.passages)
    held = _Held(bundle, text, list(quotes))
    for one in sorted(placed, key=lambda one: (one.recorded.judgement.at, one.recorded.judgement.coder)):
        if not held.judge(one, bundle.passages[one.number]):
            lost.append(one.recorded)
    return sorted(held.quotes, key=lambda quote: (quote.start, quote.end, quote.id)), lost


class _Held:
    """The quotes of a document, judged one after another."""

    def __init__(self, bundle: Bundle, text: Text, quotes: list[Quote]) -> None:
        self.quotes = quotes
        self._text = text
        self._segments = segment_of_passage(bundle)
        self._struck: dict[str, Quote] = {}

    def judge(self, one: Placed, passage: Passage) -> bool:
        """Apply a judgement; return whether its words were found."""
        decision = one.recorded.judgement
        assert isinstance(decision, QuoteDecision)
        moved = one.place.start - decision.anchor.start
        parts = [find_in(self._text, words, moved, passage.start, passage.end) for words in decision.parts]
        spans = sorted(span for span in parts if span is not None)
        if not (decision.is_quote or decision.parts) and _is_passage(decision.record_id):
            self._strike_all(passage)
            return True
        old = self._meant(decision, passage, spans)
        if decision.is_quote and (not spans or len(spans) < len(parts)):
            return False
        if old is not None:
            self.quotes.remove(old)
            self._struck[old.id] = old
        if decision.is_quote:
            speaker = _speaker(decision.speaker, self._text, moved, passage, spans[0][0])
            known = old or self._struck.get(decision.record_id)
            self.quotes.append(self._quote(known, decision.coder, passage, spans, speaker))
        return decision.is_quote or old is not None or self._is_gone(decision, passage, spans)

    def _strike_all(self, passage: Passage) -> None:
        """Strike what the model takes for quotes in a passage in which a person looked for some and found none."""
        self.quotes = [one for one in self.quotes if one.passage_id != passage.id or one.source == "human"]

    def _meant(self, decision: QuoteDecision, passage: Passage, spans: Sequence[tuple[int, int]]) -> Quote | None:
        """Return the quote that a judgement is about: by its id, by its words, or the only one of the passage."""
        here = [quote for quote in self.quotes if quote.passage_id == passage.id]
        named = next((quote for quote in here if quote.id == decision.record_id), None)
        if named is not None:
            return named
        if spans:
            shared = [(_shared(quote, spans), quote) for quote in here]
            best = max(shared, key=lambda entry: entry[0], default=None)
            return best[1] if best is not None and best[0] > 0 else None
        return here[0] if len(here) == 1 and not decision.is_quote else None

    def _is_gone(self, decision: QuoteDecision, passage: Passage, spans: Sequence[tuple[int, int]]) -> bool:
        """Tell words that are no quote, as the person said, from words that nobody can find any more."""
        here = [quote for quote in self.quotes if quote.passage_id == passage.id]
        return not decision.is_quote and (bool(spans) or decision.record_id in self._struck or not here)

    def _quote(
        self,
        old: Quote | None,
        coder: str,
        passage: Passage,
        spans: Sequence[tuple[int, int]],
        speaker: Speaker | None,
    ) -> Quote:
        start, end = spans[0][0], spans[-1][1]
        segment = self._segments.get(passage.id)
        cue = old.cue if old is not None and speaker is not None else None
        return Quote(
            id=old.id if old is not None else f"{passage.id}:q{start - passage.start}",
            document_id=passage.document_id,
            segment_id=segment.id if segment is not None else None,
            passage_id=passage.id,
            text=JOIN.join(self._text.text[first:last] for first, last in spans),
            start=start,
            end=end,
            parts=[Span(start=first, end=last) for first, last in spans],
            form=old.form if old is not None else _form(passage, start, end),
            speaker=speaker,
            cue=cue,
            confidence=1.0,
            source="human",
            coder=coder,
        )


def _is_passage(record_id: str) -> bool:
    return record_id.rpartition(":")[2].startswith("p")


def _shared(quote: Quote, spans: Sequence[tuple[int, int]]) -> int:
    """Return how many characters a quote has in common with some stretches."""
    return sum(max(0, min(part.end, end) - max(part.start, start)) for part in quote.parts for start, end in spans)


def _form(passage: Passage, start: int, end: int) -> QuoteForm:
    if passage.kind == "turn":
        return "turn"
    return "block" if (start, end) == (passage.start, passage.end) else "inline"


def _speaker(said: SpeakerWords | None, text: Text, moved: int, passage: Passage, start: int) -> Speaker | None:
    """Return the speaker; where the text does not name them, or no longer does, with empty words at the quote."""
    if said is None:
        return None
    low, high = max(0, passage.start - _NEAR), min(len(text.text), passage.end + _NEAR)
    found = find_in(text, said.words, moved, low, high) if said.words is not None else None
    if found is None and not (said.name or said.role or said.organization):
        return None
    first, last = found or (start, start)
    return Speaker(
        text=text.text[first:last],
        start=first,
        end=last,
        name=said.name,
        role=said.role,
        organization=said.organization,
    )
