"""Valid records for tests, with sensible defaults; whatever matters to a test is passed by name.

    doc = document("Staffing\n\n“We share the work,” said Ana Ruiz.")
    heading, paragraph = passages(doc)
    said = quote(paragraph, "We share the work,", speaker="Ana Ruiz", cue="said")
    made = bundle(doc, quotes=[said], tags=[tag(paragraph, "teacher_leadership")], mappings=[mapping(said, "12b")])

`passages` cuts the text of a document at its empty lines, so that all offsets are right by construction; `quote`,
`site` and the like look their words up in the text of the record that they are given.
"""

import hashlib
import itertools
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pipeline.codebook import Codebook, Theme
from pipeline.config import HOME
from pipeline.corrections.decisions import (
    CONTEXT,
    Anchor,
    Judgement,
    PassageDecision,
    PracticesDecision,
    QuoteDecision,
    SegmentDecision,
    Words,
)
from pipeline.corrections.folder import Recorded
from pipeline.learning.anatomy import AnatomyModel
from pipeline.records import (
    AnatomyPart,
    AnatomyRole,
    Boundary,
    Bundle,
    Cue,
    Document,
    Mapping,
    Passage,
    Quote,
    Segment,
    SegmentKind,
    Site,
    Span,
    Speaker,
    Tag,
)
from pipeline.rubric import Area, Indicator, Practice, Rubric

SHA256 = "0" * 64
TEXT = "Staffing\n\nAna Ruiz said, “We share the work.”"


def document(text: str = TEXT, /, **changes: Any) -> Document:
    """Return a document; `id` "d1" and what follows from its text unless told otherwise."""
    fields: dict[str, Any] = {
        "id": "d1",
        "path": f"{changes.get('id', 'd1')}.txt",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "media_type": "text/plain",
        "kind": "meeting_summary",
        "title": "Spring meeting",
        "date_start": "2014-06-26",
        "date_end": "2014-06-28",
        "place": None,
        "authors": [],
        "text": text,
        "n_passages": len(text.split("\n\n")),
        "metadata": {},
    }
    return Document(**fields | changes)


def passage(doc: Document, text: str, /, **changes: Any) -> Passage:
    """Return one passage of a document: the first stretch of its text that reads `text`."""
    start = doc.text.index(text)
    index = changes.get("index", doc.text.count("\n\n", 0, start))
    fields: dict[str, Any] = {
        "id": f"{doc.id}-p{index}",
        "document_id": doc.id,
        "index": index,
        "kind": "paragraph",
        "level": 1 if changes.get("kind") == "heading" else None,
        "text": text,
        "start": start,
        "end": start + len(text),
        "page": None,
        "speaker": None,
        "duplicate_of": None,
    }
    return Passage(**fields | changes)


def passages(doc: Document, /) -> list[Passage]:
    """Return the passages of a document: its text between empty lines; one without a full stop is a heading."""
    texts = doc.text.split("\n\n")
    starts = itertools.accumulate((len(text) + 2 for text in texts), initial=0)
    kinds = ["paragraph" if "." in text else "heading" for text in texts]
    return [
        passage(doc, text, index=index, kind=kind, start=start, end=start + len(text))
        for index, (text, start, kind) in enumerate(zip(texts, starts, kinds, strict=False))
    ]


def segment(members: Sequence[Passage], /, **changes: Any) -> Segment:
    """Return the segment that these passages form; its heading is theirs, if they begin with one."""
    first, last = members[0], members[-1]
    fields: dict[str, Any] = {
        "id": f"{first.document_id}-s{first.index}",
        "document_id": first.document_id,
        "parent_id": None,
        "level": 1,
        "heading": first.text if first.kind == "heading" else None,
        "kind": "discussion",
        "score": 0.8,
        "start": first.start,
        "end": last.end,
        "passage_ids": [member.id for member in members],
        "boundary": Boundary(reason="heading" if first.kind == "heading" else "document", score=1.0),
        "sites": [],
        "anatomy": [],
    }
    return Segment(**fields | changes)


def site(doc: Document, name: str, /) -> Site:
    """Return a site where the text of the document first names it."""
    start = doc.text.index(name)
    return Site(name=name, start=start, end=start + len(name))


def anatomy(member: Passage, text: str, role: AnatomyRole = "problem", /) -> AnatomyPart:
    """Return a sentence of a problem of practice with its role."""
    span = _find(member, text)
    return AnatomyPart(role=role, passage_id=member.id, start=span.start, end=span.end, score=0.7)


def speaker(member: Passage, text: str, /, **changes: Any) -> Speaker:
    """Return a speaker that the passage names in these words."""
    span = _find(member, text)
    fields: dict[str, Any] = {"text": text, "start": span.start, "end": span.end, "name": text}
    return Speaker(**fields | changes)


def quote(
    member: Passage, *texts: str, speaker: Speaker | str | None = None, cue: str | None = None, **changes: Any
) -> Quote:
    """Return a quote of these words of the passage; several stretches are its parts."""
    parts = [_find(member, text) for text in texts or (member.text,)]
    fields: dict[str, Any] = {
        "id": f"{member.id}-q{parts[0].start}",
        "document_id": member.document_id,
        "segment_id": None,
        "passage_id": member.id,
        "text": " … ".join(texts or (member.text,)),
        "start": parts[0].start,
        "end": parts[-1].end,
        "parts": parts,
        "form": "inline",
        "speaker": _speaker(member, speaker) if isinstance(speaker, str) else speaker,
        "cue": _cue(member, cue) if cue else None,
        "confidence": 0.9,
    }
    return Quote(**fields | changes)


def tag(member: Passage, theme: str, /, p: float = 0.9, **changes: Any) -> Tag:
    """Return a theme on a passage; decided "yes" unless told otherwise."""
    fields: dict[str, Any] = {
        "id": f"{member.id}-{theme}",
        "document_id": member.document_id,
        "segment_id": None,
        "passage_id": member.id,
        "theme": theme,
        "p": p,
        "threshold": 0.5,
        "decision": "yes",
        "source": "model",
        "coder": "model",
        "model_version": "test",
        "codebook_sha256": SHA256,
        "evidence": [],
    }
    return Tag(**fields | changes)


def mapping(said: Quote, indicator: str, /, p: float = 0.9, **changes: Any) -> Mapping:
    """Return an indicator as a candidate for a quote; the best one and a match unless told otherwise."""
    fields: dict[str, Any] = {
        "id": f"{said.id}-{indicator}",
        "document_id": said.document_id,
        "quote_id": said.id,
        "rubric": "Test rubric",
        "area": "Shared work",
        "practice": indicator.rstrip("abcdefghijklmnopqrstuvwxyz"),
        "indicator": indicator,
        "level": None,
        "rank": 1,
        "p": p,
        "decision": "match",
        "evidence": f"What {indicator} says.",
        "model_version": "test",
    }
    return Mapping(**fields | changes)


def bundle(doc: Document | None = None, /, **known: Any) -> Bundle:
    """Return a document with what is known of it; its passages are cut at empty lines unless they are given."""
    doc = document() if doc is None else doc
    fields: dict[str, Any] = {"document": doc, "passages": passages(doc)}
    return Bundle(**fields | known)


def codebook(*ids: str) -> Codebook:
    """Return a codebook of these themes."""
    themes = [Theme(id=i, name=i.replace("_", " ").capitalize(), definition=f"All about {i}.") for i in ids]
    return Codebook(version="test", themes=themes, sha256=SHA256)


def rubric(areas: dict[str, dict[str, Sequence[str]]], /) -> Rubric:
    """Return a rubric of areas, each with the indicators of its practices: {"Shared work": {"12": ["12a", "12b"]}}."""
    return Rubric(
        name="Test rubric",
        levels=["getting_started", "keep_improving"],
        areas=[
            Area(name=name, practices=[_practice(*entry) for entry in held.items()]) for name, held in areas.items()
        ],
    )


def _practice(name: str, indicators: Sequence[str]) -> Practice:
    levels = {"getting_started": "They begin.", "keep_improving": "They go on."}
    return Practice(
        id=name, text=f"Leaders do {name}.", indicators=[Indicator(id=i, levels=levels) for i in indicators]
    )


def _find(member: Passage, text: str) -> Span:
    start = member.start + member.text.index(text)
    return Span(start=start, end=start + len(text))


def _speaker(member: Passage, text: str) -> Speaker:
    return speaker(member, text)


def _cue(member: Passage, text: str) -> Cue:
    span = _find(member, text)
    return Cue(text=text, start=span.start, end=span.end)


@lru_cache(maxsize=1)
def anatomy_model() -> AnatomyModel:
    """The shipped model of the anatomy of problems of practice."""
    return AnatomyModel.load(HOME / "models")


def anchor(doc: Document, part: Passage | Quote | Segment, /) -> Anchor:
    """Return the anchor of a passage, quote or segment, with what stands around it."""
    return Anchor(
        document=doc.path,
        start=part.start,
        end=part.end,
        text=doc.text[part.start : part.end],
        before=doc.text[max(0, part.start - CONTEXT) : part.start],
        after=doc.text[part.end : part.end + CONTEXT],
    )


def words(doc: Document, text: str, /) -> Words:
    """Return a stretch where the document first has these words."""
    start = doc.text.index(text)
    return Words(start=start, end=start + len(text), text=text)


def _judged(coder: str, n: int, at: str | None, record_id: str, place: Anchor) -> dict[str, Any]:
    at = at or f"2026-11-22T10:00:{n:02d}Z"
    return {"id": f"{coder}:{n:06d}", "coder": coder, "at": at, "record_id": record_id, "anchor": place}


def theme_decision(
    doc: Document, part: Passage, themes: dict[str, Any], /, coder: str = "ana", n: int = 1, **changes: Any
) -> PassageDecision:
    """Return what a person says of the themes of a passage."""
    known = _judged(coder, n, changes.pop("at", None), part.id, anchor(doc, part))
    return PassageDecision(themes=themes, **known | changes)


def quote_decision(
    doc: Document, member: Passage, record_id: str, /, *texts: str, coder: str = "ana", n: int = 1, **changes: Any
) -> QuoteDecision:
    """Return what a person says of a quote in a passage; without texts it is none."""
    known = _judged(coder, n, changes.pop("at", None), record_id, anchor(doc, member))
    fields = {"is_quote": bool(texts), "parts": [words(doc, text) for text in texts]}
    return QuoteDecision(**known | fields | changes)


def practices_decision(
    doc: Document, said: Quote, practices: dict[str, Any], /, coder: str = "ana", n: int = 1, **changes: Any
) -> PracticesDecision:
    """Return what a person says of the practices of a quote."""
    known = _judged(coder, n, changes.pop("at", None), said.id, anchor(doc, said))
    return PracticesDecision(**known | {"rubric": "Test rubric", "practices": practices} | changes)


def segment_decision(
    doc: Document, part: Segment, kind: SegmentKind, /, coder: str = "ana", n: int = 1, **changes: Any
) -> SegmentDecision:
    """Return what a person says of the kind of a segment."""
    known = _judged(coder, n, changes.pop("at", None), part.id, anchor(doc, part))
    return SegmentDecision(**known | {"kind": kind} | changes)


def recorded(*judgements: Judgement) -> list[Recorded]:
    """Return judgements as they stand in the files of their coders."""
    return [Recorded(f"labels/{one.coder}.jsonl", one) for one in judgements]
