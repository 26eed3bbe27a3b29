"""Tells the reader of another's words from their author: “she read a letter from a parent: ‘…’”."""

from typing import TYPE_CHECKING

from pipeline.stages.quote import cues
from pipeline.stages.quote.attribution.frame import Frame
from pipeline.stages.quote.attribution.nouns import owner_of
from pipeline.stages.quote.attribution.phrases import phrase
from pipeline.stages.quote.attribution.subjects import is_person, own_subject
from pipeline.stages.quote.attribution.verbs import CueWord
from pipeline.stages.quote.spans import Attribution

if TYPE_CHECKING:
    from spacy.tokens import Token

_READING = frozenset("read quote cite recite".split())
_SENDING = frozenset("sent send sends wrote write written handed mailed emailed left gave given posted".split())
_SHARING = frozenset("share present offer recall repeat mention".split())


def author(frame: Frame, cue: CueWord) -> Attribution | None:
    """Return who wrote what the subject of the cue reads out; the writing itself where nobody is named."""
    lemma = cues.lemma(cue.token.lower_)
    if lemma not in _READING | _SHARING:
        return None
    objects = list(_objects(cue.token))
    cited = next((one for one in objects if is_person(one)), None) if lemma in {"quote", "cite"} else None
    if cited is not None:
        speaker, full = phrase(frame, cited, frame.end)
        return Attribution(speaker, cue.span, "direct", "before", full)
    known = cues.WRITINGS if lemma in _SHARING else cues.WRITINGS | cues.SPEECH_NOUNS
    writing = next((one for one in objects if one.lower_ in known), None)
    if writing is None:
        return None
    owner = owner_of(writing, repeats=False) or _sender(writing)
    if owner is None and (lemma in _SHARING or writing.lower_ not in cues.WRITINGS):
        return None
    speaker, full = phrase(frame, owner or writing, frame.end)
    return Attribution(speaker, cue.span, "direct", "before", full)


def _sender(writing: "Token") -> "Token | None":
    """Return the person of “a note that a parent had sent her”."""
    for child in writing.children:
        own = own_subject(child) if child.dep_ == "relcl" and child.lower_ in _SENDING else None
        if own is not None and is_person(own):
            return own
    return None


def _objects(verb: "Token") -> "list[Token]":
    """Return what is read: the object of the verb, or that of “from” behind it."""
    direct = [child for child in verb.children if child.dep_ in {"dobj", "obj"} and child.i > verb.i]
    through = [child for child in verb.children if child.dep_ == "prep" and child.lower_ == "from"]
    return direct + [one for child in through for one in child.children if one.dep_ == "pobj"]
