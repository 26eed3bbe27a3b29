"""CSV as RFC 4180 has it: UTF-8, CRLF, cells quoted where words hold commas, quotation marks or line breaks."""

import csv
import io

from pipeline.forms.grid import Grid, Value, as_text
from pipeline.forms.safe import BYTE_ORDER_MARK, for_excel


def of_grid(grid: Grid, *, excel: bool = False) -> bytes:
    """Return a line for each row; lists are parted by "; ", an empty cell where something is unknown.

    Args:
        grid: columns and rows.
        excel: begin with a byte order mark, put ' before a cell that Excel would take for a formula, and cut a cell
            that is longer than Excel allows; otherwise words stay exactly as they are.
    """
    shown = _excel_text if excel else as_text
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([shown(name) for name in grid.names])
    writer.writerows([shown(value) for value in row] for row in grid.rows)
    return (BYTE_ORDER_MARK if excel else b"") + stream.getvalue().encode()


def _excel_text(value: Value) -> str:
    """Return words disarmed; a number is none, also where it begins with a minus sign."""
    return for_excel(as_text(value)) if isinstance(value, str | list) else as_text(value)
