"""The outputs as tidy DataFrames that refer to one another, for notebooks.

Every kind of record is a frame, and so is every list inside a record: `quotes` and `quote_parts`, `segments` and
`segment_sites`. A row of such a list names its record (`quote_id`) and its place there (`position`, from 0).

Worked example: `frames["quotes"].merge(frames["documents"], left_on="document_id", right_on="id")`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import inspect

from pipeline import jsonl
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.field_types import fields as fields_of
from pipeline.field_types import known
from pipeline.records import RECORD_TYPES

if TYPE_CHECKING:
    import pandas as pd

_NAMES: Final = {
    "segment_passage_ids": "segment_passages",
    "segment_anatomy": "anatomy",
    "segment_linked": "segment_links",
}
"""Lists whose frame is not called after the field."""
_ELEMENTS: Final = {"authors": "name", "passage_ids": "passage_id", "linked": "linked_id"}
"""What one entry of a list of texts is."""
_REFERENCES: Final = {
    "document_id": "documents", "segment_id": "segments", "parent_id": "segments", "linked_id": "segments",
    "passage_id": "passages", "duplicate_of": "passages", "quote_id": "quotes", "tag_id": "tags",
    "mapping_id": "mappings",
}  # fmt: skip
"""Columns that hold the `id` of a row of another frame."""
_ORDERED: Final = {("no", "review", "yes"), ("reject", "review", "match")}
_CONTEXT: Final = {
    "document": ("path", "title", "kind", "date_start", "date_end", "place"),
    "segment": ("heading", "kind"),
    "passage": ("text", "kind", "page", "speaker"),
    "quote": ("text", "form", "speaker_name", "speaker_role", "speaker_organization"),
}
"""What a row takes over from the rows that it refers to, in `Frames.join`."""


class Frames(dict[str, "pd.DataFrame"]):
    """The frames by name: those of the records in the order of the pipeline, then those of their lists."""

    @property
    def foreign_keys(self) -> "pd.DataFrame":
        """Which column refers to which: see `foreign_keys`."""
        return foreign_keys()

    def join(self, name: str) -> "pd.DataFrame":
        """Return a frame with what it refers to beside it: `document_title`, `segment_heading`, `passage_text` etc.

        Its own columns and rows stay as they are.

        Raises:
            PipelineError: there is no such frame.
        """
        joined = self._frame(name)
        for parent, wanted in _CONTEXT.items():
            key = f"{parent}_id"
            if key in joined:
                other = self[f"{parent}s"].set_index("id")[list(wanted)].add_prefix(f"{parent}_")
                new = other.drop(columns=[column for column in other if column in joined])
                joined = joined.join(new, on=key)
        return joined

    def _frame(self, name: str) -> "pd.DataFrame":
        if name not in self:
            raise PipelineError(
                ErrorCode.INVALID_QUERY,
                found=f"no frame {name!r}",
                expected=f"one of {', '.join(self)}",
                do="choose one of these",
                exit_code=ExitCode.USAGE,
            )
        return self[name]


def load(outputs: str | Path = "outputs") -> Frames:
    """Read an output folder into one DataFrame for each kind of record, and one for each list inside records.

    `speaker`, `cue` and `boundary` are spread over columns of their own (`speaker_text`, `speaker_name`). Words are
    of the type `string`, offsets, ranks and pages `Int64`, dates timestamps; what comes from a fixed list is
    categorical, and decisions are ordered (no < review < yes). What is unknown is missing.

    Args:
        outputs: the folder.

    Raises:
        PipelineError: a file is missing or broken.

    Example:
        >>> frames = load("outputs")  # doctest: +SKIP
        >>> frames.join("quotes")[["text", "speaker_name", "document_title"]]  # doctest: +SKIP
    """
    tables = {kind: _table(kind, record_type) for kind, record_type in RECORD_TYPES.items()}
    made = {
        kind: _records(table, Path(outputs) / f"{kind}.jsonl", RECORD_TYPES[kind]) for kind, table in tables.items()
    }
    records = Frames({kind: _frame(tables[kind], rows) for kind, rows in made.items()})
    for kind, table in tables.items():
        for inner, rows in _lists(table, made[kind]):
            records[inner.name] = _frame(inner, rows)
    return records


def foreign_keys() -> "pd.DataFrame":
    """Return the columns of the frames that refer to others, a row for each: frame, column, to_frame, to_column."""
    import pandas as pd  # noqa: PLC0415 - slow to import

    tables = [_table(kind, record_type) for kind, record_type in RECORD_TYPES.items()]
    rows = [
        (table.name, column.name, _REFERENCES[column.name], "id")
        for table in [*tables, *(inner for table in tables for inner in _inner(table))]
        for column in table.columns
        if column.name in _REFERENCES
    ]
    return pd.DataFrame(rows, columns=["frame", "column", "to_frame", "to_column"])


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: where its value stands in a row, and its type in pandas."""

    name: str
    path: tuple[str, ...]
    dtype: str | tuple[str, ...]
    """A name that pandas knows, "date", "object", or the categories."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A frame to be made: its columns, and the lists inside a row that become frames of their own."""

    name: str
    columns: tuple[_Column, ...]
    lists: "tuple[tuple[str, _Table], ...]"
    keys: tuple[str, ...]
    """The columns by which a list's rows name theirs: `tag_id`, and `evidence_position` further in."""


def _table(name: str, struct: type[msgspec.Struct]) -> _Table:
    return _described(name, inspect.type_info(struct), (), (f"{name.removesuffix('s')}_id",))


def _described(name: str, kind: inspect.Type, keys: tuple[_Column, ...], own_keys: tuple[str, ...]) -> _Table:
    """Describe the frame of a struct, or of a list inside one, which begins with the columns `keys`."""
    fields = _fields(kind)
    lists = [(field, _element(inner)) for field, inner in fields.items() if isinstance(inner, inspect.ListType)]
    return _Table(
        name=name,
        columns=(*keys, *_columns(fields)),
        lists=tuple((field, _inside(name, field, element, own_keys)) for field, element in lists),
        keys=own_keys,
    )


def _inside(outer: str, field: str, element: inspect.Type, keys: tuple[str, ...]) -> _Table:
    singular = outer.removesuffix("s")
    name = _NAMES.get(f"{singular}_{field}", f"{singular}_{field}")
    first = tuple(_Column(key, (key,), "string" if key.endswith("_id") else "Int64") for key in keys)
    place = (*first, _Column("position", ("position",), "Int64"))
    if not isinstance(element, inspect.StructType):
        return _Table(name, (*place, _Column(_ELEMENTS.get(field, "value"), ("value",), "string")), (), keys)
    return _described(name, element, place, (*keys, f"{field}_position"))


def _fields(kind: inspect.Type) -> dict[str, inspect.Type]:
    return {field.encode_name: known(field.type) for field in fields_of(kind)}


def _element(kind: inspect.ListType) -> inspect.Type:
    return known(kind.item_type)


def _columns(fields: dict[str, inspect.Type]) -> Iterator[_Column]:
    for name, kind in fields.items():
        if isinstance(kind, inspect.StructType):
            for inner, inner_kind in _fields(kind).items():
                yield _Column(f"{name}_{inner}", (name, inner), _dtype(inner, inner_kind))
        else:
            yield _Column(name, (name,), _dtype(name, kind))


_DTYPES: Final[dict[type[inspect.Type], str]] = {
    inspect.StrType: "string", inspect.IntType: "Int64", inspect.FloatType: "float64",
}  # fmt: skip


def _dtype(name: str, kind: inspect.Type) -> str | tuple[str, ...]:
    if isinstance(kind, inspect.StrType) and kind.pattern and name.startswith("date"):
        return "date"
    if isinstance(kind, inspect.EnumType):
        return tuple(member.value for member in kind.cls)
    if isinstance(kind, inspect.LiteralType):
        values = tuple(kind.values)
        return "Int64" if isinstance(values[0], int) else _in_order(tuple(map(str, values)))
    return _DTYPES.get(type(kind), "object")


def _in_order(values: tuple[str, ...]) -> tuple[str, ...]:
    return next((ordered for ordered in _ORDERED if set(ordered) == set(values)), values)


def _records(table: _Table, path: Path, record_type: type[msgspec.Struct]) -> list[dict[str, Any]]:
    rows = [msgspec.to_builtins(record) for record in jsonl.read(path, record_type)]
    return [row | {table.keys[0]: row["id"]} for row in rows]


def _inner(table: _Table) -> Iterator[_Table]:
    for _, inner in table.lists:
        yield inner
        yield from _inner(inner)


def _lists(table: _Table, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[_Table, list[dict[str, Any]]]]:
    """Return the lists inside rows, and those inside these, as rows of their own."""
    for field, inner in table.lists:
        found = [
            {key: row[key] for key in table.keys} | {"position": i} | _entry(value) | {f"{field}_position": i}
            for row in rows
            for i, value in enumerate(row[field])
        ]
        yield inner, found
        yield from _lists(inner, found)


def _entry(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"value": value}


def _frame(table: _Table, rows: Sequence[dict[str, Any]]) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - slow to import

    return pd.DataFrame(
        {column.name: _series([_at(row, column.path) for row in rows], column) for column in table.columns}
    )


def _at(row: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = row
    for name in path:
        value = None if value is None else value.get(name)
    return value


def _series(values: list[Any], column: _Column) -> "pd.Series[Any]":
    import pandas as pd  # noqa: PLC0415

    if isinstance(column.dtype, tuple):
        kind = pd.CategoricalDtype(list(column.dtype), ordered=column.dtype in _ORDERED)
        return pd.Series(values, dtype=kind)
    if column.dtype == "date":
        # A day that no calendar has becomes a missing one.
        return pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601", errors="coerce")
    return pd.Series(values, dtype=column.dtype)
