"""Kinds of segments, and the anatomy of problems of practice, that people gave; boundaries stay as they are."""

from collections.abc import Sequence
from typing import Final

import msgspec

from pipeline.corrections.anchoring import Text
from pipeline.corrections.decisions import AnatomyWords, SegmentDecision
from pipeline.corrections.folder import Recorded
from pipeline.corrections.placing import Placed, place
from pipeline.corrections.words import find_in
from pipeline.records import AnatomyPart, Bundle, Passage, Segment

LIKE: Final = 70.0
"""Likeness from which a segment is still the same: a paragraph more or less does not make it another one."""


def with_kinds(
    bundle: Bundle, segments: Sequence[Segment], recorded: Sequence[Recorded]
) -> tuple[list[Segment], list[Recorded]]:
    """Return the segments of a document as people judge them, and the judgements that found no segment.

    Where several coders judged a segment, the latest word counts.
    """
    text = Text(bundle.document.text)
    placed, lost = place(recorded, text, segments, LIKE)
    latest: dict[int, Placed] = {}
    for one in sorted(placed, key=lambda one: (one.recorded.judgement.at, one.recorded.judgement.coder)):
        latest[one.number] = one
    return [
        _judged(segment, latest[i], text, bundle.passages) if i in latest else segment
        for i, segment in enumerate(segments)
    ], lost


def _judged(segment: Segment, one: Placed, text: Text, passages: Sequence[Passage]) -> Segment:
    decision = one.recorded.judgement
    assert isinstance(decision, SegmentDecision)
    moved = one.place.start - decision.anchor.start
    parts = [_part(words, segment, moved, text, passages) for words in decision.anatomy]
    return msgspec.structs.replace(
        segment,
        kind=decision.kind,
        score=1.0,
        anatomy=sorted((part for part in parts if part is not None), key=lambda part: part.start),
        source="human",
        coder=decision.coder,
    )


def _part(
    words: AnatomyWords, segment: Segment, moved: int, text: Text, passages: Sequence[Passage]
) -> AnatomyPart | None:
    """Return a sentence where it stands now; `None`: it is no longer in the segment."""
    found = find_in(text, words, moved, segment.start, segment.end)
    passage = next((one for one in passages if found and one.start <= found[0] < one.end), None)
    if found is None or passage is None:
        return None
    return AnatomyPart(role=words.role, passage_id=passage.id, start=found[0], end=found[1], score=1.0)
