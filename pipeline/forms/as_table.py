"""Hits as text to read in a terminal, at most 80 columns wide.

Worked example:

    1  “The grade chairs write it now, and I ask them
       for ten minutes.”
       – Ana Ruiz, principal · Marlow Springs
       themes    teacher_leadership 0.91, succession 0.55 (review)
       practice  12b 0.74 (review)
       Spring meeting · Staffing · 1234–1301
"""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.forms.safe import for_terminal, short
from pipeline.hits import Hit

WIDTH: Final = 80
SEGMENT_LINES: Final = 8
_TIE: Final = "\N{NO-BREAK SPACE}"
"""A space at which no line is broken."""
_LABEL: Final = f"{{:{_TIE}<10}}"


def of_hits(hits: Sequence[Hit], *, first: int = 1) -> str:
    """Return the hits as text of at most 80 columns, numbered from `first`."""
    return "\n".join(_entry(hit, number) for number, hit in enumerate(hits, start=first))


def _entry(hit: Hit, number: int) -> str:
    lead = f"{number:>3}  "
    lines = [*_text_lines(hit), *_fact_lines(hit)]
    return "".join(f"{' ' * len(lead) if i else lead}{line}\n" for i, line in enumerate(lines))


def _text_lines(hit: Hit) -> list[str]:
    if hit.unit in {"quote", "passage"}:
        words = _wrap(f"“{bare(hit.text)}”" if hit.unit == "quote" else hit.text)
    else:
        words = _few(_wrap(hit.snippet or hit.text))
    around = [hit.context] if hit.context else []
    return [*_beside(hit.before), *words, *_beside([*around, *hit.after])]


def _beside(texts: Sequence[str]) -> list[str]:
    """Return the passages around a hit, each line behind a bar."""
    return [line for text in texts for line in _few(_wrap(f"| {text}", indent="| "))]


def _few(lines: list[str]) -> list[str]:
    return lines if len(lines) <= SEGMENT_LINES else [*lines[:SEGMENT_LINES], "…"]


def bare(text: str) -> str:
    """Return a quote without quotation marks of its own, which a block quote may have."""
    return text[1:-1] if len(text) > 2 and text[0] in '“"' and text[-1] in '”"' else text


def _fact_lines(hit: Hit) -> Iterator[str]:
    who = " · ".join(map(short, [*([hit.speaker] if hit.speaker else []), *hit.sites]))
    if who:
        yield from _wrap(f"– {who}", indent="  ")
    if hit.themes:
        named = ", ".join(rated(entry.theme, entry.p, entry.decision) for entry in hit.themes)
        yield from _wrap(_LABEL.format("themes") + named, indent=" " * 10)
    if hit.practices:
        named = ", ".join(rated(entry.indicator, entry.p, entry.decision) for entry in hit.practices)
        yield from _wrap(_LABEL.format("practice") + named, indent=" " * 10)
    near = f"nearness{_TIE}{hit.similarity:.2f}" if hit.similarity is not None else ""
    yield from _wrap(" · ".join(filter(None, [near, source(hit)])), indent="  ")


def source(hit: Hit) -> str:
    """Return where a hit stands: document, date, heading, page, offsets."""
    document = hit.title or hit.path
    page = f"p. {hit.page}" if hit.page else None
    heading = hit.heading if hit.heading != document else None
    parts = [short(document), hit.date_start, heading and short(heading), page, f"{hit.start}–{hit.end}"]
    return " · ".join(part for part in parts if part)


def rated(name: str, p: float, decision: str) -> str:
    """Return a theme or indicator with its p, and a note if it is only up for review."""
    return f"{name}{_TIE}{min(p, 0.99):.2f}" + (f"{_TIE}(review)" if decision == "review" else "")


def _wrap(text: str, indent: str = "") -> list[str]:
    lines = textwrap.wrap(for_terminal(text), WIDTH - 5, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace(_TIE, " ") for line in lines] or [""]
