"""Walks the stages, skips what is unchanged, hands documents to the engine, writes the manifest.

Nothing vanishes: what cannot be used goes to errors.jsonl with its reason, and the rest of the work goes on.
"""

import contextlib
import platform
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from pipeline import jsonl, manifest
from pipeline.corpus_records import CorpusRecords
from pipeline.corrections import applying
from pipeline.corrections.applying import Decisions
from pipeline.corrections.dealing import Dealt
from pipeline.errors import ErrorCode, PipelineError
from pipeline.kept import DamagedStoreError, Kept, discard, is_damaged, open_kept
from pipeline.manifest import InputFile, Manifest, OutputFile, StageState
from pipeline.plan import Outcome, Plan, check, check_shard
from pipeline.progress import track
from pipeline.records import Document, Refusal, Severity
from pipeline.stages import STAGES, Stage
from pipeline.work import whole
from pipeline.work.chain import Chain, kind_of
from pipeline.work.ingesting import Ingesting
from pipeline.work.inputs import list_inputs, n_bytes
from pipeline.work.keys import Basis, basis_of, require_unchanged
from pipeline.work.places import StageFile, open_file, open_old, records_of
from pipeline.work.writing import writing

ERRORS = "errors.jsonl"


def run(plan: Plan, names: Sequence[str]) -> Outcome:
    """Run the named stages in the order of the pipeline.

    Raises:
        PipelineError: corpus, codebook, rubric, models or outputs cannot be used, a stage lacks what it reads, or
            another command is writing there.
    """
    check(plan, names)
    with writing(plan.outputs, f"pop {names[0] if len(names) == 1 else 'run'}", plan.say):
        check_shard(plan, manifest.load(plan.outputs))
        try:
            return _run(plan, names)
        except (DamagedStoreError, sqlite3.DatabaseError) as error:
            if not is_damaged(error):
                raise
            plan.say(f"the store of results in {plan.outputs} was damaged: all work is done again")
            discard(plan.outputs)
        return _run(plan, names)


def _run(plan: Plan, names: Sequence[str]) -> Outcome:
    began, started = time.monotonic(), datetime.now(UTC)
    before = manifest.load(plan.outputs)
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
        # Hashed before they are read: what somebody decides in between is taken in by the next run, not overlooked.
        self._label_files = manifest.label_files(plan.tools.labels_path)
        self._labels = plan.tools.labels
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
        if self._is_current(stage, self._of_inputs(basis)):
            return
        plan = self.plan
        old = {kind: self._old(kind) for kind in ("documents", "passages")}
        ingesting = Ingesting(self.state.inputs, basis, self.kept, old, reuse=not plan.force)
        lacking = ingesting.lacking()
        workers = plan.workers.for_bytes(n_bytes(plan.corpus, lacking))
        done = ingesting.run(plan.corpus, lacking, plan.tools.settings, workers)
        for _ in track(done, stage.name, len(lacking), quiet=plan.quiet):
            pass
        self.state = msgspec.structs.replace(self.state, inputs=ingesting.read)
        fingerprint = self._of_inputs(basis)
        for file in ingesting.write(plan.tools.settings.min_duplicate_words):
            self._written(file)
        self._finish(stage, basis, fingerprint, _refusals(self._files["documents"]))

    def _of_inputs(self, basis: Basis) -> str:
        return basis.key(*(part for entry in self.state.inputs for part in (entry.path, entry.sha256)))

    def _run_chain(self, stages: Sequence[Stage]) -> None:
        """Run the stages that see one document at a time; those that nothing has changed for are left out."""
        bases = {stage.name: basis_of(stage, self.plan.tools, self.kept) for stage in stages}
        decisions = {stage.name: applying.of_stage(stage, self._labels, self.plan.tools) for stage in stages}
        due = self._due(stages, bases, decisions)
        if due:
            self._run_due(due, bases, decisions)
        for stage in stages:
            self._agree(stage)

    def _run_due(self, due: Sequence[Stage], bases: Mapping[str, Basis], decisions: Mapping[str, Decisions]) -> None:
        dealt = {stage.name: self._deal(decisions[stage.name]) for stage in due}
        decided = {name: one.by_document for name, one in dealt.items()}
        old = {kind_of(stage): self._old(kind_of(stage)) for stage in due}
        read = {kind for stage in due for kind in stage.reads if kind not in old}
        files = {kind: self._file(kind) for kind in sorted(read)} | old
        chain = Chain(due, files, bases, decided, self.kept, not self.plan.force)
        self._work(chain)
        for stage in due:
            self._write(stage, chain, bases[stage.name], decisions[stage.name], dealt[stage.name])
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
        encode = whole.Reader(self.plan.tools, self.kept).encode  # two documents that share a site are rare
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
            whole.index(self.plan, self._records, self.kept, anew=anew)
        else:
            whole.report(self.plan, self._records, self._errors, self.kept)
        require_unchanged(self.plan.tools, basis.needs, self.kept)
        self._finish(stage, basis, fingerprint, [])

    def _write_parquet(self) -> None:
        from pipeline import parquet  # noqa: PLC0415

        files, new = parquet.write_all(self.plan.outputs, self.kept, self.plan.parquet)
        others = [entry for entry in self.state.outputs if not entry.path.endswith(parquet.SUFFIX)]
        outputs = sorted([*others, *files], key=lambda entry: entry.path)
        self.state = msgspec.structs.replace(self.state, outputs=outputs)
        self.outcome.ran += ["parquet"] if new else []

    @cached_property
    def _records(self) -> CorpusRecords:
        """The documents with all their records, when the stages that see one at a time are done."""
        return records_of({kind: self._file(kind) for kind in STAGES["index"].reads})

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
