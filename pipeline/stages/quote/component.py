"""The quote stage as a component of a spaCy pipeline.

    import pipeline.stages.quote.component
    nlp.add_pipe("quotes")
    for quotation in nlp("“We wrote it down,” said Ida Lund.")._.quotes: ...

Needs part-of-speech tags and a dependency parse; named entities help. Paragraphs are parted by an empty line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from pipeline.records import QuoteForm
from pipeline.stages.quote.find import find
from pipeline.stages.quote.marks import letter_for_letter
from pipeline.stages.quote.spans import Paragraph, Stretch

NAME = "quotes"


@dataclass(frozen=True, slots=True)
class Quotation:
    """One quotation of a `Doc`. `content`: its stretches without marks, more than one where the speaker interrupts."""

    content: tuple[Span, ...]
    speaker: Span | None
    cue: Span | None
    form: QuoteForm


@Language.component(NAME, requires=["token.dep", "token.pos", "token.head"], assigns=["doc._.quotes"])
def quotes(doc: Doc) -> Doc:
    """Set `doc._.quotes`, a list of quotations in text order."""

    def parse(wanted: Sequence[tuple[Paragraph, list[Stretch]]]) -> list[tuple[list[Token], int]]:
        return [(list(_span(doc, (paragraph.start, paragraph.end)) or ()), 0) for paragraph, _ in wanted]

    found = find(doc.text, _paragraphs(doc.text), parse)
    doc._.quotes = [
        Quotation(
            tuple(span for part in one.parts if (span := _span(doc, letter_for_letter(doc.text, part))) is not None),
            _span(doc, one.speaker),
            _span(doc, one.cue),
            one.form,
        )
        for one in found
    ]
    return doc


def _paragraphs(text: str) -> list[Paragraph]:
    return [Paragraph(match.start(), match[0]) for match in re.finditer(r"\S(?:(?!\n\s*\n).)*\S|\S", text, re.DOTALL)]


def _span(doc: Doc, where: tuple[int, int] | None) -> Span | None:
    return None if where is None else doc.char_span(*where, alignment_mode="expand")


if not Doc.has_extension(NAME):
    Doc.set_extension(NAME, default=None)
