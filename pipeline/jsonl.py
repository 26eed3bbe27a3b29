"""The only place that opens stage files: streaming reads, atomic writes, errors with file, line and field.

Records are validated both as they are written and as they are read.
"""

import contextlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import jsonlines
import msgspec

from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import atomic_write
from pipeline.safe_json import decode_with

T = TypeVar("T")

_FIELD = re.compile(r" - at `\$(?:\.)?(?P<field>[^`]*)`$")


class _Place(msgspec.Struct):
    id: str = ""
    document_id: str | None = None


def read(
    path: Path,
    record_type: type[T],
    *,
    code: ErrorCode = ErrorCode.INVALID_RECORD,
    of: Collection[str] | None = None,
) -> Iterator[T]:
    """Stream the records of a JSONL file.

    Args:
        path: the file; blank lines are skipped.
        record_type: what each line must be.
        code: the code of the error for a broken line.
        of: only the records of these documents, by their ids; the lines of others are not checked. `None`: all.

    Raises:
        PipelineError: no such file, or a line that is not such a record; names file, line and field.
    """
    decoder, places = msgspec.json.Decoder(record_type), msgspec.json.Decoder(_Place)
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip() and (of is None or _is_of(places, line, of)):
                    yield _decode(decoder, line, path, number, record_type, code)
    except OSError as error:
        by_people = code is ErrorCode.INVALID_LABELS
        raise PipelineError(
            ErrorCode.MISSING_FILE if isinstance(error, FileNotFoundError) else ErrorCode.UNREADABLE,
            found=f"{path} ({error.strerror or error})",
            expected="a file of labels or decisions"
            if by_people
            else f"a JSONL file of {_name_of(record_type)} records",
            do="check the name" if by_people else "check the path, or run the stage that writes it (pop run)",
        ) from error


def _is_of(places: "msgspec.json.Decoder[_Place]", line: bytes, documents: Collection[str]) -> bool:
    """Tell whether a line belongs to one of some documents; a broken one does, so that it is named."""
    try:
        place = decode_with(places, line)
    except msgspec.DecodeError:
        return True
    return (place.document_id or place.id) in documents


@contextlib.contextmanager
def writer(path: Path) -> Iterator[Callable[[msgspec.Struct], int]]:
    """Open a JSONL file for writing; it appears, whole, when the block ends without an error.

    Raises:
        PipelineError: a record does not fit its own schema, or the folder cannot be written.
    """
    with atomic_write(path) as stream, jsonlines.Writer(stream, dumps=_encode) as lines:
        yield lines.write


def write(path: Path, records: Iterable[msgspec.Struct]) -> int:
    """Write records atomically, one a line, and return how many.

    Raises:
        PipelineError: a record does not fit its own schema, or the folder cannot be written.
    """
    n = 0
    with writer(path) as put:
        for record in records:
            put(record)
            n += 1
    return n


def lines(records: Iterable[msgspec.Struct]) -> bytes:
    """Return records as the lines of a JSONL file.

    Raises:
        PipelineError: a record does not fit its own schema.
    """
    return b"".join(_encode(record) + b"\n" for record in records)


def _encode(record: msgspec.Struct) -> bytes:
    line = msgspec.json.encode(record)
    try:
        msgspec.json.decode(line, type=type(record))
    except msgspec.ValidationError as error:
        raise PipelineError(
            ErrorCode.INVALID_RECORD,
            found=f"a {type(record).__name__} record {_id_of(record)} with {error}",
            expected="a record that fits its schema (pop schema)",
            do="report this as a bug of the stage that made it",
        ) from error
    return line


def _decode(
    decoder: "msgspec.json.Decoder[T]", line: bytes, path: Path, number: int, record_type: type[T], code: ErrorCode
) -> T:
    try:
        return decode_with(decoder, line)
    except msgspec.DecodeError as error:
        match = _FIELD.search(str(error))
        reason = _FIELD.sub("", str(error))
        field = f", field `{match['field']}`" if match and match["field"] else ""
        raise PipelineError(
            code,
            found=f"{path}, line {number}{field}: {reason}",
            expected=f"a {_name_of(record_type)} record on each line",
            do="mend or delete that line; the form of each record is shown by pop schema",
        ) from error


def _name_of(record_type: type) -> str:
    """Return the name of a record as people say it: "theme label" for ThemeLabel."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", record_type.__name__.strip("_")).lower()


def _id_of(record: Any) -> str:
    return str(getattr(record, "id", ""))
