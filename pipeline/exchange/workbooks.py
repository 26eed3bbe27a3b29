"""The rows of an Excel workbook, sheet by sheet, as text.

The name of a sheet stands as a line of its own above a table that begins the sheet, if several sheets have a table:
then it is what the table is about.
"""

import datetime
import warnings
import zipfile
import zlib
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

import lxml.etree
import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.lines import Line, line
from pipeline.exchange.rubric_header import columns_of
from pipeline.safe_zip import open_container

_SIGNS_OF_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    lxml.etree.XMLSyntaxError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    NotImplementedError,
    OSError,
)
_OLE_HEADER = bytes.fromhex("d0cf11e0a1b11ae1")


def read_workbook(content: bytes) -> list[Line]:
    """Read all rows of all sheets; a formula counts as the value that the spreadsheet last computed.

    Raises:
        PipelineError: the file has a password, is damaged, or is no XLSX; or a cell is a date.
    """
    if content.startswith(_OLE_HEADER):
        raise PipelineError(
            ErrorCode.UNKNOWN_FORMAT,
            found="a workbook in the old binary format (.xls), or with a password",
            expected="an XLSX file without a password",
            do="open it in a spreadsheet program, save it as .xlsx without a password, and run again",
        )
    sheets = [(name, _sheet(name, rows)) for name, rows in values(content)]
    with_table = [lines for _, lines in sheets if any(columns_of(one.cells) for one in lines)]
    return [one for name, lines in sheets for one in (_titled(name, lines) if len(with_table) > 1 else lines)]


def values(content: bytes) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Return the name and the rows of values of each sheet.

    Raises:
        PipelineError: the file is damaged, or no XLSX.
    """
    try:
        with open_container(content, kind="XLSX") as container:
            container.check()
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what a file says of its size may be wrong
            return [(sheet.title, list(sheet.iter_rows(values_only=True))) for sheet in book.worksheets]
    except _SIGNS_OF_DAMAGE as error:
        raise PipelineError(
            ErrorCode.DAMAGED_FILE,
            found=f"a file of {len(content)} bytes that cannot be opened as XLSX ({error})",
            expected="a whole XLSX file",
            do="open it in a spreadsheet program, save it again as .xlsx, and run again",
        ) from error


def _sheet(name: str, rows: list[tuple[Any, ...]]) -> list[Line]:
    places = (f"row {number} of sheet {name!r}" for number in range(1, len(rows) + 1))
    found = (line(place, [_text(value, place) for value in row]) for place, row in zip(places, rows, strict=True))
    return [one for one in found if one]


def _titled(name: str, lines: list[Line]) -> list[Line]:
    begins = bool(lines) and columns_of(lines[0].cells) is not None
    title = line(f"the name of sheet {name!r}", [name])
    return [title, *lines] if begins and title else lines


def _text(value: object, place: str) -> str:
    """Return a value as the sheet shows it; whole numbers without a decimal point.

    Raises:
        PipelineError: a date, into which spreadsheets turn codes such as 1-2.
    """
    if value is None:
        return ""
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        raise PipelineError(
            ErrorCode.INVALID_RUBRIC,
            found=f"{place}: the date {value}",
            expected="text, or a number",
            do="give the cell the format 'Text', type it again, as in 1-2, and save the workbook",
        )
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
