"""The rows that a researcher's own SQL finds: as a table to read, and as a grid for all other forms.

Worked example of the table:

    site          n  share
    Corliss      12   0.41
    Zürich Road   3   0.10
"""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.forms.grid import Column, ColumnType, Grid, Value
from pipeline.forms.safe import for_terminal
from pipeline.query.statements import Answer, plain
from pipeline.query.statements import Value as Cell

WIDTH: Final = 80
MOST_LINES: Final = 6
"""Lines of a cell; what is longer ends in …"""

_GAP: Final = "  "
_NARROWEST: Final = 9
"""Columns of characters that a column of words needs to be read at all."""


def grid(answer: Answer) -> Grid:
    """Return the rows under columns of the type that all of their values have."""
    rows = [tuple(plain(value) for value in row) for row in answer.rows]
    columns = tuple(Column(name, _type([row[i] for row in rows]), 20) for i, name in enumerate(answer.columns))
    texts = [i for i, column in enumerate(columns) if column.type == "text"]
    return Grid(columns, [_with_texts(row, texts) for row in rows])


def _type(values: Sequence[Value]) -> ColumnType:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        return "integer"
    return "number" if kinds and kinds <= {int, float} else "text"


def _with_texts(row: Sequence[Value], texts: Sequence[int]) -> tuple[Value, ...]:
    """Return a row with words where a column has words and numbers."""
    return tuple(str(one) if i in texts and one is not None else one for i, one in enumerate(row))


def to_table(answer: Answer) -> str:
    """Return the rows in columns of at most 80 characters; of more columns than fit, each row as a block of lines."""
    cells = [[_shown(value) for value in row] for row in answer.rows]
    names = [for_terminal(name) for name in answer.columns]
    widths = _widths([names, *cells])
    if widths is None:
        return "\n".join(_block(names, row) for row in cells)
    right = [all(isinstance(row[i], int | float | None) for row in answer.rows) for i in range(len(names))]
    return "".join(f"{line}\n" for row in (names, *cells) for line in _lines(row, widths, right))


def _shown(value: Cell) -> str:
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
