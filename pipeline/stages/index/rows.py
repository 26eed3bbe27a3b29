"""The records of a document as rows of the tables."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from pipeline.folding import fold
from pipeline.records import Bundle, Passage, Quote, Record, Segment, is_coded, segment_of_passage

Row = tuple[Any, ...]

_DOCUMENT: Final = (
    "id", "path", "sha256", "media_type", "kind", "title", "date_start", "date_end", "place", "n_passages", "text",
)  # fmt: skip
_PASSAGE: Final = ("id", "document_id", "kind", "level", "page", "speaker", "duplicate_of", "start", "end", "text")
_SEGMENT: Final = (
    "id", "document_id", "parent_id", "level", "heading", "kind", "score", "source", "coder", "start", "end",
)  # fmt: skip
_QUOTE: Final = ("id", "document_id", "passage_id", "form", "confidence", "source", "coder", "start", "end", "text")
_SPEAKER: Final = ("speaker", "speaker_start", "speaker_end", "speaker_name", "speaker_role", "speaker_organization")
_TAG: Final = (
    "id", "document_id", "segment_id", "passage_id", "theme", "p", "threshold", "decision", "grade", "source",
    "coder", "model_version", "codebook_sha256",
)  # fmt: skip
_MAPPING: Final = (
    "id", "document_id", "quote_id", "rubric", "area", "practice", "indicator", "level", "rank", "p", "decision",
    "evidence", "source", "coder", "model_version",
)  # fmt: skip


def passages_in_order(bundle: Bundle) -> list[Passage]:
    """Return the passages as they are numbered in the index."""
    return sorted(bundle.passages, key=lambda passage: passage.start)


def quotes_in_order(bundle: Bundle) -> list[Quote]:
    """Return the quotes as they are numbered in the index."""
    return sorted(bundle.quotes, key=lambda quote: quote.start)


def segments_in_order(bundle: Bundle) -> list[Segment]:
    """Return the segments as they are numbered in the index, a segment before those in it."""
    return sorted(bundle.segments, key=lambda segment: segment.start)


def members(bundle: Bundle) -> dict[str, list[Passage]]:
    """Return the passages of each segment, also those of its sub-segments, whether or not its record repeats them."""
    held: dict[str, set[str]] = {segment.id: set() for segment in bundle.segments}
    for path in _paths(bundle):
        for ancestor in path:
            held[ancestor.id].update(path[0].passage_ids)
    order = passages_in_order(bundle)
    return {name: [passage for passage in order if passage.id in ids] for name, ids in held.items()}


def _fields(record: Record, names: Sequence[str]) -> Row:
    return tuple(getattr(record, name) for name in names)


def _documents(bundle: Bundle) -> Iterator[Row]:
    metadata = msgspec.json.encode(bundle.document.metadata, order="deterministic").decode()
    yield (*_fields(bundle.document, _DOCUMENT), metadata)


def _authors(bundle: Bundle) -> Iterator[Row]:
    return ((bundle.document.id, position, name) for position, name in enumerate(bundle.document.authors))


def _segments(bundle: Bundle) -> Iterator[Row]:
    text = bundle.document.text
    for segment, *above in _paths(bundle):
        headings = [one.heading for one in (segment, *above) if one.heading]
        boundary = segment.boundary
        yield (
            *_fields(segment, _SEGMENT),
            headings[0] if headings else None,
            boundary.reason,
            boundary.score,
            text[segment.start : segment.end],
        )


def _problems(bundle: Bundle) -> Iterator[Row]:
    """Problems of practice as a whole: what a segment says ends where its first sub-segment begins."""
    paths = _paths(bundle)
    ends: dict[str, int] = {}
    for part, *above in paths:
        for segment in (part, *above):
            ends[segment.id] = max(part.end, ends.get(segment.id, 0))
    for segment, *_ in paths:
        if segment.kind == "problem_of_practice":
            end = ends[segment.id]
            yield segment.id, segment.document_id, segment.start, end, bundle.document.text[segment.start : end]


def _passages(bundle: Bundle) -> Iterator[Row]:
    segments = segment_of_passage(bundle)
    for passage in passages_in_order(bundle):
        segment = segments.get(passage.id)
        counted = is_coded(passage) and passage.duplicate_of is None
        yield (*_fields(passage, _PASSAGE), passage.index, segment.id if segment else None, int(counted))


def _segment_passages(bundle: Bundle) -> Iterator[Row]:
    for segment_id, held in members(bundle).items():
        yield from ((segment_id, position, passage.id) for position, passage in enumerate(held))


def _segment_scope(bundle: Bundle) -> Iterator[Row]:
    for segment, *above in _paths(bundle):
        yield segment.id, segment.id
        yield from ((segment.id, one.id) for one in above if one.kind in {"problem_of_practice", "program"})


def _paths(bundle: Bundle) -> list[list[Segment]]:
    """Return each segment, its parent, and so on up; a parent that is missing or comes round again ends it."""
    by_id = {segment.id: segment for segment in bundle.segments}
    paths = []
    for segment in segments_in_order(bundle):
        path = {segment.id: segment}
        parent = by_id.get(segment.parent_id or "")
        while parent is not None and parent.id not in path:
            path[parent.id] = parent
            parent = by_id.get(parent.parent_id or "")
        paths.append(list(path.values()))
    return paths


def _sites(bundle: Bundle) -> Iterator[Row]:
    for segment in bundle.segments:
        for position, site in enumerate(segment.sites):
            yield segment.id, position, site.name, site.start, site.end


def _anatomy(bundle: Bundle) -> Iterator[Row]:
    text = bundle.document.text
    for segment in bundle.segments:
        for position, part in enumerate(segment.anatomy):
            words = text[part.start : part.end]
            yield segment.id, position, part.role, part.passage_id, part.start, part.end, part.score, words


def _segment_links(bundle: Bundle) -> Iterator[Row]:
    for segment in bundle.segments:
        yield from ((segment.id, position, linked) for position, linked in enumerate(segment.linked))


def _quotes(bundle: Bundle) -> Iterator[Row]:
    segments = segment_of_passage(bundle)
    for quote in quotes_in_order(bundle):
        around = segments.get(quote.passage_id)
        segment_id = quote.segment_id or (around.id if around else None)
        yield (*_fields(quote, _QUOTE), segment_id, *_speaker(quote), *_cue(quote))


def _speakers(bundle: Bundle) -> Iterator[Row]:
    """Who is named as speaking where, as a person may ask for it: each word after a space."""
    for quote in quotes_in_order(bundle):
        said = quote.speaker
        if said is not None:
            asked = (_searched(said.text, said.name, said.role, said.organization), _searched(said.role))
            yield quote.passage_id, quote.id, *asked, _searched(said.organization)
    for passage in passages_in_order(bundle):
        if passage.speaker:
            yield passage.id, None, _searched(passage.speaker), "", ""


def _searched(*texts: str | None) -> str:
    folded = fold(" ".join(text for text in texts if text))
    return f" {folded}" if folded else ""


def _speaker(quote: Quote) -> Row:
    said = quote.speaker
    if said is None:
        return (None,) * len(_SPEAKER)
    return said.text, said.start, said.end, said.name, said.role, said.organization


def _cue(quote: Quote) -> Row:
    return (quote.cue.text, quote.cue.start, quote.cue.end) if quote.cue else (None, None, None)


def _quote_parts(bundle: Bundle) -> Iterator[Row]:
    for quote in bundle.quotes:
        yield from ((quote.id, position, part.start, part.end) for position, part in enumerate(quote.parts))


def _tags(bundle: Bundle) -> Iterator[Row]:
    return (_fields(tag, _TAG) for tag in bundle.tags)


def _tag_evidence(bundle: Bundle) -> Iterator[Row]:
    for tag in bundle.tags:
        yield from ((tag.id, i, part.start, part.end, part.weight) for i, part in enumerate(tag.evidence))


def _mappings(bundle: Bundle) -> Iterator[Row]:
    return (_fields(mapping, _MAPPING) for mapping in bundle.mappings)


_SPAN: Final = ("start", "end")
ROWS: Final[dict[str, tuple[Sequence[str], Callable[[Bundle], Iterable[Row]]]]] = {
    "documents": ((*_DOCUMENT, "metadata"), _documents),
    "document_authors": (("document_id", "position", "name"), _authors),
    "segments": ((*_SEGMENT, "nearest_heading", "boundary_reason", "boundary_score", "text"), _segments),
    "problems": (("id", "document_id", *_SPAN, "text"), _problems),
    "passages": ((*_PASSAGE, "position", "segment_id", "counted"), _passages),
    "segment_passages": (("segment_id", "position", "passage_id"), _segment_passages),
    "segment_scope": (("segment_id", "scope_id"), _segment_scope),
    "sites": (("segment_id", "position", "name", *_SPAN), _sites),
    "anatomy": (("segment_id", "position", "role", "passage_id", *_SPAN, "score", "text"), _anatomy),
    "segment_links": (("segment_id", "position", "linked_id"), _segment_links),
    "quotes": ((*_QUOTE, "segment_id", *_SPEAKER, "cue", "cue_start", "cue_end"), _quotes),
    "speakers": (("passage_id", "quote_id", "words", "role", "organization"), _speakers),
    "quote_parts": (("quote_id", "position", *_SPAN), _quote_parts),
    "tags": (_TAG, _tags),
    "tag_evidence": (("tag_id", "position", *_SPAN, "weight"), _tag_evidence),
    "mappings": (_MAPPING, _mappings),
}

NUMBERED: Final = frozenset({"documents", "segments", "problems", "passages", "quotes", "themes", "tags", "mappings"})
"""Tables whose rows have a number `n`, from 1 in the order of the corpus."""
