"""Which words the page holds when there are more than it can: a sample that is the same in every run.

It is made in one pass and holds no more than it keeps. What comes first in its stratum (a theme in a document) goes
before what comes second in any other, so that every document and theme has its share; within a stratum a hash of the
id decides, which is as good as chance.
"""

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
Key = tuple[int, int]
"""Rank within the stratum, then chance; the lowest are kept."""

LAST = 1_000_000
"""Rank of what is only kept when there is room."""


class Sample(Generic[T]):
    """The `limit` entries with the lowest keys of all that were offered. `offered`: how many they were."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: list[tuple[int, int, int, T]] = []
        self.offered = 0

    def offer(self, key: Key, entry: T) -> None:
        """Keep an entry, unless the sample is full of better ones."""
        self.offered += 1
        kept = (-key[0], -key[1], -self.offered, entry)
        if len(self._kept) < self._limit:
            heapq.heappush(self._kept, kept)
        elif self._kept and kept[:3] > self._kept[0][:3]:
            heapq.heapreplace(self._kept, kept)

    def wanted(self, keys: Sequence[Key]) -> Iterator[tuple[int, Key]]:
        """Yield place and key of the entries that are to be offered, for they are not all worse than what is kept."""
        for place, key in enumerate(keys):
            full = len(self._kept) == self._limit
            if full and (not self._limit or (-key[0], -key[1]) <= self._kept[0][:2]):
                self.offered += 1
            else:
                yield place, key

    def kept(self) -> list[T]:
        """Return what was kept, in the order in which it was offered."""
        return [entry for *_, entry in sorted(self._kept, key=lambda kept: -kept[2])]


def chance(seed: int, record_id: str) -> int:
    """Return a number of 64 bits that is the same for this id in every run.

    >>> chance(13, "a") == chance(13, "a"), chance(13, "a") == chance(14, "a")
    (True, False)
    """
    return int.from_bytes(hashlib.sha256(f"{seed}:{record_id}".encode()).digest()[:8])


def keys(entries: Sequence[tuple[str, Iterable[Hashable]]], seed: int) -> list[Key]:
    """Return a key for each entry of a document, given its id and its strata; without strata, it comes last.

    >>> [rank for rank, _ in keys([("a", ["x"]), ("b", ["x"]), ("c", ["x", "y"]), ("d", [])], 13)]
    [1, 2, 0, 1000000]
    """
    drawn = [chance(seed, record_id) for record_id, _ in entries]
    strata: dict[Hashable, list[int]] = defaultdict(list)
    for place in sorted(range(len(entries)), key=drawn.__getitem__):
        for stratum in entries[place][1]:
            strata[stratum].append(place)
    best = [LAST] * len(entries)
    for members in strata.values():
        for rank, place in enumerate(members):
            best[place] = min(best[place], rank)
    return list(zip(best, drawn, strict=True))
