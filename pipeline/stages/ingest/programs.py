"""The labelled fields of programme descriptions: for a page of one programme, and for several scraped into one file.

>>> blocks = [Block("paragraph", "Project Dates: 2014-2016"), Block("paragraph", "Coaches met weekly."),
...           Block("paragraph", "Project Dates: 2017 – present"), Block("paragraph", "Six districts take part.")]
>>> [(found["start"], found["end"], found["date_start"], found["date_end"]) for found in programs(blocks)]
[(0, 45, '2014-01-01', '2016-12-31'), (47, 102, '2017-01-01', None)]
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from pipeline.stages.ingest import shapes
from pipeline.stages.ingest.blocks import Block, offsets
from pipeline.stages.ingest.dates import Period, find_periods

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
_HEADER = re.compile(r"(?:Contact(?: Email| Name)?|(?:Project|Program|Programme) Dates):", re.IGNORECASE)
_FIRM_HEADER = re.compile(r"(?:Contact Email|(?:Project|Program|Programme) Dates):", re.IGNORECASE)
_COHORT = re.compile(r"\b(?:districts|members)\b.*\bcohort\b", re.IGNORECASE)
_LONGEST_LABEL = 60  # characters
_SEVERAL = 2
_DEEPEST = 6


def begins_project(text: str) -> bool:
    """Tell the labelled line with which a programme's description begins."""
    return bool(_HEADER.match(text))


def is_list_label(text: str) -> bool:
    """Tell a label that lists topics, events or members below it."""
    return text.partition(":")[0].strip().lower() in _LISTS


def is_field_label(text: str) -> bool:
    """Tell a line that begins with a label of a programme's description."""
    return bool(shapes.FIELD.match(text[:_LONGEST_LABEL])) and text.split(":", 1)[0].lower() in {*_FIELDS, *_LISTS}


def programs(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Describe each programme of a file; none where no header marks where one begins.

    Returns:
        For each its `title`, the offsets `start` and `end` of its first and last passage in the document's text,
        `project_dates` (the words), `date_start` and `date_end` (`None`: unknown, or it goes on), `contact`,
        `related_topics`, `cohort` and `key_events`.

    """
    places = offsets(blocks)
    starts = _starts(blocks)
    found = []
    for first, after in pairwise([*starts, len(blocks)]):
        own = blocks[first:after]
        found.append({"start": places[first][0], "end": places[after - 1][1], **_description(own)})
    return found


def below_programs(blocks: Sequence[Block], several: Sequence[dict[str, Any]]) -> list[Block]:
    """Put headings one level below their programmes, where a file describes several that have no titles.

    "The Project:" of one page is then no equal of the whole next page.
    """
    if len(several) < _SEVERAL or any(one["title"] for one in several):
        return list(blocks)
    first = several[0]["start"]
    return [
        replace(block, level=min(_DEEPEST, block.level + 1)) if block.level and start >= first else block
        for block, (start, _) in zip(blocks, offsets(blocks), strict=True)
    ]


def _starts(blocks: Sequence[Block]) -> list[int]:
    """Return the first block of each programme: its title, or the first line of its header."""
    starts = []
    for i, block in enumerate(blocks):
        if not begins_project(block.text) or (i > 0 and begins_project(blocks[i - 1].text)):
            continue
        header = [other.text for other in blocks[i : i + 3] if begins_project(other.text)]
        if any(map(_FIRM_HEADER.match, header)):
            starts.append(i - _has_title(blocks, i))
    return starts


def _has_title(blocks: Sequence[Block], i: int) -> bool:
    """Tell whether a heading of its own stands above a header, and not the last topic of the programme before."""
    if i == 0 or blocks[i - 1].kind != "heading" or blocks[i - 1].text.endswith(":"):
        return False
    return i == 1 or not is_list_label(blocks[i - 2].text)


def _description(blocks: Sequence[Block]) -> dict[str, Any]:
    fields = program_fields(blocks)
    dates = fields.get("project_dates", [])
    period = span([period for text in dates for period in find_periods(text)])
    return {
        "title": blocks[0].text if blocks[0].kind == "heading" else None,
        "project_dates": "; ".join(dates) or None,
        "date_start": period.start if period else None,
        "date_end": period.end if period else None,
        "contact": "; ".join(fields.get("contact", [])) or None,
        **{name: fields.get(name, []) for name in ("related_topics", "cohort", "key_events")},
    }


def span(periods: Sequence[Period]) -> Period | None:
    """Return the period from the first start to the last end of several; open where one of them is."""
    if not periods:
        return None
    ends = [period.end for period in periods if period.end]
    end = max(ends) if len(ends) == len(periods) else None
    return Period(min(period.start for period in periods), end, "; ".join(period.text for period in periods))


def program_fields(blocks: Sequence[Block]) -> dict[str, Any]:
    """Collect the labelled fields of programme descriptions: dates, contact, topics, cohort members, events."""
    found: dict[str, list[str]] = {}
    for i, block in enumerate(blocks):
        label, _, value = block.text.partition(":")
        key = _FIELDS.get(label.strip().lower())
        if key and value.strip() and "\n" not in value:
            found.setdefault(key, []).append(value.strip())
        list_key = _list_key(block, label)
        for dated, text in _items(blocks, i + 1) if list_key else ():
            # Dated lines below the members of a cohort are its events, though their heading was lost.
            found.setdefault("key_events" if dated else list_key or "", []).append(text)
    return {key: list(dict.fromkeys(values)) for key, values in found.items()}


def _list_key(block: Block, label: str) -> str | None:
    if block.kind not in {"heading", "paragraph"} or len(block.text) > _LONGEST_LABEL:
        return None
    return _LISTS.get(label.strip().lower()) or ("cohort" if _COHORT.search(block.text) else None)


def _items(blocks: Sequence[Block], first: int) -> list[tuple[bool, str]]:
    """Return the items below a label, and of each whether it begins with a date."""
    items = []
    for block in blocks[first:]:
        dated = shapes.is_date_line(block.text)
        if block.kind != "list_item" and not (block.kind == "paragraph" and dated):
            break
        items.append((dated, block.text))
    return items
