"""Links passages that stand in several places of a corpus to the first of them, with small differences too.

Two passages are near-identical when at least four fifths of their runs of three words are the same (Jaccard index) and
they name the same people, places and figures: minutes are full of sentences that differ in one name or number only.

Of each passage only the smallest hashes of its runs are kept (Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900).
For a passage of up to `SKETCH` runs that is all of them, so that the index is exact; for a longer one it is an estimate
with a standard error of at most three hundredths. Passages are compared only when they share one of their very smallest
hashes, which any two that are alike enough must do (prefix filter; Chaudhuri, Ganti and Kaushik 2006,
https://doi.org/10.1109/ICDE.2006.9).
"""

import hashlib
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from pipeline.records import Passage

SKETCH = 256
"""Hashes kept of a passage, 8 bytes each."""

_RUN = 3  # words
_ALIKE = 0.8
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Seen:
    """A passage without its text.

    `number`: in the order of the corpus; `n`: how many different runs it has; `hashes`: the smallest of them, sorted;
    `facts`: of its names and figures.
    """

    number: int
    id: str
    n: int
    hashes: "array[int]"
    facts: int


class Linker:
    """Remembers the passages seen so far. Case, punctuation and white space make no difference.

    Headings are neither linked nor linked to.

    Args:
        min_words: shorter passages ("Motion carried.") are never linked.
    """

    def __init__(self, min_words: int) -> None:
        self._min_words = min_words
        self._first: dict[int, str] = {}
        self._index: dict[int, list[_Seen]] = {}

    def link(self, passages: Iterable[Passage]) -> Iterator[Passage]:
        """Yield the passages of one document, `duplicate_of` set on those that were seen before."""
        for passage in passages:
            words = _WORD.findall(passage.text.casefold())
            first = None
            if passage.kind != "heading" and len(words) >= self._min_words:
                first = self._find(passage, words)
            yield passage if first is None else msgspec.structs.replace(passage, duplicate_of=first)

    def _find(self, passage: Passage, words: Sequence[str]) -> str | None:
        """Return the id of the first passage like this one; one that has no like is remembered."""
        whole = _hash(" ".join(words))
        if whole in self._first:
            return self._first[whole]
        seen = _sketch(len(self._first), passage, words)
        like = self._like(seen)
        self._first[whole] = like.id if like else passage.id
        if like is None:
            for value in _prefix(seen):
                self._index.setdefault(value, []).append(seen)
        return like.id if like else None

    def _like(self, seen: _Seen) -> _Seen | None:
        """Return the first passage that is near-identical to this one."""
        others = {other.number: other for value in _prefix(seen) for other in self._index.get(value, ())}
        alike = (others[number] for number in sorted(others) if others[number].facts == seen.facts)
        return next((other for other in alike if _likeness(seen, other) >= _ALIKE), None)


def _sketch(number: int, passage: Passage, words: Sequence[str]) -> _Seen:
    runs = {" ".join(words[i : i + _RUN]) for i in range(max(1, len(words) - _RUN + 1))}
    return _Seen(number, passage.id, len(runs), array("Q", sorted(map(_hash, runs))[:SKETCH]), _facts(passage.text))


def _prefix(seen: _Seen) -> Sequence[int]:
    """Return so many of the smallest hashes that two passages which share none of them cannot be alike enough."""
    n = len(seen.hashes)
    return seen.hashes[: n - math.ceil(_ALIKE * n) + 1]


def _likeness(one: _Seen, other: _Seen) -> float:
    """Return the Jaccard index of the runs of two passages, estimated where either has more than were kept."""
    if min(one.n, other.n) < _ALIKE * max(one.n, other.n):
        return 0.0
    own, others = set(one.hashes), set(other.hashes)
    union = sorted(own | others)
    if max(one.n, other.n) > SKETCH:
        union = union[:SKETCH]
    return sum(value in own and value in others for value in union) / len(union)


def _facts(text: str) -> int:
    """Return a hash of the figures and of the capitalised words within sentences."""
    found = {match[0] for match in _WORD.finditer(text) if _is_fact(text, match)}
    return _hash("\n".join(sorted(found)))


def _is_fact(text: str, match: re.Match[str]) -> bool:
    if any(map(str.isdigit, match[0])):
        return True
    before = text[max(0, match.start() - 3) : match.start()].rstrip(" “”\"'‘’(")[-1:]
    return match[0][0].isupper() and (before.isalnum() or before in {",", ";", ":", "-", "–"}) and bool(before)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
