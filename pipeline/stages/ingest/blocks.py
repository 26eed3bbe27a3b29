"""What every reader of a file format returns: blocks in reading order, and what the file says of itself."""

from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as read.

    `hints`: what the file's own properties say (`title`, `author`, `date`), not what its text says. `removed`: lines
    left out as furniture. `warnings`: doubts that the researcher should know of, each a whole sentence.
    """

    blocks: list[Block]
    hints: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
