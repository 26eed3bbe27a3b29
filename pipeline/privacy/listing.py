"""Who and what is named in a whole corpus: one identity for each person and site, in all documents and all forms.

Persons with one full name are one person. A bare surname is the person of that surname in the same document; in another
document only where the two documents share a district or school. Two persons with one surname stay two.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pipeline.privacy.forms import forms_of
from pipeline.privacy.key import Named
from pipeline.privacy.persons import Sighting, persons_of
from pipeline.privacy.places import Place, left_over, of_organizations, places_of
from pipeline.privacy.roster import LEAVE, PERSON, Entry
from pipeline.privacy.words import phrase
from pipeline.records import Document, Passage

if TYPE_CHECKING:
    from spacy.language import Language

Phrase = tuple[str, ...]
_EXAMPLE: Final = 60
_BESIDE: Final = 160
_PLACED: Final = frozenset(["school", "district"])
_LED: Final = {"superintendent": "district", "principal": "school"}
_SUFFIX: Final = re.compile(
    r" (?:(?:Joint|Unified|Public|Independent|Consolidated|School|Schools|District|System|No\.|\d++)(?: |$)){1,12}$",
    re.IGNORECASE,
)


@dataclass(slots=True, eq=False)
class Identity:
    """A person or a site. `documents`: the paths where it is named; `given`: said by the researcher."""

    name: str
    kind: str
    role: str | None = None
    of: str | None = None
    pseudonym: str | None = None
    forms: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)
    example: str | None = None
    given: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What one document names."""

    path: str
    persons: list[Sighting]
    places: list[Place]
    text: str


def read_document(document: Document, passages: Sequence[Passage], nlp: "Language") -> Reading:
    """Find the names of one document."""
    places = places_of(document, passages, nlp)
    persons = persons_of(document, passages, nlp, [form for one in places for form in _forms(one)])
    named = {phrase(form) for one in persons for form in (one.name, one.surname, *one.forms)}
    places = [one for one in places if phrase(one.name) not in named or one.kind != "site"]
    places += of_organizations([one.organization for one in persons if one.organization], document.text)
    claimed = [phrase(form) for one in places for form in _forms(one)]
    places += left_over(document.text, [*claimed, *named])
    return Reading(document.path, persons, places, document.text)


def _forms(one: Place) -> list[str]:
    return [one.name, *one.forms, *forms_of(one.name, one.kind)]


def identities(
    readings: Sequence[Reading], roster: Iterable[Entry] = (), known: Iterable[Named] = ()
) -> list[Identity]:
    """Bring together what all documents name, what the key knows and what the researcher says, in corpus order."""
    sites = _sites(readings)
    persons = _persons(readings, sites)
    found = [*sites, *persons]
    for one in known:
        _remember(found, one)
    for entry in roster:
        _enter(found, entry)
    return found


def _sites(readings: Sequence[Reading]) -> list[Identity]:
    by_base: dict[Phrase, Identity] = {}
    named = [(reading, one) for reading in readings for one in reading.places]
    for reading, one in sorted(named, key=lambda pair: pair[1].kind == "site"):  # schools and districts first
        known = _known_site(by_base, one)
        known.forms |= {one.name, *one.forms}
        known.documents.add(reading.path)
        known.example = known.example or _around(reading.text, one.at)
        for form in (one.name, *one.forms):
            by_base.setdefault(_base(form, one.kind), known)
    order = {reading.path: n for n, reading in enumerate(readings)}
    distinct = list({id(one): one for one in by_base.values()}.values())
    return sorted(distinct, key=lambda one: (min(order[path] for path in one.documents), one.name))


def _known_site(by_base: dict[Phrase, Identity], one: Place) -> Identity:
    known = by_base.get(_base(one.name, one.kind))
    if known is not None and (known.kind == one.kind or "site" in {known.kind, one.kind}):
        return known
    return Identity(one.name, one.kind)


def _base(name: str, kind: str) -> Phrase:
    return phrase(name if kind == "school" else _SUFFIX.sub("", name) or name)


def _persons(readings: Sequence[Reading], sites: Sequence[Identity]) -> list[Identity]:
    """Bring together persons: by full name over all documents, then by surname in documents that share a site."""
    full: dict[Phrase, Identity] = {}
    found: list[Identity] = []
    bare: list[tuple[Reading, Sighting]] = []
    for reading in readings:
        for one in reading.persons:
            if _is_full(one.name):
                known = full.get(phrase(one.name)) or Identity(one.name, PERSON)
                found += [] if phrase(one.name) in full else [known]
                full[phrase(one.name)] = known
                _told(known, one, reading, sites)
            else:
                bare.append((reading, one))
    by_last: defaultdict[Phrase, list[Identity]] = defaultdict(list)
    for known in full.values():
        by_last[phrase(known.name.split()[-1])].append(known)
    for reading, one in bare:
        same = [known for known in by_last[phrase(one.surname)] if _may_be_same(known, one, reading, sites)]
        known = same[0] if len(same) == 1 else Identity(one.name, PERSON)
        found += [] if len(same) == 1 else [known]
        _told(known, one, reading, sites)
    return found


def _is_full(name: str) -> bool:
    words = name.split()
    return len(words) > 1 and len(words[0].strip(".")) > 1


def _may_be_same(known: Identity, one: Sighting, reading: Reading, sites: Sequence[Identity]) -> bool:
    """Whether a surname in one document may mean the person of another: they share a site, and no initial differs."""
    first = one.name.split()[0].strip(".") if " " in one.name else ""
    if first and not known.name.startswith(first):
        return False
    shared = (site.documents for site in sites if site.kind in {"school", "district"})
    return any(reading.path in documents and known.documents & documents for documents in shared)


def _told(known: Identity, one: Sighting, reading: Reading, sites: Sequence[Identity]) -> None:
    known.role = known.role or one.role
    known.of = known.of or _site_named(one.organization, sites) or _site_beside(one, reading, sites)
    known.forms |= one.forms | {one.name}
    known.documents.add(reading.path)
    known.example = known.example or _around(reading.text, one.at)


def _site_named(organization: str | None, sites: Sequence[Identity]) -> str | None:
    if organization is None:
        return None
    wanted = phrase(organization)
    placed = (site for site in sites if site.kind in _PLACED)
    return next((site.name for site in placed if any(phrase(form) == wanted for form in site.forms)), None)


def _site_beside(one: Sighting, reading: Reading, sites: Sequence[Identity]) -> str | None:
    """Return the district of a superintendent, or the school of a principal, if it alone is named beside the person."""
    kind = next((kind for word, kind in _LED.items() if word in (one.role or "")), None)
    before, behind = reading.text[max(0, one.at - _BESIDE) : one.at], reading.text[one.at : one.at + _BESIDE]
    beside = before.rpartition("\n\n")[2] + behind.partition("\n\n")[0]
    near = [site for site in sites if site.kind in _PLACED and reading.path in site.documents]
    named = [site for site in near if any(form in beside for form in site.forms)]
    return named[0].name if kind and len(named) == 1 and named[0].kind == kind else None


def _around(text: str, at: int) -> str:
    """Return the words around a place, for the list that a person looks through."""
    return " ".join(text[max(0, at - _EXAMPLE) : at + _EXAMPLE].split()) if at >= 0 else ""


def _enter(found: list[Identity], entry: Entry) -> None:
    """Let the researcher's word on a name stand above what was found."""
    names = {phrase(form) for form in (entry.name, *entry.forms)}
    same = [one for one in found if phrase(one.name) == phrase(entry.name)]
    same = same or [one for one in found if any(phrase(form) in names for form in one.forms)]
    one = same[0] if same else Identity(entry.name, entry.kind)
    if not same:
        found.append(one)
    if entry.kind == LEAVE:
        found[:] = [other for other in found if other is one or phrase(other.name) not in names]
    one.name, one.kind, one.given = entry.name, entry.kind, True
    one.role, one.of = entry.role or one.role, entry.of or one.of
    one.pseudonym = entry.pseudonym or one.pseudonym
    one.forms |= {entry.name, *entry.forms}


def _remember(found: list[Identity], old: Named) -> None:
    """Look also for a name of the key: in all its forms where it was found again, otherwise as for one of a roster."""
    made = forms_of(old.name, old.kind)
    forms = tuple(form for form in old.forms if form not in made)
    same = [one for one in found if (phrase(one.name), one.kind) == (phrase(old.name), old.kind)]
    if not same:
        _enter(found, Entry(name=old.name, kind=old.kind, role=old.role, of=old.of, forms=forms))
        return
    mine = [one for one in same if one.documents & set(old.documents)] or same
    if len(mine) == 1:
        mine[0].forms |= {*forms}
        mine[0].given |= not old.documents  # a roster alone named it


def all_forms(one: Identity) -> list[str]:
    """Return every form under which an identity may be written."""
    made = (form for name in sorted(one.forms | {one.name}) for form in forms_of(name, one.kind))
    return list(dict.fromkeys([one.name, *made]))
