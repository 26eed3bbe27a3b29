"""What a query finds, and its three forms: a table to read, CSV for a spreadsheet, JSONL for programs.

Worked example of the table:

    1  “The grade chairs write it now, and I ask them
       for ten minutes.”
       – Ana Ruiz, principal · Marlow Springs
       themes    teacher_leadership 0.91, succession 0.55 (review)
       practice  12b 0.74 (review)
       Spring meeting · Staffing · 1234–1301
"""

import csv
import io
import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from pipeline.records import Date, DocumentKind, MappingDecision, Name, Offset, Record, SegmentKind, Share

Unit = Literal["quote", "passage", "segment", "problem", "document"]
WIDTH = 80
SEGMENT_LINES = 8
# More than this in one cell, and a spreadsheet breaks the row apart.
EXCEL_CELL = 32_767
# A space at which no line is broken.
_TIE = "\N{NO-BREAK SPACE}"
_LABEL = f"{{:{_TIE}<10}}"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ThemeHit(msgspec.Struct, frozen=True, kw_only=True):
    """A theme of a hit; of a segment: the best of its passages."""

    theme: Name
    p: Share
    decision: Literal["yes", "review"]


class PracticeHit(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator that a hit is evidence for; of a passage or segment: the best of its quotes."""

    indicator: Name
    practice: Name
    area: Name
    level: Name | None
    p: Share
    decision: MappingDecision


class Hit(Record, frozen=True, kw_only=True):
    """A quote, passage, segment, problem of practice or document that a query found, with its source.

    `heading`: the nearest one above. `passage_id`, `page`: of a segment, its first passage's, or the one whose meaning
    is nearest. `speaker`: the words that name who speaks; of a passage or segment, all who are quoted in it, parted by
    "; ". `sites`: those of its problem of practice. `snippet`: the words around what was searched for, in brackets, or
    the passage whose meaning is nearest; `None` without a search. `similarity`: how near the meaning is, at most 1;
    `None` unless asked for. `before`, `after`: the passages around it, as many as were asked for. `context`: the
    passage that a quote stands in, if passages around it were asked for.
    """

    unit: Unit
    document_id: Name
    path: Name
    title: str | None
    document_kind: DocumentKind
    date_start: Date | None
    date_end: Date | None
    segment_id: str | None
    segment_kind: SegmentKind | None
    heading: str | None
    passage_id: str | None
    start: Offset
    end: Offset
    page: int | None
    text: str
    speaker: str | None
    sites: list[str]
    themes: list[ThemeHit]
    practices: list[PracticeHit]
    snippet: str | None
    similarity: float | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    context: str | None = None


_PLAIN = (
    "unit", "id", "title", "date_start", "date_end", "heading", "speaker", "text", "snippet", "path", "document_kind",
    "segment_kind", "page", "start", "end", "document_id", "segment_id", "passage_id", "similarity", "context",
)  # fmt: skip
_LISTS = ("before", "after", "sites", "themes", "themes_to_review", "practices", "practices_to_review")


def to_jsonl(hits: Sequence[Hit]) -> bytes:
    """Return one JSON object a line."""
    return b"".join(msgspec.json.encode(hit) + b"\n" for hit in hits)


def to_csv(hits: Sequence[Hit], themes: Sequence[str], *, excel: bool = False) -> bytes:
    """Return a table as RFC 4180 has it: UTF-8, one row per hit, quoted cells where words hold commas or line breaks.

    Lists are parted by "; ". For every theme there is a column of 0 and 1; 1 = decided, not merely up for review.

    Args:
        hits: the rows.
        themes: all themes of the codebook, so that the columns are the same for every query.
        excel: begin with a byte order mark, put ' before a cell that Excel would take for a formula, and cut a cell
            that is longer than Excel allows; otherwise words stay exactly as they are.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([*_PLAIN, *_LISTS, *(f"theme_{theme}" for theme in themes)])
    for hit in hits:
        cells = _cells(hit, themes)
        writer.writerow([for_excel(cell) for cell in cells] if excel else cells)
    return (BYTE_ORDER_MARK if excel else b"") + stream.getvalue().encode()


def _cells(hit: Hit, themes: Sequence[str]) -> list[str]:
    plain = ["" if (value := getattr(hit, name)) is None else str(value) for name in _PLAIN]
    decided = [entry.theme for entry in hit.themes if entry.decision == "yes"]
    around = ["\n\n".join(texts) for texts in (hit.before, hit.after)]
    lists = [
        hit.sites,
        decided,
        [entry.theme for entry in hit.themes if entry.decision == "review"],
        [entry.indicator for entry in hit.practices if entry.decision == "match"],
        [entry.indicator for entry in hit.practices if entry.decision == "review"],
    ]
    return [*plain, *around, *("; ".join(names) for names in lists), *(str(int(theme in decided)) for theme in themes)]


def for_excel(cell: str) -> str:
    """Return a cell that Excel takes for words, and that is not longer than it allows."""
    safe = f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
    return safe if len(safe) <= EXCEL_CELL else f"{safe[: EXCEL_CELL - 1]}…"


def for_terminal(text: str) -> str:
    """Return a text with spaces for control characters: a document may hold them, and a terminal would obey them."""
    shown = "".join(" " if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} else char for char in text)
    return re.sub(" {2,}", " ", shown)


def to_table(hits: Sequence[Hit], *, first: int = 1) -> str:
    """Return the hits as text of at most 80 columns, numbered from `first`."""
    return "\n".join(_entry(hit, number) for number, hit in enumerate(hits, start=first))


def _entry(hit: Hit, number: int) -> str:
    lead = f"{number:>3}  "
    lines = [*_text_lines(hit), *_fact_lines(hit)]
    return "".join(f"{' ' * len(lead) if i else lead}{line}\n" for i, line in enumerate(lines))


def _text_lines(hit: Hit) -> list[str]:
    if hit.unit in {"quote", "passage"}:
        words = _wrap(f"“{_bare(hit.text)}”" if hit.unit == "quote" else hit.text)
    else:
        words = _few(_wrap(hit.snippet or hit.text))
    around = [hit.context] if hit.context else []
    return [*_beside(hit.before), *words, *_beside([*around, *hit.after])]


def _beside(texts: Sequence[str]) -> list[str]:
    """Return the passages around a hit, each line behind a bar."""
    return [line for text in texts for line in _few(_wrap(f"| {text}", indent="| "))]


def _few(lines: list[str]) -> list[str]:
    return lines if len(lines) <= SEGMENT_LINES else [*lines[:SEGMENT_LINES], "…"]


def _bare(text: str) -> str:
    """Return a quote without quotation marks of its own, which a block quote may have."""
    return text[1:-1] if len(text) > 2 and text[0] in '“"' and text[-1] in '”"' else text


def _fact_lines(hit: Hit) -> Iterator[str]:
    who = " · ".join([*([hit.speaker] if hit.speaker else []), *hit.sites])
    if who:
        yield from _wrap(f"– {who}", indent="  ")
    if hit.themes:
        named = ", ".join(_rated(entry.theme, entry.p, entry.decision) for entry in hit.themes)
        yield from _wrap(_LABEL.format("themes") + named, indent=" " * 10)
    if hit.practices:
        named = ", ".join(_rated(entry.indicator, entry.p, entry.decision) for entry in hit.practices)
        yield from _wrap(_LABEL.format("practice") + named, indent=" " * 10)
    near = f"nearness{_TIE}{hit.similarity:.2f}" if hit.similarity is not None else ""
    yield from _wrap(" · ".join(filter(None, [near, source(hit)])), indent="  ")


def source(hit: Hit) -> str:
    """Return where a hit stands: document, date, heading, page, offsets."""
    document = hit.title or hit.path
    page = f"p. {hit.page}" if hit.page else None
    heading = hit.heading if hit.heading != document else None
    parts = [document, hit.date_start, heading, page, f"{hit.start}–{hit.end}"]
    return " · ".join(part for part in parts if part)


def _rated(name: str, p: float, decision: str) -> str:
    return f"{name}{_TIE}{min(p, 0.99):.2f}" + (f"{_TIE}(review)" if decision == "review" else "")


def _wrap(text: str, indent: str = "") -> list[str]:
    lines = textwrap.wrap(for_terminal(text), WIDTH - 5, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace(_TIE, " ") for line in lines] or [""]
