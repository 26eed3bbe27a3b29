"""The meaning of every passage and quote as numbers, beside the database: vectors.safetensors.

A row for each passage and quote, in the order of `n`; a row is 384 whole numbers from -127 to 127 and one scale, which
together give the vector of the sentence encoder. At a quarter of the size they find the same words, and rows are read
from the disk only where they are needed.
"""

import json
import mmap
import shutil
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.encoder import DIMENSIONS, NAME
from pipeline.files import atomic_write, sha256_text
from pipeline.safe_json import decode
from pipeline.stages.index.facts import runs
from pipeline.stages.index.ordered import Ordered

_MOST: Final = 127

Vectors = npt.NDArray[np.float32]
_NONE: Final[Vectors] = np.zeros((0, 0), np.float32)


class Encodes(Protocol):
    """Whatever turns texts into vectors of length 1."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector per text."""


Rows = tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]
"""Vectors as whole numbers, shape (rows, dimensions), and the scale of each."""

Reads = Callable[[Ordered], tuple[Rows, Rows]]
"""Gives the vectors of the passages and of the quotes of a document."""


@runtime_checkable
class Remembers(Encodes, Protocol):
    """An encoder that knows what another stage has left."""

    def known(self, key: str) -> bytes | None:
        """Return packed vectors by their key; `None`: there are none."""


def reads_with(encoder: Encodes) -> Reads:
    """Return what reads a document: the one place where the index stage has texts read that nobody has read before."""

    def read(made: Ordered) -> tuple[Rows, Rows]:
        texts = [record.text for records in (made.passages, made.quotes) for record in records]
        place = {text: i for i, text in enumerate(sorted(set(texts)))}
        if not place:
            return as_numbers(_NONE), as_numbers(_NONE)
        known = encoder.known(key_of(place)) if isinstance(encoder, Remembers) else None
        numbers, scales = _unpacked(known) if known is not None else as_numbers(encoder.encode([*place]))
        rows, n = [place[text] for text in texts], len(made.passages)
        return (numbers[rows[:n]], scales[rows[:n]]), (numbers[rows[n:]], scales[rows[n:]])

    return read


def key_of(texts: Iterable[str]) -> str:
    """Return the key under which the vectors of some texts are kept."""
    return sha256_text(NAME, *sorted(set(texts)))


def packed(texts: Iterable[str], encoder: Encodes) -> bytes:
    """Read texts and return their vectors, as another stage may leave them under their key."""
    wanted = sorted(set(texts))
    numbers, scales = as_numbers(encoder.encode(wanted)) if wanted else as_numbers(_NONE)
    return numbers.tobytes() + scales.tobytes()


def _unpacked(content: bytes) -> Rows:
    n = len(content) // (DIMENSIONS + np.dtype(np.float32).itemsize)
    split = n * DIMENSIONS
    return np.frombuffer(content[:split], np.int8).reshape(n, DIMENSIONS), np.frombuffer(content[split:], np.float32)


class Old:
    """The vectors that stand there, document by document; of a file that cannot be used, none.

    Args:
        path: the file; `None`: none is to be used.
        made_by: what the file must say of the encoder and the program that made it.
    """

    def __init__(self, path: Path | None, made_by: Mapping[str, str]) -> None:
        self.arrays, self.documents = _kept(path, made_by) if path else ({}, [])
        self._of_records = {(one.id, one.sha256): i for i, one in enumerate(self.documents)}
        self._of_texts = {one.texts: i for i, one in enumerate(self.documents)}
        counted = ("passages", "quotes", "segments", "problems")
        self.ends = {name: np.cumsum([0, *(getattr(one, name) for one in self.documents)]) for name in counted}

    def of_records(self, name: str, sha256: str) -> int | None:
        """Return the place of a document with the same records; `None`: it is not there."""
        return self._of_records.get((name, sha256))

    def of_texts(self, texts: str) -> int | None:
        """Return the place of a document with the same words."""
        return self._of_texts.get(texts)

    def rows(self, name: str, first: int, last: int) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
        """Return the numbers and scales of the passages or quotes of documents, from one place to before another."""
        part = slice(self.ends[name][first], self.ends[name][last])
        return self.arrays[name][part], self.arrays[f"{name}_scale"][part]

    def members(self, of: str, first: int, last: int) -> npt.NDArray[np.int32]:
        """Return the passages in the segments or problems of documents, both numbered from the first of these."""
        pairs = self.arrays[f"{of}_passages"]
        ends = self.ends[f"{of}s"]
        start, end = np.searchsorted(pairs[:, 0], [ends[first], ends[last]])
        made: npt.NDArray[np.int32] = pairs[start:end] - np.array([ends[first], self.ends["passages"][first]], np.int32)
        return made


class _Described(msgspec.Struct, frozen=True, array_like=True):
    """A document of the file: how many rows it has, and by what it is found again."""

    id: str
    sha256: str
    texts: str
    passages: int
    quotes: int
    segments: int
    problems: int


def _kept(path: Path, made_by: Mapping[str, str]) -> tuple[dict[str, npt.NDArray[Any]], list[_Described]]:
    try:
        found = read_arrays(path)
        documents = decode(found.arrays["documents"].tobytes(), list[_Described])
    except (*DAMAGES, msgspec.MsgspecError):
        return {}, []
    return (found.arrays, documents) if made_by.items() <= found.about.items() else ({}, [])


class Collector:
    """Takes the documents one by one and puts the vectors of their words on the disk.

    What the file that is replaced holds of the same words is taken over.
    """

    def __init__(self, read: Reads, made_by: Mapping[str, str], old: Old, folder: Path) -> None:
        self._read = read
        self._made_by = made_by
        self._old = old
        self._spools = {name: (folder / f"{name}.part").open("w+b") for name in ("passages", "quotes")}
        self._scales: dict[str, list[npt.NDArray[np.float32]]] = {"passages": [], "quotes": []}
        self._members: dict[str, list[npt.NDArray[np.int32]]] = {"segment": [], "problem": []}
        self._documents: list[_Described] = []
        self._waiting: list[int] = []
        self._counts = dict.fromkeys(("passages", "quotes", "segments", "problems"), 0)
        self._wide = 0

    def close(self) -> None:
        """Give back the disk."""
        for spool in self._spools.values():
            spool.close()

    def add(self, made: Ordered, sha256: str) -> None:
        """Take a document; `sha256`: of its records."""
        self._take_over()
        known = self._old.of_texts(made.texts_sha256)
        if known is None:
            for name, part in zip(("passages", "quotes"), self._read(made), strict=True):
                self._put(name, *part)
        else:
            for name in ("passages", "quotes"):
                self._put(name, *self._old.rows(name, known, known + 1))
        held = made.members
        for of, segments in (("segment", made.segments), ("problem", made.problems)):
            pairs = [(i, place) for i, segment in enumerate(segments) for place in held[segment.id]]
            self._put_members(of, np.array(pairs, np.int32).reshape(-1, 2))
        counts = (len(made.passages), len(made.quotes), len(made.segments), len(made.problems))
        self._note(_Described(made.bundle.document.id, sha256, made.texts_sha256, *counts))

    def holds(self, name: str, sha256: str) -> bool:
        """Tell whether the file that is replaced holds a document with the same records."""
        return self._old.of_records(name, sha256) is not None

    def keep(self, name: str, sha256: str) -> None:
        """Take such a document over."""
        place = self._old.of_records(name, sha256)
        assert place is not None
        self._waiting.append(place)

    def _take_over(self) -> None:
        for first, last in runs(self._waiting):
            for name in ("passages", "quotes"):
                self._put(name, *self._old.rows(name, first, last))
            for of in ("segment", "problem"):
                self._put_members(of, self._old.members(of, first, last))
            for one in self._old.documents[first:last]:
                self._note(one)
        self._waiting = []

    def _put(self, name: str, numbers: npt.NDArray[np.int8], scales: npt.NDArray[np.float32]) -> None:
        self._wide = numbers.shape[1] or self._wide
        self._spools[name].write(np.ascontiguousarray(numbers).data)
        self._scales[name].append(scales)

    def _put_members(self, of: str, pairs: npt.NDArray[np.int32]) -> None:
        first = np.array([self._counts[f"{of}s"], self._counts["passages"]], np.int32)
        self._members[of].append(pairs + first)

    def _note(self, described: _Described) -> None:
        self._documents.append(described)
        for name in self._counts:
            self._counts[name] += getattr(described, name)

    def write(self, path: Path, fingerprint: str) -> None:
        """Write the file; `fingerprint`: by which the database knows that it belongs to it.

        Raises:
            PipelineError: the folder cannot be written.
        """
        self._take_over()
        rows = [one.passages for one in self._documents]
        arrays: dict[str, npt.NDArray[Any]] = {
            "documents": np.frombuffer(msgspec.json.encode(self._documents), np.uint8),
            "passage_document": np.repeat(np.arange(len(rows), dtype=np.int32), rows),
        }
        for name, scales in self._scales.items():
            arrays[f"{name}_scale"] = np.concatenate([np.zeros(0, np.float32), *scales])
        for of, pairs in self._members.items():
            arrays[f"{of}_passages"] = np.concatenate([np.zeros((0, 2), np.int32), *pairs])
        shapes = {name: (self._counts[name], self._wide) for name in self._spools}
        with atomic_write(path) as stream:
            header = _header(shapes, arrays, {**self._made_by, "fingerprint": fingerprint})
            stream.write(header)
            for spool in self._spools.values():
                spool.seek(0)
                shutil.copyfileobj(spool, stream, 2**20)
            for array in arrays.values():
                stream.write(np.ascontiguousarray(array).data)


def as_numbers(vectors: Vectors) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return vectors as whole numbers and the scale of each: numbers * scale is nearly the vector."""
    if not vectors.size:
        return vectors.astype(np.int8), np.zeros(len(vectors), np.float32)
    scales = (np.abs(vectors).max(axis=1) / _MOST).astype(np.float32)
    numbers = np.rint(vectors / np.maximum(scales, np.finfo(np.float32).tiny)[:, None])
    return numbers.astype(np.int8), scales


_TYPES: Final = {"int8": "I8", "uint8": "U8", "int32": "I32", "float32": "F32"}
_NAMES: Final = {code: name for name, code in _TYPES.items()}


def _header(spooled: Mapping[str, tuple[int, int]], arrays: Mapping[str, npt.NDArray[Any]], about: Any) -> bytes:
    """Return how safetensors begins; its own writer would hold a copy of everything in memory."""
    told = {name: ("I8", shape, shape[0] * shape[1]) for name, shape in spooled.items()}
    told |= {name: (_TYPES[array.dtype.name], array.shape, array.nbytes) for name, array in arrays.items()}
    header: dict[str, Any] = {"__metadata__": about}
    end = 0
    for name, (kind, shape, size) in told.items():
        start, end = end, end + size
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [start, end]}
    words = json.dumps(header, sort_keys=True).encode()
    words += b" " * (-len(words) % 8)
    return struct.pack("<Q", len(words)) + words


@dataclass(frozen=True)
class Arrays:
    """The arrays of the file by name, read from the disk where they are used; and what is said about them."""

    arrays: dict[str, npt.NDArray[Any]]
    about: dict[str, str]


DAMAGES: Final = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    struct.error,
)
"""What reading a file that is missing or damaged may raise."""


def read_arrays(path: Path) -> Arrays:
    """Open a file of vectors; raises one of `DAMAGES`."""
    with path.open("rb") as stream:
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    (length,) = struct.unpack("<Q", mapped[:8])
    header = json.loads(mapped[8 : 8 + length])
    about = header.pop("__metadata__")
    arrays = {
        name: np.frombuffer(
            mapped, _NAMES[told["dtype"]], int(np.prod(told["shape"])), 8 + length + told["data_offsets"][0]
        ).reshape(told["shape"])
        for name, told in header.items()
    }
    return Arrays(arrays, about)
