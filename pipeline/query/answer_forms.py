"""The rows that a researcher's own SQL finds: as a table to read, CSV for a spreadsheet, JSONL for programs.

Worked example of the table:

    site          n  share
    Corliss      12   0.41
    Zürich Road   3   0.10
"""

import csv
import io
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from pipeline.hits import BYTE_ORDER_MARK, for_excel, for_terminal
from pipeline.query.statements import Answer, Value, plain

WIDTH: Final = 80
MOST_LINES: Final = 6
"""Lines of a cell; what is longer ends in …"""

_GAP: Final = "  "
_NARROWEST: Final = 9
"""Columns of characters that a column of words needs to be read at all."""


def to_jsonl(answer: Answer) -> bytes:
    """Return one JSON object a line; of columns with the same name, the last one."""
    rows = (dict(zip(answer.columns, map(plain, row), strict=True)) for row in answer.rows)
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def to_csv(answer: Answer, *, excel: bool = False) -> bytes:
    """Return a table as RFC 4180 has it; an empty cell for NULL; `excel`: formulas disarmed."""
    stream = io.StringIO(newline="")
    rows = csv.writer(stream, lineterminator="\r\n")
    for row in (answer.columns, *answer.rows):
        cells = ["" if value is None else str(plain(value)) for value in row]
        rows.writerow([for_excel(cell) for cell in cells] if excel else cells)
    return (BYTE_ORDER_MARK if excel else b"") + stream.getvalue().encode()


def to_table(answer: Answer) -> str:
    """Return the rows in columns of at most 80 characters; of more columns than fit, each row as a block of lines."""
    cells = [[_shown(value) for value in row] for row in answer.rows]
    names = [for_terminal(name) for name in answer.columns]
    widths = _widths([names, *cells])
    if widths is None:
        return "\n".join(_block(names, row) for row in cells)
    right = [all(isinstance(row[i], int | float | None) for row in answer.rows) for i in range(len(names))]
    return "".join(f"{line}\n" for row in (names, *cells) for line in _lines(row, widths, right))


def _shown(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else for_terminal(str(plain(value)))


def _widths(rows: Sequence[Sequence[str]]) -> list[int] | None:
    """Return the width of each column, the widest made narrower until all fit; `None`: they cannot."""
    widths = [max(1, *(len(cell) for cell in column)) for column in zip(*rows, strict=True)]
    room = WIDTH - len(_GAP) * (len(widths) - 1)
    if sum(min(width, _NARROWEST) for width in widths) > room:
        return None
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda i: widths[i])
        others = sorted(widths)[-2] if len(widths) > 1 else 0
        widths[widest] = max(_NARROWEST, min(widths[widest] - 1, max(others, widths[widest] - (sum(widths) - room))))
    return widths


def _lines(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    wrapped = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
    for i in range(max(map(len, wrapped))):
        parts = [lines[i] if i < len(lines) else "" for lines in wrapped]
        aligned = (
            part.rjust(width) if to_right else part.ljust(width)
            for part, width, to_right in zip(parts, widths, right, strict=True)
        )
        yield _GAP.join(aligned).rstrip()


def _wrapped(cell: str, width: int) -> list[str]:
    lines = textwrap.wrap(cell, width) or [""]
    if len(lines) > MOST_LINES:
        last = lines[MOST_LINES - 1][: width - 1]
        lines = [*lines[: MOST_LINES - 1], f"{last}…"]
    return lines


def _block(names: Sequence[str], row: Sequence[str]) -> str:
    lead = min(max(map(len, names)), WIDTH // 3)
    lines: list[str] = []
    for name, cell in zip(names, row, strict=True):
        first, *more = _wrapped(cell, WIDTH - lead - len(_GAP))
        lines += [
            f"{name[:lead]:<{lead}}{_GAP}{first}".rstrip(),
            *(f"{' ' * (lead + len(_GAP))}{line}" for line in more),
        ]
    return "".join(f"{line}\n" for line in lines)
