"""The numbers `n` of documents and records, with room between them, so that a document can be put between two others.

Worked example. The first two documents are 10,000 and 20,000; one that comes between them later is 15,000. Its passages
are 15,000,000,001, 15,000,000,002 and so on.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.errors import ErrorCode, PipelineError

ROOM: Final = 1_000_000
"""Numbers for the records of one kind in one document."""

_STRIDE: Final = 10_000
"""Numbers of documents from one to the next in a new index. With both, 900,000 documents stay below 2**53."""


def first_number(position: int) -> int:
    """Return the number of a document of a new index; `position`: its place, from 0."""
    return (position + 1) * _STRIDE


def number_range(n: int) -> tuple[int, int]:
    """Return the first and the last number that records of the document `n` may have."""
    return n * ROOM + 1, n * ROOM + ROOM - 1


def check_room(table: str, rows: int, path: str) -> None:
    """Refuse a document with more records of a kind than there are numbers.

    Raises:
        PipelineError: it has.
    """
    if rows >= ROOM:
        raise PipelineError(
            ErrorCode.INVALID_RECORD,
            found=f"{path} with {rows:,} {table}",
            expected=f"fewer than {ROOM:,} of a document",
            do="split the document into several files",
        )


@dataclass(frozen=True)
class Standing:
    """A document that the index holds: its number, and the hash of its records."""

    id: str
    n: int
    sha256: str


@dataclass(frozen=True)
class Changes:
    """What to do to make an index that of other documents.

    `gone`: numbers to delete. `new`: the numbers of documents to insert, by id. `kept`: the numbers of those that stay,
    by id. `positions`: of these, the places that they had in the index.
    """

    gone: list[int]
    new: dict[str, int]
    kept: dict[str, int]
    positions: dict[str, int]

    def __len__(self) -> int:
        return len(self.gone) + len(self.new)


def changes(standing: list[Standing], wanted: Mapping[str, str]) -> Changes | None:
    """Compare an index with the documents that it should hold, in their order.

    Args:
        standing: the documents of the index, in their order.
        wanted: the hash of the records of each document by its id.

    Returns:
        As few changes as there can be; a document that moved is deleted and inserted. `None`: there is no room left.
    """
    position = {(one.id, one.sha256): i for i, one in enumerate(standing)}
    stay = rising([position[described] for described in wanted.items() if described in position])
    positions = {standing[i].id: i for i in stay}
    kept = {standing[i].id: standing[i].n for i in stay}
    new = _placed(list(wanted), kept)
    if new is None:
        return None
    return Changes([one.n for one in standing if one.id not in kept], new, kept, positions)


def rising(numbers: list[int]) -> list[int]:
    """Return a longest part of a list of unlike numbers in which each is greater than the one before.

    >>> rising([3, 1, 2, 5, 4])
    [1, 2, 4]
    """
    ends: list[int] = []  # the least number in which a rising part of each length can end
    before: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_left(ends, number)
        before[number] = ends[place - 1] if place else None
        ends[place : place + 1] = [number]
    found = ends[-1:]
    while found and (earlier := before[found[-1]]) is not None:
        found.append(earlier)
    return found[::-1]


def _placed(wanted: list[str], kept: Mapping[str, int]) -> dict[str, int] | None:
    """Return numbers for the documents that are not kept, evenly between those around them."""
    found: dict[str, int] = {}
    waiting: list[str] = []
    low = 0
    for name in wanted:
        if name not in kept:
            waiting.append(name)
            continue
        if kept[name] - low <= len(waiting):
            return None
        found |= _between(waiting, low, kept[name])
        waiting, low = [], kept[name]
    end = low + _STRIDE * (len(waiting) + 1)
    return found | _between(waiting, low, end)


def _between(names: list[str], low: int, high: int) -> dict[str, int]:
    return {name: low + (high - low) * i // (len(names) + 1) for i, name in enumerate(names, start=1)}
