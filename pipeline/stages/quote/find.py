"""Finds the quotations of a text, paragraph by paragraph.

The order of decision for each stretch between marks: does it continue the quotation that its speaker phrase
interrupts; does its sentence say who speaks; does it stand alone as a sentence. What does none of these is a term,
a title or a scare quote.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.records import QuoteForm
from pipeline.stages.quote import forms
from pipeline.stages.quote.attribution import attribute, stands_alone
from pipeline.stages.quote.attribution.behind import told_behind
from pipeline.stages.quote.attribution.frame import Frame
from pipeline.stages.quote.attribution.introduction import brought_on, by_cue, introduced, nearest_subject, singular
from pipeline.stages.quote.marks import crowded, is_sentence, is_title, running_on, stretches, words
from pipeline.stages.quote.people import PRONOUNS
from pipeline.stages.quote.spans import Attribution, Found, Paragraph, Span, Stretch

if TYPE_CHECKING:
    from spacy.tokens import Token

# Returns the tokens of a paragraph, and what to add to a token's offset to get its place in the document.
Parse = Callable[[Paragraph, list[Stretch]], "tuple[list[Token], int]"]

SINGLE_OPENERS = ("‘", "‚")
_SILENT = frozenset({"heading", "table"})
_BLOCK_KINDS = frozenset({"paragraph", "quote"})


@dataclass(slots=True)
class _Reader:
    """One document while it is read. `frames`: the paragraphs parsed so far."""

    text: str
    paragraphs: list[Paragraph]
    marks: list[list[Stretch]]
    parse: Parse
    frames: dict[int, Frame] = field(default_factory=dict)

    def frame(self, index: int) -> Frame:
        """Parse a paragraph once, when it is first needed."""
        if index not in self.frames:
            paragraph, found = self.paragraphs[index], self.marks[index]
            tokens, shift = self.parse(paragraph, found)
            outside = tuple(
                token for token in tokens if not token.is_space and not _inside(found, token.idx + shift, len(token))
            )
            self.frames[index] = Frame(self.text, paragraph.start, paragraph.end, outside, shift, tuple(found))
        return self.frames[index]


def find(text: str, paragraphs: list[Paragraph], parse: Parse, *, minutes: bool = False) -> list[Found]:
    """Return the quotations of a text in order.

    Args:
        text: the document; all offsets point into it.
        paragraphs: its paragraphs in order.
        parse: how to get the tokens of one paragraph; called only for those that need it.
        minutes: turns are the words of a note-taker unless they read as direct speech.
    """
    reader = _Reader(text, paragraphs, reopened([marks_of(one) for one in paragraphs], paragraphs), parse)
    found, used = forms.testimonials(paragraphs, reader.marks)
    for index, paragraph in enumerate(paragraphs):
        if index in used or paragraph.kind in _SILENT:
            continue
        if crowded(paragraph.text):
            found.extend(_sentences(reader, index))
            continue
        if paragraph.kind == "turn" and (turn := forms.turn(paragraph, index, minutes=minutes)):
            found.append(turn)
        block = _block(reader, index, found)
        if block is not None:
            found.append(block)
        if block is None or not block.marked:
            found.extend(_inline(reader, index, found, inside=block))
    return sorted(_merge_reopened(reader, found), key=lambda one: (one.start, -one.end))


def _sentences(reader: _Reader, index: int) -> list[Found]:
    """Return the whole sentences in marks of a paragraph that is too crowded to be parsed, without speakers."""
    nobody = Attribution(None, None, "none")
    return [_found(index, one, nobody) for one in reader.marks[index] if is_sentence(reader.text[one.start : one.end])]


def marks_of(paragraph: Paragraph) -> list[Stretch]:
    """Return the quoted stretches of a paragraph; none in headings and tables."""
    return [] if paragraph.kind in _SILENT else stretches(paragraph.text, paragraph.start)


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


def _inline(reader: _Reader, index: int, before: list[Found], *, inside: Found | None) -> list[Found]:
    """Return the quotations in marks within one paragraph."""
    found: list[Found] = []
    for n, stretch in enumerate(reader.marks[index]):
        frame = reader.frame(index)
        attribution = attribute(frame, n)
        if found and _interrupted(frame, found[-1], stretch, attribution):
            found[-1] = replace(
                found[-1], parts=(*found[-1].parts, (stretch.start, stretch.end)), closed=stretch.closed
            )
        elif attribution is not None:
            found.append(_found(index, stretch, attribution))
        elif inside is None and reader.paragraphs[index].kind != "turn" and _alone(reader, index, n):
            found.append(_found(index, stretch, _from_context(reader, index, n, [*before, *found])))
    return found


def _found(index: int, stretch: Stretch, attribution: Attribution) -> Found:
    part = ((stretch.start, stretch.end),)
    return Found(
        part,
        "inline",
        index,
        attribution.speaker,
        attribution.cue,
        attribution.link,
        attribution.full,
        closed=stretch.closed,
    )


def _interrupted(frame: Frame, last: Found, stretch: Stretch, attribution: Attribution | None) -> bool:
    """Whether only the speaker phrase of `last` stands between it and this stretch: “A,” she said. “B.”."""
    if last.cue is None or not last.end <= last.cue[0] < stretch.start:
        return False
    if attribution is not None:
        return attribution.cue == last.cue and attribution.side != "after"
    between = frame.text[last.cue[1] : stretch.outer_start]
    return len(re.findall(r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\b[A-Z])[.!?](?=\s)", between)) == 1 and (
        between.rstrip()[-1:] in ".!?"
    )


def _alone(reader: _Reader, index: int, n: int) -> bool:
    """Whether a stretch without a speaker of its own is speech all the same: a sentence that stands by itself."""
    stretch = reader.marks[index][n]
    content = reader.text[stretch.start : stretch.end]
    if len(words(content)) < 2 or is_title(content) or not stands_alone(reader.frame(index), n):
        return False
    if len(words(content)) < 4:
        return _rejoins(reader, index, n, content)
    return is_sentence(content) or not stretch.closed or (n == 0 and _reopens(reader, index))


def _rejoins(reader: _Reader, index: int, n: int, content: str) -> bool:
    """Whether a few words are a sentence that follows another quotation of the paragraph: “Too polite.”."""
    follows = n > 0 and reader.text[reader.marks[index][n - 1].end - 1] in ".!?,"
    return follows and content[0].isupper() and content.endswith((".", "!", "?"))


def _from_context(reader: _Reader, index: int, n: int, before: list[Found]) -> Attribution:
    """Return who was brought on before a quotation that stands alone, or who was speaking last."""
    stretch = reader.marks[index][n]
    last = before[-1] if before else None
    if (behind := _told_behind(reader, index, stretch)) is not None:
        return behind
    if last is not None and _follows(reader, last, stretch):
        new = brought_on(reader.frame(index), _spoken_until(last), stretch.outer_start)
        return new or Attribution(last.speaker, None, "inherited", full=last.full)
    found = introduced(reader.frame(index), stretch.outer_start)
    if found is None and index and _opens_paragraph(reader, index, stretch) and _is_prose(reader, index - 1):
        found = introduced(reader.frame(index - 1), reader.paragraphs[index - 1].end)
    if found is None and last is not None and last.paragraph == index:
        found = Attribution(last.speaker, None, "inherited", full=last.full)
    return found or Attribution(None, None, "none")


def _told_behind(reader: _Reader, index: int, stretch: Stretch) -> Attribution | None:
    """Return who is named in the sentence behind, or in the paragraph behind a quotation that fills its own."""
    if reader.text[stretch.outer_end : reader.paragraphs[index].end].strip():
        return told_behind(reader.frame(index), stretch.outer_end)
    following = index + 1
    if (
        following == len(reader.paragraphs)
        or not _opens_paragraph(reader, index, stretch)
        or not _is_prose(reader, following)
    ):
        return None
    return told_behind(reader.frame(following), reader.paragraphs[following].start)


def _follows(reader: _Reader, last: Found, stretch: Stretch) -> bool:
    """Whether the last quotation with its speaker phrase ends just before this one, or in the paragraph before."""
    ends = _spoken_until(last)
    if last.form == "turn" or last.start > stretch.start or ends > stretch.start:
        return False
    return not re.search(r"\w[^.!?]*[.!?]\s+\S*\w", reader.text[ends : stretch.outer_start].strip("”’\"' \n"))


def _spoken_until(last: Found) -> int:
    """Return the end of a quotation with its speaker phrase."""
    return max([last.end, *(span[1] for span in (last.cue, last.speaker, last.full) if span is not None)])


def _opens_paragraph(reader: _Reader, index: int, stretch: Stretch) -> bool:
    return not reader.text[reader.paragraphs[index].start : stretch.outer_start].strip()


def _is_prose(reader: _Reader, index: int) -> bool:
    return reader.paragraphs[index].kind not in _SILENT | {"turn"}


def _block(reader: _Reader, index: int, before: list[Found]) -> Found | None:
    """Return a paragraph that is set off as a quotation, with or without marks."""
    paragraph, found = reader.paragraphs[index], reader.marks[index]
    if paragraph.kind not in _BLOCK_KINDS or len(words(paragraph.text)) < 5:
        return None
    whole = forms.whole(paragraph, found)
    if not whole and paragraph.kind != "quote" and found:
        return None
    attribution = _introduction(reader, index, before, whole=whole)
    if attribution is None:
        return None
    part: Span = (found[0].start, found[0].end) if whole else _trimmed(paragraph)
    cue, speaker = attribution.cue, attribution.speaker
    closed = found[0].closed if whole else True
    colon = index > 0 and reader.paragraphs[index - 1].text.rstrip().endswith(":")
    form: QuoteForm = "block" if closed or colon else "inline"
    return Found((part,), form, index, speaker, cue, attribution.link, attribution.full, marked=whole, closed=closed)


def _sentence_between(reader: _Reader, last: Found, index: int) -> bool:
    """Whether a sentence of the paragraph stands behind its last quotation: that sentence introduces what follows."""
    tail = reader.text[_spoken_until(last) : reader.paragraphs[index].end].lstrip("”’\"' ,.")
    new = re.search(r"(?:^|[.!?][”’\"']*\s+)[A-Z]", tail)
    return last.form != "turn" and new is not None and len(words(tail[new.start() :])) > 3 and tail.endswith((":", "."))


def _trimmed(paragraph: Paragraph) -> Span:
    lead = len(paragraph.text) - len(paragraph.text.lstrip())
    return paragraph.start + lead, paragraph.start + len(paragraph.text.rstrip())


def _introduction(reader: _Reader, index: int, before: list[Found], *, whole: bool) -> Attribution | None:
    """Return who is brought on by the paragraph before a set-off one; None: it is no quotation."""
    paragraph = reader.paragraphs[index]
    if not index or not _is_prose(reader, index - 1):
        return _unintroduced(reader, index, before)
    intro = reader.paragraphs[index - 1]
    colon = intro.text.rstrip().endswith(":")
    if before and before[-1].paragraph == index - 1 and not _sentence_between(reader, before[-1], index - 1):
        return _after_quotation(before[-1], colon=colon, kind=paragraph.kind)
    set_off = whole or paragraph.kind == "quote"
    if not set_off and not (colon and forms.direct_speech(paragraph.text)):
        return None
    return _introduced_by(reader, index - 1, colon=colon, set_off=set_off) or _unintroduced(reader, index, before)


def _introduced_by(reader: _Reader, index: int, *, colon: bool, set_off: bool) -> Attribution | None:
    """Return who speaks in the last sentence of a paragraph; without marks and cue it must be one person."""
    frame, end = reader.frame(index), reader.paragraphs[index].end
    laid_out = reader.paragraphs[index + 1].kind == "quote"
    found = by_cue(frame, end) or (
        introduced(frame, end) if colon else nearest_subject(frame, end) if laid_out else None
    )
    if found is None or (not set_off and found.cue is None and not singular(frame, found)):
        return None
    return replace(found, link="direct") if colon else found


def _unintroduced(reader: _Reader, index: int, before: list[Found]) -> Attribution | None:
    """A passage set off by its layout is a quotation if it speaks in the first or second person."""
    paragraph = reader.paragraphs[index]
    spoken = paragraph.kind == "quote" and forms.direct_speech(paragraph.text)
    return Attribution(None, None, "none") if spoken and not _repeats(reader, before, index) else None


def _repeats(reader: _Reader, before: list[Found], index: int) -> bool:
    """Whether a set-off paragraph only repeats words that were quoted before, as a pull quote does."""
    body = re.sub(r"\W+", " ", reader.paragraphs[index].text).strip().lower()
    return any(body in re.sub(r"\W+", " ", reader.text[one.start : one.end]).lower() for one in before)


def _after_quotation(last: Found, *, colon: bool, kind: str) -> Attribution | None:
    """A block after a block goes on with its speaker; after a quotation within the text it needs a colon."""
    if kind == "quote" and (last.form == "block" or colon):
        return Attribution(last.speaker, None, "inherited", full=last.full)
    return None


def _reopens(reader: _Reader, index: int) -> bool:
    """Whether the paragraph before left its mark open and this one opens the same mark again."""
    if not index or not reader.marks[index] or not reader.marks[index - 1]:
        return False
    last, first = reader.marks[index - 1][-1], reader.marks[index][0]
    return not last.closed and first.mark == last.mark and _opens_paragraph(reader, index, first)


def _merge_reopened(reader: _Reader, found: list[Found]) -> list[Found]:
    """Make one quotation of those that open their mark again in each paragraph and close it in the last."""
    merged: list[Found] = []
    for one in sorted(found, key=lambda one: one.start):
        last = merged[-1] if merged else None
        if last is not None and _continues(reader, last, one):
            later = one if last.speaker is None else last
            merged[-1] = replace(
                last,
                parts=(*last.parts, *one.parts),
                closed=one.closed,
                speaker=later.speaker,
                cue=later.cue,
                link=later.link,
                full=later.full,
            )
        else:
            merged.append(one)
    return merged


def _continues(reader: _Reader, last: Found, one: Found) -> bool:
    if last.closed or not one.marked or not _reopens(reader, one.paragraph):
        return False
    if last.cue is not None and one.cue is not None and not _same_voice(reader.text, last.speaker, one.speaker):
        return False
    previous = reader.marks[one.paragraph - 1][-1]
    return last.end == previous.end and one.start == reader.marks[one.paragraph][0].start


def _same_voice(text: str, one: Span | None, other: Span | None) -> bool:
    """Whether two speaker phrases may mean one person: the same last word, or a pronoun."""
    if one is None or other is None:
        return True
    first, second = (text[slice(*span)].lower().split()[-1] for span in (one, other))
    return first == second or bool({first, second} & PRONOUNS)
