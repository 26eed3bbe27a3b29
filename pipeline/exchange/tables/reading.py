"""Tables of all forms as rows, whoever saved them last: CSV, XLSX, Parquet, SPSS, Stata.

A CSV may be parted by commas, semicolons (as Excel writes it in many countries) or tabs, in UTF-8 or Windows-1252.
"""

import csv
import io
import struct
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from pipeline.errors import ErrorCode, PipelineError

Row = dict[str, Any]

_DELIMITERS: Final = ",;\t"
_DAMAGED: Final = (
    ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, OSError, EOFError, MemoryError,
    RuntimeError, ImportError, StopIteration, struct.error,
)  # fmt: skip
"""What the libraries that read foreign files raise of damaged ones."""


def read(path: Path) -> list[Row]:
    """Read a table into one dict for each row; cells are what the format holds.

    Raises:
        PipelineError: no such file, another format, or a damaged one.
    """
    if not path.is_file():
        raise _no_file(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise PipelineError(
            ErrorCode.UNKNOWN_FORMAT,
            found=f"{path}, which ends in {path.suffix}" if path.suffix else f"{path}, a name without an ending",
            expected=f"one of {', '.join(_READERS)}",
            do="save the table in one of these forms",
        )
    try:
        with warnings.catch_warnings(action="ignore"):  # of doubts about a damaged file
            return reader(path)
    except _DAMAGED as error:
        raise damaged(path, error) from error


def _no_file(path: Path) -> PipelineError:
    return PipelineError(
        ErrorCode.UNREADABLE if path.exists() else ErrorCode.MISSING_FILE,
        found=f"{path}, which is a folder" if path.is_dir() else f"no file {path}",
        expected="a table",
        do="check the name",
    )


def damaged(path: Path, error: BaseException) -> PipelineError:
    """Describe a table that cannot be read."""
    return PipelineError(
        ErrorCode.INVALID_EXCHANGE,
        found=f"{path}, which cannot be read ({error})",
        expected="a whole table, as the program saves it",
        do="open it in its program, save it again, and try once more",
    )


def _csv(path: Path) -> list[Row]:
    text = _decoded(path.read_bytes())
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    csv.field_size_limit(2**31 - 1)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return _named(list(rows))
    except csv.Error as error:
        raise damaged(path, error) from error


def _xlsx(path: Path) -> list[Row]:
    from openpyxl.utils.escape import unescape  # noqa: PLC0415 - slow to import

    from pipeline.exchange.workbooks import values  # noqa: PLC0415

    sheets = values(path.read_bytes())
    rows = sheets[0][1] if sheets else []
    return _named([[unescape(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])


def _parquet(path: Path) -> list[Row]:
    from pyarrow import parquet  # noqa: PLC0415 - slow to import

    rows: list[Row] = parquet.ParquetFile(path).read().to_pylist()
    return rows


def _sav(path: Path) -> list[Row]:
    from pipeline.exchange.tables.apart import read_sav  # noqa: PLC0415 - only where there is such a file

    return read_sav(path)


def _dta(path: Path) -> list[Row]:
    import pandas as pd  # noqa: PLC0415 - slow to import

    return _records(pd.read_stata(path, convert_categoricals=False, convert_dates=True))


def _records(frame: Any) -> list[Row]:
    """Return the rows of a data frame; what is missing is None."""
    names = [str(name) for name in frame.columns]
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return [dict(zip(names, row, strict=True)) for row in rows]


def _named(rows: Sequence[Sequence[Any]]) -> list[Row]:
    """Return the rows below the first one, which has the names; empty rows go."""
    if not rows:
        return []
    names = ["" if name is None else str(name).strip() for name in rows[0]]
    kept = [row for row in rows[1:] if any(cell not in {None, ""} for cell in row)]
    return [{name: cell for name, cell in zip(names, row, strict=False) if name} for row in kept]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


_READERS: Final[dict[str, Callable[[Path], list[Row]]]] = {
    ".csv": _csv, ".tsv": _csv, ".xlsx": _xlsx, ".parquet": _parquet, ".sav": _sav, ".zsav": _sav, ".dta": _dta,
}  # fmt: skip
