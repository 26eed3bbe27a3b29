"""XLSX: a workbook with the rows, and a second sheet that says what they are about.

Words are always words: "=1+1" shows as it is, and stays so when someone edits the cell. The same rows give the same
bytes: nothing in the file tells the time.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from pipeline.forms.grid import Column, Grid, Value, as_text
from pipeline.forms.safe import FORMULA, for_xlsx

if TYPE_CHECKING:
    from openpyxl import Workbook

ABOUT: Final = "about"
_WRAPPED_FROM: Final = 30
_ABOUT_COLUMNS: Final = (Column("what", width=24), Column("value", width=100))
_TOLD: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_ALWAYS: Final = rb"\g<1>2000-01-01T00:00:00Z"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def of_grid(grid: Grid, about: Sequence[tuple[str, str]] = (), more: Sequence[Grid] = ()) -> bytes:
    """Return a workbook: the first row stays in sight, long words wrap; `about`: the rows of the last sheet.

    `more`: sheets between the two.

    What a workbook cannot hold is said in `safe.for_xlsx`.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - slow to import

    book = Workbook(write_only=True)
    book.properties.creator = "pop"
    for one in (grid, *more):
        _sheet(book, one)
    _sheet(book, Grid(_ABOUT_COLUMNS, list(about), ABOUT))
    stream = io.BytesIO()
    book.save(stream)
    return _timeless(stream.getvalue())


def _sheet(book: "Workbook", grid: Grid) -> None:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    sheet = book.create_sheet(grid.name)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(grid.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
        sheet.column_dimensions[get_column_letter(number)].hidden = not column.width
    sheet.append([_cell(sheet, name, bold=True) for name in grid.names])
    for row in grid.rows:
        pairs = zip(row, grid.columns, strict=True)
        sheet.append([_cell(sheet, value, wrap=column.width >= _WRAPPED_FROM) for value, column in pairs])


def _cell(sheet: Any, value: Value, *, bold: bool = False, wrap: bool = False) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415

    if value is None or value == "":
        return None
    if isinstance(value, int | float):
        return WriteOnlyCell(sheet, int(value) if isinstance(value, bool) else value)
    text = for_xlsx(as_text(value))
    cell = WriteOnlyCell(sheet, text)
    # Left to itself, openpyxl takes "=1" for a formula and "#N/A" for an error.
    cell.data_type = "s"
    if text.startswith(FORMULA):
        cell.quotePrefix = True
    cell.alignment = Alignment(wrap_text=wrap, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    return cell


def _timeless(content: bytes) -> bytes:
    """Return the same archive without times."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                part = _TOLD.sub(_ALWAYS, part)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, part)
    return stream.getvalue()
