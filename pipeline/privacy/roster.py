"""The roster: a table of names, looked through and mended by a researcher in a spreadsheet.

Columns: name, kind, role, of, pseudonym, forms. Only the first is needed.

    name,kind,role,of,pseudonym,forms
    Lorna Teague,person,superintendent,Caddo Prairie,,Teague; L. Teague
    Caddo Prairie,district,,,District 7,CPISD
    John Dewey,leave,,,,
"""

import csv
import io
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from pipeline.errors import ErrorCode, PipelineError

PERSON: Final = "person"
NAME: Final = "roster.csv"
"""At the top of a corpus, it is found without being named."""

KINDS: Final = (PERSON, "school", "district", "site", "leave")
"""`site`: any other place or organisation that tells where something was. `leave`: a name that is to stay."""

LEAVE: Final = "leave"
COLUMNS: Final = ("name", "kind", "role", "of", "pseudonym", "forms", "found", "example")
_OTHER_WORDS: Final = {
    "people": PERSON, "teacher": PERSON, "student": PERSON, "keep": LEAVE, "public": LEAVE, "ignore": LEAVE,
    "town": "site", "city": "site", "university": "site", "network": "site", "program": "site", "programme": "site",
    "organization": "site", "organisation": "site", "other": "site", "place": "site", "": PERSON,
}  # fmt: skip


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A name. `of`: the site that a person or school belongs to. `pseudonym`: the one wanted. `found`: how often."""

    name: str
    kind: str = PERSON
    role: str | None = None
    of: str | None = None
    pseudonym: str | None = None
    forms: tuple[str, ...] = ()
    found: int = 0
    example: str | None = None


def read_roster(path: Path) -> list[Entry]:
    """Read a roster from a CSV or XLSX file.

    Raises:
        PipelineError: it cannot be read, has no column `name`, or a kind that is unknown.
    """
    header, *rows = _rows(path) or [[]]
    columns = [str(cell or "").strip().lower() for cell in header]
    if "name" not in columns:
        raise _bad(path, f"the columns {', '.join(columns) or '(none)'}", "a first row with the column name")
    found = [
        (number, dict(zip(columns, map(_cell, row), strict=False)))
        for number, row in enumerate(rows, 2)
        if any(map(_cell, row))
    ]
    return [_entry(path, number, cells) for number, cells in found]


def _entry(path: Path, number: int, cells: dict[str, str]) -> Entry:
    kind = cells.get("kind", "").lower()
    kind = _OTHER_WORDS.get(kind, kind)
    if kind not in KINDS:
        raise _bad(path, f"row {number}: the kind {cells['kind']!r}", f"one of {', '.join(KINDS)}")
    if not any(char.isalnum() for char in cells.get("name", "")):
        raise _bad(path, f"row {number}: no name", "a name in the column name")
    return Entry(
        name=cells["name"],
        kind=kind,
        role=cells.get("role") or None,
        of=cells.get("of") or None,
        pseudonym=cells.get("pseudonym") or None,
        forms=tuple(one for form in cells.get("forms", "").split(";") if (one := form.strip())),
    )


def roster_csv(entries: Iterable[Entry]) -> bytes:
    """Return a roster as CSV that a spreadsheet opens as it is."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([*map(_safe, _cells(one))] for one in entries)
    return stream.getvalue().encode("utf-8-sig")


def _cells(entry: Entry) -> Sequence[str]:
    found = str(entry.found) if entry.found else ""
    own = (entry.name, entry.kind, entry.role, entry.of, entry.pseudonym, "; ".join(entry.forms), found, entry.example)
    return [cell or "" for cell in own]


def _safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; names do not begin so."""
    return f" {cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _rows(path: Path) -> list[list[Any]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"{path} ({error.strerror or error})",
            expected="a roster, a CSV or XLSX file with the columns name and kind",
            do="check the name of the file, or let one be written: pop pseudonymise --list roster.csv",
        ) from error
    return _sheet(path, content) if path.suffix.lower() == ".xlsx" else _table(path, content)


def _table(path: Path, content: bytes) -> list[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise _bad(path, f"a file that is no table ({error})", "CSV") from error


def _sheet(path: Path, content: bytes) -> list[list[Any]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to import

    try:
        with warnings.catch_warnings(action="ignore"):
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    except Exception as error:  # whatever a damaged archive makes of openpyxl
        raise _bad(path, f"a workbook that cannot be opened ({error})", "a whole XLSX file") from error


def _cell(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _bad(path: Path, found: str, expected: str) -> PipelineError:
    return PipelineError(
        ErrorCode.INVALID_KEY,
        found=f"{path}: {found}",
        expected=expected,
        do="mend the roster; pop pseudonymise --list FILE writes one that shows the form",
    )
