"""Finds the speaker of a quotation that stands alone: named behind it, before it, or going on from the last."""

import re

from pipeline.stages.quote.attribution.behind import told_behind
from pipeline.stages.quote.attribution.introduction import brought_on, introduced
from pipeline.stages.quote.reader import Reader, is_prose, opens_paragraph
from pipeline.stages.quote.spans import Attribution, Found, Stretch

_SENTENCE_THEN_MORE = re.compile(r"(?:^|(?<=[.!?]))[^.!?\w]*+\w[^.!?]*+[.!?]\s++\S*\w")


def from_context(reader: Reader, index: int, n: int, before: list[Found]) -> Attribution:
    """Return who was brought on before a quotation that stands alone, or who was speaking last."""
    stretch = reader.marks[index][n]
    last = before[-1] if before else None
    if (behind := _told_behind(reader, index, stretch)) is not None:
        return behind
    if last is not None and _follows(reader, last, stretch):
        new = brought_on(reader.frame(index), spoken_until(last), stretch.outer_start)
        return new or Attribution(last.speaker, None, "inherited", full=last.full)
    found = introduced(reader.frame(index), stretch.outer_start)
    if found is None and index and opens_paragraph(reader, index, stretch) and is_prose(reader, index - 1):
        found = introduced(reader.frame(index - 1), reader.paragraphs[index - 1].end)
    if found is None and last is not None and last.paragraph == index:
        found = Attribution(last.speaker, None, "inherited", full=last.full)
    return found or Attribution(None, None, "none")


def _told_behind(reader: Reader, index: int, stretch: Stretch) -> Attribution | None:
    """Return who is named in the sentence behind, or in the paragraph behind a quotation that fills its own."""
    if reader.text[stretch.outer_end : reader.paragraphs[index].end].strip():
        return told_behind(reader.frame(index), stretch.outer_end)
    following = index + 1
    if (
        following == len(reader.paragraphs)
        or not opens_paragraph(reader, index, stretch)
        or not is_prose(reader, following)
    ):
        return None
    return told_behind(reader.frame(following), reader.paragraphs[following].start)


def _follows(reader: Reader, last: Found, stretch: Stretch) -> bool:
    """Whether the last quotation with its speaker phrase ends just before this one, or in the paragraph before."""
    ends = spoken_until(last)
    if last.form == "turn" or last.start > stretch.start or ends > stretch.start:
        return False
    return not _SENTENCE_THEN_MORE.search(reader.text[ends : stretch.outer_start].strip("”’\"' \n"))


def spoken_until(last: Found) -> int:
    """Return the end of a quotation with its speaker phrase."""
    return max([last.end, *(span[1] for span in (last.cue, last.speaker, last.full) if span is not None)])
