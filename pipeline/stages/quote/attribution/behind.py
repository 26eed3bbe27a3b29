"""Reads the sentence behind a quotation that stands alone: “…” So says Ida Lund. “…” That is how she puts it."""

import itertools
from typing import TYPE_CHECKING

from pipeline.stages.quote import cues
from pipeline.stages.quote.attribution.frame import TERMINATORS, Frame
from pipeline.stages.quote.attribution.nouns import belongs, owner_of
from pipeline.stages.quote.attribution.phrases import attributed, phrase
from pipeline.stages.quote.attribution.subjects import is_person, own_subject
from pipeline.stages.quote.attribution.verbs import cues_in
from pipeline.stages.quote.spans import Attribution

if TYPE_CHECKING:
    from spacy.tokens import Token

_POINTING = frozenset("so thus this that those these such it".split())
_SPEAKER = frozenset("speaker writer author voice".split())
_FAR = 12


def told_behind(frame: Frame, position: int) -> Attribution | None:
    """Return the person to whom the sentence that starts at `position` gives the words before it."""
    sentence = _sentence(frame, position)
    if not sentence:
        return None
    opening = sentence[0].lower_
    if opening == "the":
        return _speaker_was(frame, sentence) or _words_were(frame, sentence[:_FAR])
    return (_words_were(frame, sentence[:_FAR]) or _cue(frame, sentence[:_FAR])) if opening in _POINTING else None


def _sentence(frame: Frame, position: int) -> "list[Token]":
    limit = next((stretch.outer_start for stretch in frame.stretches if stretch.start > position), frame.end)
    tokens = frame.between(position, limit)
    return list(itertools.takewhile(lambda token: token.text not in TERMINATORS, tokens))


def _speaker_was(frame: Frame, sentence: "list[Token]") -> Attribution | None:
    """Read: The speaker was a sixth grader named Theo."""
    noun = next((token for token in sentence[:3] if token.lower_ in _SPEAKER), None)
    person = next((token for token in sentence if token.dep_ == "attr" and token.pos_ in {"NOUN", "PROPN"}), None)
    if noun is None or person is None:
        return None
    speaker, full = phrase(frame, person, frame.end)
    return Attribution(speaker, frame.span(noun, noun), "introduced", "after", full)


def _words_were(frame: Frame, sentence: "list[Token]") -> Attribution | None:
    """Read: Those were the words of Judge Ida Falk. The remark was made by a cook."""
    noun = next((token for token in sentence if token.lower_ in cues.SPEECH_NOUNS and token.pos_ == "NOUN"), None)
    if noun is None:
        return None
    owner = owner_of(noun) or next(
        (one for token in sentence if token.lower_ in {"from", "by"} for one in token.children if is_person(one)), None
    )
    return None if owner is None else belongs(frame, noun, owner)


def _cue(frame: Frame, sentence: "list[Token]") -> Attribution | None:
    """Read: So says Ida Lund. That is how Ida Lund describes it."""
    for cue in cues_in(frame, sentence):
        own = own_subject(cue.token)
        if own is not None and is_person(own):
            return attributed(frame, own, cue, "after")
    return None
