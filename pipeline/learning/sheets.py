"""Lists for people to work through: CSV for a spreadsheet, JSONL for programs; the ending of the file decides."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from pipeline.hits import BYTE_ORDER_MARK

Form = Literal["csv", "jsonl"]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def form_of(path: Path | None, asked: Form | None) -> Form:
    """Return the form that was asked for, or else the one that the file's ending names, or else JSONL."""
    if asked is not None:
        return asked
    return "csv" if path is not None and path.suffix.lower() == ".csv" else "jsonl"


def to_jsonl(records: Sequence[msgspec.Struct]) -> bytes:
    """Return one JSON object a line."""
    return b"".join(msgspec.json.encode(record) + b"\n" for record in records)


def to_csv(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> bytes:
    """Return a table that a spreadsheet opens as it is: UTF-8 with a byte order mark.

    A text that a spreadsheet would take for a formula has a ' before it, which spreadsheets do not show.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return BYTE_ORDER_MARK + stream.getvalue().encode()


def records_to(form: Form, records: Sequence[msgspec.Struct], record_type: type[msgspec.Struct]) -> bytes:
    """Return records in a form; the columns of a CSV are the fields."""
    if form == "jsonl":
        return to_jsonl(records)
    columns = [field.name for field in msgspec.structs.fields(record_type)]
    return to_csv([msgspec.structs.asdict(record) for record in records], columns)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
