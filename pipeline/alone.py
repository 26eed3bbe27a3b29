"""A stage on its own, on a JSONL file of its input records, without a corpus.

A record needs only `id` and `text` (a quote also has `context`, where there is one); what is missing is filled in. Each
record that names no document is a document of its own.
"""

import itertools
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from pipeline import engine, jsonl
from pipeline.files import sha256_text
from pipeline.records import Bundle, Document, Name, Passage, Quote, Refusal, Span
from pipeline.run import ERRORS, Outcome, Plan, apply_stage
from pipeline.stages import STAGES

Work = Iterator[Bundle]
_BATCH = 64


class _PassageInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a passage must at least have; all else is taken from the record where it is there."""

    id: Name
    text: str


class _QuoteInput(msgspec.Struct, frozen=True, kw_only=True):
    id: Name
    text: Name
    context: str | None = None


def run(name: str, work: Work, plan: Plan) -> Outcome:
    """Apply a stage to the bundles and write its records and errors.jsonl into plan.outputs."""
    began = time.monotonic()
    stage = STAGES[name]
    batches = iter(lambda: list(itertools.islice(work, _BATCH)), [])
    results = engine.each(partial(apply_stage, name, plan.tools), batches, plan.jobs or 1)
    refusals: list[Refusal] = []
    n = 0
    with jsonl.writer(plan.outputs / stage.writes[0]) as put:
        for records, refused in results:
            refusals += refused
            for record in records:
                put(record)
                n += 1
    jsonl.write(plan.outputs / ERRORS, refusals)
    return Outcome([name], {stage.writes[0].removesuffix(".jsonl"): n}, refusals, time.monotonic() - began)


def from_passages(path: Path) -> Work:
    """Read passages, whole records or only `id` and `text`; those of one document stay together.

    Raises:
        PipelineError: a line lacks its id or text.
    """
    records = zip(jsonl.read(path, _PassageInput), jsonl.read(path, dict[str, Any]), strict=True)
    for document_id, group in itertools.groupby(records, key=lambda pair: pair[1].get("document_id") or pair[0].id):
        passages = [_passage(given, fields, document_id) for given, fields in group]
        yield Bundle(document=_document(document_id, passages), passages=passages)


def _passage(given: _PassageInput, fields: dict[str, Any], document_id: str) -> Passage:
    whole: dict[str, Any] = {
        "document_id": document_id,
        "index": 0,
        "kind": "paragraph",
        "level": None,
        "page": None,
        "speaker": None,
        "duplicate_of": None,
        "start": 0,
    } | fields
    whole["end"] = whole["start"] + len(given.text)
    return msgspec.convert(whole, Passage)


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
        PipelineError: a line lacks its id or text.
    """
    for given in jsonl.read(path, _QuoteInput):
        context = given.context or given.text
        if given.text not in context:
            context = f"{context}\n{given.text}"
        start = context.index(given.text)
        fields = {"id": f"{given.id}:context", "text": context}
        passage = _passage(_PassageInput(**fields), fields, given.id)
        quote = Quote(
            id=given.id,
            document_id=given.id,
            segment_id=None,
            passage_id=passage.id,
            text=given.text,
            start=start,
            end=start + len(given.text),
            parts=[Span(start=start, end=start + len(given.text))],
            form="inline",
            speaker=None,
            cue=None,
            confidence=1.0,
        )
        yield Bundle(document=_document(given.id, [passage]), passages=[passage], quotes=[quote])
