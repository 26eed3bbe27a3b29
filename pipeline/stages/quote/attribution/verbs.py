"""Finds the cue words among the tokens around a quotation."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.stages.quote import cues
from pipeline.stages.quote.attribution.frame import Frame
from pipeline.stages.quote.attribution.subjects import SUBJECT, is_person, own_subject, resolve_relative
from pipeline.stages.quote.spans import Span

if TYPE_CHECKING:
    from spacy.tokens import Token


_ASIDES = frozenset({"when", "after", "before", "once", "if", "whether"})


@dataclass(frozen=True, slots=True)
class CueWord:
    """A cue in its sentence. `span`: where it stands, with the words that belong to it (“pointed out”)."""

    token: "Token"
    span: Span
    kind: cues.CueKind


def cue_word(frame: Frame, token: "Token") -> CueWord | None:
    """Return the cue that begins with a token, or None."""
    start, end = frame.span(token, token)
    found = cues.cue_at(frame.text, start, end)
    # The tagger takes some verbs for nouns ("a senior recalled"); hardly any noun ends in -ed.
    verb = token.pos_ in {"VERB", "AUX"} or token.lower_ in {"said", "says"} or token.lower_.endswith("ed")
    verb = verb or _misread(token)
    if found is None or (not verb and found[0] == end):
        return None
    modifies = token.dep_ in {"amod", "compound"} and token.head.i > token.i
    if modifies or token.dep_ == "aux":
        return None
    return CueWord(token, (start, found[0]), found[1])


def _misread(token: "Token") -> bool:
    """Whether a verb after a name is taken for a noun: "Lund shrugs"."""
    left = token.nbor(-1) if token.i > token.sent.start else None
    return token.tag_ == "NNS" and token.lower_ in cues.FINITE and left is not None and left.pos_ == "PROPN"


def cues_in(frame: Frame, region: "list[Token]") -> list[CueWord]:
    """Return the cues among the tokens."""
    return [cue for token in region if (cue := cue_word(frame, token)) is not None]


def parenthetical(frame: Frame, cue: CueWord) -> bool:
    """Whether the cue stands in an aside: “a colleague, she reported, had told her”."""
    after = frame.text[cue.span[1] : cue.span[1] + 6]
    before = frame.text[max(frame.start, cue.span[0] - 40) : cue.span[0]]
    return bool(re.match(r",\s\w", after) and re.search(r",\s(?:[\w’'\-]+\s){1,4}$", before))


def aside(verb: "Token") -> bool:
    """Whether a verb stands in a clause of time, or in one about the words: "a line that many wrote down"."""
    if verb.dep_ == "csubj":
        return True  # "What he remembers, Lund says, is …"
    own = [child for child in verb.children if child.dep_ in SUBJECT]
    first = own[0].i if own else verb.i
    if any(child.i < first and child.lower_ in _ASIDES for child in verb.children):
        return True
    return verb.dep_ == "relcl" and bool(own) and resolve_relative(own[0]) is own[0] and not is_person(verb.head)


def indirect(cue: CueWord) -> bool:
    """Whether a weak cue has a thing for its subject: "the question felt like"."""
    own = own_subject(cue.token)
    return cue.kind == "weak" and own is not None and not is_person(resolve_relative(own))


def rank(cue: CueWord) -> tuple[bool, bool, bool]:
    """Prefer a verb of speech, then the main verb of its sentence, then one outside an aside."""
    return cue.kind != "speech", cue.token.dep_ != "ROOT", aside(cue.token)
