"""The records of a document as rows of the tables."""

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from pipeline.folding import fold
from pipeline.records import Quote, Record
from pipeline.stages.index.ordered import Ordered

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

_ACCEPTED_TAG: Final = ("id", "passage_id", "theme", "p", "decision", "source", "coder")
_ACCEPTED_MAPPING: Final = (
    "id", "document_id", "quote_id", "rubric", "area", "practice", "indicator", "level", "rank", "p", "decision",
    "source", "coder",
)  # fmt: skip


@functools.cache
def _getter(names: Sequence[str]) -> Callable[[Record], Row]:
    return operator.attrgetter(*names)


def _fields(record: Record, names: Sequence[str]) -> Row:
    return _getter(names)(record)


def _documents(made: Ordered) -> Iterator[Row]:
    metadata = msgspec.json.encode(made.bundle.document.metadata, order="deterministic").decode()
    yield (*_fields(made.bundle.document, _DOCUMENT), metadata)


def _authors(made: Ordered) -> Iterator[Row]:
    document = made.bundle.document
    return ((document.id, position, name) for position, name in enumerate(document.authors))


def _segments(made: Ordered) -> Iterator[Row]:
    text = made.bundle.document.text
    for path in made.paths:
        segment = path[0]
        boundary = segment.boundary
        yield (
            *_fields(segment, _SEGMENT),
            next((one.heading for one in path if one.heading), None),
            boundary.reason,
            boundary.score,
            text[segment.start : segment.end],
        )


def _problems(made: Ordered) -> Iterator[Row]:
    """Problems of practice as a whole: what a segment says ends where its first sub-segment begins."""
    ends: dict[str, int] = {}
    for part, *above in made.paths:
        for segment in (part, *above):
            ends[segment.id] = max(part.end, ends.get(segment.id, 0))
    text = made.bundle.document.text
    for segment in made.problems:
        end = ends[segment.id]
        yield segment.id, segment.document_id, segment.start, end, text[segment.start : end]


def _passages(made: Ordered) -> Iterator[Row]:
    for one in made.passages:
        likeliest = (made.likeliest.get((one.id, decision)) for decision in ("yes", "review"))
        yield (*_fields(one, _PASSAGE), one.index, made.around.get(one.id), int(one.id in made.counted), *likeliest)


def _segment_passages(made: Ordered) -> Iterator[Row]:
    for segment_id, held in made.members.items():
        yield from ((segment_id, position, made.passages[place].id) for position, place in enumerate(held))


def _segment_scope(made: Ordered) -> Iterator[Row]:
    return ((segment.id, one.id) for segment, around in made.scopes for one in around)


def _sites(made: Ordered) -> Iterator[Row]:
    for segment in made.bundle.segments:
        for position, site in enumerate(segment.sites):
            yield segment.id, position, site.name, site.start, site.end


def _segment_sites(made: Ordered) -> Iterator[Row]:
    return ((*key, start) for key, start in made.segment_sites.items())


def _anatomy(made: Ordered) -> Iterator[Row]:
    text = made.bundle.document.text
    for segment in made.bundle.segments:
        for position, part in enumerate(segment.anatomy):
            words = text[part.start : part.end]
            yield segment.id, position, part.role, part.passage_id, part.start, part.end, part.score, words


def _segment_links(made: Ordered) -> Iterator[Row]:
    for segment in made.bundle.segments:
        yield from ((segment.id, position, linked) for position, linked in enumerate(segment.linked))


def _quotes(made: Ordered) -> Iterator[Row]:
    for quote in made.quotes:
        yield (*_fields(quote, _QUOTE), made.segment_of(quote), *_speaker(quote), *_cue(quote))


def _speakers(made: Ordered) -> Iterator[Row]:
    """Who is named as speaking where, as a person may ask for it: each word after a space."""
    for quote in made.quotes:
        said = quote.speaker
        if said is not None:
            asked = (_searched(said.text, said.name, said.role, said.organization), _searched(said.role))
            yield quote.passage_id, quote.id, *asked, _searched(said.organization)
    for passage in made.passages:
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


def _quote_parts(made: Ordered) -> Iterator[Row]:
    for quote in made.bundle.quotes:
        yield from ((quote.id, position, part.start, part.end) for position, part in enumerate(quote.parts))


def _tags(made: Ordered) -> Iterator[Row]:
    return (_fields(tag, _TAG) for tag in made.bundle.tags)


def _tag_evidence(made: Ordered) -> Iterator[Row]:
    for tag in made.bundle.tags:
        yield from ((tag.id, i, part.start, part.end, part.weight) for i, part in enumerate(tag.evidence))


def _accepted_tags(made: Ordered) -> Iterator[Row]:
    for tag in made.accepted_tags:
        counted = int(tag.passage_id in made.counted)
        yield (*_fields(tag, _ACCEPTED_TAG), *_of_passage(made, tag.passage_id), counted)


def _refused_tags(made: Ordered) -> Iterator[Row]:
    return ((tag.passage_id, tag.theme, *_of_passage(made, tag.passage_id)) for tag in made.refused_tags)


def _of_passage(made: Ordered, passage_id: str) -> Row:
    return made.passage[passage_id].document_id, made.around.get(passage_id)


def _mappings(made: Ordered) -> Iterator[Row]:
    return (_fields(mapping, _MAPPING) for mapping in made.bundle.mappings)


def _accepted_mappings(made: Ordered) -> Iterator[Row]:
    passages = {quote.id: quote.passage_id for quote in made.quotes}
    return ((*_fields(one, _ACCEPTED_MAPPING), passages[one.quote_id]) for one in made.accepted_mappings)


_SPAN: Final = ("start", "end")
ROWS: Final[dict[str, tuple[Sequence[str], Callable[[Ordered], Iterable[Row]]]]] = {
    "documents": ((*_DOCUMENT, "metadata"), _documents),
    "document_authors": (("document_id", "position", "name"), _authors),
    "segments": ((*_SEGMENT, "nearest_heading", "boundary_reason", "boundary_score", "text"), _segments),
    "problems": (("id", "document_id", *_SPAN, "text"), _problems),
    "passages": ((*_PASSAGE, "position", "segment_id", "counted", "yes_p", "review_p"), _passages),
    "segment_passages": (("segment_id", "position", "passage_id"), _segment_passages),
    "segment_scope": (("segment_id", "scope_id"), _segment_scope),
    "sites": (("segment_id", "position", "name", *_SPAN), _sites),
    "segment_sites": (("segment_id", "name", "start"), _segment_sites),
    "anatomy": (("segment_id", "position", "role", "passage_id", *_SPAN, "score", "text"), _anatomy),
    "segment_links": (("segment_id", "position", "linked_id"), _segment_links),
    "quotes": ((*_QUOTE, "segment_id", *_SPEAKER, "cue", "cue_start", "cue_end"), _quotes),
    "speakers": (("passage_id", "quote_id", "words", "role", "organization"), _speakers),
    "quote_parts": (("quote_id", "position", *_SPAN), _quote_parts),
    "tags": (_TAG, _tags),
    "tag_evidence": (("tag_id", "position", *_SPAN, "weight"), _tag_evidence),
    "accepted_tags": ((*_ACCEPTED_TAG, "document_id", "segment_id", "counted"), _accepted_tags),
    "refused_tags": (("passage_id", "theme", "document_id", "segment_id"), _refused_tags),
    "mappings": (_MAPPING, _mappings),
    "accepted_mappings": ((*_ACCEPTED_MAPPING, "passage_id"), _accepted_mappings),
}

NUMBERED: Final = frozenset({"segments", "problems", "passages", "quotes", "tags", "mappings"})
"""Tables whose rows have a number `n`, which rises in the order of the corpus (see `numbering`)."""
