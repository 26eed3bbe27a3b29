"""Where in a stage file the records of each document stand, and how a new file is put together.

    documents.jsonl   aaaabbbbbbcc        places: a 0–4, b 4–10, c 10–12
    one more, b2      aaaabbbbbb··cc      two pieces copied as they are, one written

So a new document costs its own records and a copy of the file, and nothing is decoded. The places are kept (`Kept`)
under the hash of the file; in a file that somebody else wrote or changed, they are found by reading it.
"""

import hashlib
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import msgspec

from pipeline import jsonl
from pipeline.corpus_records import CorpusRecords
from pipeline.files import atomic_write, sha256_text
from pipeline.kept import Kept
from pipeline.records import RECORD_TYPES, Bundle, Refusal

_CHUNK: Final = 1 << 20

_LINKED: Final[dict[str, tuple[str, Any, bytes]]] = {
    "passages": ("duplicate_of", None, b'"duplicate_of":"'),
    "segments": ("linked", [], b'"linked":["'),
}
"""Kinds of records that are linked with other documents: the field, what it is without one, how a link begins."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The records of one document in a stage file.

    `path`: of its input. `key`: under which the result was made; empty if that is not known. `made`: the hash by which
    later stages know it. `sha256`: of what stands in the file. `linked`: hash of what other documents put into it.
    `length`: bytes; `n`: records. `refusals`: what the stage had to say about the document.
    """

    path: str
    document_id: str
    key: str
    made: str
    sha256: str
    linked: str
    length: int
    n: int
    refusals: list[Refusal] = []


_PLACES: Final = msgspec.msgpack.Decoder(list[Place])


class StageFile:
    """A stage file as it stands, by document. Its places are in the order of the corpus."""

    def __init__(self, path: Path, sha256: str, places: Sequence[Place]) -> None:
        self.path = path
        self.sha256 = sha256
        self.places = places
        starts = itertools.accumulate((place.length for place in places), initial=0)
        self._at = {place.path: (start, place) for start, place in zip(starts, places, strict=False)}
        self._stream: IO[bytes] | None = None

    def place(self, path: str) -> Place | None:
        """Return where the records of an input stand."""
        found = self._at.get(path)
        return None if found is None else found[1]

    def read(self, path: str) -> bytes:
        """Return the lines of an input; none if there are none."""
        if path not in self._at:
            return b""
        start, place = self._at[path]
        if self._stream is None:
            self._stream = self.path.open("rb")
        self._stream.seek(start)
        return self._stream.read(place.length)

    def start(self, place: Place) -> int:
        """Return where a place begins."""
        return self._at[place.path][0]

    def close(self) -> None:
        """Let go of the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def open_old(path: Path, kept: Kept) -> StageFile:
    """Open a stage file to take over what stands in it; one whose places are not known counts as none."""
    sha256 = kept.sha256(path) if path.is_file() else ""
    content = kept.places(path.name, sha256)
    return StageFile(path, sha256, _PLACES.decode(content)) if content is not None else StageFile(path, "", [])


def open_file(path: Path, kept: Kept, paths: dict[str, str] | None = None) -> StageFile:
    """Open a stage file to read it.

    Args:
        path: the file; one that is not there has no places.
        kept: the store.
        paths: the id of each document → the path of its input; `None`: the file holds the documents themselves.

    Raises:
        PipelineError: places are not known, and a line is no record of this kind.
    """
    known = open_old(path, kept)
    if known.sha256 or not path.is_file():
        return known
    return StageFile(path, kept.sha256(path), list(_found(path, paths)))


def found_file(path: Path, paths: dict[str, str] | None = None) -> StageFile:
    """Open a stage file, reading all of it to find the places.

    Raises:
        PipelineError: a line is no record of this kind.
    """
    return StageFile(path, "", list(_found(path, paths)))


Piece = tuple[Place, bytes | None]
"""The place of an input, and its lines if they are new; `None`: as in the old file."""


class Planned(NamedTuple):
    """What a stage file is to hold of an input: the result under a key, linked with other documents."""

    path: str
    key: str
    linked: str = ""


def holds(file: StageFile, planned: Sequence[Planned]) -> bool:
    """Tell whether a file holds just what it should."""
    return bool(file.sha256) and [Planned(one.path, one.key, one.linked) for one in file.places] == planned


def write_file(path: Path, kept: Kept, old: StageFile, pieces: Iterable[Piece]) -> StageFile:
    """Put a stage file together, atomically.

    Args:
        path: the file.
        kept: the store; it knows the places before the file is there, so that nothing is lost whenever this ends.
        old: the file as it stands.
        pieces: what the new one holds, in the order of the corpus.
    """
    places: list[Place] = []
    digest = hashlib.sha256()
    with atomic_write(path) as stream:
        for chunk in _chunks(old, _noting(pieces, places)):
            digest.update(chunk)
            stream.write(chunk)
        sha256 = digest.hexdigest()
        kept.keep_places(path.name, sha256, msgspec.msgpack.encode(places))
    old.close()
    kept.trust(path, sha256)
    kept.forget_other_places(path.name, sha256)
    return StageFile(path, sha256, places)


def links_sha256(links: Mapping[str, Any]) -> str:
    """Return a hash of the links of an input to others, by the id of a record; empty if there are none."""
    return sha256_text(msgspec.json.encode(links).decode()) if links else ""


def with_links(kind: str, lines: bytes, links: Mapping[str, Any]) -> bytes:
    """Return records with their links to other documents; those of an earlier run are replaced."""
    if kind not in _LINKED:
        return lines
    field, unlinked, mark = _LINKED[kind]
    if not links and mark not in lines:
        return lines
    records = decoded(kind, lines)
    return jsonl.lines(msgspec.structs.replace(one, **{field: links.get(one.id, unlinked)}) for one in records)


def sha256_of(content: bytes) -> str:
    """Return a hash of some lines, 32 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:32]


def _noting(pieces: Iterable[Piece], places: list[Place]) -> Iterator[Piece]:
    for piece in pieces:
        places.append(piece[0])
        yield piece


def _chunks(old: StageFile, pieces: Iterable[Piece]) -> Iterator[bytes]:
    """Yield the content of a new file; what follows on in the old one is copied in one go."""
    start = end = 0
    for place, lines in pieces:
        if lines is None and place.length and old.start(place) == end:
            end += place.length
            continue
        if lines is None and not place.length:
            continue
        yield from _copied(old, start, end)
        if lines is None:
            start, end = old.start(place), old.start(place) + place.length
        else:
            start = end = 0
            yield lines
    yield from _copied(old, start, end)


def _copied(old: StageFile, start: int, end: int) -> Iterator[bytes]:
    if end <= start:
        return
    with old.path.open("rb") as stream:
        stream.seek(start)
        while start < end:
            chunk = stream.read(min(_CHUNK, end - start))
            start += len(chunk)
            yield chunk


def _found(path: Path, paths: dict[str, str] | None) -> Iterator[Place]:
    """Read a file to find the places; every line is checked."""
    kind = path.stem
    for _ in jsonl.read(path, RECORD_TYPES[kind]):
        pass
    with path.open("rb") as stream:
        for (document_id, own), group in itertools.groupby(_named(stream), key=lambda one: _document_of(one[0], kind)):
            lines = [line for _, line in group]
            content = b"".join(lines)
            made = sha256_of(content)
            name = own if paths is None else paths.get(document_id, "")
            yield Place(name, document_id, "", made, made, "", len(content), sum(bool(line.strip()) for line in lines))


def _named(lines: Iterable[bytes]) -> "Iterator[tuple[_Line, bytes]]":
    """Yield what each line names, with the line; an empty one belongs to what stands before it."""
    last = _Line()
    for line in lines:
        last = _Named.decode(line) if line.strip() else last
        yield last, line


class _Line(msgspec.Struct):
    id: str = ""
    path: str = ""
    document_id: str = ""


_Named: Final = msgspec.json.Decoder(_Line)


def _document_of(line: _Line, kind: str) -> tuple[str, str]:
    return (line.id, line.path) if kind == "documents" else (line.document_id, "")


def decoded(kind: str, lines: bytes) -> list[Any]:
    """Return the records that some lines hold."""
    return list(_DECODERS[kind].decode_lines(lines))


_DECODERS: Final = {kind: msgspec.json.Decoder(record_type) for kind, record_type in RECORD_TYPES.items()}


def records_of(files: Mapping[str, StageFile]) -> CorpusRecords:
    """Return the records of a corpus, of these kinds. `files`: kind → its file, the documents among them."""
    documents = [place for place in files["documents"].places if place.length]
    hashes = {place.document_id: _hash_of(files, place.path) for place in documents}

    def read(of: Collection[str] | None) -> Iterator[Bundle]:
        for place in documents:
            if of is None or place.document_id in of:
                yield read_bundle(files, place.path)

    return CorpusRecords(hashes, read)


def read_bundle(files: Mapping[str, StageFile], path: str) -> Bundle:
    """Return a document with its records of some kinds."""
    [document] = decoded("documents", files["documents"].read(path))
    records = {kind: decoded(kind, file.read(path)) for kind, file in files.items() if kind != "documents"}
    return Bundle(document=document, **records)


def _hash_of(files: Mapping[str, StageFile], path: str) -> str:
    places = [file.place(path) for file in files.values()]
    # Whether a file that holds nothing of a document says so or not, depends on whether the store knows its places.
    return sha256_text(*(place.sha256 if place is not None and place.length else "" for place in places))
