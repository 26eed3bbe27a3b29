"""What passes between the functions of this stage. All offsets are half-open and point into the document's text."""

from dataclasses import dataclass
from typing import Literal

from pipeline.records import PassageKind, QuoteForm

Span = tuple[int, int]

# How a quotation came by its speaker, from the strongest link to none:
# direct      a cue stands next to the marks: “…,” she said
# loose       a cue stands elsewhere in the sentence
# introduced  the sentence or paragraph before names the speaker
# labelled    a label or an attribution line: —Name, role
# inherited   the speaker of the quotation before goes on
Link = Literal["direct", "loose", "introduced", "labelled", "inherited", "none"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A stretch of text that quotations do not cross, except by opening the mark again.

    `label`: the speaker label of a turn, without its colon.
    """

    start: int
    text: str
    kind: PassageKind = "paragraph"
    label: str | None = None

    @property
    def end(self) -> int:
        """Where the paragraph ends in the document."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words between quotation marks: `start`–`end` without the marks, `outer_start`–`outer_end` with them."""

    start: int
    end: int
    outer_start: int
    outer_end: int
    mark: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who is said to speak. `side`: where the cue stands, seen from the quotation."""

    speaker: Span | None
    cue: Span | None
    link: Link
    side: Literal["before", "after", "none"] = "none"
    full: Span | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One quotation before it becomes a record.

    `paragraph`: number of the paragraph in which it begins. `full`: the speaker phrase with the apposition after it.
    `marked`: it stands in quotation marks. `closed`: they are a pair.
    """

    parts: tuple[Span, ...]
    form: QuoteForm
    paragraph: int
    speaker: Span | None
    cue: Span | None
    link: Link
    full: Span | None = None
    marked: bool = True
    closed: bool = True

    @property
    def start(self) -> int:
        """Where the first part begins."""
        return self.parts[0][0]

    @property
    def end(self) -> int:
        """Where the last part ends."""
        return self.parts[-1][1]
