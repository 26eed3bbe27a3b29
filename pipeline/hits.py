"""What a query finds: a quote, passage or segment with its source. Its forms are in `pipeline/forms/`."""

from typing import Literal

import msgspec

from pipeline.records import Date, DocumentKind, MappingDecision, Name, Offset, Record, SegmentKind, Share

Unit = Literal["quote", "passage", "segment", "problem", "document"]


class ThemeHit(msgspec.Struct, frozen=True, kw_only=True):
    """A theme of a hit; of a segment: the best of its passages."""

    theme: Name
    p: Share
    decision: Literal["yes", "review"]


class PracticeHit(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator that a hit is evidence for; of a passage or segment: the best of its quotes."""

    indicator: Name
    practice: Name
    area: Name
    level: Name | None
    p: Share
    decision: MappingDecision


class Hit(Record, frozen=True, kw_only=True):
    """A quote, passage, segment, problem of practice or document that a query found, with its source.

    `heading`: the nearest one above. `passage_id`, `page`: of a segment, its first passage's, or the one whose meaning
    is nearest. `speaker`: the words that name who speaks; of a passage or segment, all who are quoted in it, parted by
    "; ". `sites`: those of its problem of practice. `snippet`: the words around what was searched for, in brackets, or
    the passage whose meaning is nearest; `None` without a search. `similarity`: how near the meaning is, at most 1;
    `None` unless asked for. `before`, `after`: the passages around it, as many as were asked for. `context`: the
    passage that a quote stands in, if passages around it were asked for.
    """

    unit: Unit
    document_id: Name
    path: Name
    title: str | None
    document_kind: DocumentKind
    date_start: Date | None
    date_end: Date | None
    segment_id: str | None
    segment_kind: SegmentKind | None
    heading: str | None
    passage_id: str | None
    start: Offset
    end: Offset
    page: int | None
    text: str
    speaker: str | None
    sites: list[str]
    themes: list[ThemeHit]
    practices: list[PracticeHit]
    snippet: str | None
    similarity: float | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    context: str | None = None
