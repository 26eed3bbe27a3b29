"""The outputs as codings, which is what other programs know: a stretch of a document, a code, and who put it there.

    a tag: passage p0004, succession, p .84, yes  → Coding(code="theme:succession", start=494, end=806, p=.84, …)
    a mapping: quote q0000, indicator 12b, match  → Coding(code="indicator:12b", over the quote, …)

Every format of exchange is made from these, so that all of them hold the same. The model is a coder among others.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, get_args

import msgspec

from pipeline.codebook import Codebook
from pipeline.learning.labels import Grade
from pipeline.records import AnatomyRole, Bundle, Mapping, Quote, Segment, SegmentKind, Source, Tag
from pipeline.rubric import Rubric

CodeKind = Literal["group", "theme", "practice", "indicator", "segment", "anatomy", "quote"]

ACCEPTED: Final = frozenset({"yes", "match"})
OFFERED: Final = frozenset({"review"})

_GROUPS: Final = {
    "themes": "Themes",
    "practices": "Practices",
    "segments": "Segments",
    "anatomy": "Anatomy of problems of practice",
}


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the tree of codes. `id`: kind and name, "theme:succession". `parent`: the code above; `None`: on top.

    A code of the kind "group" only holds others together and is never put on words.
    """

    id: str
    kind: CodeKind
    name: str
    parent: str | None
    definition: str = ""


class Coding(msgspec.Struct, frozen=True, kw_only=True):
    """A code on a stretch of a document, by one coder.

    `id`: unique and deterministic. `record_id`: of the tag, mapping, quote or segment behind it. `passage_id`: of the
    passage that was judged; `None` for a segment. `p`: of a model, 0–1. `decision`: yes or review, whatever the record
    calls it. `threshold`: of a theme, from which p upwards it is shown. `grade`: of a theme, 2 = substantially about
    it. `note`: more about it, for people.
    """

    id: str
    record_id: str
    document_id: str
    segment_id: str | None
    passage_id: str | None
    code: str
    start: int
    end: int
    text: str
    coder: str
    source: Source
    decision: Literal["yes", "review"]
    p: float | None = None
    threshold: float | None = None
    grade: Grade | None = None
    model_version: str | None = None
    note: str = ""


def codes(codebook: Codebook, rubric: Rubric) -> list[Code]:
    """Return the tree of codes; what stands above a code comes before it."""
    groups = [Code(id=f"group:{name}", kind="group", name=title, parent=None) for name, title in _GROUPS.items()]
    quote = Code(id="quote", kind="quote", name="Quote", parent=None, definition="The words of a person.")
    return [*groups, quote, *_themes(codebook), *_practices(rubric), *_structure()]


def codings(bundle: Bundle, *, review: bool = True) -> list[Coding]:
    """Return all codings of a document, in the order of its text.

    Args:
        bundle: with all its records.
        review: also what a model left for review, told apart by `decision`.
    """
    found = [*_of_tags(bundle), *_of_quotes(bundle), *_of_mappings(bundle), *_of_segments(bundle)]
    kept = [one for one in found if review or one.decision == "yes"]
    return sorted(kept, key=lambda one: (one.start, one.end, one.code, one.id))


def _themes(codebook: Codebook) -> Iterator[Code]:
    for theme in codebook.themes:
        told = [theme.definition, _listed("Include", theme.include), _listed("Exclude", theme.exclude)]
        definition = "\n".join(part for part in told if part)
        yield Code(id=f"theme:{theme.id}", kind="theme", name=theme.name, parent="group:themes", definition=definition)


def _practices(rubric: Rubric) -> Iterator[Code]:
    for area in rubric.areas:
        above = f"group:area:{area.name}"
        yield Code(id=above, kind="group", name=area.name, parent="group:practices")
        for practice in area.practices:
            own = f"practice:{practice.id}"
            name = f"{practice.id} {practice.text}"
            yield Code(id=own, kind="practice", name=name, parent=above, definition=practice.text)
            for one in practice.indicators:
                levels = "\n".join(f"{level}: {text}" for level, text in one.levels.items())
                yield Code(id=f"indicator:{one.id}", kind="indicator", name=one.id, parent=own, definition=levels)


def _structure() -> Iterator[Code]:
    for kind in get_args(SegmentKind):
        yield Code(id=f"segment:{kind}", kind="segment", name=_title(kind), parent="group:segments")
    for role in get_args(AnatomyRole):
        yield Code(id=f"anatomy:{role}", kind="anatomy", name=_title(role), parent="group:anatomy")


def _of_tags(bundle: Bundle) -> Iterator[Coding]:
    passages = {one.id: one for one in bundle.passages}
    for tag in bundle.tags:
        if tag.decision not in ACCEPTED | OFFERED:
            continue
        passage = passages[tag.passage_id]
        yield _coding(
            bundle,
            tag,
            code=f"theme:{tag.theme}",
            start=passage.start,
            end=passage.end,
            segment_id=tag.segment_id,
            passage_id=tag.passage_id,
            threshold=tag.threshold,
            grade=tag.grade,
        )


def _of_quotes(bundle: Bundle) -> Iterator[Coding]:
    for quote in bundle.quotes:
        yield Coding(
            id=quote.id,
            record_id=quote.id,
            document_id=quote.document_id,
            segment_id=quote.segment_id,
            passage_id=quote.passage_id,
            code="quote",
            start=quote.start,
            end=quote.end,
            text=bundle.document.text[quote.start : quote.end],
            coder=quote.coder,
            source=quote.source,
            decision="yes",
            note=_said(quote),
        )


def _of_mappings(bundle: Bundle) -> Iterator[Coding]:
    quotes = {one.id: one for one in bundle.quotes}
    for mapping in bundle.mappings:
        if mapping.decision not in ACCEPTED | OFFERED:
            continue
        quote = quotes[mapping.quote_id]
        yield _coding(
            bundle,
            mapping,
            code=f"indicator:{mapping.indicator}",
            start=quote.start,
            end=quote.end,
            segment_id=quote.segment_id,
            passage_id=quote.passage_id,
            note=f"Nearest in the rubric: {mapping.evidence}" if mapping.evidence else "",
        )


def _of_segments(bundle: Bundle) -> Iterator[Coding]:
    for segment in bundle.segments:
        yield _structural(bundle, segment, segment.id, f"segment:{segment.kind}", segment.start, segment.end)
        for place, part in enumerate(segment.anatomy):
            code = f"anatomy:{part.role}"
            made = _structural(bundle, segment, f"{segment.id}:{place}", code, part.start, part.end)
            yield msgspec.structs.replace(made, passage_id=part.passage_id)


def _coding(bundle: Bundle, record: Tag | Mapping, *, code: str, start: int, end: int, **facts: object) -> Coding:
    return Coding(
        id=record.id,
        record_id=record.id,
        document_id=record.document_id,
        code=code,
        start=start,
        end=end,
        text=bundle.document.text[start:end],
        coder=record.coder or record.model_version or record.source,
        source=record.source,
        decision="yes" if record.decision in ACCEPTED else "review",
        p=record.p,
        model_version=record.model_version,
        **facts,  # type: ignore[arg-type]
    )


def _structural(bundle: Bundle, segment: Segment, own: str, code: str, start: int, end: int) -> Coding:
    return Coding(
        id=own,
        record_id=segment.id,
        document_id=segment.document_id,
        segment_id=segment.id,
        passage_id=None,
        code=code,
        start=start,
        end=end,
        text=bundle.document.text[start:end],
        coder=segment.coder,
        source=segment.source,
        decision="yes",
    )


def _said(quote: Quote) -> str:
    if quote.speaker is None:
        return "Speaker: not told"
    told = (quote.speaker.name, quote.speaker.role, quote.speaker.organization)
    return "Speaker: " + (", ".join(part for part in told if part) or quote.speaker.text)


def _listed(title: str, entries: Iterable[str]) -> str:
    joined = "; ".join(entries)
    return f"{title}: {joined}" if joined else ""


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
