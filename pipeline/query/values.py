"""The values that people type, looked up among those that the index holds."""

import calendar
import datetime
import difflib
import re
import sqlite3
import unicodedata
from collections.abc import Sequence
from typing import Final

from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.folding import begins_a_word, fold

SHOWN_VALUES: Final = 40
_DATE: Final = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?", re.ASCII)


def known(connection: sqlite3.Connection, sql: str) -> list[str]:
    """Return the first column of what a statement finds."""
    return [row[0] for row in connection.execute(sql)]


def one_of(name: str, value: str, values: Sequence[str]) -> None:
    """Refuse a value that is not on the list.

    Raises:
        PipelineError: names the nearest that is.
    """
    if value not in values:
        raise unknown(name, value, values)


def equal(name: str, value: str, values: Sequence[str]) -> list[str]:
    """Return the values that read the same, whatever their case and punctuation.

    Raises:
        PipelineError: there is none.
    """
    found = [entry for entry in values if fold(entry) == fold(value)]
    if not found:
        raise unknown(name, value, values)
    return found


def containing(name: str, value: str, values: Sequence[str]) -> list[str]:
    """Return the values in which a word begins so.

    Raises:
        PipelineError: there is none.
    """
    folded = fold(value)
    found = [entry for entry in values if begins_a_word(folded, entry)]
    if not found:
        raise unknown(name, value, values)
    return found


def documents(connection: sqlite3.Connection, value: str) -> list[str]:
    """Return the ids of the documents of this id, path or title; else of those whose path or title holds it.

    Raises:
        PipelineError: there is none.
    """
    rows = connection.execute("SELECT id, path, title FROM documents ORDER BY n").fetchall()
    folded = fold(value)
    exact = [row["id"] for row in rows if value in tuple(row)]
    found = exact or [row["id"] for row in rows if begins_a_word(folded, row["path"], row["title"])]
    if not found:
        raise unknown("document", value, [row["title"] or row["path"] for row in rows])
    return found


def day(name: str, text: str, *, last: bool) -> str:
    """Return the first or last day of a year, month or day, as ISO 8601.

    Raises:
        PipelineError: it is none.
    """
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        year, month = int(match["year"]), int(match["month"] or (12 if last else 1))
        number = int(match["day"] or (calendar.monthrange(year, month)[1] if last else 1))
        return datetime.date(year, month, number).isoformat()
    except ValueError as error:
        raise invalid(
            f"{name} {text!r}", "a year, month or day: 2014, 2014-06 or 2014-06-28", "write the date in this form"
        ) from error


def within(name: str, value: float, low: int, high: int) -> None:
    """Refuse a number that is out of range.

    Raises:
        PipelineError: says what the range is.
    """
    if not low <= value <= high:
        raise invalid(f"{name} {value}", f"a number from {low} to {high}", "give one")


def check_text(name: str, text: str) -> None:
    """Refuse what would match everything, and what no database can hold: half a character, from another encoding.

    Raises:
        PipelineError: it is such a text.
    """
    if any(unicodedata.category(char) == "Cs" or char == "\0" for char in text):
        raise invalid(f"{name} {text!r}", "text in UTF-8", "type it again in a terminal set to UTF-8")
    if not (fold(text) or (name == "text" and text.strip())):
        raise invalid(f"{name} {text!r}, which is empty", "letters or digits", "leave it out, or give a value")


def nearest(value: str, values: Sequence[str]) -> str | None:
    """Return the value that looks most like another, if one does."""
    folded = {fold(entry): entry for entry in reversed(values)}
    close = difflib.get_close_matches(fold(value), folded, n=1)
    return folded[close[0]] if close else None


def unknown(name: str, value: str, values: Sequence[str], where: str = "") -> PipelineError:
    """Describe a value that is not known; `where`: where it stands."""
    close = nearest(value, values)
    listed = ", ".join(values[:SHOWN_VALUES]) + (", …" if len(values) > SHOWN_VALUES else "")
    return invalid(
        f"an unknown {name} {value!r}{where}",
        f"one of {listed}" if values else f"a {name}, but the index holds none",
        f"did you mean {close!r}; if not, choose one of these" if close else "choose one of these",
    )


def invalid(found: str, expected: str, do: str) -> PipelineError:
    """Describe a question that cannot be asked."""
    return PipelineError(ErrorCode.INVALID_QUERY, found=found, expected=expected, do=do, exit_code=ExitCode.USAGE)
