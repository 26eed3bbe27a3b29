"""From a corpus to one without names: what is found, what stands for it, and the new texts.

Nothing is read or written here: documents come in as they were read, and go out as texts with new paths.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from pipeline.files import sha256_text
from pipeline.privacy import dates
from pipeline.privacy.key import Head, Key, Named, Written
from pipeline.privacy.listing import Identity, Reading, all_forms, identities, read_document
from pipeline.privacy.naming import name_all, short
from pipeline.privacy.replacing import Lexicon, Replacement, Tree, in_names_of_files, put, replacements, tree_of
from pipeline.privacy.roster import LEAVE, PERSON, Entry
from pipeline.privacy.sources import Source
from pipeline.privacy.words import phrase

if TYPE_CHECKING:
    from spacy.language import Language

SECRET: Final = "secret"
"""Instead of a number of days: one is drawn, once, and kept in the key."""
_FEWEST_WEEKS, _MOST_WEEKS = 4, 26


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document without names: its path in the new corpus and its text; `places`: what stood where."""

    source: str
    path: str
    text: str
    places: list[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Result:
    """All that comes of a corpus; `key` with what was there before."""

    documents: list[NewDocument]
    found: list[Identity]
    key: Key
    replaced: Counter[str]


def found_in(
    sources: Iterable[Source], nlp: "Language", roster: Iterable[Entry], known: Iterable[Named] = ()
) -> list[Identity]:
    """Return who and what is named in the documents, with what the roster says of it, and the names of a key."""
    readings: list[Reading] = [read_document(one.document, one.passages, nlp) for one in sources]
    return identities(readings, roster, known)


def entries(found: Sequence[Identity], sources: Sequence[Source]) -> list[Entry]:
    """Return what was found as a roster to look through, with how often each name stands in the documents."""
    counts = _counted(found, sources)
    return [
        Entry(
            name=one.name,
            kind=one.kind,
            role=one.role,
            of=one.of,
            pseudonym=one.pseudonym,
            forms=tuple(sorted(one.forms - {one.name})),
            found=counts[id(one)],
            example=one.example,
        )
        for one in found
    ]


def _counted(found: Sequence[Identity], sources: Sequence[Source]) -> Counter[int]:
    counts: Counter[int] = Counter()
    others = tree_of(found)
    for source in sources:
        lexicon = Lexicon.of(source.path, source.document.text, found, others)
        counts.update(id(one.whose) for one in replacements(source.text, lexicon) if one.whose is not None)
    return counts


def pseudonymised(sources: Sequence[Source], found: Sequence[Identity], key: Key, days: int | str | None) -> Result:
    """Replace the names in all documents.

    Args:
        sources: the documents.
        found: who and what they name; those without a pseudonym get one.
        key: what an earlier run gave, which stays.
        days: by how many to shift all dates; `None`: as the key says; "secret": a number is drawn if it says nothing.
    """
    _take_over(found, key)
    name_all(
        [one for one in found if one.kind != LEAVE], (one.text for one in sources), (one.pseudonym for one in key.names)
    )
    head = Head(days=_days(key, days))
    others = tree_of(found)
    documents = [_renamed(one, found, others, head.days) for one in sources]
    documents = _with_own_paths(documents)
    replaced = _kinds(sources, found)
    return Result(documents, list(found), _added(key, head, found, documents), replaced)


def _take_over(found: Sequence[Identity], key: Key) -> None:
    """Give to everyone the pseudonym that the key gave before."""
    for one in found:
        same = [old for old in key.names if phrase(old.name) == phrase(one.name) and old.kind == one.kind]
        mine = [old for old in same if not old.documents or one.documents & set(old.documents)] or same[:1]
        if mine and one.kind != LEAVE:
            one.pseudonym = mine[0].pseudonym


def _days(key: Key, asked: int | str | None) -> int | None:
    if asked is None or key.head.days is not None:
        return key.head.days
    return asked if isinstance(asked, int) else _drawn()


def _drawn() -> int:
    """Return a secret number of whole weeks, at most half a year, so that years that stand alone are nearly right."""
    weeks = secrets.choice([*range(-_MOST_WEEKS, -_FEWEST_WEEKS + 1), *range(_FEWEST_WEEKS, _MOST_WEEKS + 1)])
    return 7 * int(weeks)


def _renamed(source: Source, found: Sequence[Identity], others: Tree, days: int | None) -> NewDocument:
    lexicon = Lexicon.of(source.path, source.document.text, found, others)
    wanted = replacements(source.text, lexicon)
    if days:
        year = int(source.document.date_start[:4]) if source.document.date_start else None
        wanted = _with_dates(wanted, dates.shift(source.text, days, year))
    text, places = put(source.text, wanted)
    path = PurePosixPath(source.path)
    parts = [in_names_of_files(part, found) for part in path.parent.parts]
    stem = in_names_of_files(path.stem, found)
    return NewDocument(source.path, PurePosixPath(*parts, f"{stem}{source.suffix}").as_posix(), text, places)


def _with_dates(names: Sequence[Replacement], moved: Iterable[tuple[int, int, str]]) -> list[Replacement]:
    """Add dates where no name stands."""
    taken = [(one.start, one.end) for one in names]
    free = [
        Replacement(start, end, new)
        for start, end, new in moved
        if not any(start < other and first < end for first, other in taken)
    ]
    return sorted([*names, *free], key=lambda one: one.start)


def _with_own_paths(documents: Sequence[NewDocument]) -> list[NewDocument]:
    """Number the files whose new names would be the same."""
    seen: Counter[str] = Counter()
    own: list[NewDocument] = []
    for one in documents:
        seen[one.path.lower()] += 1
        n, path = seen[one.path.lower()], PurePosixPath(one.path)
        name = one.path if n == 1 else path.with_name(f"{path.stem}-{n}{path.suffix}").as_posix()
        own.append(NewDocument(one.source, name, one.text, one.places))
    return own


def _kinds(sources: Sequence[Source], found: Sequence[Identity]) -> Counter[str]:
    """Count what was replaced, by kind."""
    kinds: Counter[str] = Counter()
    others = tree_of(found)
    for source in sources:
        lexicon = Lexicon.of(source.path, source.document.text, found, others)
        kinds.update(one.whose.kind if one.whose else "contact" for one in replacements(source.text, lexicon))
    return kinds


def _added(key: Key, head: Head, found: Sequence[Identity], documents: Sequence[NewDocument]) -> Key:
    """Return the key with what is new; what stood in it stays."""
    names = {(one.name, one.pseudonym): one for one in key.names}
    for one in found:
        if one.kind != LEAVE:
            new = _named(one)
            old = names.get((new.name, new.pseudonym))
            names[new.name, new.pseudonym] = _joined(old, new) if old else new
    files = {one.written: one for one in key.files} | {one.path: _written(one) for one in documents}
    return Key(head=head, names=list(names.values()), files=list(files.values()))


def _named(one: Identity) -> Named:
    pseudonym = one.pseudonym or ""
    bare = short(pseudonym) if one.kind == PERSON else pseudonym
    return Named(
        name=one.name,
        kind=one.kind,
        role=one.role,
        of=one.of,
        pseudonym=pseudonym,
        forms={form: bare for form in all_forms(one) if form != one.name},
        documents=sorted(one.documents),
    )


def _joined(old: Named, new: Named) -> Named:
    return Named(
        name=old.name,
        kind=old.kind,
        role=new.role or old.role,
        of=new.of or old.of,
        pseudonym=old.pseudonym,
        forms=old.forms | new.forms,
        documents=sorted({*old.documents, *new.documents}),
    )


def _written(one: NewDocument) -> Written:
    return Written(path=one.source, written=one.path, sha256=sha256_text(one.text), places=one.places)
