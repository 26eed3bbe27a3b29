"""Reads a speaker phrase behind the quotation: “…,” she said; “…,” said Ida Lund, who …."""

import re
from typing import TYPE_CHECKING

from pipeline.stages.quote import cues
from pipeline.stages.quote.attribution.frame import Frame, content, region_after
from pipeline.stages.quote.attribution.phrases import NOMINAL, attributed, head_of_run, reach_of
from pipeline.stages.quote.attribution.subjects import SUBJECT
from pipeline.stages.quote.attribution.verbs import cue_word
from pipeline.stages.quote.marks import is_title, words
from pipeline.stages.quote.people import is_role
from pipeline.stages.quote.spans import Attribution, Stretch

if TYPE_CHECKING:
    from spacy.tokens import Token

_MAX_SUBJECT = 22
_HOW = frozenset("is was how what".split())  # “…” is how she puts it


def after(frame: Frame, n: int) -> Attribution | None:
    """Return who is named behind stretch `n`."""
    stretch = frame.stretches[n]
    parting = _parting(frame, stretch)
    if parting == "sentence" or _is_term(frame, n):
        return None
    region = region_after(frame, n)
    while region and (region[0].is_punct or region[0].pos_ == "ADV" or region[0].lower_ == "as"):
        region = region[1:]
    while len(region) > 2 and region[0].lower_ in _HOW:
        region = region[1:]
    if not region or (parting == "open" and not _fits_unparted(frame, stretch)):
        return None
    found = _inverted(frame, region, parted=parting == "parted") or _subject_first(
        frame, region, parted=parting == "parted"
    )
    return found


def _parting(frame: Frame, stretch: Stretch) -> str:
    """Return how the quotation ends: "parted" (comma, ?, !, dash), "sentence" (what follows is new) or "open"."""
    inside = frame.text[stretch.end : stretch.outer_end]
    follows = frame.text[stretch.outer_end : frame.end]
    last = frame.text[stretch.end - 1]
    if "," in inside or re.match(r"\s*[,—–]", follows):
        return "parted"
    new = follows.lstrip()[:1].isupper()
    if last in ".":
        return "sentence" if new or not follows.strip() else "parted"
    introduced = frame.text[frame.start : stretch.outer_start].rstrip().endswith((",", ":"))
    if last in "?!" and new and introduced:
        return "sentence"
    return "parted" if last in "?!…—-" else "open"


def _is_term(frame: Frame, n: int) -> bool:
    """Whether the words are the title of a work, or are called a term: The term “shared lead,” he said, …."""
    called = cues.TERM_WORDS.search(frame.text, frame.start, frame.stretches[n].outer_start)
    return is_title(content(frame, n)) or bool(called and not called[0].rstrip().endswith(","))


def _fits_unparted(frame: Frame, stretch: Stretch) -> bool:
    """A comma may have been forgotten after a whole sentence, hardly after a term."""
    return len(words(frame.text[stretch.start : stretch.end])) > 4


def _inverted(frame: Frame, region: "list[Token]", *, parted: bool) -> Attribution | None:
    """Read “…,” said Ida Lund."""
    cue = cue_word(frame, region[0])
    rest = region[1:] if cue is None else [token for token in region if token.idx + frame.shift >= cue.span[1]]
    if cue is None or cue.kind == "naming" or not rest or rest[0].pos_ not in NOMINAL or region[0].text.endswith("ing"):
        return None
    if not parted and rest[0].pos_ not in {"PROPN", "PRON"} and not any(is_role(token.text) for token in rest[:5]):
        return None
    own = [child for child in region[0].children if child.dep_ in SUBJECT and child.i > region[0].i]
    head = own[0] if own else head_of_run(rest)
    reach = reach_of(rest, head) if head is not None else None
    return attributed(frame, head, cue, "after", reach=reach) if head is not None else None


def _subject_first(frame: Frame, region: "list[Token]", *, parted: bool) -> Attribution | None:
    """Read “…,” Ida Lund, a principal, told the group."""
    if region[0].pos_ not in NOMINAL or region[0].lower_ in {"which", "that", "who", "where", "what", "this"}:
        return None
    for n, token in enumerate(region[:_MAX_SUBJECT]):
        cue = cue_word(frame, token) if n else None
        if cue is not None and cue.kind != "naming" and _ends_subject(region, n, parted=parted):
            head = _nearest_subject(token, region[:n]) or head_of_run(region[:n])
            return attributed(frame, head, cue, "after", start=region[0]) if head is not None else None
    return None


def _ends_subject(region: "list[Token]", n: int, *, parted: bool) -> bool:
    """Whether nothing but one subject stands before the cue, and no clause of its own after it."""
    follows = region[n + 1 : n + 2]
    if follows and follows[0].lower_ in {"that", ":"}:
        return False
    if not parted and (len(region) - n > 3 or n > 8):
        return False
    commas = [i for i, token in enumerate(region[:n]) if token.text in {",", "—", "–"}]
    verbs = [
        i
        for i, token in enumerate(region[:n])
        if token.pos_ == "VERB" and token.dep_ not in {"amod", "compound", "acl"}
    ]
    relative = any(token.lower_ in {"who", "whose"} for token in region[:n])
    return not verbs or relative or (bool(commas) and commas[0] < verbs[0])


def _nearest_subject(verb: "Token", region: "list[Token]") -> "Token | None":
    own = [child for child in verb.children if child.dep_ in SUBJECT and child in region]
    return own[-1] if own else None
