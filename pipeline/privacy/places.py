"""The sites that a document names: districts and schools as the segment stage finds them, and what else tells where.

Universities, centres, networks, foundations, programmes and towns are found by their last word, by spaCy's entities and
by being capitalised words that no dictionary knows.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from pipeline.privacy.capitals import Run, runs
from pipeline.privacy.ordinary import GIVEN, PLAIN, is_of_field, is_ordinary, is_state
from pipeline.privacy.words import phrase
from pipeline.records import Document, Passage
from pipeline.stages.ingest.places import STATE
from pipeline.stages.quote.people.lexicon import STARTERS, is_role
from pipeline.stages.segment.sites import SiteName, find_site_names

if TYPE_CHECKING:
    from spacy.language import Language

_ORGANIZED: Final = (
    r"(?:University|College|Institute|Center|Centre|Foundation|Trust|Cooperative|Exchange|Forum|Collaborative|Network|"
    r"Consortium|Alliance|Federation|Council|Association|Partnership|Initiative|Coalition|Fund|Academy|Church|Hospital|"
    r"Library|Museum|Corporation|Company|Inc|LLC|Press|Laboratory|Society|League|Union|Agency|Paving|Residency|"
    r"Fellowship|Program|Programme|Project)"
)
ENDS_ORGANIZED: Final = re.compile(rf"\b(?:{_ORGANIZED}|Schools?|District|Elementary|Middle|High|County|Township)$")
_WITH_OF: Final = re.compile(
    rf"\b(?:[A-Z][\w’'-]+ ){{0,4}}{_ORGANIZED} (?:for|of|on)(?: the)? "
    r"[A-Z][\w’'-]+(?:(?:,? (?:and|&))? [A-Z][\w’'-]+){0,5}"
)
_SCHOOL: Final = re.compile(
    r"(?:Elementary|Primary|Middle|Junior High|Senior High|High|K[-–]8|K[-–]12|Academy|School|Prep|Montessori|Charter)"
    r"(?: School)?$"
)
_DISTRICT: Final = re.compile(
    r"(?:School District(?: (?:No\. )?\d+)?|Public Schools|Unified|ISD|USD|Schools|County|Township|Parish)$",
    re.IGNORECASE,
)
_COUNTY: Final = re.compile(r"\b(?:[A-Z][a-zß-ÿ’'-]+ ){1,3}(?:County|Township|Parish)\b")
_STREET: Final = re.compile(r"\b(?:Street|Avenue|Road|Lane|Boulevard|Highway|Drive|Court|Parkway)$")
OF_PLACES: Final = frozenset(
    """
    Port Saint Mount Fort Lake Upper Lower New Old Big Little North South East West Great Grand Cape Point Falls Ridge
    Creek River Valley Springs Hills Heights Haven Harbor Landing Hollow Bay Island Beach Grove Plains Prairie Butte
    Wells Junction Crossing Township Village Bluff Canyon Mesa Cove Rapids Gap Forks Fork Bottoms Flats Meadows Basin
    Sound
    """.split()
)
"""Words with which the names of towns begin or end."""
_REGIONS: Final = frozenset(
    ["Northern", "Southern", "Eastern", "Western", "Central", "Midwest", "Pacific", "Atlantic", "Mountain"]
) | frozenset(STATE.replace("\\", "").split("|"))
_BRACKETED: Final = re.compile(r" \((?:the )?[“\"]?(?P<initials>[A-Z][A-Z&-]{1,7})[”\"]?\)")
_LEAD: Final = re.compile(r"(?:[A-Z][\w’'&-]*(?: (?:of|for|and|in|on|the|&))*(?: the)? ?){2,9}$")
_BODIES: Final = re.compile(rf"\b(?:{_ORGANIZED}|Corps|Bank|Officers|Educators|Teachers|Department)\b")
_OF: Final = re.compile(r" (?:of|for|on|from|and)(?: the)? ")
_MOST_WORDS: Final = 8
_FEWEST_LETTERS: Final = 3
_POSSESSIVE: Final = re.compile(r"[’']s?$")
_OFTEN: Final = 2
_OFTEN_WORDS: Final = 3
_TITLES: Final = frozenset("table figure item section chapter appendix cohort grade title algebra article".split())


class Place(NamedTuple):
    """A site: its name, its kind (school, district, site), the ways in which it is written, where it stands first."""

    name: str
    kind: str
    forms: tuple[str, ...]
    at: int


def places_of(document: Document, passages: Sequence[Passage], nlp: "Language") -> list[Place]:
    """Return the sites of a document in the order in which they are named."""
    text = document.text
    known = [_known(one, text) for one in find_site_names(passages, nlp)]
    other = [*_organized(text), *_of_document(document), *_by_entity(passages, nlp), *_often(passages)]
    other = [one for one in other if _may_be(one.name) and not _is_person(one.name, document)]
    return [_with_initials(one, text) for one in _distinct([*known, *_centers(text), *other])]


def _with_initials(one: Place, text: str) -> Place:
    """Add the initials of a name where they stand in the text: "School Redesign Network", later "SRN"."""
    words = [word for word in one.name.split() if word[0].isupper()]
    initials = "".join(word[0] for word in words)
    found = len(words) > 2 and re.search(rf"\b{re.escape(initials)}\b", text)
    return one._replace(forms=(*one.forms, initials)) if found else one


def _known(one: SiteName, text: str) -> Place:
    """Return a site as the segment stage knows it, without the person of whom it is: "Ida Lund of Elm Unified"."""
    kind = one.type if one.type in {"school", "district"} else "site"
    name, *aliases = (_without_person(form) for form in (one.name, *one.aliases))
    return Place(name, kind, tuple(aliases), text.find(name))


def _without_person(name: str) -> str:
    who, _, where = name.partition(" of ")
    words = who.split()
    return where if where and (words[0] in GIVEN or not is_ordinary(words[-1])) else name


def _is_person(name: str, document: Document) -> bool:
    """Whether a name that looks like a place begins as those of persons do."""
    words = name.split()
    given = words[0] in GIVEN and 1 < len(words) < 4 and words[-1] not in OF_PLACES
    return name in document.authors or (given and not ENDS_ORGANIZED.search(name))


def of_organizations(names: Iterable[str], text: str) -> list[Place]:
    """Return the sites to which persons belong by what is told of them."""
    found = [Place(name, _kind(name), (), text.find(name)) for name in names if name in text]
    return [one for one in found if _may_be(one.name) and " " in one.name]


def _often(passages: Sequence[Passage]) -> Iterator[Place]:
    """Yield what is written large again and again in running text: "Pilot House", a programme."""
    found: dict[str, list[int]] = {}
    for passage in passages:
        for run in runs(passage.text) if passage.kind not in {"heading", "table"} else ():
            words = run.text.split()
            if 2 <= len(words) <= _OFTEN_WORDS and not any(_is_no_part(word) for word in words):
                found.setdefault(run.text, []).append(passage.start + run.start)
    small = _small(passages)
    for name, places in found.items():
        words = name.split()
        telling = not all(map(is_of_field, words)) and not all(word.lower() in small for word in words)
        if len(places) >= _OFTEN and telling and words[0] not in GIVEN:
            yield Place(name, _kind(name), (), places[0])


def _small(passages: Sequence[Passage]) -> frozenset[str]:
    """Return the words that stand there in small letters."""
    return frozenset(re.findall(r"\b[a-z]+\b", "\n".join(one.text for one in passages)))


def _is_no_part(word: str) -> bool:
    """Whether a word is in no name of a programme: "Ms.", "and", "Superintendent", "When"."""
    return word[0].islower() or word.endswith(".") or is_role(word) or word in STARTERS


def left_over(text: str, taken: Iterable[tuple[str, ...]]) -> list[Place]:
    """Return what nobody has claimed: capitalised words that no dictionary knows; most likely a place."""
    claimed = {word for one in taken for word in one}
    found = [one for run in runs(text) if (one := _unknown(run, claimed)) is not None]
    return _distinct(found)


def _unknown(run: Run, claimed: set[str]) -> Place | None:
    """Return the words of a run from the first to the last that is new."""
    words = run.text.split()
    new = [
        n for n, word in enumerate(words) if _is_unknown(word) and not claimed >= set(phrase(_POSSESSIVE.sub("", word)))
    ]
    if not new or (run.text.isupper() and len(words) < 2):
        return None
    last = next((n for n in range(new[-1] + 1, len(words)) if _ends_name(words[n])), len(words))
    name = " ".join(words[new[0] : last])
    return Place(_POSSESSIVE.sub("", name), _kind(name), (), run.start + run.text.find(name))


def _ends_name(word: str) -> bool:
    return word.lower() in PLAIN or word.islower() or is_role(word)


def _is_unknown(word: str) -> bool:
    return len(word.strip(".")) > 2 and not is_ordinary(word)


def _centers(text: str) -> Iterator[Place]:
    """Yield names such as "Center for Rural Leadership", and counties in the names of other things."""
    for match in _WITH_OF.finditer(text):
        yield Place(match[0].removeprefix("The "), "site", (), match.start())
    yield from _bracketed(text)
    for match in _COUNTY.finditer(text):
        name = match[0].removeprefix("The ")
        if _may_be(name):
            yield Place(name, "district", (), match.start())


def _bracketed(text: str) -> Iterator[Place]:
    """Yield bodies that are followed by their initials: "Elm Teachers Association (ETA)", later "ETA"."""
    for match in _BRACKETED.finditer(text):
        lead = _LEAD.search(text, max(0, match.start() - 90), match.start())
        words = lead[0].split() if lead else []
        while words and words[0][0] != match["initials"][0]:
            words = words[1:]
        name = " ".join(words)
        if len(words) > 1 and _BODIES.search(name) and not is_of_field(match["initials"]):
            yield Place(name, _kind(name), (match["initials"],), match.start() - len(name))


def _organized(text: str) -> Iterator[Place]:
    """Yield what ends as the names of organisations and places do: "Platte Ridge State University", "Elm Landing"."""
    for run in runs(text):
        yield from _named_in(run)


def _named_in(run: Run) -> Iterator[Place]:
    """Yield what a run names, each part of "Elm Public Schools and Oak Unified" by itself."""
    whole = _bare(run)
    parts = whole.split(" and ") if ENDS_ORGANIZED.search(whole.split(" and ", maxsplit=1)[0]) else [whole]
    for name in map(_last_part, parts):
        if " " in name and name.split()[-1] in OF_PLACES and not run.text.isupper():
            yield Place(name, "site", (), run.start + run.text.find(name))
        elif _kind(name) != "site" or ENDS_ORGANIZED.search(name) or _STREET.search(name):
            yield Place(name, _kind(name), (), run.start + run.text.find(name))


def _last_part(name: str) -> str:
    """Return the organisation in "Dr. Ida Lund of the Elm Trust"; a name such as "Center for Elms" is a whole."""
    first, *others = _OF.split(name)
    return name if not others or ENDS_ORGANIZED.search(first) else others[-1]


def _of_document(document: Document) -> Iterator[Place]:
    town = (document.place or "").split(",")[0].strip()
    if town:
        yield Place(town, "site", (), document.text.find(town))


def _by_entity(passages: Sequence[Passage], nlp: "Language") -> Iterator[Place]:
    small = _small(passages)
    texts = [(one.text, one.start) for one in passages]
    docs = nlp.pipe(texts, as_tuples=True, disable=["tagger", "parser", "attribute_ruler", "lemmatizer"])
    for doc, start in docs:
        for entity in doc.ents:
            if entity.label_ in {"GPE", "LOC", "FAC"}:
                yield from _of_entity(entity.text, start + entity.start_char, small)


def _of_entity(words: str, at: int, small: frozenset[str]) -> Iterator[Place]:
    for run in runs(words):
        name = _bare(run)
        if name and (" " in name or not is_ordinary(name) or name.lower() not in small):
            yield Place(name, _kind(name), (), at)


def _bare(run: Run) -> str:
    """Return a run without the words that only open a sentence, or say what somebody is."""
    words = _POSSESSIVE.sub("", run.text).split()
    while words and (words[0] in STARTERS or words[0].islower() or is_role(words[0]) or words[0] in {"The", "&"}):
        words = words[1:]
    return " ".join(words)


def _kind(name: str) -> str:
    """Return what the last words of a name say: school, district or site."""
    if _SCHOOL.search(name):
        return "school"
    return "district" if _DISTRICT.search(name) else "site"


def _may_be(name: str) -> bool:
    """Whether a name tells where: no state, no bare word such as "High School", nothing numbered."""
    words = name.split()
    if sum(map(str.isalpha, name)) < _FEWEST_LETTERS:
        return False
    if not 1 <= len(words) <= _MOST_WORDS or is_state(name) or words[0].lower() in _TITLES:
        return False
    if all(map(is_of_field, words)):
        return bool(ENDS_ORGANIZED.search(name)) and words[0] in _REGIONS and len(words) > 2
    generic = all(re.fullmatch(rf"{_ORGANIZED}|{_SCHOOL.pattern}|{_DISTRICT.pattern}", word) for word in words)
    return not generic and not all(_is_plain(word) for word in words)


def _is_plain(word: str) -> bool:
    """Whether a word is so common in this field that it names nothing: "State University", "Public Schools"."""
    return word.lower() in PLAIN or word.islower()


def _distinct(found: list[Place]) -> list[Place]:
    """Keep one of each name; the forms of the others are its own."""
    by_name: dict[tuple[str, ...], Place] = {}
    for one in found:
        known = by_name.setdefault(phrase(one.name), one)
        if known is not one:
            forms = tuple(dict.fromkeys([*known.forms, one.name, *one.forms]))
            by_name[phrase(one.name)] = known._replace(forms=forms)
    aliases = {phrase(form): name for name, one in by_name.items() for form in one.forms if phrase(form) != name}
    return sorted((one for name, one in by_name.items() if name not in aliases), key=lambda one: (one.at, one.name))
