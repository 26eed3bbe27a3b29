"""Finds single records in the stage files of an output folder by their ids, without reading the files as a whole.

Every line of a stage file begins with its id and names the record that it belongs to, as `"document_id":"…"`, so that a
search for bytes is all it takes: a quotation mark inside a text is escaped, and no text can look like a field.
"""

import mmap
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from pipeline.errors import ErrorCode, PipelineError
from pipeline.records import RECORD_TYPES, Record
from pipeline.safe_json import decode

T = TypeVar("T", bound=Record)
KINDS: Final = tuple(RECORD_TYPES)
_BEGINS: Final = b'{"id":"'
_ID: Final = re.compile(rb'^\{"id":"((?:[^"\\]|\\.)*)"', re.MULTILINE)
_MOST: Final = 2000


class Lookup:
    """The stage files of a folder. Those that are not there hold nothing."""

    def __init__(self, outputs: Path) -> None:
        self.outputs = outputs
        self._files: dict[str, bytes | mmap.mmap] = {}

    def ids(self, beginning: str, most: int = _MOST) -> list[tuple[str, str]]:
        """Return kind and id of the records whose ids begin so, in the order of the files; at most so many a kind."""
        return [
            (kind, _id_of(line))
            for kind in KINDS
            for _, line in zip(range(most), self._lines(kind, beginning), strict=False)
        ]

    def every(self, kind: str, record_type: type[T]) -> list[T]:
        """Return all records of a kind.

        Raises:
            PipelineError: a line that is no such record.
        """
        return [self.decoded(kind, line, record_type) for line in self._lines(kind, "")]

    def where(self, kind: str, field: str, value: str, record_type: type[T]) -> list[T]:
        """Return the records of a kind in which a field is that value, in their order.

        Raises:
            PipelineError: a line that is no such record.
        """
        lines = self._holding(kind, f'"{field}":'.encode() + msgspec.json.encode(value))
        found = [self.decoded(kind, line, record_type) for line in lines]
        return [one for one in found if getattr(one, field) == value]

    def exact(self, record_id: str) -> tuple[str, bytes] | None:
        """Return the kind and the line of a record; `None`: there is none of exactly this id."""
        for kind in KINDS:
            line = next((one for one in self._lines(kind, record_id) if _id_of(one) == record_id), None)
            if line is not None:
                return kind, line
        return None

    def get(self, kind: str, record_id: str, record_type: type[T]) -> T | None:
        """Return a record; `None`: there is none."""
        line = next((one for one in self._lines(kind, record_id) if _id_of(one) == record_id), None)
        return None if line is None else self.decoded(kind, line, record_type)

    def all_ids(self, kind: str) -> list[str]:
        """Return the ids of all records of a kind, in their order."""
        return [_plain(found[1]) for found in _ID.finditer(self._content(kind))]

    def _lines(self, kind: str, beginning: str) -> Iterator[bytes]:
        content = self._content(kind)
        sought = _BEGINS + msgspec.json.encode(beginning)[1:-1]
        at = content.find(sought)
        while at >= 0:
            end = content.find(b"\n", at)
            line = content[at : end if end >= 0 else len(content)]
            if at == 0 or content[at - 1 : at] == b"\n":
                yield line
            at = content.find(sought, at + len(line))

    def _holding(self, kind: str, sought: bytes) -> Iterator[bytes]:
        """Yield the lines that hold some bytes; what belongs to a record stands together, as everywhere here."""
        content = self._content(kind)
        at = content.find(sought)
        start = content.rfind(b"\n", 0, at) + 1
        while at >= 0:
            end = content.find(b"\n", start)
            end = end if end >= 0 else len(content)
            line = content[start:end]
            if sought not in line:
                return
            yield line
            start = end + 1

    def _content(self, kind: str) -> bytes | mmap.mmap:
        if kind not in self._files:
            self._files[kind] = _mapped(self.outputs / f"{kind}.jsonl")
        return self._files[kind]

    def decoded(self, kind: str, line: bytes, record_type: type[T]) -> T:
        """Return a line as a record.

        Raises:
            PipelineError: it is none.
        """
        try:
            return decode(line, record_type)
        except msgspec.DecodeError as error:
            raise PipelineError(
                ErrorCode.INVALID_RECORD,
                found=f"{self.outputs / kind}.jsonl, record {_id_of(line)}: {error}",
                expected=f"a record as pop schema {kind} describes it",
                do="check the outputs with pop verify, or write them anew with pop run",
            ) from error


def nearest(name: str, names: Sequence[str], most: int = 5) -> list[str]:
    """Return the names that read most like this one, the nearest first."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only needed for an error

    found: list[Any] = process.extract(name, names, scorer=fuzz.WRatio, limit=most, score_cutoff=60)
    return [one for one, _, _ in found]


def _mapped(path: Path) -> bytes | mmap.mmap:
    try:
        with path.open("rb") as stream:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise PipelineError(
            ErrorCode.UNREADABLE,
            found=f"{path} ({error.strerror or error})",
            expected="a stage file that can be read",
            do="check the folder given with --outputs",
        ) from error


def _id_of(line: bytes) -> str:
    found = _ID.match(line)
    return _plain(found[1]) if found else ""


def _plain(raw: bytes) -> str:
    try:
        return decode(b'"' + raw + b'"', str)
    except msgspec.DecodeError:
        return raw.decode("utf-8", "replace")
