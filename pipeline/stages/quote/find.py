"""Finds the quotations of a text, paragraph by paragraph.

The order of decision for each stretch between marks: does it continue the quotation that its speaker phrase
interrupts; does its sentence say who speaks; does it stand alone as a sentence. What does none of these is a term,
a title or a scare quote.
"""

import re
from dataclasses import replace

from pipeline.stages.quote import forms
from pipeline.stages.quote.attribution import attribute, stands_alone
from pipeline.stages.quote.attribution.frame import Frame
from pipeline.stages.quote.blocks import block_at
from pipeline.stages.quote.context import from_context
from pipeline.stages.quote.marks import crowded, is_sentence, is_title, words
from pipeline.stages.quote.people import PRONOUNS
from pipeline.stages.quote.reader import SILENT, Parse, Reader, marks_of, opens_paragraph, reopened
from pipeline.stages.quote.spans import Attribution, Found, Paragraph, Span, Stretch


def find(text: str, paragraphs: list[Paragraph], parse: Parse, *, minutes: bool = False) -> list[Found]:
    """Return the quotations of a text in order.

    Args:
        text: the document; all offsets point into it.
        paragraphs: its paragraphs in order.
        parse: how to get the tokens of some paragraphs; called only for those that need it.
        minutes: turns are the words of a note-taker unless they read as direct speech.
    """
    reader = Reader(text, paragraphs, reopened([marks_of(one) for one in paragraphs], paragraphs), parse)
    found, used = forms.testimonials(paragraphs, reader.marks)
    going_on = {} if minutes else forms.going_on(paragraphs)
    reader.read_ahead(
        [i for i, marks in enumerate(reader.marks) if marks and i not in used and not crowded(paragraphs[i].text)]
    )
    for index, paragraph in enumerate(paragraphs):
        if index in used or paragraph.kind in SILENT:
            continue
        if crowded(paragraph.text):
            found.extend(_sentences(reader, index))
            continue
        if paragraph.kind == "turn" and (turn := forms.turn(paragraph, index, minutes=minutes)):
            more = going_on.get(index, [])
            found.append(replace(turn, parts=(*turn.parts, *((paragraphs[i].start, paragraphs[i].end) for i in more))))
            used |= set(more)
        block = block_at(reader, index, found)
        if block is not None:
            found.append(block)
        if block is None:
            found.extend(_inline(reader, index, found))
    return sorted(_merge_reopened(reader, found), key=lambda one: (one.start, -one.end))


def _sentences(reader: Reader, index: int) -> list[Found]:
    """Return the whole sentences in marks of a paragraph that is too crowded to be parsed, without speakers."""
    nobody = Attribution(None, None, "none")
    return [_found(index, one, nobody) for one in reader.marks[index] if is_sentence(reader.text[one.start : one.end])]


def _inline(reader: Reader, index: int, before: list[Found]) -> list[Found]:
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
        elif reader.paragraphs[index].kind != "turn" and _alone(reader, index, n):
            found.append(_found(index, stretch, from_context(reader, index, n, [*before, *found])))
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
    if frame.text[stretch.start].islower() and re.fullmatch(r"[^.!?:;]*,\s*", between):
        return True  # “A,” asked one of them, who would not be named, “then B?”
    return len(re.findall(r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\b[A-Z])[.!?](?=\s)", between)) == 1 and (
        between.rstrip()[-1:] in ".!?"
    )


def _alone(reader: Reader, index: int, n: int) -> bool:
    """Whether a stretch without a speaker of its own is speech all the same: a sentence that stands by itself."""
    stretch = reader.marks[index][n]
    content = reader.text[stretch.start : stretch.end]
    if len(words(content)) < 2 or is_title(content) or not stands_alone(reader.frame(index), n):
        return False
    if len(words(content)) < 4:
        return _rejoins(reader, index, n, content)
    return is_sentence(content) or not stretch.closed or (n == 0 and _reopens(reader, index))


def _rejoins(reader: Reader, index: int, n: int, content: str) -> bool:
    """Whether a few words are a sentence that follows another quotation of the paragraph: “Too polite.”."""
    follows = n > 0 and reader.text[reader.marks[index][n - 1].end - 1] in ".!?,"
    return follows and content[0].isupper() and content.endswith((".", "!", "?"))


def _reopens(reader: Reader, index: int) -> bool:
    """Whether the paragraph before left its mark open and this one opens the same mark again."""
    if not index or not reader.marks[index] or not reader.marks[index - 1]:
        return False
    last, first = reader.marks[index - 1][-1], reader.marks[index][0]
    return not last.closed and first.mark == last.mark and opens_paragraph(reader, index, first)


def _merge_reopened(reader: Reader, found: list[Found]) -> list[Found]:
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


def _continues(reader: Reader, last: Found, one: Found) -> bool:
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
