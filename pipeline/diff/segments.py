"""Compares the segments of a document: where they begin and end, their kind, their anatomy."""

from collections import Counter
from collections.abc import Sequence

from pipeline.diff.changes import Change, Pair
from pipeline.diff.pairing import Either, Passages, plain
from pipeline.records import ANATOMY_ROLES, Bundle, Passage, Segment

LEAST = 1 / 3
"""Share of their passages together that two segments must have in common to be one whose boundary moved."""


def pair_segments(passages: Passages, a: Sequence[Segment], b: Sequence[Segment]) -> list[Either[Segment]]:
    """Find segments again by the passages that they hold, those that share most first."""
    extents = [_extent(one, passages) for one in a]
    holders: dict[str, list[int]] = {}
    for j, other in enumerate(b):
        for name in other.passage_ids:
            holders.setdefault(name, []).append(j)
    scored = []
    for i, extent in enumerate(extents):
        shared = Counter(j for name in extent for j in holders.get(name, ()))
        for j, n in shared.items():
            share = n / (len(a[i].passage_ids) + len(b[j].passage_ids) - n)
            # Of segments with the same passages, nested in each other, those of one level belong together.
            scored.append((-share, a[i].level != b[j].level, i, j))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for score, _, i, j in sorted(scored):
        if -score >= LEAST and i not in found and j not in taken:
            found[i] = j
            taken.add(j)
    either: list[Either[Segment]] = [(one, b[found[i]] if i in found else None) for i, one in enumerate(a)]
    either += [(None, other) for j, other in enumerate(b) if j not in taken]
    return sorted(either, key=lambda pair: _place(*pair))


def _place(one: Segment | None, other: Segment | None) -> int:
    return other.start if other else one.start if one else 0


def _extent(segment: Segment, passages: Passages) -> list[str]:
    """Return the ids that the passages of a segment of A have in B."""
    return [passages.to_b[name].id for name in segment.passage_ids if name in passages.to_b]


class SegmentChanges:
    """Says how the segments of a document changed."""

    def __init__(self, document: str, a: Bundle, b: Bundle, passages: Passages) -> None:
        self._document, self._passages = document, passages
        self._texts = (a.document.text, b.document.text)
        self._words = ({one.id: one for one in a.passages}, {one.id: one for one in b.passages})

    def of(self, one: Segment | None, other: Segment | None) -> list[Change]:
        """Return the changes of a segment; `None`: it is not there."""
        title = self._title(other, 1) if other else self._title(one, 0) if one else ""
        pair = Pair("segments", self._document, one, other, title)
        if one is None or other is None:
            return [pair.alone(lambda segment: segment.kind)]
        found = []
        if self._moved(one, other):
            found.append(pair.change("boundary", self._ends(one, 0), self._ends(other, 1)))
        if one.kind != other.kind:
            found.append(pair.change("kind", one.kind, other.kind))
        for role in ANATOMY_ROLES:
            a, b = self._told(one, 0, role), self._told(other, 1, role)
            if plain(a or "") != plain(b or ""):
                found.append(pair.change("anatomy", a, b, role))
        return found

    def _moved(self, one: Segment, other: Segment) -> bool:
        """Tell whether it holds other passages; one that was added or removed inside moves no boundary."""
        return set(_extent(one, self._passages)) != self._passages.kept_in_b & set(other.passage_ids)

    def _ends(self, segment: Segment, side: int) -> str:
        held = [self._words[side][name] for name in segment.passage_ids if name in self._words[side]]
        n = f"{len(held)} passage{'' if len(held) == 1 else 's'}"
        return f"{n}, from “{_few(held[0])}” to “{_few(held[-1])}”" if held else n

    def _told(self, segment: Segment, side: int, role: str) -> str | None:
        parts = [self._texts[side][one.start : one.end] for one in segment.anatomy if one.role == role]
        return " … ".join(parts) or None

    def _title(self, segment: Segment, side: int) -> str:
        return segment.heading or self._texts[side][segment.start : segment.end].split("\n", 1)[0]


def _few(passage: Passage) -> str:
    words = passage.text.split()
    return " ".join(words[:6]) + ("…" if len(words) > 6 else "")
