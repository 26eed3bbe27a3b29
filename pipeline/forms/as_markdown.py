"""Hits as Markdown, for the appendix of a paper: block quotes with their source, then the documents.

Worked example:

    **1**

    > The grade chairs write it now, and I ask them for ten minutes.

    – Ana Ruiz, principal · Marlow Springs. “Staffing”, in *Spring meeting* [1], 2014-06-26, p. 3. `d1:q0001`,
    characters 1234–1301.

    ## Documents

    \\[1\\] *Spring meeting*, 2014-06-26 to 2014-06-28. File: notes/spring.txt. `d1`
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.forms.as_table import bare, rated
from pipeline.forms.grid import Grid, as_text
from pipeline.forms.safe import for_markdown, for_terminal, short
from pipeline.hits import Hit

LONGEST: Final = 600
"""Characters of a segment, problem of practice or document, after which it is cut; quotes and passages stand whole."""
_WHOLE: Final = frozenset({"quote", "passage"})
_HARD_BREAK: Final = "\\\n> "


def of_hits(hits: Sequence[Hit], *, first: int = 1) -> str:
    """Return one block quote for each hit, numbered from `first`, and the documents that they come from."""
    if not hits:
        return ""
    numbers = {document: i for i, document in enumerate(dict.fromkeys(hit.document_id for hit in hits), start=1)}
    blocks = [block for i, hit in enumerate(hits, start=first) for block in _entry(hit, i, numbers[hit.document_id])]
    sources = {hit.document_id: hit for hit in hits}
    listed = [_reference(sources[document], number) for document, number in numbers.items()]
    return "\n\n".join([*blocks, "## Documents", *listed]) + "\n"


def of_grid(grid: Grid) -> str:
    """Return a table with a line for each row."""
    head = [[_in_line(name) for name in grid.names], ["---"] * len(grid.names)]
    rows = [
        [_in_line(as_text(value)) if isinstance(value, str | list) else as_text(value) for value in row]
        for row in grid.rows
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in [*head, *rows])


def _in_line(text: str) -> str:
    return for_markdown(text).replace("\n", " ")


def _entry(hit: Hit, number: int, document: int) -> Iterator[str]:
    yield f"**{number}**"
    yield _block(hit)
    who = " · ".join(map(short, [*([hit.speaker] if hit.speaker else []), *hit.sites]))
    yield f"– {for_markdown(who) + '. ' if who else ''}{_source(hit, document)}"
    coded = [*_themes(hit), *_practices(hit)]
    if coded:
        yield " ".join(coded)


def _block(hit: Hit) -> str:
    text = bare(hit.text) if hit.unit == "quote" else hit.text if hit.unit in _WHOLE else _cut(hit.text)
    lines = [line for line in for_markdown(text).split("\n") if line]
    return "> " + _HARD_BREAK.join(lines)


def _cut(text: str) -> str:
    """Cut a long text between two words."""
    if len(text) <= LONGEST:
        return text
    kept = text[: LONGEST + 1].rsplit(maxsplit=1)[0] if " " in text[:LONGEST] else text[:LONGEST]
    return f"{kept.rstrip()} …"


def _source(hit: Hit, document: int) -> str:
    title = hit.title or hit.path
    heading = f"“{for_markdown(short(hit.heading))}”, in " if hit.heading and hit.heading != title else ""
    page = f"p. {hit.page}" if hit.page else None
    told = ", ".join(filter(None, [f"{heading}*{for_markdown(short(title))}* \\[{document}\\]", hit.date_start, page]))
    return f"{told}. {_code(hit.id)}, characters {hit.start}–{hit.end}."


def _themes(hit: Hit) -> Iterator[str]:
    if hit.themes:
        yield f"Themes: {_rated([(one.theme, one.p, one.decision) for one in hit.themes])}."


def _practices(hit: Hit) -> Iterator[str]:
    if hit.practices:
        yield f"Practices: {_rated([(one.indicator, one.p, one.decision) for one in hit.practices])}."


def _rated(entries: Sequence[tuple[str, float, str]]) -> str:
    return ", ".join(for_markdown(rated(*entry)).replace("\N{NO-BREAK SPACE}", " ") for entry in entries)


def _reference(hit: Hit, number: int) -> str:
    dates = " to ".join(dict.fromkeys(date for date in (hit.date_start, hit.date_end) if date)) or "no date"
    title = f"*{for_markdown(hit.title)}*, " if hit.title else ""
    return f"\\[{number}\\] {title}{dates}. File: {for_markdown(hit.path)}. {_code(hit.document_id)}"


def _code(name: str) -> str:
    """Return a name as code, inside as many backticks as it takes."""
    shown = for_terminal(name)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if "`" in shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
