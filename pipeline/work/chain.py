"""The stages that see one document at a time, one after another: segment, quote, tag, map.

A document goes through all stages that have something to do in one piece of work, in one process, so that what was read
for one stage is at hand for the next. What a stage made is kept as soon as it is there: an interrupted run goes on.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import msgspec

from pipeline import engine, jsonl
from pipeline.corrections import applying
from pipeline.corrections.folder import Recorded
from pipeline.engine import Workers
from pipeline.errors import ErrorCode, PipelineError
from pipeline.kept import Kept
from pipeline.records import Bundle, Record, Refusal
from pipeline.refusals import refusal, unexpected
from pipeline.stages import STAGES, Stage
from pipeline.tools import Tools
from pipeline.watch import watched
from pipeline.work.keys import Basis, decisions_sha256, require_same, require_unchanged
from pipeline.work.places import (
    Piece,
    Place,
    Planned,
    StageFile,
    decoded,
    holds,
    links_sha256,
    sha256_of,
    with_links,
    write_file,
)

VECTORS: Final = "vectors"
"""Under which the store keeps the vectors of texts until the index takes them over."""

MOST_DOCUMENTS: Final = 8
MOST_BYTES: Final = 200_000
"""What a process is handed at once: so many documents, or so many bytes of their records."""

_OF_ALL_DOCUMENTS: Final = (
    ErrorCode.INVALID_MODEL,
    ErrorCode.INVALID_CODEBOOK,
    ErrorCode.INVALID_RUBRIC,
    ErrorCode.MISSING_FILE,
)
"""Errors of what all documents share: they end the stage, instead of being noted once for each document."""


class Result(msgspec.Struct, frozen=True, array_like=True):
    """What a stage made of a document: its records as lines of JSON, how many, and what is to be said about them."""

    lines: bytes
    n: int
    refusals: list[Refusal] = []


RESULT: Final = msgspec.msgpack.Decoder(Result)


@dataclass(frozen=True)
class Job:
    """A document to work on. `lines`: kind → the records that are known; `decided`: stage → what people decided."""

    path: str
    lines: dict[str, bytes]
    stages: list[str]
    decided: dict[str, Sequence[Recorded]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many bytes are handed over."""
        return sum(map(len, self.lines.values()))


@dataclass(frozen=True)
class Entry:
    """What a stage made of a document: the key that it is kept under, and the hash of what was made."""

    key: str
    made: str


@dataclass
class Chain:
    """Stages to be run on all documents of a corpus.

    `files`: kind of records → the stage file; of what the stages themselves write, as it was before. `bases`: stage →
    what all its results depend on. `decided`: stage → id of a document → what people decided. `reuse`: whether what was
    kept before counts. `entries`: kind of records → path → what was made of it.
    """

    stages: Sequence[Stage]
    files: Mapping[str, StageFile]
    bases: Mapping[str, Basis]
    decided: Mapping[str, Mapping[str, Sequence[Recorded]]]
    kept: Kept
    reuse: bool = True
    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)

    def lacking(self) -> dict[str, list[str]]:
        """Find out what is known already; return path → the stages that are to be run on it."""
        self.entries = {kind_of(stage): {} for stage in self.stages}
        todo = {place.path: self._todo(place) for place in self.files["documents"].places if place.length}
        return {path: stages for path, stages in todo.items() if stages}

    def run(self, todo: Mapping[str, list[str]], tools: Tools, workers: Workers) -> Iterator[str]:
        """Run stages on documents, and yield the path of each when it is done."""
        work = _batches(self._job(path, stages) for path, stages in todo.items())
        needs = {need: sha256 for stage in self.stages for need, sha256 in self.bases[stage.name].needs.items()}
        is_here = workers.engine == "local"
        function = partial(work_on, tools) if is_here else partial(work_elsewhere, tools, tuple(needs.items()))
        for batch in engine.each(function, work, workers):
            require_unchanged(tools, needs, self.kept)  # before results are kept under their hashes
            for path, results, vectors in batch:
                for name, result in results.items():
                    self._keep(path, STAGES[name], result)
                if vectors is not None:
                    self.kept.put(VECTORS, *vectors)
                yield path
            self.kept.save()

    def result(self, kind: str, path: str) -> Result:
        """Return what was made of a document and does not stand in the old file."""
        content = self.kept.get(kind, self.entries[kind][path].key)
        assert content is not None
        return RESULT.decode(content)

    def bundle(self, path: str) -> Bundle:
        """Return a document with its segments."""
        [document] = decoded("documents", self.files["documents"].read(path))
        return Bundle(document=document, segments=decoded("segments", self._lines("segments", path)))

    def write(self, kind: str, links: Mapping[str, Mapping[str, list[str]]]) -> StageFile:
        """Write a stage file, if it changes. `links`: path → id of a segment → ids of the segments linked to it."""
        old, planned = self.files[kind], []
        for path in (place.path for place in self.files["documents"].places if place.length):
            planned.append(Planned(path, self.entries[kind][path].key, links_sha256(links.get(path, {}))))
        if self.reuse and holds(old, planned):
            return old
        return write_file(
            old.path, self.kept, old, (self._piece(kind, one, links.get(one.path, {})) for one in planned)
        )

    def _piece(self, kind: str, planned: Planned, links: Mapping[str, list[str]]) -> Piece:
        path, key, linked = planned
        place = self.in_file(kind, path)
        if place is not None and place.linked == linked:
            return place, None
        document = self._document(path)
        result = self.result(kind, path) if place is None else Result(self._lines(kind, path), place.n, place.refusals)
        lines = with_links(kind, result.lines, links)
        made, now = self.entries[kind][path].made, sha256_of(lines)
        return Place(path, document.document_id, key, made, now, linked, len(lines), result.n, result.refusals), lines

    def in_file(self, kind: str, path: str) -> Place | None:
        """Return where the result of a document stands in the old file; `None`: it does not."""
        place = self.files[kind].place(path)
        return place if self.reuse and place is not None and place.key == self.entries[kind][path].key else None

    def _todo(self, document: Place) -> list[str]:
        todo = []
        for stage in self.stages:
            key = self._key(stage, document)
            made = None if key is None else self._known(kind_of(stage), document.path, key)
            if key is None or made is None:
                todo.append(stage.name)
            else:
                self.entries[kind_of(stage)][document.path] = Entry(key, made)
        return todo

    def _key(self, stage: Stage, document: Place) -> str | None:
        """Return the key of a document in a stage; `None`: something that the stage reads is still to be made."""
        made = [self._made(kind, document.path) for kind in stage.reads]
        if any(one is None for one in made):
            return None
        decided = self.decided.get(stage.name, {}).get(document.document_id, ())
        return self.bases[stage.name].key(*(one or "" for one in made), decisions_sha256(decided))

    def _made(self, kind: str, path: str) -> str | None:
        if kind in self.entries:
            entry = self.entries[kind].get(path)
            return None if entry is None else entry.made
        place = self.files[kind].place(path)
        return "" if place is None else place.made

    def _known(self, kind: str, path: str, key: str) -> str | None:
        """Return the hash of what was made under a key, if it is kept."""
        if not self.reuse:
            return None
        place = self.files[kind].place(path)
        if place is not None and place.key == key:
            return place.made
        content = self.kept.get(kind, key)
        return None if content is None else sha256_of(RESULT.decode(content).lines)

    def _job(self, path: str, stages: list[str]) -> Job:
        kinds = dict.fromkeys(kind for name in stages for kind in STAGES[name].reads)
        document = self._document(path)
        return Job(
            path,
            {kind: self._lines(kind, path) for kind in kinds},
            stages,
            {name: self.decided.get(name, {}).get(document.document_id, ()) for name in stages},
        )

    def _document(self, path: str) -> Place:
        place = self.files["documents"].place(path)
        assert place is not None
        return place

    def _lines(self, kind: str, path: str) -> bytes:
        if kind not in self.entries:
            return self.files[kind].read(path)
        if path not in self.entries[kind]:
            return b""  # it is made in the same piece of work
        return self.files[kind].read(path) if self.in_file(kind, path) else self.result(kind, path).lines

    def _keep(self, path: str, stage: Stage, result: Result) -> None:
        document = self._document(path)
        key = self._key(stage, document)
        assert key is not None
        self.kept.put(kind_of(stage), key, msgspec.msgpack.encode(result))
        self.entries[kind_of(stage)][path] = Entry(key, sha256_of(result.lines))


def kind_of(stage: Stage) -> str:
    """Return the kind of records that a stage makes of one document."""
    return stage.writes[0].removesuffix(".jsonl")


def as_kept(file: StageFile, place: Place) -> bytes | None:
    """Return the result of a document that stands in a file, as it is kept; `None`: it cannot be told any more."""
    lines = with_links(file.path.stem, file.read(place.path), {})
    if sha256_of(lines) != place.made:
        return None
    return msgspec.msgpack.encode(Result(lines, place.n, place.refusals))


Done = tuple[str, dict[str, Result], tuple[str, bytes] | None]
"""The path of a document; stage → what was made; the key and the vectors of its texts, where they are at hand."""


def work_on(tools: Tools, batch: Sequence[Job]) -> list[Done]:
    """Run stages on some documents."""
    return [(job.path, *_results(tools, job)) for job in batch]


def work_elsewhere(tools: Tools, needs: tuple[tuple[str, str], ...], batch: Sequence[Job]) -> list[Done]:
    """Do the same on another computer, if it has the same instruments and models."""
    require_same(tools, needs)
    return work_on(tools, batch)


def _results(tools: Tools, job: Job) -> tuple[dict[str, Result], tuple[str, bytes] | None]:
    [document] = decoded("documents", job.lines["documents"])
    known: dict[str, Any] = {kind: decoded(kind, lines) for kind, lines in job.lines.items() if kind != "documents"}
    results = {}
    for name in job.stages:
        records, refusals = apply_stage(name, tools, Bundle(document=document, **known), job.decided.get(name, ()))
        known[kind_of(STAGES[name])] = records
        results[name] = Result(jsonl.lines(records), len(records), refusals)
    return results, _vectors(tools, job, known)


def _vectors(tools: Tools, job: Job, known: Mapping[str, Sequence[Any]]) -> tuple[str, bytes] | None:
    """Return the vectors of passages and quotes while the encoder has them in mind; the index asks for them."""
    if not {"quote", "tag"} <= set(job.stages):
        return None
    from pipeline.stages.index.vectors import key_of, packed  # noqa: PLC0415

    texts = [record.text for kind in ("passages", "quotes") for record in known[kind]]
    return key_of(texts), packed(texts, tools.encoder)


def apply_stage(
    name: str, tools: Tools, bundle: Bundle, decided: Sequence[Recorded] = ()
) -> tuple[list[Record], list[Refusal]]:
    """Apply a stage to a document. A fault in one document is reported and does not cost the others.

    Args:
        name: of the stage.
        tools: what it works with.
        bundle: the document.
        decided: what people decided of it.

    Raises:
        PipelineError: what all documents share cannot be used.
    """
    try:
        with watched(tools.settings):
            records, refusals = _made(STAGES[name], bundle, tools, decided)
    except PipelineError as error:
        if error.code in _OF_ALL_DOCUMENTS:
            raise
        return [], [refusal(bundle.document.path, name, error.code, str(error))]
    except Exception as error:
        if os.environ.get("POP_DEBUG"):
            raise
        return [], [refusal(bundle.document.path, name, ErrorCode.UNEXPECTED, unexpected(error))]
    return list(records), refusals


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


def _batches(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    batch: list[Job] = []
    for job in jobs:
        batch.append(job)
        if len(batch) == MOST_DOCUMENTS or sum(one.size for one in batch) >= MOST_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch
