"""Reads nouns of speech and their owners: “her answer was”, “the remark of a cook”, “a phrase that she repeats is”."""

import itertools
from typing import TYPE_CHECKING

from pipeline.stages.quote import cues
from pipeline.stages.quote.attribution.frame import Frame, content, region_before
from pipeline.stages.quote.attribution.phrases import phrase
from pipeline.stages.quote.attribution.subjects import SUBJECT, is_person, own_subject
from pipeline.stages.quote.marks import words
from pipeline.stages.quote.people import is_role
from pipeline.stages.quote.spans import Attribution

if TYPE_CHECKING:
    from spacy.tokens import Token

POSSESSIVES = frozenset("his her their my our".split())
_BE = frozenset("is was were are be been : ’s 's".split())


def owner_of(noun: "Token", *, repeats: bool = True) -> "Token | None":
    """Return the person to whom words belong: “her reply”, “a remark by a cook”, “a phrase that she repeats”.

    Args:
        noun: what is said or written.
        repeats: a relative clause names the owner too; not for "the letter that he received".
    """
    for child in noun.children:
        if child.dep_ == "poss" and (is_person(child) or child.lower_ in POSSESSIVES or child.pos_ == "PROPN"):
            return child
        if child.dep_ in {"prep", "agent"} and child.lower_ in {"of", "from", "by"}:
            person = next((one for one in child.children if one.dep_ == "pobj" and _one(one)), None)
            if person is not None:
                return person
        own = own_subject(child) if repeats and child.dep_ in {"relcl", "acl"} else None
        if own is not None and _one(own) and own.tag_ not in {"NNS", "NNPS"}:
            return own
    return None


def belongs(frame: Frame, noun: "Token", owner: "Token") -> Attribution:
    """Return the attribution of a noun of speech to its owner."""
    cue = frame.span(noun, noun)
    if owner.lower_ in POSSESSIVES:
        span = frame.span(owner, owner)
        return Attribution(span, cue, "direct", "before", span)
    limit = cue[0] if owner.i < noun.i else frame.end
    speaker, full = phrase(frame, owner, limit)
    return Attribution(speaker, cue, "direct", "before", full)


def speech_noun(frame: Frame, region: "list[Token]") -> Attribution | None:
    """Return the person to whom a sentence with a noun of speech belongs: “the remark came from a parent”."""
    nouns = [token for token in region if token.lower_ in cues.SPEECH_NOUNS and token.pos_ != "VERB"]
    owned = next(((noun, owner) for noun in nouns if (owner := owner_of(noun)) is not None), None)
    if owned is not None:
        return belongs(frame, *owned)
    people = [token for token in region if is_person(token) and token.dep_ not in {"compound", "advmod"}]
    people.sort(key=lambda token: (not (is_role(token.text) or token.ent_type_ == "PERSON"), token.dep_ not in SUBJECT))
    if not nouns or not people:
        return None
    speaker, full = phrase(frame, people[0], frame.end)
    return Attribution(speaker, frame.span(nouns[0], nouns[0]), "direct", "before", full)


def noun_that(frame: Frame, n: int) -> Attribution | None:
    """Read: with the remark that he “could not say”."""
    region = region_before(frame, n)
    for token, follows in itertools.pairwise(region):
        near = len(words(frame.text[token.idx + frame.shift : frame.stretches[n].outer_start])) < 8
        speech = token.lower_ in cues.SPEECH_NOUNS and follows.lower_ == "that"
        if near and speech and len(words(content(frame, n))) > 2:
            return speech_noun(frame, region)
    return None


def saying(frame: Frame, n: int) -> Attribution | None:
    """Read: The motto of the union president is “…”; A phrase that she repeats is “…”."""
    region = [token for token in region_before(frame, n) if not token.is_punct or token.text == ":"]
    if not region or region[-1].lower_ not in _BE:
        return None
    for noun in (token for token in region if token.lower_ in cues.SAYINGS and token.pos_ in {"NOUN", "PROPN"}):
        owner = owner_of(noun)
        if owner is not None:
            return belongs(frame, noun, owner)
    return None


def _one(token: "Token") -> bool:
    """Whether a word means a person, not a group such as a board."""
    return is_person(token) and token.lower_ not in {"group", "team", "panel", "who", "which", "that"}
