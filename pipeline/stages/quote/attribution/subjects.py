"""Finds whose a verb is, and tells persons from things."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.stages.quote import cues
from pipeline.stages.quote.people import PRONOUNS, is_role

if TYPE_CHECKING:
    from spacy.tokens import Token

SUBJECT = frozenset({"nsubj", "nsubjpass"})


_PEOPLE_WORDS = PRONOUNS | frozenset(
    """one another other others some many several most few who people everyone everybody someone somebody group team
    panel room first second third latter former staff alumni
    families children kids folks crowd audience delegation""".split()
)


_ORDINALS = frozenset("first second third latter former other".split())
_HEARD = frozenset("hear overhear recall remember quote cite describe".split())


def subjects_of(verb: "Token") -> "Iterator[Token]":
    """Yield the subject of a verb, its agent in the passive, then those of the clauses on which it hangs."""
    if (quoted := _quoted_person(verb)) is not None:
        yield quoted
    for _ in range(5):
        own = own_subject(verb)
        if own is not None:
            yield resolve_relative(own)
            if own.lower_ in {"that", "which"} and not is_person(resolve_relative(own)):
                return
        if verb.dep_ in {"acl", "relcl"} and verb.head.pos_ in {"NOUN", "PROPN", "PRON"}:
            yield verb.head
        if verb.head == verb:
            if verb.pos_ == "NOUN":
                yield verb  # "a parent from the valley worried aloud", read as a parent who was worried
            return
        verb = verb.head


def own_subject(verb: "Token") -> "Token | None":
    """Return the subject of a verb, in the passive its agent."""
    agents = [obj for child in verb.children if child.dep_ == "agent" for obj in child.children if obj.dep_ == "pobj"]
    subjects = [child for child in verb.children if child.dep_ in SUBJECT]
    before = [child for child in subjects if child.i < verb.i]
    return next(iter([*agents, *before[::-1], *subjects]), None) or _misread(verb)


def _quoted_person(verb: "Token") -> "Token | None":
    """Return the person in “he recalled a mentor telling him”, whom the parser makes the object of recalling."""
    if verb.tag_ != "VBG" or cues.lemma(verb.head.lower_) not in _HEARD:
        return None
    objects = [child for child in verb.head.children if child.dep_ in {"dobj", "obj"} and child.i < verb.i]
    return objects[-1] if objects and is_person(objects[-1]) and objects[-1].right_edge.i == verb.i - 1 else None


def _misread(verb: "Token") -> "Token | None":
    """Return a subject that the parser takes for a part of the verb: "Lund shrugs", "my chair goes"."""
    left = verb.nbor(-1) if verb.i > verb.sent.start else None
    while left is not None and left.pos_ == "ADV" and left.i > verb.sent.start:
        left = left.nbor(-1)
    if left is None:
        return None
    named = left.head == verb and left.dep_ == "compound" and left.pos_ == "PROPN"
    counted = left.head == verb and left.lower_ in _ORDINALS
    finite = verb.tag_ in {"VBZ", "VBD"} and left.pos_ in {"NOUN", "PROPN"} and is_role(left.text)
    return left if named or counted or finite else None


def resolve_relative(subject: "Token") -> "Token":
    """Return what "who" or "which" stands for."""
    verb = subject.head
    if subject.lower_ in {"who", "that", "which"} and verb.dep_ in {"relcl", "acl"}:
        return verb.head
    return subject


def is_person(token: "Token") -> bool:
    """Whether a word means a person or a group of them."""
    if token.dep_ in {"nummod", "det"} or token.lower_ in cues.SIGNS:
        return False
    if token.lower_ in _PEOPLE_WORDS or is_role(token.text) or token.ent_type_ == "PERSON":
        return True
    if token.dep_ == "compound" and token.head.tag_ == "NNS" and token.head.lower_ in cues.FINITE:
        return True  # "Lund shrugs", read as the shrugs of Lund
    titled = any(child.dep_ in {"compound", "appos"} and is_role(child.text) for child in token.children)
    return token.pos_ == "PROPN" and (
        titled or (token.dep_ in SUBJECT and token.ent_type_ not in {"ORG", "GPE", "LOC", "DATE"})
    )


def subjects(region: "list[Token]") -> "list[Token]":
    """Return the subjects among the tokens."""
    return [token for token in region if token.dep_ in SUBJECT]
