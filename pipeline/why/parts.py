"""Why a segment, a sentence of a problem's anatomy, a passage, a document, or an entry of errors.jsonl."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.corrections.decisions import PassageDecision, QuoteDecision, SegmentDecision
from pipeline.records import AnatomyPart, Document, Passage, Quote, Refusal, Segment, Tag, is_coded
from pipeline.why import models
from pipeline.why.around import place_facts
from pipeline.why.facts import Beside, Decided, Said
from pipeline.why.people import history, of_quote, of_segment, of_themes
from pipeline.why.source import Source

_BEGINS = {
    "heading": "a heading stands there",
    "topic_shift": "the words before and behind are about different things",
    "speaker": "another speaker begins",
    "project_header": "the header of a project stands there",
    "document": "the document, or a part of it, begins",
}


def of_segment_record(source: Source, segment: Segment, document: Document) -> dict[str, Any]:
    """Return the parts of the trace of a segment."""
    people, warnings = _of_segment(source, segment, document)
    linked = [one for name in segment.linked if (one := source.lookup.get("segments", name, Segment))]
    is_problem = segment.kind == "problem_of_practice"
    return {
        "title": f"Segment {segment.kind.replace('_', ' ')}",
        "place": place_facts(source, document.id, segment.start, segment.end, next(iter(segment.passage_ids), None)),
        "words": document.text[segment.start : segment.end],
        "decided": Decided(decision=segment.kind, source=segment.source, coder=segment.coder),
        "model": models.anatomy_model(source) if is_problem and segment.anatomy else None,
        "notes": list(_notes(segment)),
        "people": people,
        "beside": [
            *(_anatomy(segment, i, part, document) for i, part in enumerate(segment.anatomy, start=1)),
            *(_linked(source, one) for one in linked),
        ],
        "warnings": warnings,
    }


def _notes(segment: Segment) -> Iterator[tuple[str, str]]:
    boundary = segment.boundary
    why = _BEGINS[boundary.reason]
    yield "begins here", f"{boundary.reason.replace('_', ' ')}: {why} (sure to {boundary.score:.2f})"
    if segment.source == "human":
        yield "kind", f"said {segment.coder}, a person (below); --again tells what the program had said"
    else:
        kind = segment.kind.replace("_", " ")
        yield "kind", f"{kind} (sure to {segment.score:.2f}), by the rules of {segment.coder} on headings and wording"
    yield "heading", segment.heading or "none in the text"
    yield "passages", str(len(segment.passage_ids))
    if segment.sites:
        yield "sites", ", ".join(f"{site.name} ({site.start}–{site.end})" for site in segment.sites)


def _anatomy(segment: Segment, number: int, part: AnatomyPart, document: Document) -> Beside:
    words = document.text[part.start : part.end]
    return Beside(id=f"{segment.id}:a{number}", says=f"{part.role}, {part.score:.2f}: {words}")


def _linked(source: Source, one: Segment) -> Beside:
    document = source.document(one.document_id)
    when = document.date_start or "no date"
    return Beside(id=one.id, says=f"the same problem in {document.title or document.path} ({when}): {one.heading}")


def _of_segment(source: Source, segment: Segment, document: Document) -> tuple[list[Said], list[str]]:
    held = history(source, document)
    if not held.lines:
        return [], held.warnings
    segments: list[Segment] = source.of_document("segments", document.id)
    number = next((i for i, one in enumerate(segments) if one.id == segment.id), -1)
    return held.about(SegmentDecision, segments, number, of_segment), held.warnings


def of_anatomy(source: Source, segment: Segment, number: int, document: Document) -> dict[str, Any]:
    """Return the parts of the trace of a sentence of a problem of practice; `number`: from 1."""
    part = segment.anatomy[number - 1]
    people, warnings = _of_segment(source, segment, document)
    return {
        "title": f"Anatomy {part.role}",
        "place": place_facts(source, document.id, part.start, part.end, part.passage_id),
        "words": document.text[part.start : part.end],
        "decided": Decided(decision=part.role, source=segment.source, coder=segment.coder, p=part.score),
        "model": models.anatomy_model(source) if segment.source == "model" else None,
        "people": people,
        "beside": [Beside(id=segment.id, says=f"the problem of practice: {segment.heading or 'without a heading'}")],
        "warnings": warnings,
    }


def of_passage(source: Source, passage: Passage, document: Document) -> dict[str, Any]:
    """Return the parts of the trace of a passage."""
    tags = source.lookup.where("tags", "passage_id", passage.id, Tag)
    quotes: list[Quote] = source.of_document("quotes", document.id)
    people, warnings = _of_passage(source, passage, document)
    return {
        "title": f"Passage {passage.kind.replace('_', ' ')}",
        "place": place_facts(source, document.id, passage.start, passage.end, passage.id),
        "words": passage.text,
        "notes": [("coded", "yes" if is_coded(passage) else "no: headings, tables and bare entries are not")],
        "people": people,
        "beside": [
            *(Beside(id=one.id, says=f"{one.theme}: {one.decision}, p {one.p}, {one.coder}") for one in tags),
            *(Beside(id=one.id, says=f"quote: {one.text}") for one in quotes if one.passage_id == passage.id),
        ],
        "warnings": warnings,
    }


def _of_passage(source: Source, passage: Passage, document: Document) -> tuple[list[Said], list[str]]:
    held = history(source, document)
    if not held.lines:
        return [], held.warnings
    passages: list[Passage] = source.of_document("passages", document.id)
    coded = [one for one in passages if is_coded(one)]
    themes = held.about(PassageDecision, coded, _number(coded, passage), of_themes)
    quotes = held.about(QuoteDecision, passages, _number(passages, passage), of_quote(None, ""))
    return sorted([*themes, *quotes], key=lambda one: (one.at, one.coder, one.id)), held.warnings


def _number(among: Sequence[Passage], passage: Passage) -> int:
    return next((i for i, one in enumerate(among) if one.id == passage.id), -1)


def of_document(source: Source, document: Document) -> dict[str, Any]:
    """Return the parts of the trace of a document."""
    counts = {kind: len(source.of_document(kind, document.id)) for kind in ("passages", "segments", "quotes")}
    told = [(kind, f"{n:,}") for kind, n in counts.items()]
    meta = document.metadata
    if meta.get("date_text"):
        told.append(("date", f"the text says “{meta['date_text']}”"))
    return {"title": f"Document {document.kind.replace('_', ' ')}", "notes": told}


def of_refusal(refusal: Refusal) -> dict[str, Any]:
    """Return the parts of the trace of an entry of errors.jsonl."""
    return {
        "title": f"Error {refusal.error.replace('_', ' ')}",
        "notes": [
            ("file", refusal.path),
            ("stage", refusal.stage),
            ("so it was", "left out" if refusal.severity == "refused" else "used with a doubt"),
            ("message", refusal.message),
        ],
    }
