"""What every reader of a file format returns: blocks in reading order, and what the file says of itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

from pipeline.errors import ErrorCode
from pipeline.records import PassageKind


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item, table, … as a person would see it, without furniture.

    `text` has no white space at its ends; line breaks inside it mean something (lines of a title, rows of a table).
    The cells of a table row are parted by tabs. `level`: 1–6, headings only. `page`: 1-based, PDF only. `speaker`: the
    label of a turn as written, without its colon; the label stays in `text`.
    """

    kind: PassageKind
    text: str
    level: int | None = None
    page: int | None = None
    speaker: str | None = None


class Doubt(NamedTuple):
    """What the researcher should know of a document that was read all the same: a whole sentence, and its code."""

    code: ErrorCode
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as read.

    `hints`: what the file's own properties say (`title`, `author`, `date`), not what its text says. `removed`: lines
    left out as furniture. `warnings`: doubts that go to errors.jsonl. `seen`: letters and digits of all that the reader
    met, furniture too. `facts`: what else was measured of the quality of the reading.
    """

    blocks: list[Block]
    hints: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    warnings: list[Doubt] = field(default_factory=list)
    seen: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


GAP = "\n\n"
"""What stands between two blocks in the canonical text of a document."""


def offsets(blocks: Sequence[Block]) -> list[tuple[int, int]]:
    """Return where each block begins and ends in the canonical text."""
    starts = accumulate((len(block.text) + len(GAP) for block in blocks), initial=0)
    return [(start, start + len(block.text)) for start, block in zip(starts, blocks, strict=False)]
