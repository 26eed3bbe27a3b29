"""A document while its quotations are read: paragraphs, pairs of marks, and the parses made so far."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.stages.quote.attribution.frame import Frame
from pipeline.stages.quote.marks import running_on, stretches
from pipeline.stages.quote.spans import Paragraph, Stretch

if TYPE_CHECKING:
    from spacy.tokens import Token

# Returns the tokens of each paragraph, and what to add to a token's offset to get its place in the document.
Parse = Callable[[Sequence[tuple[Paragraph, list[Stretch]]]], "Iterable[tuple[list[Token], int]]"]
SILENT = frozenset({"heading", "table"})
SINGLE_OPENERS = ("‘", "‚")


@dataclass(slots=True)
class Reader:
    """One document while it is read. `frames`: the paragraphs parsed so far."""

    text: str
    paragraphs: list[Paragraph]
    marks: list[list[Stretch]]
    parse: Parse
    frames: dict[int, Frame] = field(default_factory=dict)

    def frame(self, index: int) -> Frame:
        """Parse a paragraph once, when it is first needed."""
        if index not in self.frames:
            self.read_ahead([index])
        return self.frames[index]

    def read_ahead(self, indices: Sequence[int]) -> None:
        """Parse paragraphs that are going to be needed, which is faster for many at once."""
        wanted = [(self.paragraphs[index], self.marks[index]) for index in indices]
        for index, (tokens, shift) in zip(indices, self.parse(wanted), strict=True):
            paragraph, found = self.paragraphs[index], self.marks[index]
            outside = tuple(
                token for token in tokens if not token.is_space and not _inside(found, token.idx + shift, len(token))
            )
            self.frames[index] = Frame(self.text, paragraph.start, paragraph.end, outside, shift, tuple(found))


def marks_of(paragraph: Paragraph) -> list[Stretch]:
    """Return the quoted stretches of a paragraph; none in headings and tables."""
    return [] if paragraph.kind in SILENT else stretches(paragraph.text, paragraph.start)


def reopened(marks: list[list[Stretch]], paragraphs: list[Paragraph]) -> list[list[Stretch]]:
    """Let a single mark run to the end of its paragraph where the next paragraph opens with the same mark."""
    kept = list(marks)
    for n, paragraph in enumerate(paragraphs[:-1]):
        opening = paragraphs[n + 1].text.lstrip()[:1]
        if (
            opening in SINGLE_OPENERS
            and paragraph.text.lstrip().startswith(opening)
            and not _closes(marks[n], paragraph)
        ):
            kept[n] = [running_on(paragraph.text, paragraph.start)]
    return kept


def _closes(marks: list[Stretch], paragraph: Paragraph) -> bool:
    return any(one.outer_start == paragraph.start and one.mark in SINGLE_OPENERS for one in marks)


def _inside(found: list[Stretch], start: int, length: int) -> bool:
    return any(stretch.outer_start < start + length and start < stretch.outer_end for stretch in found)


def opens_paragraph(reader: Reader, index: int, stretch: Stretch) -> bool:
    """Whether nothing stands before a quotation in its paragraph."""
    return not reader.text[reader.paragraphs[index].start : stretch.outer_start].strip()


def is_prose(reader: Reader, index: int) -> bool:
    """Whether a paragraph is running text."""
    return reader.paragraphs[index].kind not in SILENT | {"turn"}
