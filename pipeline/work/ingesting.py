"""Ingest: every file of a corpus that was not read before, and the passages that stand in several documents."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pipeline import engine, jsonl
from pipeline.config import Settings
from pipeline.engine import Workers
from pipeline.kept import Kept
from pipeline.manifest import InputFile
from pipeline.records import Passage, Refusal
from pipeline.work.keys import Basis
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

if TYPE_CHECKING:
    from pipeline.stages.ingest import Ingested

MOST_FILES: Final = 16
"""Files that a process is handed at once."""


class _Read(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was read. `document`, `passages`: lines of JSON; empty if it was refused."""

    document_id: str
    document: bytes
    passages: bytes
    n_passages: int
    refusals: list[Refusal]


_READ: Final = msgspec.msgpack.Decoder(_Read)


@dataclass
class Ingesting:
    """The files of a corpus.

    `old`: documents.jsonl and passages.jsonl as they stand; `reuse`: whether they count. `keys`: path → key.
    """

    inputs: Sequence[InputFile]
    basis: Basis
    kept: Kept
    old: Mapping[str, StageFile]
    reuse: bool = True
    keys: dict[str, str] = field(init=False)
    _read_as: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = {entry.path: self.basis.key(entry.path, entry.sha256) for entry in self.inputs}

    def lacking(self) -> list[InputFile]:
        """Return the files that are still to be read."""
        return [entry for entry in self.inputs if not (self._in_files(entry.path) or self._is_kept(entry.path))]

    def run(self, corpus: Path, files: Sequence[InputFile], settings: Settings, workers: Workers) -> Iterator[str]:
        """Read files, and yield the path of each when it is done."""
        if not files:
            return
        from pipeline.stages.ingest import content_later, content_now  # noqa: PLC0415 - not where nothing is to read

        batches = [files[i : i + MOST_FILES] for i in range(0, len(files), MOST_FILES)]
        content = content_now if workers.engine == "dask" else content_later  # other computers do not see the corpus
        work = ([(content(corpus / entry.path, settings), entry.path) for entry in batch] for batch in batches)
        results = engine.each(partial(_read_files, settings), work, workers)
        for batch, found in zip(batches, results, strict=True):
            for entry, read in zip(batch, found, strict=True):
                self._note(entry.path, read)
                self.kept.put("ingest", self.keys[entry.path], msgspec.msgpack.encode(read))
                yield entry.path
            self.kept.save()

    def _note(self, path: str, read: _Read) -> None:
        """Hold to what was read, where a file changed between its listing and its reading."""
        if read.document:
            sha256 = decoded("documents", read.document)[0].sha256
            self.keys[path] = self.basis.key(path, sha256)
            self._read_as[path] = sha256

    @property
    def read(self) -> list[InputFile]:
        """The files with the hashes of what was read of them."""
        return [InputFile(entry.path, self._read_as.get(entry.path, entry.sha256)) for entry in self.inputs]

    def write(self, min_words: int) -> list[StageFile]:
        """Write documents.jsonl and passages.jsonl, if they change."""
        from pipeline.stages.ingest.duplicates import Duplicates  # noqa: PLC0415

        self.kept.begin_anew("duplicate_", self.basis.digest)
        duplicates = Duplicates(self.kept.connection, min_words)
        duplicates.update(self.keys, self._passages)
        links = duplicates.links()
        self.kept.save()
        written = [self._write("documents", {}), self._write("passages", links)]
        self.kept.keep_only("ingest")
        return written

    def _write(self, kind: str, links: Mapping[str, Mapping[str, str]]) -> StageFile:
        planned = [Planned(path, key, links_sha256(links.get(path, {}))) for path, key in self.keys.items()]
        old = self.old[kind]
        if holds(old, planned):
            return old
        pieces = (self._piece(kind, one, links.get(one.path, {})) for one in planned)
        return write_file(old.path, self.kept, old, pieces)

    def _piece(self, kind: str, planned: Planned, links: Mapping[str, str]) -> Piece:
        path, key, linked = planned
        place = self.old[kind].place(path) if self._in_files(path) else None
        if place is not None and place.linked == linked:
            return place, None
        read = self._read(path)
        if kind == "documents":
            lines, n, refusals = read.document, int(bool(read.document)), read.refusals
        else:
            lines, n, refusals = with_links(kind, read.passages, links), read.n_passages, []
        made = sha256_of(lines)
        return Place(path, read.document_id, key, made, made, linked, len(lines), n, refusals), lines

    def _read(self, path: str) -> _Read:
        """Return what was read of a file, now or in an earlier run."""
        content = self.kept.get("ingest", self.keys[path])
        if content is not None:
            return _READ.decode(content)
        place = self.old["documents"].place(path)
        assert place is not None
        return _in_file(self.old["documents"], self.old["passages"], place)

    def _passages(self, path: str) -> list[Passage]:
        return decoded("passages", self._read(path).passages)

    def _in_files(self, path: str) -> bool:
        places = [file.place(path) for file in self.old.values()]
        return self.reuse and all(place is not None and place.key == self.keys[path] for place in places)

    def _is_kept(self, path: str) -> bool:
        return self.reuse and self.kept.get("ingest", self.keys[path]) is not None


def as_kept(documents: StageFile, passages: StageFile, place: Place) -> bytes:
    """Return what stands in the files of an input, as it is kept."""
    return msgspec.msgpack.encode(_in_file(documents, passages, place))


def _in_file(documents: StageFile, passages: StageFile, place: Place) -> _Read:
    lines = passages.read(place.path)
    return _Read(place.document_id, documents.read(place.path), lines, lines.count(b"\n"), place.refusals)


def _read_files(settings: Settings, files: Sequence[tuple[Callable[[], bytes], str]]) -> list[_Read]:
    from pipeline.stages.ingest import ingest_content  # noqa: PLC0415 - only where there is something to read

    return [_as_lines(ingest_content(content, path, settings)) for content, path in files]


def _as_lines(found: "Ingested") -> _Read:
    if found.document is None:
        return _Read("", b"", b"", 0, found.refusals)
    passages = jsonl.lines(found.passages)
    return _Read(found.document.id, jsonl.lines([found.document]), passages, len(found.passages), found.refusals)
