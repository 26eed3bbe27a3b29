"""The meaning of every passage and quote as numbers, beside the database: vectors.safetensors.

A row for each passage and quote, in the order of `n`; a row is 384 whole numbers from -127 to 127 and one scale, which
together give the vector of the sentence encoder. At a quarter of the size they find the same words, and rows are read
from the disk only where they are needed.
"""

import hashlib
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from pipeline.files import atomic_write
from pipeline.records import Bundle
from pipeline.stages.index.rows import members, passages_in_order, quotes_in_order, segments_in_order

_MOST: Final = 127

Vectors = npt.NDArray[np.float32]


class Encodes(Protocol):
    """Whatever turns texts into vectors of length 1."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector per text."""


def encode_texts(encoder: Encodes, texts: Sequence[str]) -> Vectors:
    """Return the vectors of texts, shape (texts, dimensions): the one place where the index stage has texts read."""
    return encoder.encode(texts)


class Collector:
    """Takes the documents one by one and keeps the vectors of their words; a text that was read is not read again."""

    def __init__(self, encoder: Encodes, name: str) -> None:
        self._encoder = encoder
        self._name = name
        self._known: dict[bytes, int] = {}
        self._numbers: list[npt.NDArray[np.int8]] = []
        self._scales: list[npt.NDArray[np.float32]] = []
        self._rows: dict[str, list[int]] = {"passages": [], "quotes": []}
        self._documents: list[int] = []
        self._segment_members: list[tuple[int, int]] = []
        self._problem_members: list[tuple[int, int]] = []
        self._counts = dict.fromkeys(("documents", "segments", "problems"), 0)
        self._digest = hashlib.sha256()

    def add(self, bundle: Bundle) -> None:
        """Take a document."""
        passages, quotes = passages_in_order(bundle), quotes_in_order(bundle)
        first = len(self._rows["passages"])
        place = {passage.id: first + i for i, passage in enumerate(passages)}
        self._rows["passages"] += self._read([passage.text for passage in passages])
        self._rows["quotes"] += self._read([quote.text for quote in quotes])
        self._documents += [self._counts["documents"]] * len(passages)
        self._counts["documents"] += 1
        held = members(bundle)
        for segment in segments_in_order(bundle):
            rows = [place[passage.id] for passage in held[segment.id]]
            self._segment_members += [(self._counts["segments"], row) for row in rows]
            self._counts["segments"] += 1
            if segment.kind == "problem_of_practice":
                self._problem_members += [(self._counts["problems"], row) for row in rows]
                self._counts["problems"] += 1
        for name, text in ((record.id, record.text) for records in (passages, quotes) for record in records):
            self._digest.update(f"{name}\0{text}\0".encode())

    @property
    def fingerprint(self) -> str:
        """The hash of all ids and texts, by which the file and the database know that they belong together."""
        return self._digest.hexdigest()

    def write(self, path: Path) -> None:
        """Write the file.

        Raises:
            PipelineError: the folder cannot be written.
        """
        numbers = np.concatenate(self._numbers) if self._numbers else np.zeros((0, 0), np.int8)
        scales = np.concatenate(self._scales) if self._scales else np.zeros(0, np.float32)
        arrays: dict[str, npt.NDArray[Any]] = {}
        for name, rows in self._rows.items():
            arrays[name] = numbers[rows]
            arrays[f"{name}_scale"] = scales[rows]
        arrays["passage_document"] = np.array(self._documents, np.int32)
        arrays["segment_passages"] = np.array(self._segment_members, np.int32).reshape(-1, 2)
        arrays["problem_passages"] = np.array(self._problem_members, np.int32).reshape(-1, 2)
        with atomic_write(path) as stream:
            _write(stream, arrays, {"encoder": self._name, "fingerprint": self.fingerprint})

    def _read(self, texts: Sequence[str]) -> list[int]:
        keys = [hashlib.sha256(text.encode()).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            numbers, scales = as_numbers(encode_texts(self._encoder, list(new.values())))
            self._known |= {key: row for row, key in enumerate(new, start=len(self._known))}
            self._numbers.append(numbers)
            self._scales.append(scales)
        return [self._known[key] for key in keys]


def as_numbers(vectors: Vectors) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return vectors as whole numbers and the scale of each: numbers * scale is nearly the vector."""
    scales = (np.abs(vectors).max(axis=1) / _MOST).astype(np.float32)
    numbers = np.rint(vectors / np.maximum(scales, np.finfo(np.float32).tiny)[:, None])
    return numbers.astype(np.int8), scales


_TYPES: Final = {"int8": "I8", "int32": "I32", "float32": "F32"}


def _write(stream: IO[bytes], arrays: dict[str, npt.NDArray[Any]], about: dict[str, str]) -> None:
    """Write arrays as safetensors; its own writer would hold a copy of everything in memory."""
    header: dict[str, Any] = {"__metadata__": about}
    end = 0
    for name, array in arrays.items():
        start, end = end, end + array.nbytes
        header[name] = {"dtype": _TYPES[array.dtype.name], "shape": list(array.shape), "data_offsets": [start, end]}
    words = json.dumps(header, sort_keys=True).encode()
    words += b" " * (-len(words) % 8)
    stream.write(struct.pack("<Q", len(words)) + words)
    for array in arrays.values():
        stream.write(np.ascontiguousarray(array).data)
