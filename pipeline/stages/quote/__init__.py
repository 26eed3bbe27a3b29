"""Finds what people said, and who said it.

Reads a document with its passages and segments; writes `Quote` records. The paragraph

    “We kept the list,” Ida Lund, a principal, told the group. “Nobody read it.” The plan was called “Fresh Start.”

gives one record: text "We kept the list, … Nobody read it.", two parts, form "inline", speaker "Ida Lund" (name "Ida
Lund", role "principal"), cue "told", confidence .95. The name of the plan is no quotation.

`marks` pairs quotation marks; `find` decides, with `context` for words that stand alone, `blocks` for passages that are
set off and `forms` for testimonials and turns; `attribution` finds speaker and cue; `people` reads names and roles;
`confidence` scores; `component` is the same for a spaCy pipeline. docs/quotes.md tells the rules and the figures.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from pipeline.errors import ErrorCode
from pipeline.nlp import parse
from pipeline.records import Bundle, Cue, Passage, Quote, Refusal, Severity, Span, Speaker, segment_of_passage
from pipeline.refusals import refusal
from pipeline.stages.quote.confidence import confidence
from pipeline.stages.quote.find import find
from pipeline.stages.quote.forms import unwrapped
from pipeline.stages.quote.marks import CROWDED, crowded, letter_for_letter, mask
from pipeline.stages.quote.names_for_parser import with_common_names
from pipeline.stages.quote.people import Person, Roster, is_role, resolve
from pipeline.stages.quote.reader import marks_of
from pipeline.stages.quote.spans import Found, Paragraph, Stretch

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token
    from spacy.tokens import Span as Named

JOIN = " … "
_CROWDED = (
    "found passage {} with more than {} quotation marks; expected running text. Each mark was paired with the next, "
    "and no speaker was sought: look whether the file is damaged"
)


def find_quotes(bundle: Bundle, nlp: "Language") -> list[Quote]:
    """Return the quotations of a document in text order.

    Args:
        bundle: the document with its passages and segments.
        nlp: an English pipeline with tagger, parser and named entities.
    """
    document = bundle.document
    if document.kind == "rubric":
        return []
    paragraphs = [_paragraph(passage) for passage in bundle.passages]
    text = _unwrapped(document.text, paragraphs)
    roster = Roster.of(_masked(text, paragraphs))
    found = find(text, paragraphs, partial(_parse, nlp, roster), minutes=document.kind == "minutes")
    found = [one for one in found if bundle.passages[one.paragraph].duplicate_of is None]
    segments = segment_of_passage(bundle)
    return [
        _record(
            one,
            f"{document.id}:q{n:04d}",
            bundle,
            _person(one, text, roster, passage),
            segments[passage.id].id if passage.id in segments else None,
        )
        for n, one in enumerate(found)
        for passage in [bundle.passages[one.paragraph]]
    ]


def doubts(bundle: Bundle) -> list[Refusal]:
    """Return a warning for each passage with so many marks that only plain pairs were read."""
    return [
        refusal(bundle.document.path, "quote", ErrorCode.UNBALANCED_MARKS, message, Severity.WARNING)
        for passage in bundle.passages
        if crowded(passage.text)
        for message in [_CROWDED.format(passage.id, CROWDED)]
    ]


def _paragraph(passage: Passage) -> Paragraph:
    return Paragraph(passage.start, unwrapped(passage.text), passage.kind, passage.speaker)


def _unwrapped(text: str, paragraphs: list[Paragraph]) -> str:
    """Return the document with its paragraphs unwrapped; every character stays in its place."""
    pieces: list[str] = []
    at = 0
    for paragraph in paragraphs:
        pieces += [text[at : paragraph.start], paragraph.text]
        at = paragraph.end
    return "".join([*pieces, text[at:]])


def _parse(
    nlp: "Language", roster: Roster, wanted: Sequence[tuple[Paragraph, list[Stretch]]]
) -> "Iterator[tuple[list[Token], int]]":
    """Parse paragraphs; the roster tells the names in them, in a fraction of the time of the entity model."""
    texts = [
        with_common_names(mask(paragraph.text, found, paragraph.start), roster.people) for paragraph, found in wanted
    ]
    for (paragraph, _), doc in zip(wanted, parse(texts, nlp), strict=True):
        doc.set_ents(_entities(doc, roster, paragraph))
        yield list(doc), paragraph.start


def _entities(doc: "Doc", roster: Roster, paragraph: Paragraph) -> "list[Named]":
    from spacy.util import filter_spans  # noqa: PLC0415 - slow to import, and other stages import this package

    named = [
        doc.char_span(start - paragraph.start, end - paragraph.start, label, alignment_mode="contract")
        for start, end, label in roster.entities(paragraph.start, paragraph.end)
    ]
    return filter_spans([span for span in named if span is not None])


def _masked(text: str, paragraphs: list[Paragraph]) -> str:
    """Blank all quoted words, so that a person is looked for only in what the writer says."""
    pieces: list[str] = []
    at = 0
    for paragraph in paragraphs:
        pieces += [text[at : paragraph.start], mask(paragraph.text, marks_of(paragraph), paragraph.start)]
        at = paragraph.end
    return "".join([*pieces, text[at:]])


def _record(one: Found, quote_id: str, bundle: Bundle, person: Person, segment_id: str | None) -> Quote:
    text = bundle.document.text
    passage = bundle.passages[one.paragraph]
    parts = [letter_for_letter(text, part) for part in one.parts]
    return Quote(
        id=quote_id,
        document_id=bundle.document.id,
        segment_id=segment_id,
        passage_id=passage.id,
        text=JOIN.join(text[start:end] for start, end in parts),
        start=parts[0][0],
        end=parts[-1][1],
        parts=[Span(start=start, end=end) for start, end in parts],
        form=one.form,
        speaker=_speaker(one, text, person),
        cue=None if one.cue is None else Cue(text=text[slice(*one.cue)], start=one.cue[0], end=one.cue[1]),
        confidence=confidence(one, text, person),
    )


def _speaker(one: Found, text: str, person: Person) -> Speaker | None:
    if one.speaker is None:
        return None
    start, end = one.speaker
    return Speaker(
        text=text[start:end], start=start, end=end, name=person.name, role=person.role, organization=person.organization
    )


def _person(one: Found, text: str, roster: Roster, passage: Passage) -> Person:
    if one.speaker is None:
        return Person()
    phrase = text[slice(*one.speaker)]
    if phrase.lower() in {"i", "we"} and passage.speaker:
        phrase = passage.speaker
    if phrase.isupper():
        phrase = phrase.title()
    if one.form == "turn" and is_role(phrase):
        phrase = f"the {phrase.lower()}"
    full = text[slice(*one.full)] if one.full and one.full != one.speaker else None
    at = min(one.start, one.speaker[0])
    return resolve(phrase, roster, at, full=full)
