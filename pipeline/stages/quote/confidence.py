"""How sure a quotation is: how often quotations that were found in the same way were right, words and speaker.

Counted on 42 documents, most of them read while the rules were written (`python tests/bench/quotes.py examples
tests/unseen/a tests/unseen/b tests/unseen/c --evidence`), which flatters: so ten quotations, of which six were right,
are added to each row. A mark that is never closed caps the figure at .5.
"""

from typing import Literal

from pipeline.stages.quote.people import PRONOUNS, Person
from pipeline.stages.quote.spans import Found

Evidence = Literal[
    "label", "cue", "cue, pronoun", "cue, lost pronoun", "far cue", "cue before", "brought on", "goes on", "nobody"
]
COUNTS: dict[Evidence, tuple[int, int]] = {
    "label": (145, 153),  # a turn, an attribution line, a name with a colon
    "cue": (178, 184),  # next to the words, and a speaker who is named or described
    "cue, pronoun": (112, 117),  # next to the words, and a pronoun that could be resolved
    "cue, lost pronoun": (0, 1),  # … that could not
    "far cue": (39, 41),  # elsewhere in the sentence
    "cue before": (14, 17),  # in the sentence before
    "brought on": (6, 9),  # a person in the sentence before, without a cue
    "goes on": (1, 2),  # the speaker of the quotation before
    "nobody": (6, 7),
}
"""Right, and found."""
_ADDED_RIGHT, _ADDED = 6, 10
UNCLOSED_CAP = 0.5


def confidence(found: Found, text: str, person: Person) -> float:
    """Return the share of such quotations that are right, rounded to two digits.

    Args:
        found: the quotation.
        text: the document.
        person: who its speaker turned out to be.
    """
    share = _share(*COUNTS[evidence(found, text, person)])
    return round(share if found.closed else min(share, UNCLOSED_CAP), 2)


def figures() -> dict[Evidence, float]:
    """Return for each way of finding a quotation the confidence that it gives."""
    return {name: round(_share(*counted), 2) for name, counted in COUNTS.items()}


def _share(right: int, n: int) -> float:
    return (right + _ADDED_RIGHT) / (n + _ADDED)


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
