"""What a document says of itself: title, date, place, authors, and the fields of a programme's description."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.stages.ingest import shapes
from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.dates import Period, find_period, find_periods
from pipeline.stages.ingest.places import PLACE, STATE

_FRONT_BLOCKS = 12
_FRONT_CHARS = 160
_BODY_BLOCKS = 4
_LONGEST_TITLE = 200
_LONGEST_AUTHOR = 5

_DATELINE = re.compile(
    rf"^(?P<place>[A-Z][A-Z .’'-]{{2,30}}(?:, (?:{STATE}))?)(?: \([^)]*\))? ?[—–]|^(?P<mixed>[A-Z][\w’'. -]{{2,30}}, "
    rf"(?:{STATE})) ?[—–]"
)

_CREDIT = re.compile(
    r"^(?:(?:(?:Summary|Notes|Minutes|Report) )?(?:(?:Prepared|Written|Compiled|Recorded|Submitted|Reported|Authored|"
    r"Taken) )?by|Authors?)\b\s*:?\s*\|?\s*(?P<names>[^|\n]+)",
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

_FIELDS = {
    "contact email": "contact",
    "contact": "contact",
    "contact name": "contact",
    "email": "contact",
    "project dates": "project_dates",
    "program dates": "project_dates",
    "programme dates": "project_dates",
    "dates": "project_dates",
    "funders": "funders",
    "project funders": "funders",
    "cohort": "cohort",
}
_LISTS = {
    "related topics": "related_topics",
    "topics": "related_topics",
    "key events": "key_events",
    "events": "key_events",
    "upcoming events": "key_events",
    "cohort": "cohort",
    "cohort members": "cohort",
    "member districts": "cohort",
    "districts": "cohort",
    "participating districts": "cohort",
}


_PROJECT_HEADER = re.compile(r"(?:Contact(?: Email| Name)?|(?:Project|Program|Programme) Dates):", re.IGNORECASE)


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
    if subtitle:
        metadata["subtitle"] = subtitle
    if period:
        metadata["date_text"] = period.text
        in_text = "project_dates" in metadata or any(period.text in block.text for block in reading.blocks)
        metadata["date_source"] = "text" if in_text else "file properties"
    return About(title, period, _place(reading.blocks, front), _authors(reading, front), dict(sorted(metadata.items())))


def begins_project(text: str) -> bool:
    """Tell the labelled line with which a programme's description begins."""
    return bool(_PROJECT_HEADER.match(text))


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
    """Return title and subtitle: the lines of the first heading, else the file's own title or a short first line."""
    early = [block for block in blocks[:_FRONT_BLOCKS] if block.kind == "heading"]
    heading = (
        early[0]
        if early and all(len(block.text) <= _FRONT_CHARS for block in blocks[: blocks.index(early[0])])
        else None
    )
    if heading is None and hints.get("title"):
        return hints["title"], None
    if heading is not None and not heading.text.endswith(":") and not _is_label(heading.text):
        lines = heading.text.split("\n")
        subtitle = " ".join(lines[1:]) or _subtitle(blocks, heading)
        return lines[0], subtitle
    first = blocks[0].text if blocks else ""
    short = 0 < len(first) <= _LONGEST_TITLE and not first.endswith(".") and not _is_label(first)
    return (first.split("\n")[0] if short and blocks[0].kind == "paragraph" else None), None


def _subtitle(blocks: Sequence[Block], heading: Block) -> str | None:
    after = blocks[blocks.index(heading) + 1 :][:1]
    follows = bool(after) and after[0].kind == "heading" and after[0].level == heading.level == 1
    return after[0].text if follows and len(blocks) > 2 and not shapes.heading_depth(after[0].text) else None


def _is_label(text: str) -> bool:
    return bool(shapes.FIELD.match(text)) and text.split(":", maxsplit=1)[0].lower() in {*_FIELDS, *_LISTS}


def _period(reading: Reading, front: Sequence[str], metadata: dict[str, Any]) -> Period | None:
    if "project_dates" in metadata:
        return _span([period for text in metadata["project_dates"] for period in find_periods(text)])
    named = [period for text in front for period in find_periods(text)]
    if named:  # the days of a meeting rather than the year in its title ("Convening 2016")
        return next((period for period in named if period.is_of_days), named[0])
    hint = find_period(reading.hints.get("date", ""))
    if hint:
        return hint
    body = [block.text[:_FRONT_CHARS] for block in reading.blocks[:_BODY_BLOCKS]]
    return next((period for text in body for period in find_periods(text) if period.is_of_days), None)


def _span(periods: Sequence[Period]) -> Period | None:
    """Return the period from the first start to the last end of several; open where one of them is."""
    if not periods:
        return None
    ends = [period.end for period in periods if period.end]
    end = max(ends) if len(ends) == len(periods) else None
    return Period(min(period.start for period in periods), end, "; ".join(period.text for period in periods))


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
    pieces = re.split(r",|;|\band\b|&|\bwith\b|\s[–—·]\s", re.sub(r"\([^)]*\)", "", text))
    names = [" ".join(piece.split()).rstrip(".") if len(piece.split()[-1:]) else "" for piece in pieces]
    return [
        name
        for name in names
        if _NAME.match(name) and len(name.split()) <= _LONGEST_AUTHOR and not _NOT_A_NAME.search(name)
    ]


def program_fields(blocks: Sequence[Block]) -> dict[str, Any]:
    """Collect the labelled fields of programme descriptions: dates, contact, topics, cohort members, events."""
    found: dict[str, list[str]] = {}
    for i, block in enumerate(blocks):
        label, _, value = block.text.partition(":")
        key = _FIELDS.get(label.strip().lower())
        if key and value.strip() and "\n" not in value:
            found.setdefault(key, []).append(value.strip())
        list_key = _list_key(block, label)
        if list_key:
            found.setdefault(list_key, []).extend(_items(blocks[i + 1 :], dated=list_key == "key_events"))
    fields: dict[str, Any] = {}
    for key, values in found.items():
        unique = list(dict.fromkeys(values))
        if unique:
            fields[key] = unique
    return fields


def _list_key(block: Block, label: str) -> str | None:
    if block.kind not in {"heading", "paragraph"} or len(block.text) > 60:
        return None
    words = label.strip().lower()
    return _LISTS.get(words) or (
        "cohort" if re.search(r"\b(?:districts|members)\b.*\bcohort\b", block.text, re.IGNORECASE) else None
    )


def _items(blocks: Sequence[Block], *, dated: bool) -> list[str]:
    """Return the list items that follow a label; a list of events also has lines that begin with a date."""
    items: list[str] = []
    for block in blocks:
        is_event = dated and block.kind == "paragraph" and shapes.is_date_line(block.text)
        if block.kind != "list_item" and not is_event:
            break
        items.append(block.text)
    return items
