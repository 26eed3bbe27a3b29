r"""Tables in plain text whose columns are aligned by blanks; their cells are parted by tabs, as in all tables here.

>>> tabbed(["School      Grade 9   Failed", "Harrow Pt       187       36", "Lindgren         88       38"])
['School\tGrade 9\tFailed', 'Harrow Pt\t187\t36', 'Lindgren\t88\t38']
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

_FEWEST_ROWS = 3
_LONGEST_ROW = 200  # characters
_MOST_ROWS = 500
_NARROWEST_GAP = 2  # blanks between columns
_LONGEST_CELL = 60
_MEAN_CELL = 32
_RULE = re.compile(r"[\s|+=_-]+")
_LIST_MARK = re.compile(r"\s*(?:[•·▪◦‣●○∙*~–—-]|\(?\w{1,3}[.)])\s")


def tabbed(lines: Sequence[str]) -> list[str]:
    """Part the columns of tables by tabs, and leave all other lines as they are."""
    result: list[str] = []
    for filled, group in groupby(lines, key=lambda line: bool(line.strip())):
        paragraph = list(group)
        result.extend(_tabbed_paragraph(paragraph) if filled else paragraph)
    return result


def _tabbed_paragraph(paragraph: list[str]) -> list[str]:
    """Find the table in lines without an empty one between them; a line above or below it may be running text."""
    for first, last in ((0, 0), (1, 0), (0, 1), (1, 1)):
        rows = paragraph[first : len(paragraph) - last]
        columns = _columns(rows)
        if columns:
            table = [_row(row, columns) for row in rows if not _RULE.fullmatch(row)]
            return [*paragraph[:first], *_without_wraps(table), *paragraph[len(paragraph) - last :]]
    return paragraph


def _columns(rows: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the columns begin and end when the rows are a table: blank strips run down through all of them."""
    rows = [row for row in rows if not _RULE.fullmatch(row)]
    if not _FEWEST_ROWS <= len(rows) <= _MOST_ROWS or any("\t" in row or len(row) > _LONGEST_ROW for row in rows):
        return []
    width = max(map(len, rows))
    empty = [all(row[x : x + 1].strip() == "" for row in rows) for x in range(width)]
    columns = list(_filled(empty))
    cells = [_cells(row, columns) for row in rows]
    several = sum(sum(map(bool, row)) > 1 for row in cells)
    if len(columns) < 2 or several < max(_FEWEST_ROWS - 1, 0.7 * len(rows)) or not _are_cells(cells):
        return []
    return columns


def _filled(empty: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the stretches between strips of at least two blanks."""
    start: int | None = None
    blanks = 0
    for x, is_empty in enumerate(empty):
        blanks = blanks + 1 if is_empty else 0
        if not is_empty and start is None:
            start = x
        elif start is not None and blanks == _NARROWEST_GAP:
            yield start, x - blanks + 1
            start = None
    if start is not None:
        yield start, len(empty)


def _are_cells(cells: Sequence[Sequence[str]]) -> bool:
    """Tell cells from running text set in columns, and from a list with hanging marks."""
    filled = [cell for row in cells for cell in row if cell]
    marks = sum(bool(_LIST_MARK.match(f"{row[0]} ")) for row in cells)
    short = max(map(len, filled)) <= _LONGEST_CELL and sum(map(len, filled)) <= _MEAN_CELL * len(filled)
    return short and marks < len(cells) / 2


def _cells(row: str, columns: Sequence[tuple[int, int]]) -> list[str]:
    return [" ".join(row[start:end].split()) for start, end in columns]


def _row(row: str, columns: Sequence[tuple[int, int]]) -> str:
    return "\t".join(_cells(row, columns)).rstrip()


def _without_wraps(rows: Sequence[str]) -> list[str]:
    """Join a row that only goes on with the cells above it: its first cell is empty and none begins anew."""
    result: list[str] = []
    for row in rows:
        cells = row.split("\t")
        if result and not cells[0] and all(cell[0].islower() for cell in cells if cell):
            above = result[-1].split("\t")
            above += [""] * (len(cells) - len(above))
            cells += [""] * (len(above) - len(cells))
            result[-1] = "\t".join(f"{a} {b}".strip() for a, b in zip(above, cells, strict=True))
        else:
            result.append(row)
    return result
