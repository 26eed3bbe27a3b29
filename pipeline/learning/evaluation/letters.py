"""Two versions of a text, laid side by side by their letters and digits alone.

White space, markup, punctuation, hyphens at line ends, capitals, accents and ligatures make no difference; furniture
that stands in one version only is passed over.

    align("leadership", "leader12ship")  →  0 1 2 3 4 5 8 9 10 11
"""

import difflib
import unicodedata
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
Run = tuple[int, int, int]
"""So many letters alike: place in the one text, place in the other, how many."""

GRAMS = (24, 12, 6)
"""Lengths, in letters, of the stretches that anchor one text in the other; the longest first."""

SMALL = 250_000
"""Letters of one text times letters of the other, up to which what is left between anchors is compared in full."""

SHORTEST = 3
"""Letters; a shorter likeness between two anchors is chance."""


@dataclass(frozen=True)
class Letters:
    """The letters and digits of a text, case-folded, and where each stands in the text."""

    text: str
    offsets: Places

    def place(self, offset: int) -> int:
        """Return how many letters stand before an offset of the text."""
        return int(np.searchsorted(self.offsets, offset))


def letters_of(text: str) -> Letters:
    """Return the letters and digits of a text."""
    kept = [
        (letter, offset)
        for offset, char in enumerate(text)
        for letter in unicodedata.normalize("NFKD", char).casefold()
        if letter.isalnum()
    ]
    return Letters("".join(letter for letter, _ in kept), np.array([offset for _, offset in kept], dtype=np.int64))


def align(one: str, other: str) -> Places:
    """Return for each letter of the one text its place in the other, in rising order; -1 where it has none."""
    places = np.full(len(one), -1, dtype=np.int64)
    open_gaps = [(0, len(one), 0, len(other), 0)]
    while open_gaps:
        start, end, other_start, other_end, step = open_gaps.pop()
        if start == end or other_start == other_end:
            continue
        runs = _runs(one[start:end], other[other_start:other_end], step)
        for at, other_at, size in runs:
            places[start + at : start + at + size] = np.arange(other_start + other_at, other_start + other_at + size)
        if step < len(GRAMS):
            gaps = _gaps(runs, end - start, other_end - other_start)
            open_gaps += [(start + a, start + b, other_start + c, other_start + d, step + 1) for a, b, c, d in gaps]
    return places


def _runs(one: str, other: str, step: int) -> list[Run]:
    if step < len(GRAMS):
        return _joined(_rising(_anchors(one, other, GRAMS[step])), GRAMS[step])
    if len(one) * len(other) > SMALL:
        return []
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    shortest = min(SHORTEST, len(one))
    return [(run.a, run.b, run.size) for run in matcher.get_matching_blocks() if run.size >= shortest]


def _anchors(one: str, other: str, size: int) -> list[tuple[int, int]]:
    """Return where each stretch of `size` letters stands that both texts hold exactly once."""
    here, there = _once(one, size), _once(other, size)
    return [(place, there[gram]) for gram, place in here.items() if gram in there]


def _once(text: str, size: int) -> dict[str, int]:
    grams = [text[i : i + size] for i in range(len(text) - size + 1)]
    counts = Counter(grams)
    return {gram: place for place, gram in enumerate(grams) if counts[gram] == 1}


def _rising(anchors: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest series of anchors that rises in both texts (patience sorting)."""
    tops: list[int] = []
    top_anchor: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(anchors):
        pile = bisect_left(tops, place)
        before.append(top_anchor[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        top_anchor[pile : pile + 1] = [number]
    chain, number = [], top_anchor[-1] if top_anchor else -1
    while number >= 0:
        chain.append(anchors[number])
        number = before[number]
    return chain[::-1]


def _joined(anchors: list[tuple[int, int]], size: int) -> list[Run]:
    """Join anchors that overlap alike in both texts; drop those that overlap in one text only."""
    runs: list[Run] = []
    for place, other in anchors:
        start, other_start, length = runs[-1] if runs else (-1, -1, 0)
        if runs and place - start == other - other_start and place <= start + length:
            runs[-1] = (start, other_start, place - start + size)
        elif not runs or (place >= start + length and other >= other_start + length):
            runs.append((place, other, size))
    return runs


def _gaps(runs: list[Run], length: int, other_length: int) -> list[tuple[int, int, int, int]]:
    starts = [(0, 0), *((at + size, other + size) for at, other, size in runs)]
    ends = [*((at, other) for at, other, _ in runs), (length, other_length)]
    return [(a, b, c, d) for (a, c), (b, d) in zip(starts, ends, strict=True)]
