r"""BibTeX, for JabRef, Zotero, biber and BibTeX itself: UTF-8, an entry for each document or quote.

@unpublished{abernathyvogt2014-e8c3cf68,
  title = {{Holding On}},
  author = {Tess Abernathy-Vogt},
  …
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.exchange.citations.entries import Entry
from pipeline.records import DocumentKind

_TYPES: Final[dict[DocumentKind, str]] = {
    "meeting_summary": "unpublished", "minutes": "unpublished", "transcript": "unpublished", "report": "booklet",
    "program": "booklet", "rubric": "manual",
}  # fmt: skip
NAMES: Final[dict[DocumentKind, str]] = {
    "meeting_summary": "Meeting summary", "minutes": "Minutes", "transcript": "Transcript", "program": "Program page",
    "news": "News article", "report": "Report", "rubric": "Rubric", "other": "Document",
}  # fmt: skip
_SPECIAL: Final = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$", "&": r"\&",
    "%": r"\%", "#": r"\#", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
}  # fmt: skip


def to_bibtex(entries: Iterable[Entry]) -> bytes:
    """Return the entries, in their order."""
    return "\n".join(map(_entry, entries)).encode()


def escape(text: str) -> str:
    r"""Return words as BibTeX and LaTeX show them; braces by their names, since even "\{" would count as one.

    >>> escape("R&D: 5% of {all}")
    'R\\&D: 5\\% of \\textbraceleft{}all\\textbraceright{}'
    """
    line = " ".join("".join(" " if ord(one) < 32 or one == "\x7f" else one for one in text).split())
    return re.sub(r"[\\{}$&%#_^~]", lambda match: _SPECIAL[match[0]], line)


def unescape(text: str) -> str:
    """Return words as they were before `escape`, but for their spaces."""
    back = {shown: character for character, shown in _SPECIAL.items()}
    return re.sub("|".join(re.escape(shown) for shown in back), lambda match: back[match[0]], text)


def _entry(entry: Entry) -> str:
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(entry))
    return f"@{_type(entry)}{{{entry.key},\n{fields}}}\n"


def _type(entry: Entry) -> str:
    kind = _TYPES.get(entry.kind, "misc")
    return "misc" if kind == "unpublished" and not entry.authors else kind  # which asks for an author


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{escape(entry.title)}}}"
    if entry.authors:
        yield "author", " and ".join(map(_author, entry.authors))
    if entry.date_start:
        end = f"/{entry.date_end}" if entry.date_end and entry.date_end != entry.date_start else ""
        yield "date", f"{entry.date_start}{end}"
        yield "year", entry.date_start[:4]
    if entry.place:
        yield "address", escape(entry.place)
    yield "howpublished", NAMES[entry.kind]
    if entry.page:
        yield "pages", str(entry.page)
    if entry.url:
        yield "url", entry.url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")
    yield "note", escape(entry.note)
    if entry.words:
        yield "annote", escape(entry.words)


def _author(name: str) -> str:
    """Return a name; one that BibTeX would take apart wrongly in braces, as one word."""
    shown = escape(name)
    is_plain = "," not in shown and " and " not in f" {shown.lower()} "
    return shown if is_plain else f"{{{shown}}}"
