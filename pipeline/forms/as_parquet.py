"""Parquet: typed columns, lists as lists; what the answer is about stands in the file's metadata."""

import datetime
import io
from collections.abc import Sequence
from typing import Any

import msgspec

from pipeline.forms.grid import ColumnType, Grid, Value


def of_grid(grid: Grid, about: Sequence[tuple[str, str]] = ()) -> bytes:
    """Return a Parquet file; `about`: pairs that its metadata keeps under the key `pop`, as JSON."""
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    from pyarrow import parquet  # noqa: PLC0415

    types: dict[ColumnType, Any] = {
        "text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "flag": pa.bool_(), "date": pa.date32(),
        "texts": pa.list_(pa.string()),
    }  # fmt: skip
    schema = pa.schema(
        [(column.name, types[column.type]) for column in grid.columns],
        metadata={"pop": msgspec.json.encode(dict(about))},
    )
    columns = [[_value(row[i], column.type) for row in grid.rows] for i, column in enumerate(grid.columns)]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    stream = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), stream)
    return stream.getvalue()


def _value(value: Value, kind: ColumnType) -> Value | datetime.date:
    if value is None:
        return None
    if kind == "date":
        return _day(str(value))
    return bool(value) if kind == "flag" else value


def _day(text: str) -> datetime.date | None:
    """Return a day; one that no calendar has is unknown."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
