"""JSONL: one JSON object a line, in which a terminal finds nothing to obey."""

from collections.abc import Iterable

import msgspec

from pipeline.forms.grid import Grid
from pipeline.forms.safe import escaped_json


def of_structs(records: Iterable[msgspec.Struct]) -> bytes:
    """Return a line for each record."""
    return b"".join(escaped_json(msgspec.json.encode(record)) + b"\n" for record in records)


def of_grid(grid: Grid) -> bytes:
    """Return a line for each row; what is unknown is null."""
    names = grid.names
    return b"".join(escaped_json(msgspec.json.encode(dict(zip(names, row, strict=True)))) + b"\n" for row in grid.rows)
