"""Finds out who is meant: "she", "the superintendent", "Lund", "as one explained", "the latter".

A name is completed from the fullest mention; a pronoun goes to the first person of fitting gender in the nearest
sentence that has one, since the subject of a sentence is the likeliest antecedent (Hobbs 1978, Resolving pronoun
references). "The superintendent" is the superintendent named last, unless an unnamed one was brought on since. A group
word gives the role alone. Whoever is not named stays unnamed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from pipeline.stages.quote.people.lexicon import ADDRESS, PRONOUNS, QUALIFIED, VAGUE, Gender
from pipeline.stages.quote.people.mention import Mention
from pipeline.stages.quote.people.names import Person
from pipeline.stages.quote.people.phrases import read_phrase
from pipeline.stages.quote.people.roster import Roster

_LOOK_BACK = 2000
_NEAR = 200
_PARAGRAPH = 400
_GENDER: dict[str, Gender] = {"he": "m", "his": "m", "him": "m", "she": "f", "her": "f", "hers": "f"}
_OWN = frozenset("his her their my".split())


def describe(phrase: str, before: str, *, full: str | None = None, rest: str = "") -> Person:
    """Return who a phrase means, given the text before and after it; see `resolve`."""
    return resolve(phrase, Roster.of(before + rest), len(before), full=full)


def resolve(phrase: str, roster: Roster, at: int, *, full: str | None = None) -> Person:
    """Return who the phrase means.

    Args:
        phrase: the speaker as written.
        roster: the people of the text, its quoted words blanked.
        at: where the phrase, or the quotation if it comes first, starts in that text.
        full: the phrase with the apposition that follows it.
    """
    lower = phrase.lower()
    if lower == "they":
        return Person(None, _role_of_group(roster, at, other=False, reach=_NEAR))
    if lower in PRONOUNS or lower in _OWN:
        return _antecedent(_GENDER.get(lower), roster, at) if lower in _GENDER else Person()
    person = read_phrase(full or phrase)
    if person.name is not None:
        return _completed(phrase, person, roster, at)
    if re.fullmatch(r"the (?:latter|former)", lower):
        return _of_two(roster, at, last=lower.endswith("latter"))
    if _is_bare(lower):
        return replace(person, role=person.role or _role_of_group(roster, at, other=lower.startswith("another")))
    return _by_role(phrase, person, roster, at)


def _completed(phrase: str, person: Person, roster: Roster, at: int) -> Person:
    """Add to a name what other mentions tell."""
    address = re.match(r"(\w+)\.?\s", phrase)
    gender = ADDRESS.get(address[1]) if address else None
    who = roster.find(person.name or "", gender, at)
    if who is None:
        return person
    longer = who.name if len(who.name.split()) > len((person.name or "").split()) else person.name
    return Person(longer, person.role or who.role, person.organization or who.organization)


def _sentences(mentions: list[Mention], roster: Roster) -> Iterator[list[Mention]]:
    """Yield the mentions sentence by sentence, the nearest first."""
    by_sentence = groupby(mentions, key=lambda one: bisect_right(roster.starts, one.start))
    yield from reversed([list(group) for _, group in by_sentence])


def _antecedent(gender: Gender | None, roster: Roster, at: int) -> Person:
    for sentence in _sentences(roster.before(at, _LOOK_BACK), roster):
        fitting = [one for one in sentence if one.kind != "group" and _gender(one) in {None, gender} and _sure(one)]
        fitting = [one for one in fitting if not one.oblique] or fitting
        known = [one for one in fitting if _gender(one) == gender]
        if fitting:
            found = _preferred(fitting, known)
            return _person(_subject_before(found, gender, roster) or found, roster)
    return Person()


def _subject_before(found: Mention, gender: Gender | None, roster: Roster) -> Mention | None:
    """Return whom the text goes on about where the nearest sentence only mentions "a bookkeeper" on its way."""
    passing = found.oblique and found.kind == "role" and not found.definite and not found.one_of
    if not passing or found.gender is not None or gender is None:
        return None
    for sentence in _sentences(roster.before(found.start, _PARAGRAPH), roster):
        known = [one for one in sentence if one.kind == "named" and _gender(one) == gender and not one.oblique]
        if known:
            return known[0]
    return None


def _preferred(fitting: list[Mention], known: list[Mention]) -> Mention:
    """Prefer a person of that gender, named or described, to one of whom nothing tells it, if both are named."""
    first = fitting[0]
    better = [one for one in known if one.kind == "named"]
    return better[0] if better and (first.kind == "named" or first.definite) else first


def _sure(mention: Mention) -> bool:
    """Whether a mention is surely of a person: a pronoun must not go to the name of a place."""
    return mention.who is None or mention.who.certain


def _gender(mention: Mention) -> Gender | None:
    return mention.who.gender if mention.who is not None else mention.gender


def _person(mention: Mention, roster: Roster) -> Person:
    if mention.who is not None:
        return mention.who.person
    return _by_role("the", mention.person, roster, mention.start) if mention.definite else mention.person


def _is_bare(phrase: str) -> bool:
    """Whether the phrase is "one", "another", "one of them": an unnamed member of a group named before."""
    return all(word in VAGUE or word in {"of", "them", "the", "these", "those"} for word in phrase.split())


def _role_of_group(roster: Roster, at: int, *, other: bool, reach: int = _LOOK_BACK) -> str | None:
    """Return the role in "District leaders stressed …. As one explained": the nearest group, made singular.

    Args:
        roster: the people of the text.
        at: where the phrase stands.
        other: "another" takes up "one supervisor" as well as "supervisors".
        reach: how far back the group may stand, in characters.
    """
    near = [one for one in reversed(roster.before(at, reach)) if one.kind == "group" or (other and one.one_of)]
    return near[0].person.role if near else None


def _of_two(roster: Roster, at: int, *, last: bool) -> Person:
    """Return the last or first person of the nearest sentence that has two."""
    for sentence in _sentences(roster.before(at, _LOOK_BACK), roster):
        two = [one for one in sentence if one.kind != "group"]
        if len(two) > 1:
            return _person(two[-1] if last else two[0], roster)
    return Person()


def _by_role(phrase: str, person: Person, roster: Roster, at: int) -> Person:
    """Look up "the superintendent" among the persons of that role named before."""
    if person.role is None or not re.match(r"(?:the|its|their|our|her|his)\b", phrase, re.IGNORECASE):
        return person
    for mention in roster.backwards(at):
        if not _same_office(person.role, _role(mention)):
            continue
        if mention.who is not None:
            return Person(mention.who.name, mention.who.role or person.role, mention.who.organization)
        if not mention.definite and mention.kind == "role":
            return replace(person, organization=person.organization or mention.person.organization)
    return person


def _role(mention: Mention) -> str | None:
    return mention.who.role if mention.who is not None else mention.person.role


def _same_office(wanted: str, role: str | None) -> bool:
    """Whether one role is the other in fewer words: "president" and "union president", not "vice president"."""
    if role is None:
        return False
    one, other = _office(wanted), _office(role)
    return one[-1:] == other[-1:] and (QUALIFIED & set(one)) == (QUALIFIED & set(other))


def _office(role: str) -> list[str]:
    return role.lower().split(" of ")[0].split(" for ")[0].split()
