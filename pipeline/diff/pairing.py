"""Finds documents and passages of one run again in another: by path, or content; by words, not by id or offset."""

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product, zip_longest
from typing import TypeVar

from pipeline.records import Bundle, Passage

ALIKE = 60
"""Per cent of their characters from which two texts count as one that was edited."""

REACH = 8
"""Passages before and after its expected place in which an edited passage is looked for."""

_STEPS = sorted(product(range(24), repeat=2), key=lambda step: (sum(step), abs(step[0] - step[1])))[1:]
"""How far ahead to look in A and B where they part, the nearest places first."""

T = TypeVar("T")
Pair = tuple[T, T]
Either = tuple[T | None, T | None]


def plain(text: str) -> str:
    """Return a text without what does not matter when words are compared: case, space, marks of quotation.

    >>> plain("“We  share THE work.”")
    'we share the work.'
    """
    return " ".join(re.sub("[“”\"'‘’]", "", text).casefold().split())


def likeness(one: str, other: str) -> float:
    """Return how much two texts share, 0–100; 0 below `ALIKE`."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - only edited documents need it

    return fuzz.ratio(one, other, score_cutoff=ALIKE)


def pair_documents(a: Iterable[Bundle], b: Iterable[Bundle]) -> Iterator[Either[Bundle]]:
    """Yield the documents of two runs two by two, and those that only one has.

    Both are streamed: of runs whose documents stand in the same order, few have to be held.
    """
    waiting: tuple[dict[str, Bundle], dict[str, Bundle]] = {}, {}
    for both in zip_longest(a, b):
        for side, bundle in enumerate(both):
            if bundle is None:
                continue
            path = bundle.document.path
            other = waiting[1 - side].pop(path, None)
            if other is None:
                waiting[side][path] = bundle
            else:
                yield (other, bundle) if side else (bundle, other)
    yield from _pair_renamed(list(waiting[0].values()), list(waiting[1].values()))


def _pair_renamed(a: Sequence[Bundle], b: Sequence[Bundle]) -> Iterator[Either[Bundle]]:
    pairs = pair_equal([one.document.sha256 for one in a], [one.document.sha256 for one in b])
    for i, one in enumerate(a):
        yield one, b[pairs[i]] if i in pairs else None
    taken = set(pairs.values())
    for j, other in enumerate(b):
        if j not in taken:
            yield None, other


@dataclass(frozen=True)
class Passages:
    """The passages of a document in two runs: those that are in both, as pairs, and those that only one has."""

    pairs: list[Pair[Passage]]
    only_a: list[Passage]
    only_b: list[Passage]

    @property
    def either(self) -> list[Either[Passage]]:
        """All of them as they stand in B; those that are gone, where they stood in A."""
        found: list[Either[Passage]] = [*self.pairs, *((one, None) for one in self.only_a)]
        found += [(None, other) for other in self.only_b]
        return sorted(found, key=lambda pair: _place(*pair))

    @cached_property
    def to_b(self) -> dict[str, Passage]:
        """The passage of B by the id that it has in A."""
        return {one.id: other for one, other in self.pairs}

    @cached_property
    def kept_in_b(self) -> frozenset[str]:
        """The ids that passages of both have in B."""
        return frozenset(other.id for _, other in self.pairs)


def _place(one: Passage | None, other: Passage | None) -> int:
    return other.index if other else one.index if one else 0


def pair_passages(a: Sequence[Passage], b: Sequence[Passage]) -> Passages:
    """Find passages again: in step, by equal words between equal neighbours, by equal words, edited ones nearby."""
    said_a, said_b = [plain(one.text) for one in a], [plain(one.text) for one in b]
    found = _pair_in_step(said_a, said_b)
    found = pair_equal(_with_neighbours(said_a), _with_neighbours(said_b), found)
    found = pair_equal(said_a, said_b, found)
    found = _pair_edited(said_a, said_b, found)
    taken = set(found.values())
    return Passages(
        [(a[i], b[found[i]]) for i in sorted(found)],
        [one for i, one in enumerate(a) if i not in found],
        [one for j, one in enumerate(b) if j not in taken],
    )


def pair_equal(a: Sequence[Hashable], b: Sequence[Hashable], known: dict[int, int] | None = None) -> dict[int, int]:
    """Map the places of keys in A to those of equal keys in B, the first to the first, beside what is `known`."""
    found = dict(known or {})
    taken, free = set(found.values()), dict[Hashable, deque[int]]()
    for j, key in enumerate(b):
        if j not in taken:
            free.setdefault(key, deque()).append(j)
    for i, key in enumerate(a):
        if i not in found and free.get(key):
            found[i] = free[key].popleft()
    return found


def pair_best(a: Sequence[T], b: Sequence[T], score: Callable[[T, T], float]) -> list[tuple[T, T]]:
    """Pair those that score highest together, the best pair first; pairs that score nothing are none."""
    scored = [(score(one, other), i, j) for i, one in enumerate(a) for j, other in enumerate(b)]
    left_a, left_b, found = set(range(len(a))), set(range(len(b))), list[tuple[int, int]]()
    for value, i, j in sorted(scored, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if value > 0 and i in left_a and j in left_b:
            left_a.remove(i)
            left_b.remove(j)
            found.append((i, j))
    return [(a[i], b[j]) for i, j in sorted(found)]


def _pair_in_step(a: Sequence[str], b: Sequence[str]) -> dict[int, int]:
    """Walk through both; where they part, go on where two passages on end are equal again, if that is nearby.

    So a sentence that stands in many places is not taken for the same one elsewhere.
    """
    found: dict[int, int] = {}
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] != b[j]:
            ahead = next((step for step in _STEPS if _is_in_step(a, b, i + step[0], j + step[1])), (1, 1))
            i, j = i + ahead[0], j + ahead[1]
        else:
            found[i] = j
            i, j = i + 1, j + 1
    return found


def _is_in_step(a: Sequence[str], b: Sequence[str], i: int, j: int) -> bool:
    return i < len(a) and j < len(b) and a[i] == b[j] and a[i + 1 : i + 2] == b[j + 1 : j + 2]


def _with_neighbours(said: Sequence[str]) -> list[tuple[str, ...]]:
    ringed = ["", *said, ""]
    return [tuple(ringed[i : i + 3]) for i in range(len(said))]


def _pair_edited(a: Sequence[str], b: Sequence[str], known: dict[int, int]) -> dict[int, int]:
    found, taken, expected = dict(known), set(known.values()), -1
    for i, said in enumerate(a):
        expected = found.get(i, expected + 1)
        if i in found:
            continue
        near = range(max(0, expected - REACH), min(len(b), expected + REACH + 1))
        scored = [(likeness(said, b[j]), -j) for j in near if j not in taken]
        best, place = max(scored, default=(0.0, 0))
        if best:
            found[i] = expected = -place
            taken.add(-place)
    return found
