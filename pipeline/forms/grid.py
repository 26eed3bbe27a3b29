"""An answer as a grid: typed columns and rows, from which CSV, XLSX and Parquet are written.

Worked example: `Grid((Column("site", "text"), Column("n", "integer")), [("Elm", 3)])`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from msgspec import inspect

ColumnType = Literal["text", "integer", "number", "flag", "date", "texts"]
"""`flag`: 0 or 1. `date`: YYYY-MM-DD. `texts`: a list of texts, which a cell shows parted by "; "."""

Value = str | int | float | bool | list[str] | None
SEPARATOR: Final = "; "

_PLAIN: Final[dict[type[inspect.Type], ColumnType]] = {
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.BoolType: "flag",
    inspect.ListType: "texts",
    inspect.VarTupleType: "texts",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `width`: of its cells in a workbook, in characters; 0: not shown there. `label`: what it holds."""

    name: str
    type: ColumnType = "text"
    width: int = 14
    label: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under columns; `None` = unknown, an empty cell."""

    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]
    name: str = "rows"

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]


def column_types(record_type: type[msgspec.Struct]) -> dict[str, ColumnType]:
    """Return the type of a column for each field of a struct, whatever fields it has."""
    info = inspect.type_info(record_type)
    assert isinstance(info, inspect.StructType)
    return {field.name: _column_type(field.name, field.type) for field in info.fields}


def of_structs(records: Iterable[msgspec.Struct], record_type: type[msgspec.Struct], name: str = "rows") -> Grid:
    """Return a row for each record, a column for each field."""
    types = column_types(record_type)
    rows = [tuple(plain(getattr(record, field)) for field in types) for record in records]
    return Grid(tuple(Column(field, kind) for field, kind in types.items()), rows, name)


def plain(value: Any) -> Value:
    """Return a value that a cell can hold; of a list or struct, each part that is no text as JSON."""
    if isinstance(value, list | tuple):
        return [one if isinstance(one, str) else msgspec.json.encode(one).decode() for one in value]
    known = value is None or isinstance(value, str | int | float)
    return value if known else msgspec.json.encode(value).decode()


def as_text(value: Value) -> str:
    """Return what a cell of a text file shows: nothing for what is unknown, 0 or 1 for yes and no."""
    if value is None:
        return ""
    if isinstance(value, list):
        return SEPARATOR.join(value)
    return str(int(value)) if isinstance(value, bool) else str(value)


def _column_type(name: str, kind: inspect.Type) -> ColumnType:
    inner = kind.type if isinstance(kind, inspect.Metadata) else kind
    if isinstance(inner, inspect.UnionType):
        known = [one for one in inner.types if not isinstance(one, inspect.NoneType)]
        return _column_type(name, known[0]) if len(known) == 1 else "text"
    if isinstance(inner, inspect.StrType) and inner.pattern and name.startswith("date"):
        return "date"
    return _PLAIN.get(type(inner), "text")
