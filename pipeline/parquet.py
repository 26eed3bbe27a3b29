"""Stage files as Parquet, beside their JSONL: columns with types, lists as lists, records inside records as structs.

    passages.jsonl    {"id": "p1", "text": "Lunch was served.", "start": 0, "page": null, …}
    passages.parquet  id: string not null · text: string not null · start: int64 not null · page: int64 · …

The types come from the records (`records.py`), so that a column has the same type in every run, also where all its
values are missing. `Document.metadata`, whose keys differ from document to document, is JSON in a column of text. The
same records give the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import inspect

from pipeline import jsonl
from pipeline.field_types import fields, known, may_be_missing
from pipeline.files import atomic_write, sha256_text
from pipeline.kept import Kept
from pipeline.manifest import OutputFile
from pipeline.own_code import code_sha256
from pipeline.records import RECORD_TYPES, Record

if TYPE_CHECKING:
    import pyarrow as pa

MOST_RECORDS: Final = 10_000
MOST_TEXT: Final = 8_000_000
"""Of a row group: so many records, or so many characters of their texts. So much is in memory at once."""

SUFFIX: Final = ".parquet"


def write_all(outputs: Path, kept: Kept, wanted: bool) -> tuple[list[OutputFile], list[str]]:
    """Bring the Parquet files of an output folder up to date.

    Args:
        outputs: the folder.
        kept: knows which of them were written from the stage files as they stand.
        wanted: whether all are to be written; otherwise only those that were written before and are still there.

    Returns:
        All that are there now, and the names of those that were written.

    Raises:
        PipelineError: a line of a stage file is broken, or the folder cannot be written.
    """
    there: list[OutputFile] = []
    new: list[str] = []
    keys = []
    for kind, record_type in RECORD_TYPES.items():
        source, target = outputs / f"{kind}.jsonl", outputs / f"{kind}{SUFFIX}"
        if not source.is_file() or not (wanted or target.is_file()):
            continue
        key = sha256_text(kind, kept.sha256(source), code_sha256(all_of_it=False))
        keys.append(key)
        if kept.get("parquet", key) != kept.sha256(target).encode():
            write_parquet(source, record_type, target)
            kept.put("parquet", key, kept.sha256(target).encode())
            new.append(target.name)
        there.append(OutputFile(target.name, kept.sha256(target), None))
    kept.keep_only("parquet", keys)
    return there, new


def write_parquet(source: Path, record_type: type[Record], target: Path) -> int:
    """Write the records of a JSONL file as Parquet, and return how many.

    Raises:
        PipelineError: no such file, a broken line, or a folder that cannot be written.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    from pyarrow import parquet  # noqa: PLC0415

    schema, as_row = arrow_schema(record_type), _as_row(record_type)
    n = 0
    with atomic_write(target) as stream, parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for records in _groups(jsonl.read(source, record_type)):
            writer.write_table(pa.Table.from_pylist([as_row(record) for record in records], schema=schema))
            n += len(records)
    return n


def arrow_schema(record_type: type[Record]) -> "pa.Schema":
    """Return the columns of a kind of record, in the order of its fields."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema(_columns(inspect.type_info(record_type)))


def _columns(kind: inspect.Type) -> "list[pa.Field]":
    import pyarrow as pa  # noqa: PLC0415

    return [
        pa.field(one.encode_name, _arrow_type(known(one.type)), nullable=may_be_missing(one.type))
        for one in fields(kind)
    ]


def _arrow_type(kind: inspect.Type) -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415

    if isinstance(kind, inspect.StructType):
        return pa.struct(_columns(kind))
    if isinstance(kind, inspect.ListType):
        return pa.list_(pa.field("item", _arrow_type(known(kind.item_type)), nullable=False))
    if _is_whole_number(kind):
        return pa.int64()
    return pa.float64() if isinstance(kind, inspect.FloatType) else pa.string()


def _is_whole_number(kind: inspect.Type) -> bool:
    is_literal = isinstance(kind, inspect.LiteralType) and isinstance(kind.values[0], int)
    return is_literal or isinstance(kind, inspect.IntType)


def _as_row(record_type: type[Record]) -> Callable[[Record], dict[str, Any]]:
    """Return what turns a record into a row: what has no fixed form becomes JSON."""
    kind = inspect.type_info(record_type)
    free = [one.encode_name for one in fields(kind) if isinstance(known(one.type), inspect.DictType)]

    def as_row(record: Record) -> dict[str, Any]:
        row: dict[str, Any] = msgspec.to_builtins(record)
        return row | {name: msgspec.json.encode(row[name]).decode() for name in free}

    return as_row


def _groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    group: list[Record] = []
    n_characters = 0
    for record in records:
        group.append(record)
        n_characters += len(getattr(record, "text", ""))
        if len(group) == MOST_RECORDS or n_characters >= MOST_TEXT:
            yield group
            group, n_characters = [], 0
    if group:
        yield group
