"""The persons whom a document names: recall comes first, since a name too many can be struck from the list.

Found by what the quote stage knows of people (titles, forms of address, roles behind a name, verbs of speech), by the
labels of turns, by the authors, by given names, by spaCy's entities, and by what is left: capitalised words that no
dictionary knows.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pipeline.privacy.capitals import Run, runs
from pipeline.privacy.forms import without_titles
from pipeline.privacy.ordinary import GIVEN, PLAIN, is_of_field, is_ordinary, is_state
from pipeline.privacy.places import ENDS_ORGANIZED, OF_PLACES
from pipeline.privacy.words import phrase
from pipeline.records import Document, Passage
from pipeline.stages.quote.people import Roster
from pipeline.stages.quote.people.lexicon import (
    NOT_NAMES,
    ORGANIZATION_WORDS,
    STARTERS,
    TITLE_WORDS,
    is_role,
)

if TYPE_CHECKING:
    from spacy.language import Language

_LABEL_NOISE: Final = re.compile(r"\([^)]{0,200}\)|\[[^\]]{0,200}\]|,.*")
_ADDRESSED: Final = re.compile(
    r"\b(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Rev|Sister|Brother|Supt|Superintendent|Principal|Trustee|Coach|Professor|Councilor|"
    r"Councilman|Councilwoman|Councilmember|Senator|Governor|Mayor|Judge|Commissioner|Chancellor|Officer|Chief)\.? "
    r"(?P<name>(?:[^\W\d_a-zß-öø-ÿ][\w’'‐‑-]*\.?(?: (?:de|la|del|van|von) )?\s?){1,4})"
)
_OWNER: Final = re.compile(r"^.*[’']s (?=[^\W\d_a-z])")
_NOT_FIRST: Final = STARTERS | {"&", "and", "See", "Mr.", "Mrs.", "Ms.", "Dr.", "By", "Prepared"}
_MR_B: Final = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr)\.? [A-Z]\.?")
_QUALIFIERS: Final = frozenset(
    "Assistant Associate Deputy Vice Executive Chief Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
)
_LEAD: Final = re.compile(r"^.*\b(?:for|by|from|with|to|Mr\.?|Mrs\.?|Ms\.?|Miss|Dr\.?) (?=[^\W\d_a-z])")
_LETTER: Final = re.compile(r"[^\W\d_]\.?")
_SAID: Final = re.compile(
    r"^,? (?:said|says|told|asked|asks|added|explained|recalled|noted|wrote|writes|replied|answered|called|thought|"
    r"described|reported|argued|suggested|remembers|stated|observed|responded|agreed|objected|moved|seconded)\b"
)
_SAID_BEFORE: Final = re.compile(
    r"\b(?:said|says|asked|added|explained|recalled|replied|wrote|named|called|thanks to) $"
)
_PLACED: Final = re.compile(r"\b(?:in|at|near|outside|across|to|from|of) (?:the )?$")
_FOLLOWED: Final = re.compile(
    r"^, (?:an?|the|its|our|who|principal|superintendent|teacher|director|chair|president|\w+ at)\b"
)
_LONGEST: Final = 4


@dataclass(slots=True)
class Sighting:
    """A person in a document. `name`: the fullest form; `at`: where it stands first; `sure`: no mere guess.

    `addressed`: somebody is called so, by "Ms." or by the label of a turn; `seen`: by its place in the sentence it
    is no word, whatever a dictionary says.
    """

    name: str
    role: str | None = None
    organization: str | None = None
    at: int = 0
    sure: bool = True
    addressed: bool = False
    seen: bool = False
    forms: set[str] = field(default_factory=set)

    @property
    def surname(self) -> str:
        """The last word."""
        return self.name.split()[-1]


def persons_of(
    document: Document, passages: Sequence[Passage], nlp: "Language", sites: Iterable[str]
) -> list[Sighting]:
    """Return the persons of a document in the order in which they are named.

    Args:
        document: with its text.
        passages: all of it.
        nlp: a spaCy pipeline with named entities.
        sites: the names of places and organisations in it, which are nobody's.
    """
    text = document.text
    taken = {phrase(site) for site in sites}
    small = frozenset(re.findall(r"\b[a-z]+\b", text))
    found = [
        *_by_roster(text),
        *(Sighting(name, role="author", at=text.find(name), addressed=True) for name in document.authors),
        *_by_label(passages),
        *(one for passage in passages if passage.kind != "heading" for one in _by_address(passage.text, passage.start)),
        *_by_entity(passages, nlp, taken),
        *_by_shape(text, taken),
        *_unknown(passages, small),
    ]
    named = [one for one in map(_cleaned, found) if one is not None and _may_be(one, taken, small)]
    return _merged(named)


def _by_roster(text: str) -> Iterator[Sighting]:
    roster = Roster.of(text)
    first: dict[int, int] = {}
    for mention in roster.mentions:
        if mention.who is not None:
            first.setdefault(id(mention.who), mention.start)
    for known in roster.people.values():
        for one in known:
            yield Sighting(one.name, one.role, one.organization, first.get(id(one), 0), sure=one.certain)


def _by_label(passages: Sequence[Passage]) -> Iterator[Sighting]:
    for label, start in {one.speaker: one.start for one in reversed(passages) if one.speaker}.items():
        bare = _LABEL_NOISE.sub("", label).strip()
        words = [word for word in without_titles(bare).split() if not is_role(word.strip("."))]
        generic = any(char.isdigit() for char in bare) or all(word.lower() in TITLE_WORDS for word in words)
        if words and not generic:
            yield Sighting(" ".join(words), role=_role_in(bare), at=start, addressed=True)


def _role_in(label: str) -> str | None:
    return next((word.lower() for word in label.split() if is_role(word)), None)


def _by_address(text: str, offset: int) -> Iterator[Sighting]:
    for match in _ADDRESSED.finditer(text):
        name = match[0].strip() if _LETTER.fullmatch(match["name"].strip()) else next(_names_in(match["name"]), "")
        title = match[0].split()[0].lower()
        yield Sighting(name, title if is_role(title) else None, at=offset + match.start("name"), addressed=True)


def _names_in(words: str) -> Iterator[str]:
    return (run.text for run in runs(words))


def _by_entity(passages: Sequence[Passage], nlp: "Language", taken: set[tuple[str, ...]]) -> Iterator[Sighting]:
    texts = [(one.text, one.start) for one in passages]
    docs = nlp.pipe(texts, as_tuples=True, disable=["tagger", "parser", "attribute_ruler", "lemmatizer"])
    for doc, start in docs:
        for entity in doc.ents:
            if entity.label_ == "PERSON" and phrase(entity.text) not in taken:
                yield from _of_entity(entity.text, start + entity.start_char)


def _of_entity(words: str, at: int) -> Iterator[Sighting]:
    for run in runs(words):
        names = run.text.split()
        known = names[0] in GIVEN or any(not is_ordinary(name) for name in names)
        if known and not run.text.isupper():
            yield Sighting(run.text, at=at, sure=len(names) > 1 or names[0] in GIVEN)


def _by_shape(text: str, taken: set[tuple[str, ...]]) -> Iterator[Sighting]:
    """Yield runs that begin with a given name, and those of unknown words where a person may stand."""
    for run in runs(text):
        name = _unopened(run)
        words = name.split()
        if not words or phrase(name) in taken or len(words) > _LONGEST or set(words) & ORGANIZATION_WORDS:
            continue
        at = run.end - len(name)
        if words[0] in GIVEN and len(words) > 1:
            yield Sighting(name, at=at)
        elif not all(map(is_ordinary, words)) and _stands_for_person(text, at, run.end, len(words)):
            yield Sighting(name, at=at, sure=False)


def _unknown(passages: Sequence[Passage], small: frozenset[str]) -> Iterator[Sighting]:
    """Yield two or three large words, none of which the document writes small: "Calla Wick", though both are words."""
    for passage in passages:
        for run in runs(passage.text) if passage.kind not in {"heading", "table"} else ():
            name = _unopened(run)
            words = name.split()
            if len(words) in {2, 3} and not name.isupper() and not any(_is_thing(word, small) for word in words):
                at = run.end - len(name)
                seen = not run.opens and not _PLACED.search(passage.text, max(0, at - 24), at)
                yield Sighting(name, at=passage.start + at, sure=False, seen=seen)


def _is_thing(word: str, small: frozenset[str]) -> bool:
    return word[0].islower() or word.lower() in small or is_of_field(word) or is_role(word) or word in OF_PLACES


def _unopened(run: Run) -> str:
    """Return a run without the words in front of a name: "When Ida Lund", "Superintendent Lund"."""
    words = run.text.split()
    while words and (words[0] in STARTERS or is_role(words[0].strip(".")) or words[0].rstrip(".").lower() in _BEFORE):
        words = words[1:]
    return " ".join(words)


_BEFORE: Final = frozenset("mr mrs ms mx miss dr prof rev supt sr the by from with and yet so prepared".split())


def _stands_for_person(text: str, start: int, end: int, n: int) -> bool:
    behind, before = text[end : end + 40], text[max(0, start - 24) : start]
    if _SAID.match(behind) or _SAID_BEFORE.search(before) or _FOLLOWED.match(behind):
        return True
    return n in {2, 3} and not _PLACED.search(before)


def _cleaned(one: Sighting) -> Sighting | None:
    """Return a sighting with the bare name; `None` where nothing is left."""
    if _MR_B.fullmatch(one.name):
        return one
    name = _titled(one.name) if one.name.isupper() else one.name
    name = _OWNER.sub("", re.sub(r"[’']s?$", "", name.strip(" ,;:()“”\"'‘’")))
    words = without_titles(_LEAD.sub("", name)).split()
    while words and (words[0] in _NOT_FIRST or is_role(words[0].strip("."))):
        words = without_titles(" ".join(words[1:])).split()
    while len(words) > 1 and (is_role(words[-1]) or words[-1] in _QUALIFIERS):
        words = words[:-1]
    if not words or len(words) > _LONGEST + 1 or all(_LETTER.fullmatch(word) for word in words):
        return None
    one.name = " ".join(words)
    return one


def _titled(word: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), word)


def _may_be(one: Sighting, taken: set[tuple[str, ...]], small: frozenset[str]) -> bool:
    """Whether a name may be that of a person, and not of a thing; `small`: what stands in small letters."""
    words = one.name.split()
    given = words[0] in GIVEN and len(words) > 1 and not is_of_field(words[-1])
    if is_state(one.name) or any(char.isdigit() for char in one.name) or ENDS_ORGANIZED.search(one.name):
        return False
    if any(word in STARTERS or (is_role(word) and not given) for word in words):
        return False
    if phrase(one.name) in taken or words[-1].lower() in PLAIN:
        return one.addressed
    return one.addressed or given or _is_no_thing(one, words, small)


def _is_no_thing(one: Sighting, words: Sequence[str], small: frozenset[str]) -> bool:
    """Tell by its words whether a name that nothing introduces may be a person's."""
    if _is_initial(one) and len(words) == 2:
        return words[1].lower() not in small and words[1] not in NOT_NAMES
    if any(word.isupper() and len(word) > 1 for word in words):
        return False  # initials of an organisation
    if one.seen and len(words) > 1:
        return not any(_is_thing(word, small) for word in words)
    is_thing = words[-1].lower() in small or words[-1] in NOT_NAMES or bool(OF_PLACES & set(words))
    return not all(map(is_ordinary, words)) and (one.sure or not is_thing)


def _merged(found: list[Sighting]) -> list[Sighting]:
    """Bring together what is said of one person: surname, initial with surname, and full name."""
    by_name: dict[tuple[str, ...], Sighting] = {}
    for one in sorted(found, key=lambda one: (one.at, one.name)):
        known = by_name.setdefault(phrase(one.name), one)
        _add(known, one)
    full = [one for one in by_name.values() if len(phrase(one.name)) > 1 and len(one.name.split()) > 1]
    kept = list(full)
    by_last: defaultdict[tuple[str, ...], list[Sighting]] = defaultdict(list)
    for one in full:
        if len(one.name.split()[0].strip(".")) > 1:
            by_last[phrase(one.surname)].append(one)
    shorter = [one for one in by_name.values() if one not in full] + [one for one in full if _is_initial(one)]
    for one in shorter:
        same = _whom(one, by_last[phrase(one.surname)]) or _by_given(one, full)
        if same is not None and same is not one:
            _add(same, one)
            kept = [other for other in kept if other is not one]
        elif one not in kept:
            kept.append(one)
    return sorted((one for one in kept if not _holds_another(one, kept)), key=lambda one: (one.at, one.name))


def _holds_another(one: Sighting, kept: list[Sighting]) -> bool:
    """Whether a name is that of another with a word in front: "Reach Ida Lund"."""
    words = phrase(one.name)
    if one.name.split()[0] in GIVEN or not is_ordinary(one.name.split()[0]):
        return False
    return any(len(phrase(other.name)) > 1 and words[1:] == phrase(other.name) for other in kept)


def _is_initial(one: Sighting) -> bool:
    return bool(_LETTER.fullmatch(one.name.split()[0]))


def _whom(one: Sighting, known: list[Sighting]) -> Sighting | None:
    """Return the person of this surname; with an initial only one whose name begins so."""
    if _is_initial(one):
        known = [other for other in known if other.name[0] == one.name[0]]
    return known[0] if known else None


def _by_given(one: Sighting, full: list[Sighting]) -> Sighting | None:
    """Return the only person with this given name."""
    same = [other for other in full if phrase(other.name.split()[0]) == phrase(one.name)]
    return same[0] if len(same) == 1 and len(one.name.split()) == 1 else None


def _add(known: Sighting, one: Sighting) -> None:
    known.forms |= {one.name, *one.forms}
    known.role = "author" if "author" in {one.role, known.role} else known.role or one.role
    known.organization = known.organization or one.organization
    known.sure = known.sure or one.sure
    known.addressed = known.addressed or one.addressed


def surnames(persons: Iterable[Sighting]) -> Counter[str]:
    """Count the persons of each surname."""
    return Counter(one.surname for one in persons)
