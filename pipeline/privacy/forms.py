"""The ways in which a name may be written.

Dr. Lorna Teague-Ruiz (person) → Lorna Teague-Ruiz; Teague-Ruiz; Lorna; Teague; lteagueruiz …
Castor Creek Unified School District (district) → Castor Creek; castorcreek …
"""

import re
from functools import lru_cache
from typing import Final

from pipeline.privacy.ordinary import GIVEN, PLAIN, WORDS_TOO, is_state
from pipeline.privacy.roster import PERSON
from pipeline.stages.quote.people.lexicon import ADDRESS

_ADDRESS: Final = re.compile(rf"^(?:(?:{'|'.join(ADDRESS)}|Superintendent|Principal|Coach)\.?\s+)+(?=\S)")
_AFTER: Final = re.compile(r",? (?:Jr|Sr|II|III|IV|Ph\.?D|Ed\.?D|M\.?Ed|M\.?D|Esq)\.?$", re.IGNORECASE)
_NICKNAME: Final = re.compile(r"(?:(?<!\s)\s++)?[(\"“‘']([^)\"”’']{1,200})[)\"”’']\s*")
_KIND_OF_SITE: Final = re.compile(
    r"(?<!\s)\s++(?:(?:Joint|Area|Local|Public|Central|Independent|Community|Regional|Rural|Municipal|Unified|Union|City|"
    r"Elementary|Primary|Intermediate|Middle|Junior|Senior|Secondary|High|Consolidated|Charter|Preparatory|Magnet|"
    r"Montessori|School|Schools|District|Districts|Academy|Campus|System|Division|Corporation|Department|USD|ISD|CUSD|"
    r"K-8|K–8)\b\s*+){1,12}$"
)
_TOWN: Final = re.compile(r"(?<!\s)\s++(?:County|Township|Parish|Borough|City|Town)$")


def without_titles(name: str) -> str:
    """Return the name of a person without forms of address and what stands behind it.

    >>> without_titles("Dr. Ida Lund, Ed.D.")
    'Ida Lund'
    """
    return _AFTER.sub("", _ADDRESS.sub("", " ".join(name.split()))).strip(" ,")


@lru_cache(maxsize=65_536)
def forms_of(name: str, kind: str) -> tuple[str, ...]:
    """Return the ways in which a name may be written, the fullest first."""
    found = _of_person(name) if kind == PERSON else _of_site(name)
    return tuple(dict.fromkeys(one for one in [" ".join(name.split()), *found] if len(one) > 1))


def _of_person(name: str) -> list[str]:
    nickname = _NICKNAME.search(name)
    words = without_titles(_NICKNAME.sub(" ", name)).split()
    names = [word for word in words if len(word.strip(".")) > 1]
    if not names:
        return []
    if len(words) == 1 or len(names) == 1:
        return names
    given, surname = names[0], _surname(names)
    return [
        " ".join(words),
        f"{given} {surname}",
        surname,
        *([surname.split()[-1]] if " " in surname else []),
        given,
        *([f"{nickname[1]} {surname}", nickname[1]] if nickname else []),
        *_parts(surname),
        *_run_together(given, surname),
    ]


def _surname(names: list[str]) -> str:
    """Return the surname, with the small words that belong to it: "de la Cruz"."""
    start = len(names) - 1
    while start > 1 and (names[start - 1].islower() or names[start - 1] in {"De", "La", "Van", "Von", "Del", "Di"}):
        start -= 1
    return " ".join(names[start:])


def _parts(surname: str) -> list[str]:
    """Return the halves of a double name by which people may be called."""
    halves = re.split(r"[-‐‑–]", surname)
    return [half for half in halves if len(halves) > 1 and len(half) > 3 and half.lower() not in WORDS_TOO]


def _run_together(given: str, surname: str) -> list[str]:
    """Return names as addresses and file names run them together."""
    last, first = re.sub(r"[\W_]", "", surname).lower(), re.sub(r"[\W_]", "", given).lower()
    return [one for one in (first + last, last + first, first[:1] + last, last + first[:1]) if len(one) > 4]


def _of_site(name: str) -> list[str]:
    base = _KIND_OF_SITE.sub("", name).strip()
    shortest = _TOWN.sub("", base)
    found = [base, *([shortest] if len(shortest.split()) > 1 else []), _without_plain_end(name)]
    kept = [one for one in found if one and one.lower() not in WORDS_TOO and one not in GIVEN and not is_state(one)]
    run = re.sub(r"[\W_]", "", base).lower()
    return [*kept, *([run] if len(base.split()) > 1 and len(run) > 6 else [])]


def _without_plain_end(name: str) -> str:
    """Return the words that tell: "Riverbend" of "Riverbend Education Cooperative"."""
    words = name.split()
    if len(words) < 2 or words[0].lower() in PLAIN:
        return name
    first = next((n for n, word in enumerate(words) if n and word.lower().strip("’'") in PLAIN), len(words))
    return " ".join(words[:first])
