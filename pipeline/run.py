"""Walks the stages, skips what is unchanged, hands documents to the engine, writes the manifest.

Nothing vanishes: what cannot be used goes to errors.jsonl with its reason, and the rest of the work goes on.
"""

import contextlib
import itertools
import os
import platform
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from pipeline import jsonl, manifest
from pipeline.corpus_records import CorpusRecords
from pipeline.corrections import applying
from pipeline.corrections.applying import Decisions
from pipeline.corrections.dealing import Dealt
from pipeline.engine import Workers
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import not_writable
from pipeline.kept import Kept, open_kept
from pipeline.manifest import InputFile, Manifest, OutputFile, StageState
from pipeline.progress import track
from pipeline.records import RECORD_TYPES, Bundle, Document, Refusal, Severity
from pipeline.stages import STAGES, Stage
from pipeline.tools import MODELS, Tools
from pipeline.work.chain import VECTORS, Chain, apply_stage, kind_of
from pipeline.work.ingesting import Ingesting
from pipeline.work.inputs import list_inputs, n_bytes
from pipeline.work.keys import Basis, basis_of
from pipeline.work.places import StageFile, open_file, open_old, records_of
from pipeline.work.shard import Shard

SEGMENT_MAPPINGS = "segment_mappings.jsonl"
ERRORS = "errors.jsonl"


@dataclass(frozen=True)
class Plan:
    """What to run, on what, and how. Only corpus, tools and their contents can change a result."""

    corpus: Path
    outputs: Path
    tools: Tools
    workers: Workers = field(default_factory=Workers)
    force: bool = False
    quiet: bool = False
    shard: Shard = field(default_factory=Shard)
    parquet: bool = False
    """Whether the stage files are to stand there as Parquet, too."""


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
    before = manifest.load(plan.outputs)
    _check_shard(plan, before)
    with open_kept(plan.outputs) as kept, contextlib.closing(_Run(plan, names, kept, before)) as going:
        going.run()
        outcome = going.outcome
        outcome.seconds = time.monotonic() - began
        state = msgspec.structs.replace(going.state, counts=outcome.counts)
        if outcome.ran or (state.counts, state.stages, state.outputs) != (before.counts, before.stages, before.outputs):
            manifest.save(msgspec.structs.replace(state, run=_run_facts(plan, started, outcome)), plan.outputs)
    return outcome


class _Run:
    """One run: what is known so far, stage by stage."""

    def __init__(self, plan: Plan, names: Sequence[str], kept: Kept, before: Manifest) -> None:
        self.plan, self.names, self.kept = plan, names, kept
        self.outcome = Outcome()
        # Refusals cannot be told from the other outputs: where they were lost, every stage is looked at again.
        intact = self._is_intact(ERRORS, before)
        self.state = msgspec.structs.replace(
            before,
            version=Manifest().version,
            schema_version=Manifest().schema_version,
            inputs=plan.shard.of(list_inputs(plan.corpus, plan.outputs, kept)) if "ingest" in names else before.inputs,
            settings=plan.tools.settings,
            stages=before.stages if intact else [],
        )
        self._errors = _errors(plan.outputs) if intact else []
        self._labels, self._label_files = plan.tools.labels, manifest.label_files(plan.tools.labels_path)
        self._files: dict[str, StageFile] = {}
        self._opened = contextlib.ExitStack()

    def run(self) -> None:
        """Run the stages."""
        stages = [STAGES[name] for name in STAGES if name in self.names]
        if any(not stage.reads for stage in stages):
            self._ingest(STAGES["ingest"])
        self._run_chain([stage for stage in stages if stage.apply is not None])
        for stage in stages:
            if stage.sees_all:
                self._run_on_all(stage)
        self._write_parquet()
        self.outcome.refusals = self._errors
        self.outcome.counts = _counts(self.state, self.outcome)

    def close(self) -> None:
        """Let go of all files."""
        self._opened.close()

    def _ingest(self, stage: Stage) -> None:
        basis = basis_of(stage, self.plan.tools, self.kept)
        fingerprint = basis.key(*(part for entry in self.state.inputs for part in (entry.path, entry.sha256)))
        if self._is_current(stage, fingerprint):
            return
        plan = self.plan
        old = {kind: self._old(kind) for kind in ("documents", "passages")}
        ingesting = Ingesting(self.state.inputs, basis, self.kept, old, reuse=not plan.force)
        lacking = ingesting.lacking()
        workers = plan.workers.for_bytes(n_bytes(plan.corpus, lacking))
        done = ingesting.run(plan.corpus, lacking, plan.tools.settings, workers)
        for _ in track(done, stage.name, len(lacking), quiet=plan.quiet):
            pass
        for file in ingesting.write(plan.tools.settings.min_duplicate_words):
            self._written(file)
        self._finish(stage, basis, fingerprint, _refusals(self._files["documents"]))

    def _run_chain(self, stages: Sequence[Stage]) -> None:
        """Run the stages that see one document at a time; those that nothing has changed for are left out."""
        bases = {stage.name: basis_of(stage, self.plan.tools, self.kept) for stage in stages}
        decisions = {stage.name: applying.of_stage(stage, self._labels, self.plan.tools) for stage in stages}
        due = self._due(stages, bases, decisions)
        if not due:
            for stage in stages:
                self._agree(stage)
            return
        dealt = {stage.name: self._deal(decisions[stage.name]) for stage in due}
        decided = {name: one.by_document for name, one in dealt.items()}
        old = {kind_of(stage): self._old(kind_of(stage)) for stage in due}
        read = {kind for stage in due for kind in stage.reads if kind not in old}
        files = {kind: self._file(kind) for kind in sorted(read)} | old
        chain = Chain(due, files, bases, decided, self.kept, not self.plan.force)
        self._work(chain)
        for stage in stages:
            if stage in due:
                self._write(stage, chain, bases[stage.name], decisions[stage.name], dealt[stage.name])
            self._agree(stage)
        for stage in due:
            self.kept.keep_only(kind_of(stage))

    def _due(self, stages: Sequence[Stage], bases: Mapping[str, Basis], made: Mapping[str, Decisions]) -> list[Stage]:
        """Return the stages for which something may have changed, also what another of them is about to write."""
        due: list[Stage] = []
        for stage in stages:
            about = {kind_of(other) for other in due} & set(stage.reads)
            self._require(stage, about)
            if about or not self._is_current(stage, self._fingerprint(stage, bases[stage.name], made[stage.name])):
                due.append(stage)
        return due

    def _work(self, chain: Chain) -> None:
        todo = chain.lacking()
        names = dict.fromkeys(name for stages in todo.values() for name in stages)
        places = [chain.files["documents"].place(path) for path in todo]
        workers = self.plan.workers.for_bytes(sum(place.length for place in places if place is not None))
        for _ in track(chain.run(todo, self.plan.tools, workers), ", ".join(names), len(todo), quiet=self.plan.quiet):
            pass

    def _write(self, stage: Stage, chain: Chain, basis: Basis, decisions: Decisions, dealt: Dealt) -> None:
        fingerprint = self._fingerprint(stage, basis, decisions)
        if self._is_current(stage, fingerprint):
            return
        kind = kind_of(stage)
        links = self._links(chain, basis) if stage.name == "segment" else {}
        self._written(chain.write(kind, links))
        noted = [*decisions.doubts, *applying.orphans(dealt.lost, stage.name)]
        self._finish(stage, basis, fingerprint, [*noted, *_refusals(self._files[kind])])

    def _links(self, chain: Chain, basis: Basis) -> dict[str, dict[str, list[str]]]:
        """Link the same problem across documents, which no document can see by itself."""
        from pipeline.stages.segment.linking import Links, cases_of  # noqa: PLC0415

        self.kept.begin_anew("linked_", basis.digest)
        links = Links(self.kept.connection)
        encode = _Reader(self.plan.tools, self.kept).encode  # two documents that share a site are rare
        made = {path: entry.made for path, entry in chain.entries["segments"].items()}
        links.update(made, lambda path: cases_of(chain.bundle(path)), encode)
        self.kept.save()
        return links.links()

    def _run_on_all(self, stage: Stage) -> None:
        self._require(stage, set())
        basis = basis_of(stage, self.plan.tools, self.kept)
        fingerprint = self._fingerprint(stage, basis, Decisions())
        if self._is_current(stage, fingerprint):
            return
        if stage.name == "index":
            anew = self.plan.force or not all(self._is_intact(name, self.state) for name in stage.writes)
            _index(self.plan, self._records(stage), self.kept, anew=anew)
        else:
            _report(self.plan, self._records(stage), self.kept)
        self._finish(stage, basis, fingerprint, [])

    def _write_parquet(self) -> None:
        from pipeline import parquet  # noqa: PLC0415

        files, new = parquet.write_all(self.plan.outputs, self.kept, self.plan.parquet)
        others = [entry for entry in self.state.outputs if not entry.path.endswith(parquet.SUFFIX)]
        outputs = sorted([*others, *files], key=lambda entry: entry.path)
        self.state = msgspec.structs.replace(self.state, outputs=outputs)
        self.outcome.ran += ["parquet"] if new else []

    def _records(self, stage: Stage) -> CorpusRecords:
        kinds = [kind for kind in stage.reads if kind != "errors"]
        return records_of({kind: self._file(kind) for kind in kinds})

    def _file(self, kind: str) -> StageFile:
        """Open a stage file as it stands."""
        if kind not in self._files:
            paths = None if kind == "documents" else {v: k for k, v in self._ids().items()}
            file = open_file(self.plan.outputs / f"{kind}.jsonl", self.kept, paths)
            self._files[kind] = self._opened.enter_context(contextlib.closing(file))
        return self._files[kind]

    def _old(self, kind: str) -> StageFile:
        """Open a stage file that is to be written anew."""
        self._files.pop(kind, None)
        return self._opened.enter_context(contextlib.closing(open_old(self.plan.outputs / f"{kind}.jsonl", self.kept)))

    def _written(self, file: StageFile) -> None:
        self._files[file.path.stem] = self._opened.enter_context(contextlib.closing(file))

    def _ids(self) -> dict[str, str]:
        """Return the path of each document → its id."""
        return {place.path: place.document_id for place in self._file("documents").places if place.length}

    def _deal(self, decisions: Decisions) -> Dealt:
        path = self._file("documents").path
        return applying.dealt(decisions, self._ids(), lambda: jsonl.read(path, Document))

    def _fingerprint(self, stage: Stage, basis: Basis, decisions: Decisions) -> str:
        read = [self.kept.sha256(self.plan.outputs / f"{kind}.jsonl") for kind in stage.reads]
        return basis.key(decisions.fingerprint(), *read)

    def _is_current(self, stage: Stage, fingerprint: str) -> bool:
        done = self.state.stage(stage.name)
        if self.plan.force or done is None or done.fingerprint != fingerprint:
            return False
        return all(self._is_intact(name, self.state) for name in done.outputs)

    def _is_intact(self, name: str, state: Manifest) -> bool:
        path = self.plan.outputs / name
        return path.is_file() and self.kept.sha256(path) == state.output_sha256().get(name)

    def _require(self, stage: Stage, about: Collection[str]) -> None:
        for kind in stage.reads:
            if kind not in about and not (self.plan.outputs / f"{kind}.jsonl").is_file():
                raise PipelineError(
                    ErrorCode.MISSING_FILE,
                    found=f"no {kind}.jsonl in {self.plan.outputs}",
                    expected=f"what the stages before {stage.name} write",
                    do="run them first: pop run does all in order",
                )

    def _finish(self, stage: Stage, basis: Basis, fingerprint: str, refusals: list[Refusal]) -> None:
        """Note that a stage is complete, and what it had to say."""
        self._errors = _in_order([error for error in self._errors if error.stage != stage.name] + refusals)
        jsonl.write(self.plan.outputs / ERRORS, self._errors)
        names = [name for written in stage.writes for name in _files(self.plan.outputs, written)]
        done = StageState(stage.name, fingerprint, names)
        old = self.state.stage(stage.name)
        stale = {*(old.outputs if old else []), *names, ERRORS}
        outputs = [entry for entry in self.state.outputs if entry.path not in stale]
        outputs += [self._described(name) for name in (*names, ERRORS)]
        order = list(STAGES)
        stages = [entry for entry in self.state.stages if entry.name != stage.name] + [done]
        self.state = msgspec.structs.replace(
            self.state,
            outputs=sorted(outputs, key=lambda entry: entry.path),
            stages=sorted(stages, key=lambda entry: order.index(entry.name)),
            models={**self.state.models, **basis.needs},
        )
        self.outcome.ran.append(stage.name)
        self._agree(stage)
        manifest.save(self.state, self.plan.outputs)

    def _described(self, name: str) -> OutputFile:
        """Hash an output and count its records."""
        path = self.plan.outputs / name
        kind = name.removesuffix(".jsonl")
        records = None
        if kind in self._files:
            records = sum(place.n for place in self._files[kind].places)
        elif name == ERRORS:
            records = len(self._errors)
        return OutputFile(name, self.kept.sha256(path), records)

    def _agree(self, stage: Stage) -> None:
        self.state = _agreeing(self.state, stage, self._label_files)


def _refusals(file: StageFile) -> list[Refusal]:
    return [refusal for place in file.places for refusal in place.refusals]


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


def _check_shard(plan: Plan, before: Manifest) -> None:
    others = len(before.inputs) - len(plan.shard.of(before.inputs))
    if others and not plan.force:
        raise PipelineError(
            ErrorCode.NOT_WRITABLE,
            found=f"{plan.outputs} holds the results of {others} documents that are no part of this shard",
            expected="a folder of its own for each shard",
            do="name another with --outputs, or leave --shard away to work on all documents",
        )


def _models(names: Sequence[str]) -> list[str]:
    """Return the folders of the models that the stages need."""
    needs = [need for name in names for need in STAGES[name].needs]
    return [MODELS[need] for need in needs if need in MODELS]


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


def _index(plan: Plan, records: CorpusRecords, kept: Kept, *, anew: bool) -> None:
    from pipeline.stages.index import build_index  # noqa: PLC0415

    tools = plan.tools
    database = plan.outputs / STAGES["index"].writes[0]
    reader = _Reader(tools, kept)
    build_index(database, _tracked(records, "index", plan), tools.codebook, tools.rubric, reader, anew=anew)
    kept.keep_only(VECTORS)


def _report(plan: Plan, records: CorpusRecords, kept: Kept) -> None:
    from pipeline.stages.report import write_report  # noqa: PLC0415
    from pipeline.stages.report.basis import Basis as Counted  # noqa: PLC0415

    tools = plan.tools
    basis = Counted(tools.codebook, tools.rubric, tools.theme_errors, tools.settings, tools.metrics)
    shown = _tracked(records, "report", plan)
    write_report(plan.outputs, shown, _errors(plan.outputs), basis, kept)


def _tracked(records: CorpusRecords, label: str, plan: Plan) -> CorpusRecords:
    """Show how many documents were read."""

    def read(of: Collection[str] | None) -> Iterator[Bundle]:
        total = len(records.hashes if of is None else of)
        return track(records.read(of), label, total, quiet=plan.quiet)

    return CorpusRecords(records.hashes, read)


@dataclass(frozen=True)
class _Reader:
    """The encoder, loaded only where there is something to read."""

    tools: Tools
    kept: Kept

    def encode(self, texts: Sequence[str]) -> Any:
        """Return one vector per text."""
        return self.tools.encoder.encode(texts)

    def known(self, key: str) -> bytes | None:
        """Return the vectors that were made when the document was tagged."""
        return self.kept.get(VECTORS, key)


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
        "jobs": plan.workers.jobs,
        "engine": plan.workers.engine,
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


def _path(outputs: Path, kind: str) -> Path:
    return outputs / f"{kind}.jsonl"


__all__ = ["ERRORS", "Outcome", "Plan", "apply_stage", "bundles", "run"]
