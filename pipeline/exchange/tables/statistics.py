"""SPSS (.sav) and Stata (.dta): variables with labels, 0 = no and 1 = yes, empty where unknown, dates as dates.

The same table gives the same bytes: the time that these formats keep is always the same. Words that are longer than the
format allows are cut at a character, and counted.
"""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.exchange.tables.shaping import valid_names
from pipeline.forms.grid import Column, Grid, Value, as_text

if TYPE_CHECKING:
    import pandas as pd

LONGEST_SPSS: Final = 32_767
"""Bytes of a string in SPSS."""
LONGEST_STATA: Final = 2_000_000
"""Bytes of a long string (strL) in Stata 13 and later that is certain to be taken; the limit itself is 2 GB."""
SHORT_STATA: Final = 2_045
"""Bytes of a string that is none of these."""

_YES_NO: Final[dict[Any, str]] = {0: "no", 1: "yes"}
_MEASURES: Final = {"flag": "nominal", "text": "nominal", "texts": "nominal"}
_FORMATS: Final = {"flag": "F1.0", "integer": "F8.0", "number": "F8.4"}
_LABEL_SPSS: Final = 255
_LABEL_STATA: Final = 80
_TIME_SPSS: Final = b"01 Jan 0000:00:00"
_AT_TIME_SPSS: Final = 92
"""Where the header of a .sav has the day and time at which it was written."""
_TIME_STATA: Final = datetime.datetime(2000, 1, 1)


def write_sav(grid: Grid, path: Path, title: str) -> int:
    """Write a table for SPSS, and return how many cells were cut."""
    import pyreadstat  # noqa: PLC0415 - slow to import

    frame, n_cut = _frame(grid, LONGEST_SPSS)
    named = list(zip(frame.columns, grid.columns, strict=True))
    for name in [name for name, column in named if column.type == "date"]:
        days = frame[name].dt.date.astype(object)
        frame[name] = days.where(frame[name].notna(), None)  # or SPSS would show a time of day
    pyreadstat.write_sav(
        frame,
        path,
        file_label=_cut(title, 64),
        row_compress=True,
        column_labels={name: _cut(column.label, _LABEL_SPSS) for name, column in named if column.label},
        variable_value_labels={name: _YES_NO for name, column in named if column.type == "flag"},
        variable_measure={name: _MEASURES.get(column.type, "scale") for name, column in named},
        variable_format={name: _FORMATS[column.type] for name, column in named if column.type in _FORMATS},
        variable_display_width={name: max(column.width, 8) for name, column in named},
    )
    with path.open("r+b") as stream:
        stream.seek(_AT_TIME_SPSS)
        stream.write(_TIME_SPSS)
    return n_cut


def write_dta(grid: Grid, path: Path, title: str) -> int:
    """Write a table for Stata 14 and later, and return how many cells were cut."""
    frame, n_cut = _frame(grid, LONGEST_STATA)
    named = list(zip(frame.columns, grid.columns, strict=True))
    texts = [name for name, column in named if column.type in {"text", "texts"}]
    frame.to_stata(
        path,
        version=118,
        write_index=False,
        time_stamp=_TIME_STATA,
        data_label=title[:_LABEL_STATA],
        variable_labels={name: column.label[:_LABEL_STATA] for name, column in named},
        value_labels={name: _YES_NO for name, column in named if column.type == "flag"},
        convert_dates={name: "td" for name, column in named if column.type == "date"},
        convert_strl=[name for name in texts if _longest(frame[name]) > SHORT_STATA],
    )
    return n_cut


def _frame(grid: Grid, longest: int) -> "tuple[pd.DataFrame, int]":
    """Return a data frame under names that both programs take, and how many of its cells were cut."""
    import pandas as pd  # noqa: PLC0415 - slow to import

    columns: dict[str, Any] = {}
    n_cut = 0
    for place, (name, column) in enumerate(zip(valid_names(grid.names), grid.columns, strict=True)):
        values = [row[place] for row in grid.rows]
        if column.type in {"text", "texts"}:
            words = [_words(value) for value in values]
            columns[name] = pd.Series([_cut(one, longest) for one in words], dtype=object)
            n_cut += sum(len(one.encode()) > longest for one in words)
        else:
            columns[name] = _series(values, column)
    return pd.DataFrame(columns), n_cut


def _series(values: Sequence[Value], column: Column) -> "pd.Series[Any]":
    import pandas as pd  # noqa: PLC0415

    if column.type == "date":
        days: Any = pd.Series(list(values), dtype="object")
        return pd.Series(pd.to_datetime(days, format="ISO8601", errors="coerce"))
    numbers = [None if value is None else float(value) for value in values if not isinstance(value, list)]
    return pd.Series(numbers, dtype="float64")


def _words(value: Value) -> str:
    """Return words without NUL, at which both programs would end them."""
    return as_text(value).replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _cut(text: str, longest: int) -> str:
    encoded = text.encode()
    return text if len(encoded) <= longest else encoded[:longest].decode(errors="ignore")


def _longest(words: "pd.Series[Any]") -> int:
    return max((len(one.encode()) for one in words), default=0)


WRITERS: Final[dict[str, Callable[[Grid, Path, str], int]]] = {"sav": write_sav, "dta": write_dta}
