"""How sure a quotation is: how often quotations that were found in the same way were right, words and speaker.

| evidence | right / found |
|---|---|
| a label: a turn, an attribution line, a name with a colon | 84 / 85 |
| a cue next to the words, and a speaker who is named or described | 104 / 106 |
| a cue next to the words, and a pronoun that could be resolved | 59 / 62 |
| a cue next to the words, and a pronoun that could not | 0 / 0 |
| a cue elsewhere in the sentence | 21 / 22 |
| a cue in the sentence before | 12 / 12 |
| a person in the sentence before, without a cue | 3 / 5 |
| the speaker of the quotation before goes on | 0 / 0 |
| nobody | 0 / 0 |

Counted on 22 documents that were read while the rules were written (`python tests/bench/quotes.py --evidence`), which
flatters: so ten quotations, of which six were right, are added to each row. A mark that is never closed caps the
figure at .5.
"""

from typing import Literal

from pipeline.stages.quote.people import PRONOUNS, Person
from pipeline.stages.quote.spans import Found

Evidence = Literal[
    "label", "cue", "cue, pronoun", "cue, lost pronoun", "far cue", "cue before", "brought on", "goes on", "nobody"
]
COUNTS: dict[Evidence, tuple[int, int]] = {
    "label": (84, 85),
    "cue": (104, 106),
    "cue, pronoun": (59, 62),
    "cue, lost pronoun": (0, 0),
    "far cue": (21, 22),
    "cue before": (12, 12),
    "brought on": (3, 5),
    "goes on": (0, 0),
    "nobody": (0, 0),
}
_ADDED_RIGHT, _ADDED = 6, 10
UNCLOSED_CAP = 0.5


def confidence(found: Found, text: str, person: Person) -> float:
    """Return the share of such quotations that are right, rounded to two digits.

    Args:
        found: the quotation.
        text: the document.
        person: who its speaker turned out to be.
    """
    right, n = COUNTS[evidence(found, text, person)]
    share = (right + _ADDED_RIGHT) / (n + _ADDED)
    return round(share if found.closed else min(share, UNCLOSED_CAP), 2)


def evidence(found: Found, text: str, person: Person) -> Evidence:
    """Return what speaks for a quotation."""
    if found.speaker is None:
        return "nobody"
    if found.link == "labelled":
        return "label"
    if found.link == "inherited":
        return "goes on"
    if found.link == "introduced":
        return "cue before" if found.cue else "brought on"
    return _by_cue(found, text[slice(*found.speaker)], person)


def _by_cue(found: Found, speaker: str, person: Person) -> Evidence:
    if found.cue is None:
        return "brought on"
    if found.link == "loose":
        return "far cue"
    if speaker.lower() not in PRONOUNS:
        return "cue"
    return "cue, pronoun" if person.name or person.role else "cue, lost pronoun"
