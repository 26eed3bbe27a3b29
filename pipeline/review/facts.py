"""What the page is told at the start: who judges what, the instruments, and what was decided before."""

import msgspec

from pipeline.codebook import Theme
from pipeline.corrections.decisions import Judgement
from pipeline.review.desk import Versions
from pipeline.review.units import Kind
from pipeline.rubric import Row

SEGMENT_KINDS = ("problem_of_practice", "discussion", "program", "synthesis", "next_steps", "front_matter")


class RubricFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The rubric, a row for each indicator."""

    name: str
    levels: list[str]
    rows: list[Row]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the page needs besides the units. `decisions`: for each unit, the coder's own that stand.

    `place`: tells this queue from others in the browser's store. `versions`: nothing, when blind. `done`: whether each
    unit is judged. `jobs`: what can be started from the page.
    """

    coder: str
    kind: Kind
    blind: bool
    place: str
    versions: Versions
    themes: list[Theme]
    rubric: RubricFacts
    segment_kinds: list[str]
    roles: list[str]
    ids: list[str]
    decisions: list[list[Judgement]]
    done: list[bool]
    jobs: list[str]
