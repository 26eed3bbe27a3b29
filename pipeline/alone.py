"""A stage on its own, on a JSONL file of its input records, without a corpus.

A record needs only `id` and `text` (a quote also has `context`, where there is one); what is missing is filled in. Each
record that names no document is a document of its own.
"""

import itertools
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from pipeline import engine, jsonl, manifest
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_text
from pipeline.plan import Outcome, Plan
from pipeline.records import (
    Bundle,
    Document,
    HeadingLevel,
    Name,
    Offset,
    PageNumber,
    Passage,
    PassageKind,
    Quote,
    Record,
    Refusal,
    Span,
)
from pipeline.run import ERRORS
from pipeline.stages import STAGES
from pipeline.tools import Tools
from pipeline.work.chain import apply_stage
from pipeline.work.writing import writing

Work = Iterator[Bundle]
_Given = TypeVar("_Given", "_PassageInput", "_QuoteInput")
_BATCH = 64
_FARTHEST = 100_000_000


class _PassageInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a passage must at least have, `id` and `text`; all else is taken from the record where it is there."""

    id: Name
    text: str
    document_id: Name | None = None
    start: Offset | None = None
    index: Offset = 0
    kind: PassageKind = "paragraph"
    level: HeadingLevel | None = None
    page: PageNumber | None = None
    speaker: str | None = None
    duplicate_of: str | None = None


class _QuoteInput(msgspec.Struct, frozen=True, kw_only=True):
    id: Name
    text: Name
    context: str | None = None
    document_id: Name | None = None
    passage_id: Name | None = None
    segment_id: str | None = None


def run(name: str, work: Work, plan: Plan) -> Outcome:
    """Apply a stage to the bundles and write its records and errors.jsonl into plan.outputs.

    Raises:
        PipelineError: codebook, rubric or model cannot be used, the folder holds the outputs of a whole run, or
            another command is writing there.
    """
    _check(plan)
    with writing(plan.outputs, f"pop {name}", plan.say):
        return _run(name, work, plan)


def _run(name: str, work: Work, plan: Plan) -> Outcome:
    began = time.monotonic()
    stage = STAGES[name]
    batches = iter(lambda: list(itertools.islice(work, _BATCH)), [])
    results = engine.each(partial(_apply, name, plan.tools), batches, plan.workers.for_bytes(0))
    refusals: list[Refusal] = []
    n = 0
    with jsonl.writer(plan.outputs / stage.writes[0]) as put:
        for records, refused in itertools.chain.from_iterable(results):
            refusals += refused
            for record in records:
                put(record)
                n += 1
    jsonl.write(plan.outputs / ERRORS, refusals)
    return Outcome([name], {stage.writes[0].removesuffix(".jsonl"): n}, refusals, time.monotonic() - began)


def _apply(name: str, tools: Tools, batch: list[Bundle]) -> list[tuple[list[Record], list[Refusal]]]:
    return [apply_stage(name, tools, bundle) for bundle in batch]


def _check(plan: Plan) -> None:
    _ = plan.tools.codebook, plan.tools.rubric
    if (plan.outputs / manifest.FILE).is_file() and not plan.force:
        raise PipelineError(
            ErrorCode.NOT_WRITABLE,
            found=f"{plan.outputs} holds the outputs of a whole run",
            expected="another folder for a stage on a file of its own, which would overwrite part of them",
            do="name one with --outputs, or overwrite on purpose with --force",
        )


def from_passages(path: Path) -> Work:
    """Read passages, whole records or only `id` and `text`; those of one document stay together.

    Raises:
        PipelineError: a line lacks its id or text, a field has no such value, or an id stands twice.
    """
    for _, group in itertools.groupby(_distinct(jsonl.read(path, _PassageInput), path), key=_layout):
        passages = [_passage(given) for given in group]
        yield Bundle(document=_document(passages[0].document_id, passages), passages=passages)


def _layout(given: _PassageInput) -> tuple[str, str]:
    """Tell which records share a text: those of a document that say where they stand in it."""
    return (given.document_id, "") if given.document_id and given.start is not None else ("", given.id)


def _distinct(records: Iterable[_Given], path: Path) -> Iterator[_Given]:
    """Pass the records on; refuse an id that stands twice in a document: its results could not be told apart."""
    seen: set[tuple[str | None, str]] = set()
    for given in records:
        if (given.document_id, given.id) in seen:
            raise _invalid(f"{path}: the id {given.id!r} stands more than once", "a different id on every line")
        seen.add((given.document_id, given.id))
        yield given


def _invalid(found: str, expected: str) -> PipelineError:
    return PipelineError(
        ErrorCode.INVALID_RECORD,
        found=found,
        expected=expected,
        do="mend or delete that line; the form of each record is shown by pop schema",
    )


def _passage(given: _PassageInput) -> Passage:
    start = given.start or 0
    if start > _FARTHEST:
        raise _invalid(
            f"the passage {given.id!r} at the place {start:,}", f"a place up to {_FARTHEST:,} in its document"
        )
    fields = msgspec.structs.asdict(given)
    place = {"document_id": given.document_id or given.id, "start": start, "end": start + len(given.text)}
    return Passage(**fields | place)


def _document(document_id: str, passages: list[Passage]) -> Document:
    """Make a document whose text has each passage at its offsets, blanks elsewhere."""
    text = ""
    for passage in passages:
        text = text[: passage.start].ljust(passage.start) + passage.text
    return Document(
        id=document_id,
        path=document_id,
        sha256=sha256_text(text),
        media_type="application/jsonl",
        kind="other",
        title=None,
        date_start=None,
        date_end=None,
        place=None,
        authors=[],
        text=text,
        n_passages=len(passages),
        metadata={},
    )


def from_quotes(path: Path) -> Work:
    """Read quotes: whole records, or only `id`, `text` and `context`, the paragraph that the quote stands in.

    Raises:
        PipelineError: a line lacks its id or text, or an id stands twice.
    """
    for given in _distinct(jsonl.read(path, _QuoteInput), path):
        yield _quote_bundle(given)


def _quote_bundle(given: _QuoteInput) -> Bundle:
    """Make a document of a quote in its context; a quote whose words do not stand there as they are covers it all."""
    context = given.context or given.text
    document_id = given.document_id or given.id
    passage_id = given.passage_id or f"{given.id}:context"
    start = context.find(given.text)
    span = Span(start=start, end=start + len(given.text)) if start >= 0 else Span(start=0, end=len(context))
    passage = Passage(
        id=passage_id,
        document_id=document_id,
        index=0,
        kind="paragraph",
        level=None,
        text=context,
        start=0,
        end=len(context),
        page=None,
        speaker=None,
        duplicate_of=None,
    )
    quote = Quote(
        id=given.id,
        document_id=document_id,
        segment_id=given.segment_id,
        passage_id=passage_id,
        text=given.text,
        start=span.start,
        end=span.end,
        parts=[span],
        form="inline",
        speaker=None,
        cue=None,
        confidence=1.0,
    )
    return Bundle(document=_document(document_id, [passage]), passages=[passage], quotes=[quote])
