"""Reads a verb of speech in front of the quotation: As one principal put it, “…”."""

import re
from typing import TYPE_CHECKING, Literal

from pipeline.stages.quote import cues
from pipeline.stages.quote.attribution.frame import Frame, region_before
from pipeline.stages.quote.attribution.phrases import phrase
from pipeline.stages.quote.attribution.readings import author
from pipeline.stages.quote.attribution.subjects import is_person, own_subject, resolve_relative, subjects_of
from pipeline.stages.quote.attribution.verbs import CueWord, aside, cues_in, indirect, parenthetical
from pipeline.stages.quote.marks import is_title, words
from pipeline.stages.quote.spans import Attribution, Stretch

if TYPE_CHECKING:
    from spacy.tokens import Token

_MAX_GAP = 14


# What a survey makes people agree to is nobody's speech.
_ITEMS = re.compile(r"\b(?:survey|questionnaire|item|scale|statement|percent|strongly|respondents)\b|%")
_BODIES = frozenset(
    "district county state city board council committee union department office network association school".split()
)
_GROUPS = frozenset("group team panel room staff crowd audience delegation alumni".split())
_ANYBODY = frozenset("they we people who everyone everybody".split())
_AS = re.compile(r" as(?: (?:being|for|merely|simply|just|little more than|nothing but))*\s*$")
_BE = re.compile(r"(?<!\w)(?P<subject>\w++) (?:is|was|were|are|being)\s*+$")
_ABOUT = re.compile(r"\b(?:about|of|on|at) (?:the|an?|his|her|their) $")
_DOCUMENTS = frozenset("letter memo email e-mail note card report statement resolution text".split())


def before(frame: Frame, n: int) -> Attribution | None:
    """Return the subject of the verb of speech in front of stretch `n`."""
    stretch = frame.stretches[n]
    found = cues_in(frame, region_before(frame, n))
    if not found:
        return None
    nearest_first = list(reversed(found))
    order = sorted(nearest_first, key=lambda cue: (*_remoteness(cue), parenthetical(frame, cue)))
    linked = [(cue, link) for cue in order if (link := _link(frame, cue, stretch)) is not None]
    if linked and (written := author(frame, linked[0][0])) is not None:
        return written
    said = [(c, link, s) for c, link in linked for s in subjects_of(c.token) if _may_speak(s, link, c)]
    said = [one for one in said if len(one[2].text) > 1 or one[2].lower_ == "i"]  # "group B: say …" is nobody
    # Nobody known to be a person: believe the verb, as in “an architect explained”.
    said += [(c, link, s) for c, link in linked for s in subjects_of(c.token) if _is_plain_subject(s, link, c)]
    if not said:
        return None
    if said[0][1] == "loose" and _mere_example(frame, stretch):
        return Attribution(None, None, "none")
    cue, link, head = said[0]
    speaker, full = phrase(frame, head, _limit(frame, head, cue, stretch))
    return Attribution(speaker, cue.span, link, "before", full)


def _mere_example(frame: Frame, stretch: Stretch) -> bool:
    """Whether a thing was a sentence, not the speaker's: he said that one of the visits was “How are we, Ida”."""
    be = _BE.search(frame.text, max(frame.start, stretch.outer_start - 40), stretch.outer_start)
    if be is None or not frame.text[stretch.start].isupper():
        return False
    return be["subject"].lower() not in cues.SAYINGS | {"it", "this", "that", "what", "view"}


def _remoteness(cue: CueWord) -> tuple[bool, bool]:
    return aside(cue.token) or indirect(cue), _accompanies(cue)


def _accompanies(cue: CueWord) -> bool:
    """Whether a weak cue only goes with the verb of speech: "she told me, laughing"."""
    return cue.kind == "weak" and cue.token.tag_ == "VBG"


def _is_plain_subject(head: "Token", link: str, cue: CueWord) -> bool:
    speech = link == "direct" and cue.kind == "speech"
    thing = head.lower_ in cues.SPEECH_NOUNS | cues.SIGNS
    return speech and head.dep_ == "nsubj" and head.pos_ == "NOUN" and not thing


def _limit(frame: Frame, head: "Token", cue: CueWord, stretch: Stretch) -> int:
    return cue.span[0] if head.idx + frame.shift < cue.span[0] else stretch.outer_start


def _link(frame: Frame, cue: CueWord, stretch: Stretch) -> Literal["direct", "loose"] | None:
    gap = frame.text[cue.span[1] : stretch.outer_start]
    content = frame.text[stretch.start : stretch.end]
    n_words = len(words(content))
    tail = gap.rstrip()
    if cues.lemma(cue.token.lower_) in {"compare", "liken"} and not _describes(cue, gap):
        return None
    if cue.kind == "naming" or _describes(cue, gap):
        return "direct" if n_words > 1 and len(words(gap)) <= _MAX_GAP and content[0].islower() else None
    if _is_item(frame, cue) or (cues.TERM_WORDS.search(gap) and not tail.endswith(":")):
        return None
    if is_title(content) and (cue.kind == "weak" or not tail.endswith((",", ":"))):
        return None
    near = len(words(gap)) <= _MAX_GAP
    if near and tail.endswith((",", ":", "—")):
        return "direct"
    return _unparted(cue, gap, content, near=near)


def _describes(cue: CueWord, gap: str) -> bool:
    """Whether the cue gives a judgment of something: he described the rollout as “theatre for one”."""
    verb = cues.lemma(cue.token.lower_)
    if verb in {"compare", "liken"}:
        return gap.rstrip().endswith(" to")
    return verb in {"describe", "characterize", "characterise"} and bool(_AS.search(gap))


def _unparted(cue: CueWord, gap: str, content: str, *, near: bool) -> Literal["direct", "loose"] | None:
    """Judge words that no comma or colon parts from the cue: she said that it was “a bridge to nowhere”."""
    n_words = len(words(content))
    if n_words < 3 and not _short_speech(cue, gap, content):
        return None
    if near and cue.kind == "speech" and (not gap.strip() or gap.rstrip().endswith("that")):
        return "direct"
    # What people were told, or repeat, is a saying of others.
    passive = any(child.dep_ in {"nsubjpass", "auxpass"} for child in cue.token.children)
    own = cue.kind == "speech" and cues.lemma(cue.token.lower_) != "repeat" and not passive
    ended = own and near and content.endswith((".", "!", "?")) and not _ABOUT.search(gap)
    return "loose" if n_words > 3 or ended else None


def _is_item(frame: Frame, cue: CueWord) -> bool:
    """Whether people only agree to what a survey puts before them."""
    agrees = cues.lemma(cue.token.lower_) in {"agree", "disagree"}
    return agrees and bool(_ITEMS.search(frame.text, frame.start, cue.span[1]))


def _short_speech(cue: CueWord, gap: str, content: str) -> bool:
    """Whether two words are speech all the same: Lund had written “start here.”."""
    said = words(content)
    if len(said) != 2 or gap.strip() or cue.token.tag_ == "VBG":
        return False
    spoke_of = cue.span[1] - cue.span[0] > len(cue.token.text) and said[0].lower() not in {"the", "a", "an"}
    return spoke_of or (cue.kind == "speech" and content.endswith((".", "!", "?")))


def _may_speak(head: "Token", link: str, cue: CueWord) -> bool:
    if cue.kind == "naming" or cues.lemma(cue.token.lower_) == "describe":
        own = own_subject(cue.token)
        if own is not None and (resolve_relative(own) != head or not is_person(head) or head.lower_ in _GROUPS):
            return False  # what the district called “kitchen meetings” is nobody's judgment
        return is_person(head) and head.tag_ not in {"NNS", "NNPS"} and head.lower_ not in _ANYBODY
    if link == "direct" and cue.kind == "speech":
        return is_person(head) or head.pos_ == "PROPN" or head.lower_ in _DOCUMENTS or head.ent_type_ in {"ORG", "GPE"}
    return is_person(head) or (cue.kind == "speech" and head.lower_ in _BODIES and head.dep_ == "nsubj")
