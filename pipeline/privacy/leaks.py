"""Leaks: names of the roster and the key, contact details and identifiers in a file that is to be given away.

Names are compared as words without case and accents, whatever parts them: a line end, a hyphen, an entity, a tag. A
file is read once and every word looked up in a tree of the names, so that time grows with its length alone.

    roster: Ida Lund    notes.csv: "… as L\\u00dcND, Ida …"    → Leak("person", "notes.csv line 7", "L••d")
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from pipeline.privacy.contacts import contacts_in
from pipeline.privacy.forms import forms_of
from pipeline.privacy.key import read_key
from pipeline.privacy.opened import texts_in
from pipeline.privacy.ordinary import WORDS_TOO, is_ordinary
from pipeline.privacy.roster import LEAVE, read_roster
from pipeline.privacy.words import Word, joined, phrase, plain, words_of

NAME: Final = "name"
_END: Final = ""
"""In the tree of names, where one ends: no word is empty."""
_SHORT: Final = 3
"""Letters of a form that counts only as it is written: initials would be found in every text."""


class Leak(NamedTuple):
    """What was found: what it is, where, and as it may be shown."""

    kind: str
    place: str
    shown: str


@dataclass(frozen=True)
class Watch:
    """What is looked for. `names`: forms, each with its kind; `allowed`: names that may stand."""

    names: tuple[tuple[str, str], ...] = ()
    allowed: tuple[str, ...] = ()
    sources: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, roster: Path | None, key: Path | None, corpus_names: Iterable[str] = ()) -> "Watch":
        """Bring together the names of a roster, of a key file, and others."""
        entries = read_roster(roster) if roster is not None else []
        keyed = read_key(key).names if key is not None else []
        listed = [(name, one.kind) for one in entries if one.kind != LEAVE for name in (one.name, *one.forms)]
        kept = [(name, one.kind) for one in keyed for name in (one.name, *one.forms)]
        others = [(name, NAME) for name in corpus_names]
        names = {(form, kind) for name, kind in [*listed, *kept, *others] for form in forms_of(name, kind)}
        allowed = sorted(name for one in entries if one.kind == LEAVE for name in (one.name, *one.forms))
        sources = [str(one.name) for one in (roster, key) if one is not None]
        return cls(tuple(sorted(names)), tuple(allowed), tuple(sources))

    @cached_property
    def tree(self) -> dict[str, Any]:
        """The forms word by word; at the end of one its kind, `None` where it may stand, and how it is written."""
        root: dict[str, Any] = {}
        for form, kind in [*self.names, *((name, None) for name in self.allowed)]:
            words = phrase(form)
            if words and (len(words) > 1 or len(words[0]) > 1):
                branch = root
                for word in words:
                    branch = branch.setdefault(word, {})
                branch[_END] = (kind, form)
        return root

    @property
    def summary(self) -> str:
        """What is looked for, in words for the user."""
        if not self.names:
            return "contact details and identifiers (no roster and no key: names were not looked for)"
        return f"names of {' and '.join(self.sources) or 'the corpus'}, contact details and identifiers"


def leaks_in(path: Path, watch: Watch, *, masked: bool = True) -> list[Leak]:
    """Read a file again and return what should not stand in it, in the order of the file.

    Args:
        path: any file that we write; its ending says how it is read.
        watch: what is looked for.
        masked: whether the middle of what is shown is hidden.

    Raises:
        PipelineError: the file cannot be opened: what was not read was not scanned.
    """
    found = [Leak(NAME, "name of the file", path.name)] if list(_names(path.name.title(), watch)) else []
    found += [leak for place, text in texts_in(path) for leak in _leaks(place, text, watch)]
    unique = list(dict.fromkeys(found))
    return [one._replace(shown=mask(one.shown)) for one in unique] if masked else unique


def leaks_in_text(text: str, watch: Watch) -> list[Leak]:
    """Return what should not stand in a text, unmasked."""
    return list(dict.fromkeys(_leaks("", text, watch)))


def _leaks(place: str, text: str, watch: Watch) -> Iterator[Leak]:
    text = plain(text.title() if place.startswith("name of ") else text)
    told = f"{place}, " if place else ""
    one_line = "\n" not in text
    for kind, line, words in [*_names(text, watch), *_contacts(text)]:
        yield Leak(kind, place if one_line and place else f"{told}line {line}", words)


def _contacts(text: str) -> list[tuple[str, int, str]]:
    found = (one for one in contacts_in(text) if one.kind != "url")
    return [(one.kind, text.count("\n", 0, one.start) + 1, text[one.start : one.end]) for one in found]


def _names(text: str, watch: Watch) -> Iterator[tuple[str, int, str]]:
    """Yield the names in a text: kind, line, words as they stand."""
    if not watch.names:
        return
    whole = joined(text)
    for one in (text, whole) if whole is not None else (text,):
        yield from _named(list(words_of(one)), watch.tree)


def _named(words: Sequence[Word], tree: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    at = 0
    while at < len(words):
        length, kind = _longest(words, at, tree) if words[at].folded in tree else (0, None)
        if kind is not None:
            yield kind, words[at].line, " ".join(word.raw for word in words[at : at + length])
        at += length or 1


def _longest(words: Sequence[Word], at: int, tree: dict[str, Any]) -> tuple[int, str | None]:
    """Return how many words the longest name takes that begins here, and its kind; 0 where there is none."""
    best: tuple[int, str | None] = (0, None)
    branch, n = tree, at
    while n < len(words) and words[n].folded in branch:
        branch, n = branch[words[n].folded], n + 1
        if _END in branch and _counts(words[at:n], branch[_END][1]):
            best = (n - at, branch[_END][0])
    return best


def _counts(words: Sequence[Word], form: str) -> bool:
    """Whether words are that name, and not a word that is written alike."""
    if len(words) > 1:
        return True
    raw = words[0].raw
    if len(raw) <= _SHORT:
        return raw in {form, form.upper()}
    return raw[0].isupper() or not (words[0].folded in WORDS_TOO or is_ordinary(raw))


def mask(words: str) -> str:
    """Return words with the middle of each hidden.

    >>> mask("Ida Lund")
    'I•• L••d'
    """
    return " ".join(_masked(word) for word in words.split())


def _masked(word: str) -> str:
    if len(word) < 2:
        return word
    return f"{word[0]}{'•' * (len(word) - 1)}" if len(word) <= _SHORT else f"{word[0]}{'•' * (len(word) - 2)}{word[-1]}"
