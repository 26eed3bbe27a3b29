"""The long form: a row for each coding, with all that is known of its document, segment, passage and speaker."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from pipeline.exchange.codings import Code, CodeKind, Coding, codings
from pipeline.exchange.tables import facts
from pipeline.forms.grid import Column, Grid, Value
from pipeline.records import Bundle

Unit = Literal["passage", "quote", "segment", "document"]
SENT: Final = "as_sent"
"""The column that keeps what was sent out, by which a change shows when the table comes back."""

KINDS: Final[dict[Unit, frozenset[CodeKind]]] = {
    "passage": frozenset({"theme"}),
    "quote": frozenset({"quote", "indicator"}),
    "segment": frozenset({"segment", "anatomy"}),
}
"""The codes that each unit can have; a document has all."""

_CODE: Final = (
    Column("code_kind", label="Kind of code"),
    Column("code", width=26, label="Code"),
    Column("code_name", width=26, label="Name of the code"),
    Column("code_above", width=26, label="What the code stands under"),
)
_CODED: Final = (
    Column("coder", width=20, label="Who coded: a person or a model"),
    Column("source", label="Person (human) or model"),
    Column("decision", width=10, label="yes, or left for review"),
    Column("grade", "integer", 6, label="2 substantially about it, 1 touched on"),
    Column("p", "number", 8, label="Calibrated probability, of a model"),
    Column("model_version", width=20, label="Version of the model"),
    Column("note", width=30, label="Note"),
    Column(SENT, width=0, label="Passage, code, decision and grade as they were sent out"),
)
COLUMNS: Final = (
    Column("id", width=0, label="Id of the coding"),
    *facts.DOCUMENT,
    *facts.SEGMENT,
    *facts.PASSAGE,
    *facts.SPEAKER,
    *_CODE,
    *facts.SPAN,
    facts.TEXT,
    *_CODED,
)


def grid(bundles: Iterable[Bundle], codes: Iterable[Code], unit: Unit | None = None, *, review: bool = True) -> Grid:
    """Return a row for each coding, in the order of the documents and of their text.

    Args:
        bundles: documents with all their records.
        codes: the tree of codes.
        unit: only codings of this unit; `None`: all.
        review: also what the model left for review.
    """
    tree = {code.id: code for code in codes}
    rows = [row for bundle in bundles for row in _rows(bundle, tree, unit, review=review)]
    return Grid(COLUMNS, rows, "codings")


def _rows(bundle: Bundle, tree: dict[str, Code], unit: Unit | None, *, review: bool) -> Iterator[tuple[Value, ...]]:
    passages = {one.id: one for one in bundle.passages}
    segments = {one.id: one for one in bundle.segments}
    mapped = {one.id: one.quote_id for one in bundle.mappings}
    quotes = {one.id: one for one in bundle.quotes}
    kinds = KINDS.get(unit) if unit else None
    for one in codings(bundle, review=review):
        code = tree.get(one.code) or _unknown(one.code)
        if kinds is not None and code.kind not in kinds:
            continue
        passage = passages.get(one.passage_id or "")
        quote = quotes.get(mapped.get(one.record_id, one.record_id))
        yield (
            one.id,
            *facts.of_document(bundle.document),
            *facts.of_segment(segments.get(one.segment_id or "")),
            *facts.of_passage(passage),
            *facts.of_speaker(quote, passage),
            *(code.kind, code.id, code.name, tree[code.parent].name if code.parent in tree else None),
            *(one.start, one.end, one.text),
            *_coded(one),
        )


def _coded(one: Coding) -> tuple[Value, ...]:
    told = (one.coder, one.source, one.decision, one.grade, one.p, one.model_version, one.note or None)
    return (*told, f"{one.passage_id or '-'} {one.code} {one.decision} {one.grade or '-'}")


def _unknown(code: str) -> Code:
    """Return a code of an instrument that is not the one at hand."""
    kind, _, name = code.partition(":")
    return Code(id=code, kind=kind, name=name, parent=None)  # type: ignore[arg-type]
