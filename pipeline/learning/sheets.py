"""Lists for people to work through: CSV for a spreadsheet, JSONL for programs; the ending of the file decides."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from pipeline.forms import as_csv, as_jsonl
from pipeline.forms.grid import Column, Grid, Value

Form = Literal["csv", "jsonl"]


def form_of(path: Path | None, asked: Form | None) -> Form:
    """Return the form that was asked for, or else the one that the file's ending names, or else JSONL."""
    if asked is not None:
        return asked
    return "csv" if path is not None and path.suffix.lower() == ".csv" else "jsonl"


def to_jsonl(records: Sequence[msgspec.Struct]) -> bytes:
    """Return one JSON object a line."""
    return as_jsonl.of_structs(records)


def to_csv(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> bytes:
    """Return a table that a spreadsheet opens as it is: UTF-8 with a byte order mark.

    A text that a spreadsheet would take for a formula has a ' before it, which spreadsheets do not show.
    """
    cells = [tuple(_cell(row[column]) for column in columns) for row in rows]
    return as_csv.of_grid(Grid(tuple(map(Column, columns)), cells), excel=True)


def records_to(form: Form, records: Sequence[msgspec.Struct], record_type: type[msgspec.Struct]) -> bytes:
    """Return records in a form; the columns of a CSV are the fields."""
    if form == "jsonl":
        return to_jsonl(records)
    columns = [field.name for field in msgspec.structs.fields(record_type)]
    return to_csv([msgspec.structs.asdict(record) for record in records], columns)


def _cell(value: Any) -> Value:
    known = value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))
    return value if known else str(value)
