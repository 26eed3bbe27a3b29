"""Finds passages that are set off as quotations, and who is brought on before them."""

import re
from dataclasses import replace

from pipeline.records import QuoteForm
from pipeline.stages.quote import cues, forms
from pipeline.stages.quote.attribution.introduction import by_cue, introduced, nearest_subject, singular
from pipeline.stages.quote.context import spoken_until
from pipeline.stages.quote.marks import is_sentence, words
from pipeline.stages.quote.reader import Reader, is_prose
from pipeline.stages.quote.spans import Attribution, Found, Paragraph, Span

_NOTING = frozenset("note hear record collect jot copy".split())
_BLOCK_KINDS = frozenset({"paragraph", "quote"})


def block_at(reader: Reader, index: int, before: list[Found]) -> Found | None:
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


def _sentence_between(reader: Reader, last: Found, index: int) -> bool:
    """Whether a sentence of the paragraph stands behind its last quotation: that sentence introduces what follows."""
    tail = reader.text[spoken_until(last) : reader.paragraphs[index].end].lstrip("”’\"' ,.")
    new = re.search(r"(?:^|[.!?][”’\"']*\s+)[A-Z]", tail)
    return last.form != "turn" and new is not None and len(words(tail[new.start() :])) > 3 and tail.endswith((":", "."))


def _trimmed(paragraph: Paragraph) -> Span:
    lead = len(paragraph.text) - len(paragraph.text.lstrip())
    return paragraph.start + lead, paragraph.start + len(paragraph.text.rstrip())


def _introduction(reader: Reader, index: int, before: list[Found], *, whole: bool) -> Attribution | None:
    """Return who is brought on by the paragraph before a set-off one; None: it is no quotation."""
    paragraph = reader.paragraphs[index]
    if not index or not is_prose(reader, index - 1):
        return _unintroduced(reader, index, before)
    intro = reader.paragraphs[index - 1]
    colon = intro.text.rstrip().endswith(":")
    if before and before[-1].paragraph == index - 1 and not _sentence_between(reader, before[-1], index - 1):
        return _after_quotation(before[-1], colon=colon, set_off=paragraph.kind == "quote", whole=whole)
    set_off = whole or paragraph.kind == "quote"
    if not set_off and not (colon and forms.direct_speech(paragraph.text)):
        return None
    found = _introduced_by(reader, index - 1, colon=colon, set_off=set_off) or _unintroduced(reader, index, before)
    listed = whole and colon and is_sentence(paragraph.text.strip("“”\"‘’' "))
    return found or (Attribution(None, None, "none") if listed else None)


def _introduced_by(reader: Reader, index: int, *, colon: bool, set_off: bool) -> Attribution | None:
    """Return who speaks in the last sentence of a paragraph; without marks and cue it must be one person."""
    frame, end = reader.frame(index), reader.paragraphs[index].end
    laid_out = reader.paragraphs[index + 1].kind == "quote"
    found = by_cue(frame, end) or (
        introduced(frame, end) if colon else nearest_subject(frame, end) if laid_out else None
    )
    if found is not None and _taken_down(reader.text, found):
        return Attribution(None, None, "none") if set_off else None
    if found is None or (not set_off and found.cue is None and not singular(frame, found)):
        return None
    return replace(found, link="direct") if colon else found


def _taken_down(text: str, found: Attribution) -> bool:
    """Whether the writers only say that they noted the words: "some cards that we wrote down"."""
    if found.speaker is None or found.cue is None or text[slice(*found.speaker)].lower() not in {"we", "i"}:
        return False
    verb = cues.lemma(text[slice(*found.cue)].lower())
    return verb in _NOTING or bool(re.match(r" (?:\w+ )?down\b", text[found.cue[1] : found.cue[1] + 20]))


def _unintroduced(reader: Reader, index: int, before: list[Found]) -> Attribution | None:
    """A passage set off by its layout is a quotation if it speaks in the first or second person."""
    paragraph = reader.paragraphs[index]
    spoken = paragraph.kind == "quote" and forms.direct_speech(paragraph.text)
    return Attribution(None, None, "none") if spoken and not _repeats(reader, before, index) else None


def _repeats(reader: Reader, before: list[Found], index: int) -> bool:
    """Whether a set-off paragraph only repeats words that were quoted before, as a pull quote does."""
    body = re.sub(r"\W+", " ", reader.paragraphs[index].text).strip().lower()
    return any(body in re.sub(r"\W+", " ", reader.text[one.start : one.end]).lower() for one in before)


def _after_quotation(last: Found, *, colon: bool, set_off: bool, whole: bool) -> Attribution | None:
    """A block after a block goes on with its speaker, or is one more of a list of nobody's; else it needs a colon."""
    if whole and last.form == "block" and last.marked and last.speaker is None:
        return Attribution(None, None, "none")
    if set_off and (last.form == "block" or colon):
        return Attribution(last.speaker, None, "inherited", full=last.full)
    return None
