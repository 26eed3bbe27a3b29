"""The document of a record, and where in it the record stands."""

from collections.abc import Sequence

from pipeline.records import Document, Passage, Refusal, Segment
from pipeline.stages.report.words import quality_in_words, without_folders
from pipeline.why.facts import DocumentFacts, PlaceFacts
from pipeline.why.source import Source


def document_facts(source: Source, document: Document) -> DocumentFacts:
    """Return what is known of a document and of how it was read."""
    refusals = source.lookup.every("errors", Refusal)
    return DocumentFacts(
        id=document.id,
        path=document.path,
        sha256=document.sha256,
        file=source.file_of(document),  # type: ignore[arg-type]  # one of four words
        media_type=document.media_type,
        kind=document.kind,
        title=document.title,
        date_start=document.date_start,
        date_end=document.date_end,
        n_passages=document.n_passages,
        quality=quality_in_words(dict(document.metadata.get("quality") or {})),
        doubts=[
            f"{one.stage}, {one.error}: {without_folders(one.message, one.path)}"
            for one in refusals
            if one.path == document.path
        ],
    )


def place_facts(source: Source, document_id: str, start: int, end: int, passage_id: str | None) -> PlaceFacts:
    """Return where words stand; `passage_id`: the passage that they are in, or the first of them."""
    segments: list[Segment] = source.of_document("segments", document_id)
    passage = source.lookup.get("passages", passage_id, Passage) if passage_id else None
    segment = innermost(segments, passage_id)
    line = ancestry(segments, segment)
    return PlaceFacts(
        start=start,
        end=end,
        passage_id=passage_id,
        passage_index=passage.index if passage else None,
        page=passage.page if passage else None,
        kind=passage.kind if passage else None,
        speaker=passage.speaker if passage else None,
        duplicate_of=passage.duplicate_of if passage else None,
        segment_id=segment.id if segment else None,
        segment_kind=segment.kind if segment else None,
        headings=[one.heading for one in line if one.heading],
        sites=list(dict.fromkeys(site.name for one in line for site in one.sites)),
    )


def innermost(segments: Sequence[Segment], passage_id: str | None) -> Segment | None:
    """Return the innermost segment that a passage stands in."""
    return next((one for one in reversed(segments) if passage_id in one.passage_ids), None)


def ancestry(segments: Sequence[Segment], segment: Segment | None) -> list[Segment]:
    """Return a segment with those around it, the outermost first."""
    by_id = {one.id: one for one in segments}
    line: list[Segment] = []
    while segment is not None and segment not in line:
        line.insert(0, segment)
        segment = by_id.get(segment.parent_id or "")
    return line
