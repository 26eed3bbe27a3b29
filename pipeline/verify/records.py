"""Records against the text of their document, and against one another."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.files import sha256_text
from pipeline.records import Bundle, Mapping, Quote, Record, Segment, Tag

_NUMBERED: Final = re.compile(r":[psq]\d+")


def check_bundle(bundle: Bundle, seen: set[str]) -> Iterator[str]:
    """Yield what is wrong with the records of one document.

    Args:
        bundle: the document with its records.
        seen: ids met so far in the corpus; those of this document are added.
    """
    length = len(bundle.document.text)
    records: list[Any] = [*bundle.passages, *bundle.segments, *bundle.quotes, *bundle.tags, *bundle.mappings]
    for record in [bundle.document, *records]:
        if record.id in seen:
            yield f"{record.id}: the id stands more than once"
        seen.add(record.id)
    yield from _check_document(bundle)
    for quote in bundle.quotes:
        yield from _check_quote(quote, bundle.document.text)
    for record in records:
        yield from _check_inside(record, length)
    yield from _check_references(bundle)
    yield from _Places(bundle).check()
    yield from _check_ranks(bundle.mappings)


def _check_document(bundle: Bundle) -> Iterator[str]:
    document = bundle.document
    if "\n\n".join(passage.text for passage in bundle.passages) != document.text:
        yield f"{document.id}: its text is not that of its passages"
    if [passage.index for passage in bundle.passages] != list(range(document.n_passages)):
        yield f"{document.id}: {len(bundle.passages)} passages in another order or number than it says"
    for passage in bundle.passages:
        if document.text[passage.start : passage.end] != passage.text:
            yield f"{passage.id}: its text is not what stands at {passage.start}–{passage.end}"


def _check_quote(quote: Quote, text: str) -> Iterator[str]:
    parts = " … ".join(text[part.start : part.end] for part in quote.parts)
    if parts != quote.text:
        yield f"{quote.id}: its words are not what stands at its offsets"
    if (quote.parts[0].start, quote.parts[-1].end) != (quote.start, quote.end):
        yield f"{quote.id}: its parts do not begin and end where it does"
    for named in (quote.speaker, quote.cue):
        if named is not None and text[named.start : named.end] != named.text:
            yield f"{quote.id}: “{named.text}” is not what stands at {named.start}–{named.end}"


def _check_inside(record: Record, length: int) -> Iterator[str]:
    spans = [record, *getattr(record, "evidence", []), *getattr(record, "anatomy", []), *getattr(record, "sites", [])]
    for span in spans:
        if getattr(span, "end", 0) > length:
            yield f"{record.id}: an offset lies beyond the document's end"


def _check_references(bundle: Bundle) -> Iterator[str]:
    known = {
        "passage_id": {passage.id for passage in bundle.passages},
        "segment_id": {segment.id for segment in bundle.segments},
        "parent_id": {segment.id for segment in bundle.segments},
        "quote_id": {quote.id for quote in bundle.quotes},
    }
    for record in (*bundle.segments, *bundle.quotes, *bundle.tags, *bundle.mappings):
        for name, ids in known.items():
            value = getattr(record, name, None)
            if value is not None and value not in ids:
                yield f"{record.id}: {name} {value} does not exist"
    for segment in bundle.segments:
        named = {*segment.passage_ids, *(part.passage_id for part in segment.anatomy)}
        if named - known["passage_id"]:
            yield f"{segment.id}: names passages that do not exist"


class _Places:
    """Where the records of a document stand in one another."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.passages = {passage.id: passage for passage in bundle.passages}
        self.members = {segment.id: {*segment.passage_ids} for segment in bundle.segments}
        self.quotes = {quote.id: quote for quote in bundle.quotes}

    def check(self) -> Iterator[str]:
        """Tell what does not stand where it should."""
        for segment in self.bundle.segments:
            yield from self._check_segment(segment)
        for quote in self.bundle.quotes:
            yield from self._check_quote(quote)
        for tag in self.bundle.tags:
            yield from self._check_tag(tag)
        for mapping in self.bundle.mappings:
            yield from self._check_mapping(mapping)

    def _check_segment(self, segment: Segment) -> Iterator[str]:
        own = [self.passages[name] for name in segment.passage_ids if name in self.passages]
        if own and (segment.start, segment.end) != (own[0].start, own[-1].end):
            yield f"{segment.id}: does not begin and end with its passages"
        for part in segment.anatomy:
            if part.passage_id not in self.members[segment.id] or not _holds(self.passages.get(part.passage_id), part):
                yield f"{segment.id}: the {part.role} at {part.start}–{part.end} is not in its passage"
        if any(site.start == site.end for site in segment.sites):
            yield f"{segment.id}: a site without words"

    def _check_quote(self, quote: Quote) -> Iterator[str]:
        passage = self.passages.get(quote.passage_id)
        if passage is not None and not passage.start <= quote.start <= passage.end:
            yield f"{quote.id}: does not begin in its passage"
        yield from self._check_member(quote)

    def _check_tag(self, tag: Tag) -> Iterator[str]:
        for one in tag.evidence:
            if not _holds(self.passages.get(tag.passage_id), one) or not all(_holds(one, word) for word in one.words):
                yield f"{tag.id}: the evidence at {one.start}–{one.end} is not in its passage"
        yield from self._check_member(tag)

    def _check_mapping(self, mapping: Mapping) -> Iterator[str]:
        quote = self.quotes.get(mapping.quote_id)
        if not all(_holds(quote, word) for word in mapping.words):
            yield f"{mapping.id}: its words are not in its quote"

    def _check_member(self, record: Quote | Tag) -> Iterator[str]:
        if record.segment_id in self.members and record.passage_id not in self.members[record.segment_id]:
            yield f"{record.id}: its passage is not in its segment"


def _holds(outer: Any, inner: Any) -> bool:
    """Tell whether one stretch lies in another; in what does not exist, anything does: that is told elsewhere."""
    return outer is None or outer.start <= inner.start <= inner.end <= outer.end


def check_ids(bundle: Bundle) -> Iterator[str]:
    """Tell which records of a document have another id than their path, content and place give them."""
    document = bundle.document
    if not document.id.endswith(f"-{sha256_text(document.path, document.sha256)[:8]}"):
        yield f"{document.id}: not the id of {document.path} with that content"
    expected = {
        **{one.id: [f"{document.id}:p{one.index:04d}"] for one in bundle.passages},
        **{one.id: _numbered(one.id, document.id) for one in bundle.segments},
        **{one.id: _numbered(one.id, document.id, one.passage_id) for one in bundle.quotes},
        **{one.id: [_by(one, f"{one.passage_id}:{one.theme}")] for one in bundle.tags},
        **{one.id: [_by(one, f"{one.quote_id}:{one.indicator}")] for one in bundle.mappings},
    }
    for name, possible in expected.items():
        if name not in possible:
            meant = f" ({possible[0]})" if possible else ""
            yield f"{name}: not the id of such a record of {document.id}{meant}"


def _numbered(name: str, *of: str) -> list[str]:
    """Return an id if it is a number behind one of these ids; a person's quote is numbered in its passage."""
    return [name for one in of if name.startswith(one) and _NUMBERED.fullmatch(name[len(one) :])]


def _by(record: Tag | Mapping, name: str) -> str:
    return f"{name}:{record.coder}" if record.source == "human" else name


def _check_ranks(mappings: Sequence[Mapping]) -> Iterator[str]:
    ranked = Counter((one.quote_id, one.rank) for one in mappings if one.source == "model")
    for (quote_id, rank), n in ranked.items():
        if n > 1:
            yield f"{quote_id}: {n} mappings of rank {rank}"


@dataclass
class References:
    """References from document to document, which only all of them together tell."""

    known: set[str] = field(default_factory=set)
    named: list[tuple[str, str, str]] = field(default_factory=list)
    """Id of a record, field, id that it names."""

    def add(self, bundle: Bundle) -> None:
        """Take in a document."""
        self.known.update(record.id for record in (*bundle.passages, *bundle.segments))
        self.named += [(one.id, "duplicate_of", one.duplicate_of) for one in bundle.passages if one.duplicate_of]
        self.named += [(one.id, "linked", other) for one in bundle.segments for other in one.linked]

    def broken(self) -> Iterator[str]:
        """Tell which lead nowhere."""
        for name, what, other in self.named:
            if other not in self.known:
                yield f"{name}: {what} {other} does not exist"
