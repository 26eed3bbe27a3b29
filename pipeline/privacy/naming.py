"""Pseudonyms that keep the role: "Superintendent A of District 3", "Principal B of School 5", "School 5".

Letters run through the corpus for each role and numbers for each kind of site, so that no pseudonym means two. One that
stands in the documents already, "Teacher A", is passed over.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, product
from string import ascii_uppercase
from typing import Final

from pipeline.privacy.listing import Identity
from pipeline.privacy.roster import PERSON
from pipeline.privacy.words import phrase

OTHER: Final = "Participant"
_ROLES: Final = (
    ("assistant superintendent|deputy superintendent|associate superintendent", "Assistant Superintendent"),
    ("superintendent|supt", "Superintendent"),
    ("assistant principal|vice principal|deputy head", "Assistant Principal"),
    ("principal investigator|researcher|professor|scholar|evaluator|analyst", "Researcher"),
    ("principal|head teacher|headteacher|headmaster|headmistress|head of school", "Principal"),
    ("board chair|board member|trustee|school board|board president", "Board Member"),
    ("author|writer|reporter|journalist|editor", "Author"),
    ("facilitator|moderator|rapporteur", "Facilitator"),
    ("coach", "Coach"),
    ("counselor|counsellor", "Counselor"),
    ("parent|mother|father|grandmother|grandfather", "Parent"),
    ("student|pupil", "Student"),
    ("teacher|educator|instructor", "Teacher"),
    ("director|chief|manager|coordinator|administrator|officer|supervisor", "Director"),
    ("secretary|clerk", "Secretary"),
    ("president|chair|chairman|chairwoman|chairperson", "President"),
    ("custodian|driver|aide|paraprofessional|nurse|librarian|liaison", "Staff Member"),
)
_SITES: Final = (
    (r"University|College", "University"),
    (r"Network|Exchange|Collaborative|Cooperative|Consortium|Alliance|Federation|Association|Union|Council|League",
     "Network"),
    (r"Program|Programme|Residency|Initiative|Project|Fellowship|Cohort", "Program"),
    (r"Center|Centre|Institute|Foundation|Trust|Forum|Partnership|Coalition|Fund|Corporation|Company|Inc|LLC|Press|"
     r"Laboratory|Society|Agency|Church|Hospital|Library|Museum|Paving|Center .*", "Organization"),
    (r"Street|Avenue|Road|Lane|Boulevard|Highway|Drive", "Street"),
)  # fmt: skip
LABELS: Final = tuple(dict.fromkeys([*(label for _, label in _ROLES), OTHER]))
SITE_LABELS: Final = ("School", "District", *(label for _, label in _SITES), "Place")
_USED: Final = re.compile(
    rf"\b(?:(?:{'|'.join(LABELS)}) [A-Z]{{1,3}}|(?:{'|'.join(SITE_LABELS)}) \d{{1,4}})\b", re.IGNORECASE
)


def label_of(one: Identity) -> str:
    """Return what an identity is called without its letter or number: "Superintendent", "School"."""
    if one.kind == PERSON:
        role = (one.role or "").lower()
        return next((label for words, label in _ROLES if re.search(rf"\b(?:{words})\b", role)), OTHER)
    if one.kind in {"school", "district"}:
        return one.kind.capitalize()
    ends = (label for words, label in _SITES if re.search(rf"\b(?:{words})$", one.name))
    holds = (label for words, label in _SITES if re.search(rf"\b(?:{words})\b", one.name))
    return next(ends, None) or next(holds, "Place")


def name_all(found: Sequence[Identity], texts: Iterable[str], taken: Iterable[str] = ()) -> None:
    """Give every identity that has none a pseudonym.

    Args:
        found: in the order in which letters are given.
        texts: of the documents, whose own "Teacher A" is no pseudonym of ours.
        taken: pseudonyms that the key has given before.
    """
    used = {match[0].lower() for text in texts for match in _USED.finditer(text)}
    used |= {word.lower() for one in taken for word in (one, one.split(" of ", maxsplit=1)[0])}
    used |= {one.pseudonym.lower() for one in found if one.pseudonym}
    sites = {phrase(one.name): one for one in found if one.kind != PERSON}
    endings: dict[str, Iterator[str]] = {}
    for one in sorted(found, key=lambda one: one.kind == PERSON):  # sites first: persons are named by them
        if one.pseudonym is None:
            label = label_of(one)
            ending = endings.setdefault(label, letters() if one.kind == PERSON else map(str, count(1)))
            short = next(name for end in ending if (name := f"{label} {end}").lower() not in used)
            one.pseudonym = short + _of_site(one, sites)


def _of_site(one: Identity, sites: Mapping[tuple[str, ...], Identity]) -> str:
    site = sites.get(phrase(one.of)) if one.of else None
    return f" of {site.pseudonym}" if site is not None and site.pseudonym else ""


def short(pseudonym: str) -> str:
    """Return a pseudonym without its site, as it stands from the second time on.

    >>> short("Superintendent A of District 3")
    'Superintendent A'
    """
    return pseudonym.split(" of ", maxsplit=1)[0] if _USED.match(pseudonym) else pseudonym


def letters() -> Iterator[str]:
    """Yield A, B, … Z, AA, AB, …, but not I, which is a word."""
    yield from (letter for letter in ascii_uppercase if letter != "I")
    for n in count(2):
        yield from map("".join, product(ascii_uppercase, repeat=n))
