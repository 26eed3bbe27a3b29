"""Walks the stages, skips what is unchanged, hands documents to the engine, writes the manifest.

Nothing vanishes: what cannot be used goes to errors.jsonl with its reason, and the rest of the work goes on.
"""

import itertools
import os
import platform
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from pipeline import engine, jsonl, manifest
from pipeline.config import RESERVED
from pipeline.corpus_records import CorpusRecords
from pipeline.corrections import applying
from pipeline.corrections.applying import Decisions
from pipeline.corrections.folder import Recorded
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import not_writable, sha256_file, sha256_or_nothing, sha256_text
from pipeline.manifest import InputFile, Manifest, StageState
from pipeline.progress import track
from pipeline.records import RECORD_TYPES, Bundle, Document, Record, Refusal, Segment, Severity
from pipeline.refusals import refusal, unexpected
from pipeline.stages import STAGES, Stage
from pipeline.tools import MODELS, Tools

BATCH = 8
"""Documents that a worker process is handed at once."""

SEGMENT_MAPPINGS = "segment_mappings.jsonl"
ERRORS = "errors.jsonl"

_OF_ALL_DOCUMENTS = (
    ErrorCode.INVALID_MODEL,
    ErrorCode.INVALID_CODEBOOK,
    ErrorCode.INVALID_RUBRIC,
    ErrorCode.MISSING_FILE,
)
"""Errors of what all documents share: they end the stage, instead of being noted once for each document."""


@dataclass(frozen=True)
class Plan:
    """What to run, on what, and how. Only corpus, tools and their contents can change a result."""

    corpus: Path
    outputs: Path
    tools: Tools
    jobs: int = 1
    force: bool = False
    quiet: bool = False


@dataclass
class Outcome:
    """What a run did. `ran`: the stages that were not skipped."""

    ran: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def refused(self) -> int:
        """How many inputs were left out."""
        return sum(refusal.severity is Severity.REFUSED for refusal in self.refusals)

    @property
    def unexpected(self) -> bool:
        """Whether a fault of ours, not of an input, was met."""
        return any(refusal.error == ErrorCode.UNEXPECTED for refusal in self.refusals)


def run(plan: Plan, names: Sequence[str]) -> Outcome:
    """Run the named stages in the order of the pipeline.

    Raises:
        PipelineError: corpus, codebook, rubric, models or outputs cannot be used, or a stage lacks what it reads.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    _check(plan, names)
    outcome = Outcome()
    before = manifest.load(plan.outputs)
    intact = _is_intact(ERRORS, before, plan.outputs)
    inputs = _inputs(plan.corpus, plan.outputs) if "ingest" in names else before.inputs
    state = Manifest(
        inputs=inputs,
        labels=before.labels,
        outputs=before.outputs,
        models=before.models,
        settings=plan.tools.settings,
        counts=before.counts,
        # Refusals cannot be told from the other outputs: where they were lost, every stage is due again.
        stages=before.stages if intact else [],
        run=before.run,
    )
    errors = _errors(plan.outputs) if intact else []
    label_files, labels = manifest.label_files(plan.tools.labels_path), plan.tools.labels
    for stage in STAGES.values():
        if stage.name not in names:
            continue
        _require(stage, plan.outputs)
        decisions = applying.of_stage(stage, labels, plan.tools)
        fingerprint = _fingerprint(stage, plan, inputs, decisions)
        if not plan.force and _is_current(stage, state, plan.outputs, fingerprint):
            state = _agreeing(state, stage, label_files)
            continue
        errors = [error for error in errors if error.stage != stage.name]
        errors += _execute(stage, plan, inputs, decisions)
        jsonl.write(plan.outputs / ERRORS, _in_order(errors))
        state = _agreeing(_record(stage, state, plan, fingerprint), stage, label_files)
        outcome.ran.append(stage.name)
        manifest.save(state, plan.outputs)
    outcome.refusals = errors
    outcome.counts = _counts(state, outcome)
    outcome.seconds = time.monotonic() - began
    if outcome.ran or (outcome.counts, state.stages) != (before.counts, before.stages):
        manifest.save(
            msgspec.structs.replace(state, counts=outcome.counts, run=_run_facts(plan, started, outcome)), plan.outputs
        )
    return outcome


def bundles(outputs: Path, kinds: Sequence[str], of: Collection[str] | None = None) -> Iterator[Bundle]:
    """Stream the documents of an output folder, each with its records of the given kinds.

    Args:
        outputs: the folder.
        kinds: of records.
        of: only these documents, by their ids, which takes a third of the time; `None`: all.
    """
    grouped = [kind for kind in kinds if kind not in {"documents", "errors"}]
    streams = {kind: _Grouped(jsonl.read(_path(outputs, kind), RECORD_TYPES[kind], of=of)) for kind in grouped}
    for document in jsonl.read(_path(outputs, "documents"), Document, of=of):
        yield Bundle(document=document, **{kind: stream.take(document.id) for kind, stream in streams.items()})


class _Grouped:
    """The records of a stage file, which stand in the order of the documents, handed out document by document."""

    def __init__(self, records: Iterable[Any]) -> None:
        self._groups = itertools.groupby(records, key=lambda record: record.document_id)
        self._next = next(self._groups, None)

    def take(self, document_id: str) -> list[Any]:
        if self._next is None or self._next[0] != document_id:
            return []
        found = list(self._next[1])
        self._next = next(self._groups, None)
        return found


def _check(plan: Plan, names: Sequence[str]) -> None:
    if not plan.corpus.is_dir():
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no folder {plan.corpus}",
            expected="a folder with the documents to read",
            do="name it with --corpus (or CORPUS= for make)",
        )
    if plan.corpus.resolve().is_relative_to(plan.outputs.resolve()):
        raise PipelineError(
            ErrorCode.NOT_WRITABLE,
            found=f"the documents in {plan.corpus} lie in the folder of the results, {plan.outputs}",
            expected="two folders; results among the documents would be read as documents",
            do="name another folder with --outputs (or OUTPUTS= for make)",
        )
    try:
        plan.outputs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(plan.outputs, error) from error
    if not os.access(plan.outputs, os.W_OK):
        raise not_writable(plan.outputs, PermissionError(13, "Permission denied"))
    _ = plan.tools.codebook, plan.tools.rubric
    for model in _models(names):
        if not (plan.tools.models_with(model) / model).is_dir():
            raise PipelineError(
                ErrorCode.INVALID_MODEL,
                found=f"no folder {model}/ in {plan.tools.models_path}",
                expected="a trained model",
                do="train one (pop train), or name the folder that holds the models with --models",
            )


def _models(names: Sequence[str]) -> list[str]:
    """Return the folders of the models that the stages need."""
    needs = [need for name in names for need in STAGES[name].needs]
    return [MODELS[need] for need in needs if need in MODELS]


def _inputs(corpus: Path, outputs: Path) -> list[InputFile]:
    """List the documents of a corpus in a fixed order; a file that cannot be read has the hash of nothing.

    Raises:
        PipelineError: there are none.
    """
    found = []
    for path in corpus.rglob("*"):
        parts = path.relative_to(corpus).parts
        hidden = any(part.startswith((".", "~$")) for part in parts)
        ours = path.resolve().is_relative_to(outputs.resolve())
        if (path.is_file() or _is_broken_link(path)) and not hidden and not ours and parts[0] not in RESERVED:
            found.append(InputFile(_printable("/".join(parts)), sha256_or_nothing(path)))
    if not found:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no documents in {corpus}",
            expected="files ending in .txt, .md, .html, .docx, .pdf, .vtt or .srt",
            do="copy some there, or name another folder with --corpus (CORPUS= for make)",
        )
    return sorted(found, key=lambda entry: entry.path)


def _is_broken_link(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _printable(path: str) -> str:
    """Write bytes of a name that are no UTF-8 with their number; no such file is found, and so it is refused."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _fingerprint(stage: Stage, plan: Plan, inputs: list[InputFile], decisions: Decisions) -> str:
    parts = [stage.name, manifest.code_sha256(), msgspec.json.encode(plan.tools.settings).decode()]
    parts.append(decisions.fingerprint())
    if stage.name == "ingest":
        parts += [part for entry in inputs for part in (entry.path, entry.sha256)]
    parts += [sha256_file(_path(plan.outputs, kind)) for kind in stage.reads]
    parts += [_need_sha256(need, plan.tools) for need in stage.needs]
    return sha256_text(*parts)


def _need_sha256(need: str, tools: Tools) -> str:
    if need in MODELS:
        return manifest.folder_sha256(tools.models_with(MODELS[need]) / MODELS[need])
    if need == "theme_errors":
        return tools.theme_errors_sha256()
    if need == "metrics":
        return tools.metrics_sha256()
    return tools.codebook.sha256 if need == "codebook" else tools.rubric.sha256


def _is_current(stage: Stage, state: Manifest, outputs: Path, fingerprint: str) -> bool:
    done = state.stage(stage.name)
    if done is None or done.fingerprint != fingerprint:
        return False
    return all(_is_intact(name, state, outputs) for name in done.outputs)


def _is_intact(name: str, state: Manifest, outputs: Path) -> bool:
    known = state.output_sha256().get(name)
    return (outputs / name).is_file() and sha256_file(outputs / name) == known


def _require(stage: Stage, outputs: Path) -> None:
    for kind in stage.reads:
        if not _path(outputs, kind).is_file():
            raise PipelineError(
                ErrorCode.MISSING_FILE,
                found=f"no {kind}.jsonl in {outputs}",
                expected=f"what the stages before {stage.name} write",
                do="run them first: pop run does all in order",
            )


def _execute(stage: Stage, plan: Plan, inputs: list[InputFile], decisions: Decisions) -> list[Refusal]:
    if stage.name == "ingest":
        return _ingest(plan, inputs)
    if stage.apply is not None:
        refusals = _by_document(stage, plan, inputs, decisions)
        if stage.name == "segment":
            _link_segments(plan)
        return refusals
    if stage.name == "index":
        _index(stage, plan)
    else:
        _report(stage, plan)
    return []


def _ingest(plan: Plan, inputs: list[InputFile]) -> list[Refusal]:
    from pipeline.stages.ingest import Ingested, duplicates, ingest_file  # noqa: PLC0415

    read = partial(ingest_file, plan.corpus, settings=plan.tools.settings)
    jobs = engine.processes(plan.jobs, _size(plan.corpus, inputs))
    results = engine.each(read, [entry.path for entry in inputs], jobs)
    refusals: list[Refusal] = []
    link = duplicates.Linker(plan.tools.settings.min_duplicate_words)
    with (
        jsonl.writer(_path(plan.outputs, "documents")) as put_document,
        jsonl.writer(_path(plan.outputs, "passages")) as put_passage,
    ):
        for result in track(results, "ingest", len(inputs), quiet=plan.quiet):
            refusals += result.refusals
            if isinstance(result, Ingested) and result.document is not None:
                put_document(result.document)
                for passage in link.link(result.passages):
                    put_passage(passage)
    return refusals


def _by_document(stage: Stage, plan: Plan, inputs: list[InputFile], decisions: Decisions) -> list[Refusal]:
    dealt = applying.dealt(decisions, lambda: jsonl.read(_path(plan.outputs, "documents"), Document))
    work = (
        (batch, {one.document.id: dealt.by_document.get(one.document.id, []) for one in batch})
        for batch in _batched(bundles(plan.outputs, stage.reads))
    )
    jobs = engine.processes(plan.jobs, _size(plan.corpus, inputs))
    results = engine.each(partial(_apply_to, stage.name, plan.tools), work, jobs)
    refusals: list[Refusal] = [*decisions.doubts, *applying.orphans(dealt.lost, stage.name)]
    with jsonl.writer(plan.outputs / stage.writes[0]) as put:
        for records, refused in track(results, stage.name, None, quiet=plan.quiet):
            refusals += refused
            for record in records:
                put(record)
    return refusals


def map_segments(plan: Plan) -> int:
    """Map the problems of practice of an output folder: segment_mappings.jsonl. Return how many records were written.

    Raises:
        PipelineError: rubric or model cannot be used, or the folder lacks the records that are read.
    """
    from pipeline.stages.map import map_segments as of_document  # noqa: PLC0415

    tools = plan.tools
    found = (
        mapping
        for bundle in bundles(plan.outputs, ("documents", "passages", "segments"))
        for mapping in of_document(bundle, tools.practice_model, tools.rubric, tools.encoder, tools.settings)
    )
    n = 0
    with jsonl.writer(plan.outputs / SEGMENT_MAPPINGS) as put:
        for mapping in found:
            put(mapping)
            n += 1
    return n


def _link_segments(plan: Plan) -> None:
    """Link the same problem across documents, which no document can see by itself."""
    from pipeline.stages.segment.linking import cases_of, link, with_links  # noqa: PLC0415

    def encode(texts: Sequence[str]) -> Any:  # the encoder is loaded only where two documents share a site
        return plan.tools.encoder.encode(texts)

    cases = (case for bundle in bundles(plan.outputs, ("documents", "segments")) for case in cases_of(bundle))
    links = link(cases, encode)
    if links:
        path = _path(plan.outputs, "segments")
        jsonl.write(path, with_links(jsonl.read(path, Segment), links))


def _apply_to(
    name: str, tools: Tools, work: tuple[list[Bundle], Mapping[str, Sequence[Recorded]]]
) -> tuple[list[Record], list[Refusal]]:
    return apply_stage(name, tools, *work)


def apply_stage(
    name: str, tools: Tools, batch: list[Bundle], decided: Mapping[str, Sequence[Recorded]] | None = None
) -> tuple[list[Record], list[Refusal]]:
    """Apply a stage to some documents. A fault in one document is reported and does not cost the others.

    Args:
        name: of the stage.
        tools: what it works with.
        batch: the documents.
        decided: what people decided of them, by the id of the document.
    """
    records: list[Record] = []
    refusals: list[Refusal] = []
    for bundle in batch:
        try:
            made, noted = _made(STAGES[name], bundle, tools, (decided or {}).get(bundle.document.id, ()))
            records += made
            refusals += noted
        except PipelineError as error:
            if error.code in _OF_ALL_DOCUMENTS:
                raise
            refusals.append(refusal(bundle.document.path, name, error.code, str(error)))
        except Exception as error:
            if os.environ.get("POP_DEBUG"):
                raise
            refusals.append(refusal(bundle.document.path, name, ErrorCode.UNEXPECTED, unexpected(error)))
    return records, refusals


def _made(
    stage: Stage, bundle: Bundle, tools: Tools, decided: Sequence[Recorded]
) -> tuple[Sequence[Record], list[Refusal]]:
    """Return what a stage makes of a document, as people corrected it, and what is to be said about that."""
    assert stage.apply is not None
    found = stage.apply(bundle, tools)
    records: Sequence[Record] = [record for record in found if not isinstance(record, Refusal)]
    refusals = [record for record in found if isinstance(record, Refusal)]
    if decided and stage.correct is not None:
        records, lost = stage.correct(bundle, records, decided, tools)
        refusals += applying.orphans(lost, stage.name)
    return records, refusals


def _index(stage: Stage, plan: Plan) -> None:
    from pipeline.stages.index import build_index  # noqa: PLC0415

    documents = track(bundles(plan.outputs, stage.reads), "index", None, quiet=plan.quiet)
    records, tools = CorpusRecords.of(documents), plan.tools
    database = plan.outputs / stage.writes[0]
    build_index(database, records, tools.codebook, tools.rubric, tools.encoder, anew=plan.force)


def _report(stage: Stage, plan: Plan) -> None:
    from pipeline.stages.report import write_report  # noqa: PLC0415
    from pipeline.stages.report.findings import Basis  # noqa: PLC0415

    documents = track(bundles(plan.outputs, stage.reads), "report", None, quiet=plan.quiet)
    tools = plan.tools
    basis = Basis(tools.codebook, tools.rubric, tools.theme_errors, tools.settings, tools.metrics)
    write_report(plan.outputs, documents, _errors(plan.outputs), basis, max(1, plan.jobs))


def _record(stage: Stage, state: Manifest, plan: Plan, fingerprint: str) -> Manifest:
    names = [name for written in stage.writes for name in _files(plan.outputs, written)]
    done = StageState(stage.name, fingerprint, names)
    old = state.stage(stage.name)
    stale = {*(old.outputs if old else []), *names, ERRORS}
    outputs = [entry for entry in state.outputs if entry.path not in stale]
    outputs += [manifest.describe_output(plan.outputs, name) for name in (*names, ERRORS)]
    order = list(STAGES)
    stages = [entry for entry in state.stages if entry.name != stage.name] + [done]
    return msgspec.structs.replace(
        state,
        outputs=sorted(outputs, key=lambda entry: entry.path),
        stages=sorted(stages, key=lambda entry: order.index(entry.name)),
        models={**state.models, **{need: _need_sha256(need, plan.tools) for need in stage.needs}},
    )


def _agreeing(state: Manifest, stage: Stage, labels: list[InputFile]) -> Manifest:
    """Note the files of decisions that the records of a stage agree with."""
    if stage.decides is None:
        return state
    read = manifest.labels_sha256(labels)
    stages = [
        msgspec.structs.replace(entry, labels_sha256=read) if entry.name == stage.name else entry
        for entry in state.stages
    ]
    return msgspec.structs.replace(state, labels=labels, stages=stages)


def _files(outputs: Path, written: str) -> list[str]:
    path = outputs / written
    if path.is_dir():
        return sorted(f"{written}/{entry.name}" for entry in path.iterdir())
    return [written]


def _counts(state: Manifest, outcome: Outcome) -> dict[str, int]:
    records = {entry.path.removesuffix(".jsonl"): entry.records for entry in state.outputs if entry.records is not None}
    records.pop("errors", None)
    refused = {refusal.path for refusal in outcome.refusals if refusal.severity is Severity.REFUSED}
    orphaned = sum(refusal.error == ErrorCode.ORPHANED_LABEL for refusal in outcome.refusals)
    found = {"files": len(state.inputs), "refused": len(refused), **dict(sorted(records.items()))}
    return found | ({"orphaned": orphaned} if orphaned else {})


def _run_facts(plan: Plan, started: datetime, outcome: Outcome) -> dict[str, Any]:
    return {
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(outcome.seconds, 2),
        "stages": outcome.ran,
        "corpus": str(plan.corpus),
        "jobs": plan.jobs,
        "host": platform.node(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _errors(outputs: Path) -> list[Refusal]:
    path = outputs / ERRORS
    return list(jsonl.read(path, Refusal)) if path.is_file() else []


def _in_order(errors: list[Refusal]) -> list[Refusal]:
    order = list(STAGES)
    return sorted(errors, key=lambda error: (order.index(error.stage), error.path, error.error))


def _batched(documents: Iterator[Bundle]) -> Iterator[list[Bundle]]:
    while batch := list(itertools.islice(documents, BATCH)):
        yield batch


def _size(corpus: Path, inputs: list[InputFile]) -> int:
    paths = [corpus / entry.path for entry in inputs]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _path(outputs: Path, kind: str) -> Path:
    return outputs / f"{kind}.jsonl"


__all__ = ["ERRORS", "Outcome", "Plan", "apply_stage", "bundles", "run"]
