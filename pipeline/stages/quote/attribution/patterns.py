"""Reads fixed phrases that tell a speaker: in her words, according to, a label, a noun of speech, a colon."""

import re
from typing import TYPE_CHECKING

from pipeline.stages.quote import cues
from pipeline.stages.quote.attribution.frame import Frame, content, region_before, skip, text_before
from pipeline.stages.quote.attribution.introduction import by_subject, hearing, owned
from pipeline.stages.quote.attribution.nouns import POSSESSIVES, speech_noun
from pipeline.stages.quote.attribution.phrases import object_of, phrase
from pipeline.stages.quote.attribution.subjects import is_person, subjects
from pipeline.stages.quote.attribution.verbs import cues_in, parenthetical
from pipeline.stages.quote.marks import is_sentence, words
from pipeline.stages.quote.spans import Attribution

if TYPE_CHECKING:
    from spacy.tokens import Token


def own_words(frame: Frame, n: int) -> Attribution | None:
    """Read: the results were, in her words, “flat”."""
    region = text_before(frame, n)
    match = next(reversed(list(cues.IN_OWN_WORDS.finditer(frame.text, *region))), None)
    if match is None or frame.stretches[n].start - match.end() > 60:
        return None
    owner = match["owner"]
    span = (match.start("owner"), match.end("owner") - len(re.search(r"(?:[’']s?)?$", owner)[0]))  # type: ignore[index]
    subject = next((s for s in subjects(frame.between(*region)) if is_person(s)), None)
    if owner.lower() in POSSESSIVES and subject is not None:
        span = phrase(frame, subject, match.start())[0]
    return Attribution(span, match.span(), "direct", "before", span)


def according_to(frame: Frame, n: int) -> Attribution | None:
    """Read: According to Ida Lund, “…”, and “…,” according to Ida Lund."""
    stretch = frame.stretches[n]
    before = list(cues.ACCORDING_TO.finditer(frame.text, *text_before(frame, n)))
    if before and len(words(frame.text[stretch.start : stretch.end])) > 3:
        found = object_of(frame, before[-1].span(), stretch.outer_start, "before")
        others = [c for c in cues_in(frame, region_before(frame, n)) if not parenthetical(frame, c)]
        return found if not others or others[-1].span[0] < before[-1].start() else None
    after = cues.ACCORDING_TO.match(frame.text, skip(frame, stretch.outer_end), frame.end)
    return object_of(frame, after.span(), frame.end, "after") if after else None


def label(frame: Frame, n: int) -> Attribution | None:
    """Read a name or role that stands like a label before the quotation: Principal Ida Lund: “…”."""
    region = region_before(frame, n)
    if len(region) < 2 or len(region) > 12 or region[-1].text != ":" or len(words(content(frame, n))) < 4:
        return None
    label = region[1:-1] if region[0].lower_ == "from" else region[:-1]
    if any(token.pos_ in {"VERB", "AUX"} and token.lower_ != "acting" for token in label):
        return None
    person = any(is_person(token) or token.pos_ == "PROPN" for token in label) or _named_elsewhere(frame, label)
    if not person or any(token.lower_ in cues.SPEECH_NOUNS for token in label):
        return None
    span = frame.span(label[0], label[-1])
    return Attribution(span, None, "labelled", "before", span)


def _named_elsewhere(frame: Frame, label: "list[Token]") -> bool:
    """Whether a single word is a surname: it follows a given name somewhere in the document."""
    return len(label) == 1 and bool(re.search(rf"\b[A-Z][\w.]+ {re.escape(label[0].text)}\b", frame.text))


def colon(frame: Frame, n: int) -> Attribution | None:
    """Read a quotation that a colon introduces: The last word came from a parent: “…”."""
    region = region_before(frame, n)
    before = frame.text[: frame.stretches[n].outer_start].rstrip()
    if not region or not before.endswith(":") or not _whole(content(frame, n)):
        return None
    if (found := speech_noun(frame, region) or by_subject(frame, region)) is not None:
        return owned(frame, found, region)
    return Attribution(None, None, "none") if hearing(region) else None


def _whole(words_said: str) -> bool:
    """Whether the words are a sentence, be it a short one."""
    return is_sentence(words_said) or (
        len(words(words_said)) in {2, 3} and words_said[0].isupper() and words_said.endswith((".", "!", "?"))
    )
