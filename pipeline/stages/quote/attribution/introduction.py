"""Reads who is brought on in the sentences before a quotation: Ida Lund was blunt. “…”."""

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.stages.quote import cues
from pipeline.stages.quote.attribution.frame import TERMINATORS, Frame, sentences_before
from pipeline.stages.quote.attribution.nouns import POSSESSIVES, speech_noun
from pipeline.stages.quote.attribution.phrases import object_of, phrase
from pipeline.stages.quote.attribution.readings import author
from pipeline.stages.quote.attribution.subjects import SUBJECT, is_person, subjects_of
from pipeline.stages.quote.attribution.verbs import CueWord, cues_in, rank
from pipeline.stages.quote.spans import Attribution

if TYPE_CHECKING:
    from spacy.tokens import Token


_SHORT = 16
_HEARING = frozenset("hear heard hears hearing receive received overheard".split())


def introduced(frame: Frame, position: int) -> Attribution | None:
    """Return the person whom the last two sentences before `position` bring on, the nearer first."""
    for sentence in sentences_before(frame, position)[:2]:
        found = _by_cue(frame, sentence) or by_subject(frame, sentence)
        if found is not None:
            return found
    return None


def brought_on(frame: Frame, start: int, end: int) -> Attribution | None:
    """Return the person whom a whole sentence between two places brings on."""
    for sentence in sentences_before(frame, end):
        if frame.span(sentence[0], sentence[0])[0] < start or sentence[-1].text not in TERMINATORS:
            return None
        if (found := _by_cue(frame, sentence) or by_subject(frame, sentence)) is not None:
            return found
    return None


def nearest_subject(frame: Frame, position: int) -> Attribution | None:
    """Return the one person who is the subject of a short last sentence: A parent was blunter."""
    sentences = sentences_before(frame, position)
    if not sentences or len(sentences[0]) > _SHORT:
        return None
    found = by_subject(frame, sentences[0])
    return found if found is not None and singular(frame, found) else None


def by_cue(frame: Frame, position: int) -> Attribution | None:
    """Return who speaks in the last sentence before `position`, where that sentence has a cue or a noun of speech."""
    sentences = sentences_before(frame, position)
    if not sentences:
        return None
    if (source := _from(frame, sentences[0])) is not None:
        return source
    found = speech_noun(frame, sentences[0])
    noun = found and owned(frame, found, sentences[0])
    return _by_cue(frame, sentences[0]) or noun or _by_source(frame, sentences[0])


def _from(frame: Frame, sentence: "list[Token]") -> Attribution | None:
    """Read the head of a letter: (b) From Ida Lund, a parent, read aloud by the chair."""
    opening = next((n for n, token in enumerate(sentence[:5]) if token.lower_ == "from"), None)
    if opening is None or any(token.is_alpha and len(token) > 1 for token in sentence[:opening]):
        return None
    person = next((token for token in sentence[opening + 1 : opening + 8] if is_person(token)), None)
    comma = next((token for token in sentence[opening + 1 :] if token.text in {",", ":"}), None)
    if person is None or comma is None or person.i > comma.i:
        return None
    limit = frame.span(comma, comma)[0]
    first, last = sentence[opening + 1], comma.nbor(-1)
    return Attribution(
        (frame.span(first, last)[0], limit),
        None,
        "introduced",
        "before",
        (frame.span(first, last)[0], _apposed_until(frame, comma)),
    )


def _apposed_until(frame: Frame, comma: "Token") -> int:
    """Return the end of the words behind the comma that still tell who somebody is."""
    later = [token for token in frame.tokens if token.i > comma.i]
    stop = next((token for token in later if token.text in {",", ":", ";"} or token.text in TERMINATORS), None)
    return (
        frame.span(stop, stop)[0]
        if stop is not None and any(is_person(t) for t in later[: stop.i - comma.i - 1])
        else frame.span(comma, comma)[0]
    )


def owned(frame: Frame, found: Attribution, sentence: "list[Token]") -> Attribution:
    """Put the person brought on before in the place of “her” in “her answer was this”."""
    if found.speaker is None or frame.text[slice(*found.speaker)].lower() not in POSSESSIVES:
        return found
    earlier = [token for token in sentence if frame.span(token, token)[1] <= found.speaker[0]]
    before = by_subject(frame, earlier) or introduced(frame, frame.span(sentence[0], sentence[0])[0])
    return found if before is None else replace(found, speaker=before.speaker, link="introduced", full=before.full)


def singular(frame: Frame, attribution: Attribution) -> bool:
    """Whether one person is meant, not a group."""
    tokens = frame.between(*attribution.speaker) if attribution.speaker else []
    heads = [token for token in tokens if is_person(token)]
    return (
        bool(heads) and heads[-1].tag_ not in {"NNS", "NNPS"} and heads[-1].lower_ not in {"they", "people", "others"}
    )


def _by_source(frame: Frame, sentence: "list[Token]") -> Attribution | None:
    start, end = frame.span(sentence[0], sentence[0])[0], frame.span(sentence[-1], sentence[-1])[1]
    match = cues.ACCORDING_TO.search(frame.text, start, end)
    return object_of(frame, match.span(), end, "before") if match else None


def _by_cue(frame: Frame, sentence: "list[Token]") -> Attribution | None:
    nearest_first = cues_in(frame, sentence)[::-1]
    for cue in sorted(nearest_first, key=rank):
        if (written := author(frame, cue)) is not None:
            return written
        head = next((s for s in subjects_of(cue.token) if is_person(s) and s in sentence), None)
        if head is not None and cue.kind != "naming":
            speaker, full = phrase(frame, head, _limit_in(frame, head, cue, sentence))
            return Attribution(speaker, cue.span, "introduced", "before", full)
    return None


def _limit_in(frame: Frame, head: "Token", cue: CueWord, sentence: "list[Token]") -> int:
    return cue.span[0] if head.i < cue.token.i else frame.span(sentence[-1], sentence[-1])[1]


def by_subject(frame: Frame, sentence: "list[Token]") -> Attribution | None:
    """Return the first person who is the subject of a sentence, or what is said of one."""
    if (verb := hearing(sentence)) is not None:
        return _heard_from(frame, verb)
    people = [token for token in sentence if is_person(token) and token.lower_ != "who"]
    head = next((token for token in people if token.dep_ in {*SUBJECT, "attr"}), None)
    if head is None:
        return None
    speaker, full = phrase(frame, head, frame.span(sentence[-1], sentence[-1])[1])
    return Attribution(speaker, None, "introduced", "before", full)


def hearing(sentence: "list[Token]") -> "Token | None":
    """Return the verb of a sentence in which somebody only hears what another says."""
    return next((token for token in sentence if token.lower_ in _HEARING and token.pos_ in {"VERB", "AUX"}), None)


def _heard_from(frame: Frame, verb: "Token") -> Attribution | None:
    """Return the person of “they heard from a parent”; who hears does not speak."""
    sources = [one for child in verb.children if child.lower_ == "from" for one in child.children]
    person = next((one for one in sources if is_person(one)), None)
    if person is None:
        return None
    speaker, full = phrase(frame, person, frame.end)
    return Attribution(speaker, None, "introduced", "before", full)
