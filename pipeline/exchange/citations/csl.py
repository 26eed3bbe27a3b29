"""CSL-JSON (schema 1.0.2), for Zotero, Mendeley, pandoc and all that speaks citeproc.

{"id": "abernathyvogt2014-e8c3cf68", "type": "report", "genre": "Meeting summary", "title": "Holding On",
 "author": [{"family": "Abernathy-Vogt", "given": "Tess"}], "issued": {"date-parts": [[2014, 10, 9], [2014, 10, 10]]}}
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from pipeline.exchange.citations.bibtex import NAMES
from pipeline.exchange.citations.entries import Entry
from pipeline.records import DocumentKind

_TYPES: Final[dict[DocumentKind, str]] = {
    "meeting_summary": "report", "report": "report", "news": "article-newspaper", "transcript": "document",
}  # fmt: skip


def to_csl(entries: Iterable[Entry]) -> bytes:
    """Return the entries as a JSON list, in their order."""
    return msgspec.json.format(msgspec.json.encode([_item(entry) for entry in entries]), indent=2) + b"\n"


def _item(entry: Entry) -> dict[str, Any]:
    made = {
        "id": entry.key,
        "type": _TYPES.get(entry.kind, "document"),
        "title": entry.title,
        "author": [_name(author) for author in entry.authors],
        "issued": _issued(entry),
        "event-place": entry.place,
        "genre": NAMES[entry.kind],
        "page": str(entry.page) if entry.page else None,
        "URL": entry.url,
        "abstract": entry.words,
        "note": entry.note,
    }
    return {name: value for name, value in made.items() if value}


def _name(author: str) -> dict[str, str]:
    given, _, family = author.strip().rpartition(" ")
    is_person = given and "," not in author and " and " not in author
    return {"family": family, "given": given} if is_person else {"literal": author}


def _issued(entry: Entry) -> dict[str, list[list[int]]] | None:
    days = dict.fromkeys(day for day in (entry.date_start, entry.date_end) if day)
    return {"date-parts": [[int(part) for part in day.split("-")] for day in days]} if days else None
