"""Puts names back for the owner of the key.

A file that is as it was written gets back its text letter for letter. Any other, a table of quotes or a report, gets
for each pseudonym the full name that it stands for, and its dates moved back.
"""

import io
import json
import re
from collections.abc import Callable
from typing import Final

from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_text
from pipeline.privacy import dates
from pipeline.privacy.key import Key, Written
from pipeline.privacy.naming import short

_IN_JSON: Final = frozenset([".json", ".jsonl"])
_WORKBOOK: Final = ".xlsx"


def restored(text: str, key: Key) -> tuple[str, str] | None:
    """Return the path and text of the document of which this was made; `None`: of none, or it was changed since."""
    sha256 = sha256_text(text)
    same = next((one for one in key.files if one.sha256 == sha256), None)
    return (same.path, _put_back(text, same)) if same is not None else None


def _put_back(text: str, written: Written) -> str:
    pieces: list[str] = []
    at = 0
    for start, end, words in written.places:
        pieces += [text[at:start], words]
        at = end
    return "".join([*pieces, text[at:]])


def names_in_place(text: str, key: Key, written: Callable[[str], str] = str) -> str:
    """Return a text with the full name for every pseudonym, and its dates moved back; `written`: makes escapes."""
    if key.head.days:
        for start, end, new in reversed(dates.shift(text, -key.head.days)):
            text = text[:start] + new + text[end:]
    return _replacer(key, written)(text)


def _replacer(key: Key, written: Callable[[str], str]) -> Callable[[str], str]:
    """Return what replaces pseudonyms by names; the longest first, so that "School 12" is not "School 1"."""
    names: dict[str, str] = {}
    for one in key.names:
        for pseudonym in (one.pseudonym, short(one.pseudonym)):
            names.setdefault(pseudonym, one.name)
            names.setdefault(pseudonym.upper(), one.name.upper())
    if not names:
        return str
    longest = sorted(names, key=lambda name: (-len(name), name))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
    return lambda text: pattern.sub(lambda match: written(names[match[0]]), text)


def reversed_file(content: bytes, suffix: str, key: Key) -> tuple[str | None, bytes]:
    """Return a file with names: its old path if it is a document as it was written, and its bytes.

    Raises:
        PipelineError: it is neither text nor a workbook.
    """
    if suffix == _WORKBOOK:
        return None, _workbook(content, key)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PipelineError(
            ErrorCode.UNKNOWN_FORMAT,
            found=f"a file that is no text ({error.reason})",
            expected="text, Markdown, CSV, JSONL, HTML or XLSX",
            do="export it in one of these forms, and put the names back there",
        ) from error
    whole = restored(text, key)
    if whole is not None:
        return whole[0], whole[1].encode()
    return None, names_in_place(text, key, _for_json if suffix in _IN_JSON else str).encode()


def _for_json(name: str) -> str:
    """Return a name as it stands between the marks of a string in JSON."""
    return json.dumps(name, ensure_ascii=False)[1:-1]


def _workbook(content: bytes, key: Key) -> bytes:
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to import

    book = load_workbook(io.BytesIO(content))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    cell.value = names_in_place(cell.value, key)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
