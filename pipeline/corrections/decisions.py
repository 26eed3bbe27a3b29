"""The decisions of people: one line each in corpus/labels/<coder>.jsonl, added and never changed.

    {"target": "passage", "id": "ana:000017", "coder": "ana", "at": "2026-11-22T10:41:07Z", "anchor": {…the words…},
     "themes": {"succession": 2}, "open": [], "asked": […], "model_version": "themes-90aadda21489", "blind": false, …}

A decision keeps the words that it is about, so that it finds its place again when the document around them changes.
What a coder said later of the same words replaces what the same coder said before; an `Undo` takes a decision back. All
of it stays in the file.
"""

from typing import Literal

import msgspec

from pipeline.learning.labels import Grade
from pipeline.records import AnatomyRole, Bundle, Name, Offset, Part, SegmentKind

CONTEXT = 48
"""Characters kept before and after the words, by which one of several equal passages is told from the others."""


class Anchor(Part, frozen=True, kw_only=True):
    """The words that were judged, and where they stood. `document`: path in the corpus folder, which outlives edits.

    `start`, `end`: in the document's canonical text when it was judged. `before`, `after`: what stood around them.
    """

    document: Name
    start: Offset
    end: Offset
    text: Name
    before: str = ""
    after: str = ""


class Words(Part, frozen=True, kw_only=True):
    """A stretch inside the anchored words, or (a speaker) near them: offsets as in the anchor."""

    start: Offset
    end: Offset
    text: Name


class SpeakerWords(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks, as a person says. `words`: where the text says so; `None`: it does not."""

    name: str | None = None
    role: str | None = None
    organization: str | None = None
    words: Words | None = None


class AnatomyWords(Words, frozen=True, kw_only=True):
    """A sentence of a problem of practice, and what it tells."""

    role: AnatomyRole


class _Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="target"):
    """What all lines share. `at`: UTC. `id`: unique in the file, and in its order."""

    id: Name
    schema_version: Literal[1] = 1
    coder: Name
    at: Name


class _Judgement(_Line, frozen=True, kw_only=True):
    """What all judgements share.

    `record_id`: of the passage, quote or segment when it was judged. `blind`: nothing of the model was shown.
    `model_version`: of the model whose suggestion was shown or, blind, withheld.
    """

    record_id: Name
    anchor: Anchor
    model_version: str | None = None
    blind: bool = False


class PassageDecision(_Judgement, frozen=True, kw_only=True, tag="passage"):
    """The themes of a passage: all those that are there; the others that were asked are not, but for the `open` ones.

    `asked`: the themes that were put to the person; none (as in lines written before there was this field): all of the
    codebook at hand.
    """

    themes: dict[str, Grade]
    open: list[str] = []
    asked: list[str] = []

    def leaves_open(self, theme: str) -> bool:
        """Tell whether the person said nothing of a theme."""
        is_asked = not self.asked or theme in self.asked
        return theme not in self.themes and (theme in self.open or not is_asked)


class QuoteDecision(_Judgement, frozen=True, kw_only=True, tag="quote"):
    """Whether words are a quote, where it begins and ends, and who speaks. The anchor is the passage.

    `record_id`: the quote that was corrected, or the passage in which a person found one that was missing (`added`),
    or looked for quotes and found none (not `is_quote`, no `parts`).
    """

    is_quote: bool
    added: bool = False
    parts: list[Words] = []
    speaker: SpeakerWords | None = None


class PracticesDecision(_Judgement, frozen=True, kw_only=True, tag="practices"):
    """The indicators that a quote is evidence of, and their levels. The anchor is the quote, from start to end."""

    rubric: Name
    practices: dict[str, Grade]
    levels: dict[str, str | None] = {}
    open: list[str] = []


class SegmentDecision(_Judgement, frozen=True, kw_only=True, tag="segment"):
    """The kind of a segment and, of a problem of practice, its anatomy. The anchor is the whole segment."""

    kind: SegmentKind
    anatomy: list[AnatomyWords] = []


class Undo(_Line, frozen=True, kw_only=True, tag="undo"):
    """Takes a decision of the same coder back. `undoes`: its id."""

    undoes: Name


Judgement = PassageDecision | QuoteDecision | PracticesDecision | SegmentDecision
Decision = Judgement | Undo


def anchor_of(bundle: Bundle, start: int, end: int) -> Anchor:
    """Return the anchor of a stretch of a document."""
    text = bundle.document.text
    return Anchor(
        document=bundle.document.path,
        start=start,
        end=end,
        text=text[start:end],
        before=text[max(0, start - CONTEXT) : start],
        after=text[end : end + CONTEXT],
    )
