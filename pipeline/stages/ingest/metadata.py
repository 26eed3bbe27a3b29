"""What a document says of itself: title, date, place, authors, and the fields of a programme's description."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.stages.ingest import shapes
from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.dates import Period, find_period, find_periods
from pipeline.stages.ingest.places import PLACE, STATE
from pipeline.stages.ingest.programs import begins_project, is_field_label, program_fields, programs, span

__all__ = ["About", "begins_project", "describe", "program_fields"]

_FRONT_BLOCKS = 12
_FRONT_CHARS = 160
_BODY_BLOCKS = 4
_LONGEST_TITLE = 200
_LONGEST_HEADING = 400  # with its subtitle
_LONGEST_AUTHOR = 5

_DATELINE = re.compile(
    rf"^(?P<place>[A-Z][A-Z .’'-]{{2,30}}(?:, (?:{STATE}))?)(?: \([^)]*\))? ?[—–]|^(?P<mixed>[A-Z][\w’'. -]{{2,30}}, "
    rf"(?:{STATE})) ?[—–]"
)

_CREDIT = re.compile(
    r"^(?:(?:(?:Summary|Notes|Minutes|Report) )?(?:(?:Prepared|Written|Compiled|Recorded|Submitted|Reported|Authored|"
    r"Taken) )?by|Authors?)\b\s*+:?\s*+\|?\s*+(?P<names>[^|\n]+)",
    re.IGNORECASE,
)
_ONE_NAME = r"(?:[A-Z][\w’'-]*\.? ){1,3}[A-Z][\w’'-]+"
_CREDIT_IN_TEXT = re.compile(
    r"(?:^|[.;] )(?i:(?:(?:summary|notes|minutes|report) )?(?:prepared|written|compiled|recorded|submitted|taken) by) "
    rf"(?P<names>{_ONE_NAME}(?:,? and {_ONE_NAME})?)(?=[.,;]|$)"
)
_PARTS_OF_LINE = re.compile(r"\s[·|•]\s")
_NAME = re.compile(r"^(?:(?:Dr|Mr|Mrs|Ms|Prof)\.? )?[A-Z][\w’'.-]*(?: (?:[A-Z][\w’'.-]*|de|del|la|van|von|der))+$")
_NOT_A_NAME = re.compile(
    r"\b(?:Research|University|Institute|Institutes|Center|Centre|Collaborative|Cooperative|School|Schools|District|Network|"
    r"Department|Office|Association|Foundation|Council|Staff|Committee|Group|Team|Board|Press|News)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class About:
    """The document's own description; `None` or empty where it gives none."""

    title: str | None = None
    period: Period | None = None
    place: str | None = None
    authors: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)


def describe(reading: Reading) -> About:
    """Collect what a document says of itself in its front matter, its labelled fields and its file properties."""
    front = _front(reading.blocks)
    title, subtitle = _title(reading.blocks, reading.hints)
    metadata = program_fields(reading.blocks)
    period = _period(reading, front, metadata)
    several = programs(reading.blocks)
    if several:
        metadata["programs"] = several
    if subtitle:
        metadata["subtitle"] = subtitle
    if period:
        metadata["date_text"] = period.text
        in_text = "project_dates" in metadata or any(period.text in block.text for block in reading.blocks)
        metadata["date_source"] = "text" if in_text else "file properties"
    return About(title, period, _place(reading.blocks, front), _authors(reading, front), dict(sorted(metadata.items())))


def _front(blocks: Sequence[Block]) -> list[str]:
    """Return the lines before the first paragraph of running text."""
    lines: list[str] = []
    for block in blocks[:_FRONT_BLOCKS]:
        if block.kind not in {"heading", "paragraph", "note", "turn"} or len(block.text) > _FRONT_CHARS:
            if lines or block.kind != "paragraph":
                break
            continue
        lines += block.text.split("\n")
    return lines


def _title(blocks: Sequence[Block], hints: dict[str, str]) -> tuple[str | None, str | None]:
    """Return title and subtitle: the lines of the first heading, else the file's own title or a short first line.

    What is longer than a title ever is (a paragraph set as a heading) is none.
    """
    heading = _first_heading(blocks)
    if heading is None and 0 < len(hints.get("title", "")) <= _LONGEST_HEADING:
        return hints["title"], None
    if heading is not None and not heading.text.endswith(":") and not is_field_label(heading.text):
        lines = heading.text.split("\n")
        subtitle = " ".join(lines[1:]) or _subtitle(blocks, heading)
        return lines[0], subtitle
    first = blocks[0].text if blocks else ""
    short = 0 < len(first) <= _LONGEST_TITLE and not first.endswith(".") and not is_field_label(first)
    return (first.split("\n")[0] if short and blocks[0].kind == "paragraph" else None), None


def _first_heading(blocks: Sequence[Block]) -> Block | None:
    """Return the heading that may hold the title: no running text stands above it, and it is none itself."""
    early = [block for block in blocks[:_FRONT_BLOCKS] if block.kind == "heading"]
    if not early or len(early[0].text) > _LONGEST_HEADING:
        return None
    above = blocks[: blocks.index(early[0])]
    return early[0] if all(len(block.text) <= _FRONT_CHARS for block in above) else None


def _subtitle(blocks: Sequence[Block], heading: Block) -> str | None:
    after = blocks[blocks.index(heading) + 1 :][:1]
    follows = bool(after) and after[0].kind == "heading" and after[0].level == heading.level == 1
    return after[0].text if follows and len(blocks) > 2 and not shapes.heading_depth(after[0].text) else None


def _period(reading: Reading, front: Sequence[str], metadata: dict[str, Any]) -> Period | None:
    if "project_dates" in metadata:
        return span([period for text in metadata["project_dates"] for period in find_periods(text)])
    named = [period for text in front for period in find_periods(text)]
    if named:  # the days of a meeting rather than the year in its title ("Convening 2016")
        return next((period for period in named if period.is_of_days), named[0])
    hint = find_period(reading.hints.get("date", ""))
    if hint:
        return hint
    body = [block.text[:_FRONT_CHARS] for block in reading.blocks[:_BODY_BLOCKS]]
    return next((period for text in body for period in find_periods(text) if period.is_of_days), None)


def _place(blocks: Sequence[Block], front: Sequence[str]) -> str | None:
    for line in front:
        match = PLACE.search(line)
        if match and not _CREDIT.match(line):
            city = match["city"].title() if match["city"].isupper() else match["city"]
            return f"{city}, {match['state']}"
    for block in blocks[:_FRONT_BLOCKS]:
        match = _DATELINE.match(block.text) if block.kind == "paragraph" else None
        if match:
            return str(match["place"]).strip().title() if match["place"] else str(match["mixed"])
    return None


def _authors(reading: Reading, front: Iterable[str]) -> list[str]:
    lines = [part for line in front for part in _PARTS_OF_LINE.split(line)]
    matches = [_CREDIT.match(line) for line in (*front, *lines)]
    matches += [_CREDIT_IN_TEXT.search(block.text) for block in reading.blocks[:_FRONT_BLOCKS]]
    named = [_names(match["names"]) for match in matches if match]
    return next(filter(None, named), _names(reading.hints.get("author", "")))


def _names(text: str) -> list[str]:
    """Split a credit line into the names of people, leaving out their institutions."""
    pieces = re.split(r",|;|\band\b|&|\bwith\b|\s[–—·]\s", re.sub(r"\([^)]{0,200}\)", "", text))
    names = [" ".join(piece.split()).rstrip(".") if len(piece.split()[-1:]) else "" for piece in pieces]
    return [
        name
        for name in names
        if _NAME.match(name) and len(name.split()) <= _LONGEST_AUTHOR and not _NOT_A_NAME.search(name)
    ]
