"""Levels of headings that have no markup: by number, by capitals, and by which style came first.

>>> from pipeline.stages.ingest.blocks import Block
>>> texts = ["Minutes", "1. Reports", "A. Buses", "2. End"]
>>> [block.level for block in with_levels([Block("heading", text) for text in texts], {1: 1, 2: 2, 3: 1})]
[1, 1, 2, 1]
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal

from pipeline.stages.ingest import shapes
from pipeline.stages.ingest.blocks import Block

_CLOSING = re.compile(
    r"^(?:\d+[.)]?\s*)?(?:in\s+)?(?:conclu|next steps|closing|looking ahead|appendix|appendices|references|endnotes|"
    r"notes$|acknowledg|adjourn|about the (?:author|network|collaborative))",
    re.IGNORECASE,
)
_DEEPEST = 6

Style = Literal["caps", "question", "numbered", "title", "sentence"]


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading by its place among the blocks. `depth`: of its number, 1 for "3." and for none."""

    index: int
    text: str
    style: Style
    depth: int


def with_levels(blocks: Sequence[Block], depths: Mapping[int, int] | None = None) -> list[Block]:
    """Give headings their levels.

    The title and closing sections ("Next Steps", "References") stand on level 1.

    Args:
        blocks: the document.
        depths: how deep a numbered heading lies in its outline, by the number of the block.

    """
    depths = depths or {}
    levels = _levels(_headings(blocks, depths), _first_entry(blocks, depths))
    return [replace(block, level=levels[i]) if i in levels else block for i, block in enumerate(blocks)]


def _headings(blocks: Sequence[Block], depths: Mapping[int, int]) -> list[_Heading]:
    found = [(i, block.text) for i, block in enumerate(blocks) if block.kind == "heading"]
    questions = Counter(text.endswith("?") for _, text in found)[True] > 1
    return [
        _Heading(
            i, text, _style(text, i in depths, questions=questions), depths.get(i, shapes.heading_depth(text) or 1)
        )
        for i, text in found
    ]


def _style(text: str, numbered: bool, *, questions: bool) -> Style:
    """Return the style; questions are one only where several headings ask."""
    if numbered or shapes.heading_depth(text):
        return "numbered"
    if questions and text.endswith("?"):
        return "question"
    return shapes.case_of(text)


def _first_entry(blocks: Sequence[Block], depths: Mapping[int, int]) -> int:
    """Return where an outline begins when nothing but headings and short lines stand before it; otherwise 0."""
    first = min(depths, default=0)
    return first if not any(shapes.is_body(block.text) for block in blocks[:first]) else 0


def _levels(headings: Sequence[_Heading], first_entry: int) -> dict[int, int]:
    """Return the level of each heading; those above an outline are lines of the title."""
    ranked = [each for each in headings if each.index >= max(1, first_entry) and not _closes(each)]
    ranks = _ranks(ranked)
    levels = {each.index: 1 for each in headings}
    levels.update((each.index, min(_DEEPEST, ranks[each.style] + each.depth - 1)) for each in ranked)
    if {each.style for each in ranked} == {"title"} and not any(each.text.endswith(":") for each in ranked):
        levels.update(_nested([each for each in ranked if each.index >= _title_lines(headings)]))
    return levels


def _closes(heading: _Heading) -> bool:
    """Tell a closing section; one with a number stands beside the others that have one."""
    return heading.style != "numbered" and _CLOSING.match(heading.text) is not None


def _ranks(headings: Sequence[_Heading]) -> dict[Style, int]:
    """Rank the styles: capitals highest unless an outline came before them, the others as they first appear."""
    styles = [each.style for each in headings]
    first = {style: styles.index(style) for style in styles}
    capitals_lead = "caps" in first and first["caps"] <= first.get("numbered", len(styles))
    ranks: dict[Style, int] = {"caps": 1} if capitals_lead else {}
    before: _Heading | None = None
    for each in headings:
        if each.style not in ranks and before and before.style == "numbered":
            ranks[each.style] = min(_DEEPEST, ranks["numbered"] + before.depth)
        elif each.style not in ranks:
            beside_capitals = capitals_lead and first[each.style] < first["caps"]
            taken = [rank for style, rank in ranks.items() if not (beside_capitals and style == "caps")]
            ranks[each.style] = max(taken, default=0) + 1
        before = each
    return ranks


def _title_lines(headings: Sequence[_Heading]) -> int:
    """Return how many headings the document begins with: its title and subtitles."""
    return next((n for n, each in enumerate(headings) if each.index != n), len(headings))


def _nested(headings: Sequence[_Heading]) -> dict[int, int]:
    """Nest headings of one style: one that stands directly above another heads it and its like.

    "Two Cases" / "Elm: A Merger" / "Oak: A Vacancy" / "What the Cases Suggest": the children have a colon, the last
    heading has none and so stands beside the first again.
    """
    levels: dict[int, int] = {}
    child: _Heading | None = None
    for each, following in zip_longest(headings, headings[1:]):
        leads = following is not None and following.index == each.index + 1
        if leads or (child is not None and not _are_alike(child, each)):
            child = None
        levels[each.index] = 2 if child else 1
        child = following if leads else child
    return levels


def _are_alike(child: _Heading, other: _Heading) -> bool:
    """Tell whether a heading may be a sibling of a child: a colon in the one stands in the other too."""
    return (": " in child.text) == (": " in other.text)
