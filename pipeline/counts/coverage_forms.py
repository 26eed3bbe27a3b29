"""The three forms of what the rubric covers: a table to read, CSV for a spreadsheet, JSONL for programs.

Worked example of the table:

                all     1     2
    SHARED WORK
      12        2+1   1+1     1
    ◐ 13         +1     ·    +1
    ○ 14          ·     ·     ·
    1  Elm (4 quotes)
    2  no site (1 quote)

    5 quotes; 2 of 3 practices without a matched one:
    ◐ 13  Leaders ask who leaves.
    ○ 14  Leaders write it down.
"""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import msgspec

from pipeline.counts.coverage import By, Cell, Line, Matrix
from pipeline.forms import as_csv, as_jsonl
from pipeline.forms.grid import Column, Grid, as_text, column_types
from pipeline.forms.safe import for_terminal, short
from pipeline.records import Name

WIDTH: Final = 80
NOTES: Final[dict[By, str]] = {
    "site": "A quote belongs to the sites that its segment, or the problem of practice around it, names; where these "
    "are several, it counts for each of them.",
    "date": "The year is that in which the time of the document begins.",
    "problem": "A quote in a problem of practice that is part of another (A › B) counts for both.",
    "document": "",
}
"""How quotes come to their columns."""

_WIDTHS: Final = {"area": 30, "practice_text": 60, "column": 40}
_FIRST: Final = 8
_ID: Final = 24
_CELL: Final = 6
_LABEL: Final = 9
"""Longest name of a column that stands above it; longer ones are numbered."""


class CellRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A practice, or one of its indicators, in a column. `column_id`: empty for quotes that have none.

    `n_match`, `n_review`: quotes that are matched, and that only wait for review; `n_quotes`: all of the column.
    """

    by: By
    area: Name
    practice: Name
    practice_text: str
    indicator: str | None
    column: Name
    column_id: str
    n_match: int
    n_review: int
    n_quotes: int


def records(matrix: Matrix, *, empty: bool = True) -> list[CellRecord]:
    """Return every cell, practice by practice; `empty`: also those without a quote."""
    return [
        CellRecord(
            by=matrix.by,
            area=line.area,
            practice=line.practice,
            practice_text=line.practice_text,
            indicator=line.indicator,
            column=column.label,
            column_id=column.key,
            n_match=len(cell.matched),
            n_review=len(cell.review),
            n_quotes=n,
        )
        for line in matrix.lines
        for column, n, cell in zip(matrix.columns, matrix.n, line.cells, strict=True)
        if empty or cell.matched or cell.review
    ]


def grid(matrix: Matrix, *, empty: bool = True) -> Grid:
    """Return the cells in long form, a row for each; `empty`: also those without a quote."""
    detailed = any(line.indicator for line in matrix.lines)
    types = {
        name: kind
        for name, kind in column_types(CellRecord).items()
        if name != "by" and (detailed or name != "indicator")
    }
    rows = [tuple(getattr(record, name) for name in types) for record in records(matrix, empty=empty)]
    return Grid(tuple(Column(name, kind, _WIDTHS.get(name, 12)) for name, kind in types.items()), rows, "coverage")


def rows(matrix: Matrix, *, empty: bool = True) -> list[list[str]]:
    """Return the same as words, the names of the columns first."""
    made = grid(matrix, empty=empty)
    return [made.names, *([as_text(value) for value in row] for row in made.rows)]


def to_jsonl(matrix: Matrix) -> bytes:
    """Return one JSON object for each cell."""
    return as_jsonl.of_structs(records(matrix))


def to_csv(matrix: Matrix, *, excel: bool = False) -> bytes:
    """Return a row for each cell; `excel`: with a byte order mark, formulas disarmed."""
    return as_csv.of_grid(grid(matrix), excel=excel)


def to_table(matrix: Matrix) -> str:
    """Return the matrix in 80 columns, as many blocks as it takes; below, what is silent, and how to read it."""
    labels = [for_terminal(column.label) for column in matrix.columns]
    named = all(len(label) <= _LABEL for label in labels)
    heads = labels if named else [str(number) for number in range(1, len(labels) + 1)]
    first = max([_FIRST, *(len(_name(line)) for line in matrix.lines)])
    cells = [_number(cell) for line in matrix.lines for cell in [*line.cells, line.total]]
    width = max([_CELL, *(len(text) + 1 for text in [*heads, *cells])])
    in_block = max(1, (WIDTH - first - width) // width)
    lines: list[str] = []
    for start in range(0, max(len(heads), 1), in_block):
        shown = slice(start, start + in_block)
        lines += [*_block(matrix.lines, heads[shown], shown, (first, width)), *_legend(matrix, heads, shown), ""]
    return "\n".join([*lines, *_reading(matrix)]) + "\n"


def _block(lines: Sequence[Line], heads: Sequence[str], shown: slice, widths: tuple[int, int]) -> Iterator[str]:
    first, width = widths
    yield " " * first + "".join(f"{head:>{width}}" for head in ["all", *heads])
    for area, held in groupby(lines, key=lambda line: line.area):
        yield from textwrap.wrap(for_terminal(area), WIDTH)
        for line in held:
            yield f"{_name(line):<{first}}" + "".join(
                f"{_number(cell):>{width}}" for cell in [line.total, *line.cells[shown]]
            )


def _legend(matrix: Matrix, heads: Sequence[str], shown: slice) -> Iterator[str]:
    for head, column, n in zip(heads[shown], matrix.columns[shown], matrix.n[shown], strict=True):
        name = " · ".join(for_terminal(short(part)) for part in (column.label, column.document) if part)
        number = f"{head:>3}  " if head != name else ""
        told = f"{number}{name} ({_quotes(n)})"
        yield from textwrap.wrap(told, WIDTH, subsequent_indent=" " * len(number), break_on_hyphens=False)


def _reading(matrix: Matrix) -> Iterator[str]:
    silent = matrix.silent
    what = "indicators" if any(line.indicator for line in matrix.lines) else "practices"
    told = f"{_quotes(matrix.n_quotes)}; {len(silent)} of {len(matrix.lines)} {what} without a matched one"
    yield told + (":" if silent else ".")
    for line in silent:
        name = f"{_name(line)}  "
        text = f"{name}{for_terminal(line.practice_text)}"
        yield from textwrap.wrap(text, WIDTH, subsequent_indent=" " * len(name), break_on_hyphens=False)
    signs = "Number: quotes matched; +: those that only wait for review; ○ no quote at all, ◐ none matched yet."
    yield from textwrap.wrap(f"{signs} {NOTES[matrix.by]}".strip(), WIDTH)


def _name(line: Line) -> str:
    name = for_terminal(line.indicator or line.practice)
    return f"{_sign(line.total)} {name if len(name) <= _ID else name[: _ID - 1] + '…'}"


def _sign(cell: Cell) -> str:
    if cell.matched:
        return " "
    return "◐" if cell.review else "○"


def _number(cell: Cell) -> str:
    waiting = f"+{len(cell.review)}" if cell.review else ""
    return f"{len(cell.matched) or ''}{waiting}" or "·"


def _quotes(n: int) -> str:
    return f"{n:,} quote" + ("" if n == 1 else "s")
