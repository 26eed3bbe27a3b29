"""The forms of a crosstab: a table to read, and a grid, long or wide, for CSV, XLSX, Parquet and JSONL.

Worked example of the table, for `pop query --counts --by theme,year`:

                              2014       2016
    succession              12 24%     30 41%
    equity                       3      9 12%
    2014  50 passages in 2 documents
    2016  73 passages in 4 documents
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pipeline.counts.crosstab import Cell, Crosstab
from pipeline.counts.theme_counts import CORRECTED, corrected_cells, percent, reading
from pipeline.forms.grid import Column, Grid, Value
from pipeline.forms.safe import for_terminal
from pipeline.learning.prevalence import FEWEST_PASSAGES

WIDTH: Final = 80
_LABEL: Final = 26
_HEAD: Final = 10
"""Longest name of a column that stands above it; longer ones are numbered."""
_FIGURES: Final = (
    Column("n", "integer"), Column("documents", "integer"), Column("found", "integer"), Column("to_review", "integer"),
    Column("share", "number"),
)  # fmt: skip


def long_grid(made: Crosstab) -> Grid:
    """Return a row for each cell."""
    names = _names(made)
    columns = (*(Column(name, width=36) for name in names), Column("unit"), *_FIGURES, *CORRECTED)
    return Grid(columns, [_row(made, cell) for cell in made.cells], "counts")


def wide_grid(made: Crosstab) -> Grid:
    """Return the matrix: what was found, or where nothing is measured, how many there are."""
    by_place = {(cell.row, cell.column): cell for cell in made.cells}
    columns = made.columns
    rows: list[tuple[Value, ...]] = [(row, *(_count(by_place[row, column]) for column in columns)) for row in made.rows]
    first = " / ".join(made.dimensions)
    return Grid(
        (Column(first, width=36), *(Column(name, "integer") for name in _unlike(first, columns))), rows, "matrix"
    )


def to_table(made: Crosstab) -> str:
    """Return the crosstab in 80 columns, in as many blocks as it takes; below, corrected shares and how to read it."""
    if not made.cells:
        return f"No {made.unit} to count.\n"
    lines = [*_blocks(made, _shown, made.columns), *_corrected(made), *_reading(made)]
    return "\n".join(lines) + "\n"


def _row(made: Crosstab, cell: Cell) -> tuple[Value, ...]:
    place = (cell.row, cell.column)[: len(made.dimensions)]
    figures = (cell.n, cell.documents, cell.found, cell.to_review, cell.share)
    return (*place, made.unit, *figures, *corrected_cells(cell.corrected))


def _names(made: Crosstab) -> tuple[str, ...]:
    first, *others = made.dimensions
    return (first, *(f"{name}_2" if name == first else name for name in others))


def _unlike(first: str, names: Sequence[str]) -> list[str]:
    """Return names of columns, no two of which are the same."""
    taken = {first}
    unlike: list[str] = []
    for name in names:
        new = name
        while new in taken:
            new += "_"
        taken.add(new)
        unlike.append(new)
    return unlike


def _count(cell: Cell) -> int:
    return cell.n if cell.found is None else cell.found


def _blocks(made: Crosstab, shown: Callable[[Cell], str], columns: Sequence[str]) -> Iterator[str]:
    labels = [for_terminal(name) for name in columns]
    named = all(len(label) <= _HEAD for label in labels)
    heads = labels if named else [str(number) for number in range(1, len(labels) + 1)]
    lines = _lines(made, shown, columns)
    width = 2 + max(map(len, [*heads, *(text for _, _, texts in lines for text in texts)]))
    total = max(len(total) for _, total, _ in lines)
    first = min(_LABEL, max(len(label) for label, _, _ in lines))
    in_block = max(1, (WIDTH - first - total) // width)
    for start in range(0, len(columns), in_block):
        block = slice(start, start + in_block)
        yield " " * (first + total) + "".join(f"{head:>{width}}" for head in heads[block])
        for label, number, texts in lines:
            yield f"{label:<{first}}{number:>{total}}" + "".join(f"{text:>{width}}" for text in texts[block])
        if not named:
            yield from _legend(heads[block], labels[block])
        yield ""


def _lines(made: Crosstab, shown: Callable[[Cell], str], columns: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    """Return label, size of the group and cells of each line; the sizes stand above where columns are the groups."""
    by_place = {(cell.row, cell.column): cell for cell in made.cells}
    lines = [(_cut(row), "", [shown(by_place[row, name]) for name in columns]) for row in made.rows]
    if made.groups == "columns":
        sizes = [f"{by_place[made.rows[0], name].n:,}" for name in columns]
        return [(f"all {made.unit}s", "", sizes), *lines]
    if made.groups == "rows":
        sizes = [f"  of {by_place[row, columns[0]].n:,}" for row in made.rows]
        return [(label, size, texts) for (label, _, texts), size in zip(lines, sizes, strict=True)]
    return lines


def _legend(heads: Sequence[str], labels: Sequence[str]) -> Iterator[str]:
    for head, label in zip(heads, labels, strict=True):
        yield from textwrap.wrap(f"{head:>3}  {label}", WIDTH, subsequent_indent=" " * 5, break_on_hyphens=False)


def _cut(name: str) -> str:
    shown = for_terminal(name)
    return shown if len(shown) <= _LABEL else shown[: _LABEL - 1] + "…"


def _shown(cell: Cell) -> str:
    """Return a count with its share; of few, the share would tell nothing."""
    if cell.found is None:
        return str(cell.n or "·")
    if not cell.n:
        return "–"
    waiting = f"+{cell.to_review}" if cell.to_review else ""
    count = f"{cell.found or ''}{waiting}" or "·"
    return f"{count} {percent(cell.share)}" if cell.n >= FEWEST_PASSAGES and cell.found else count


def _corrected(made: Crosstab) -> Iterator[str]:
    known = {cell.column for cell in made.cells if cell.corrected.share is not None}
    if known:
        yield "Corrected share with its 95 % interval:"
        yield from _blocks(made, _interval, [name for name in made.columns if name in known])


def _interval(cell: Cell) -> str:
    made = cell.corrected
    if made.share is None or made.low is None or made.high is None:
        return "too few" if made.too_few else "–"
    return f"{percent(made.share)} {percent(made.low).removesuffix('%')}–{percent(made.high)}"


def _reading(made: Crosstab) -> Iterator[str]:
    few = f"no share is given where a group has fewer than {FEWEST_PASSAGES}"
    sign = f"Number: {made.unit}s found, their share of the group; +: those that only wait for review; {few}."
    counted = f"Number of {made.unit}s."
    yield from textwrap.wrap(sign if any(cell.found is not None for cell in made.cells) else counted, WIDTH)
    groups = dict.fromkeys((cell.n, cell.documents) for cell in made.cells)
    if len(groups) == 1:
        n, documents = next(iter(groups))
        yield f"{n:,} {made.unit}s in {documents:,} documents."
    measured = "theme" if "theme" in made.dimensions else made.dimensions[0]
    by_row = made.dimensions[0] == measured
    yield from reading([(cell.row if by_row else cell.column, cell.corrected) for cell in made.cells])
