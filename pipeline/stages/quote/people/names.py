"""The shapes of names, and what a person is in the eyes of the text."""

import re
from dataclasses import dataclass

from pipeline.stages.quote.people.lexicon import ADDRESS, NUMBERS

HONORIFIC = rf"(?:{'|'.join(ADDRESS)})\b\.?"
CAP = r"(?:[A-ZÀ-ÖØ-Þ](?=[\w’'\-]*[a-zà-ÿ])[\w’'\-]*|[A-Z]\.)"
PARTICLE = r"(?:de|del|della|der|den|van|von|la|le|da|dos|bin|al|St\.|“\w+”|\"\w+\")"
NAME = rf"{CAP}(?:[ \u00a0]+(?:{PARTICLE}[ \u00a0]+)*{CAP})*"
NAME_ONLY = re.compile(rf"(?:{HONORIFIC}\s+)?{NAME}(?:,? (?:Jr|Sr|Ph\.?D|Ed\.?D|II|III)\.?)?$")
DETERMINER = re.compile(
    r"^(?:as|while|but|and|the|a|an|one|another|other|others|some|several|many|most|its|their|our|his|her|my|this|that"
    r"|each|every|of|these|those|same|both|various|certain|then|now|formerly|currently|once|until recently|another"
    rf"|first|second|third|fourth|only|\w+[’']s|\w+s[’']|{NUMBERS.replace(' ', '|')})\s+",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(
    r"(?<!\b[A-Z])(?<!\b(?:Dr|Mr|Ms|Sr|St))(?<!\b(?:Mrs|Sen|Rep|Gov|Rev|Hon))[.!?][”’\"'\])]*\s+|\n"
)


@dataclass(frozen=True, slots=True)
class Person:
    """What the text tells of a speaker; None: it does not."""

    name: str | None = None
    role: str | None = None
    organization: str | None = None


def without_address(name: str) -> str:
    """Return a name without "Dr." or "Ms." before it.

    >>> without_address("Dr. Ida Lund")
    'Ida Lund'
    """
    return re.sub(rf"^(?:{HONORIFIC}\s+)+(?=\S)", "", name)


def sentence_starts(text: str) -> list[int]:
    """Return where the sentences and lines of a text start."""
    return [0, *(match.end() for match in _SENTENCE_END.finditer(text))]
