"""Finds the words that a person judged in the document as it is now.

First the same words are sought, whatever became of spaces, marks and capitals around and between them: among several
places the one where what stands before and after fits best, then the nearest. Only if they are nowhere, a stretch is
taken whose words changed a little.

    judged "The bench was lnog."; now "A new line.\\n\\nThe bench was long."  → the second passage, fit CHANGED

How much may change was set on the 622 different passages of 17 documents: no two of one document with 60 letters and
more are 70 alike, and with two wrong letters 618 are still 85 alike. Shorter ones ("Project dates: …") may be 96 alike
and be different passages, so there the neighbours must have stayed, too.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import Final, Protocol

from pipeline.corrections.decisions import Anchor

LIKE: Final = 85.0
"""Likeness from which changed words count as the same: 100 × twice the letters in common / all letters of both."""

FEWEST_LETTERS: Final = 60
"""Fewer are too easily alike; there what stands before and after must be the same, too."""

_LEAST_HELD: Final = 0.4
"""A paragraph cut into two leaves nearly half in one of them."""

_MOST_PLACES: Final = 200
_CONTEXT: Final = 12
"""Letters before and after the words that must be the same, to speak of the same neighbours."""


class Fit(IntEnum):
    """How words were found again."""

    CHANGED = 1
    SAME = 2
    UNMOVED = 3


class Stretch(Protocol):
    """Anything with a place in the text."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


@dataclass(frozen=True)
class Place:
    """Where words stand now. `score`: of places with the same fit, the higher is the better one."""

    start: int
    end: int
    fit: Fit
    score: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Text:
    """A text and its letters: what two copies of it share when spaces, marks and capitals differ."""

    text: str

    @cached_property
    def _folded(self) -> tuple[str, list[int]]:
        pieces: list[str] = []
        at: list[int] = []
        for i, character in enumerate(self.text):
            letters = _letters(character)
            pieces.append(letters)
            at += [i] * len(letters)
        return "".join(pieces), at

    @property
    def letters(self) -> str:
        """All letters and digits."""
        return self._folded[0]

    def between(self, start: int, end: int) -> str:
        """Return the letters of a stretch of the text."""
        letters, at = self._folded
        return letters[bisect_left(at, start) : bisect_left(at, end)]

    def occurrences(self, words: str) -> Iterator[tuple[int, int]]:
        """Yield from where to where these letters stand, as places among the letters; whole words only."""
        letters, at = self._folded
        found = letters.find(words) if words else -1
        n = 0
        while found >= 0 and n < _MOST_PLACES:
            last = found + len(words) - 1
            if not self._is_letter(at[found] - 1) and not self._is_letter(at[last] + 1):
                yield found, last + 1
                n += 1
            found = letters.find(words, found + 1)

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Return the offsets in the text of letters, from the first to before the last."""
        at = self._folded[1]
        return at[first], at[after - 1] + 1

    def _is_letter(self, place: int) -> bool:
        return 0 <= place < len(self.text) and bool(_letters(self.text[place]))


def fold(text: str) -> str:
    """Return the letters and digits of a text, without case and accents."""
    return "".join(map(_letters, text))


@lru_cache(maxsize=8192)
def _letters(character: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", character.casefold()) if one.isalnum())


def find_words(anchor: Anchor, text: Text) -> Place | None:
    """Return where the same words stand; `None`: nowhere."""
    if _is_unmoved(anchor, text.text):
        return Place(anchor.start, anchor.end, Fit.UNMOVED)
    words = fold(anchor.text)
    if not words:
        return None
    before, after = fold(anchor.before), fold(anchor.after)
    found = []
    for first, last in text.occurrences(words):
        start, end = with_marks(text.text, *text.span(first, last), anchor.text)
        context = _shared_end(before, text.letters[:first]) + _shared_start(after, text.letters[last:])
        found.append(Place(start, end, Fit.SAME, (context, -abs(start - anchor.start))))
    return max(found, key=lambda place: place.score, default=None)


def find_changed(anchor: Anchor, text: Text, among: Sequence[Stretch], least: float = LIKE) -> Place | None:
    """Return the stretch whose words are most like the anchor's, from a likeness of `least`; `None`: there is none."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - only where words changed

    words, found = fold(anchor.text), []
    for one in among:
        likeness = fuzz.ratio(words, text.between(one.start, one.end), score_cutoff=least)
        if likeness and (len(words) >= FEWEST_LETTERS or _kept_neighbours(anchor, text, one)):
            found.append(Place(one.start, one.end, Fit.CHANGED, (likeness, -abs(one.start - anchor.start))))
    return max(found, key=lambda place: place.score, default=None)


def holder(place: Place, among: Sequence[Stretch]) -> int | None:
    """Return which stretch holds most of a place, if it is `_LEAST_HELD` of it; `None`: none does."""
    held = [max(0, min(one.end, place.end) - max(one.start, place.start)) for one in among]
    best = max(range(len(held)), key=held.__getitem__, default=None)
    return (
        best if best is not None and held[best] > 0 and held[best] >= _LEAST_HELD * (place.end - place.start) else None
    )


def _is_unmoved(anchor: Anchor, text: str) -> bool:
    return (
        text[anchor.start : anchor.end] == anchor.text
        and text[: anchor.start].endswith(anchor.before)
        and text.startswith(anchor.after, anchor.end)
    )


def _kept_neighbours(anchor: Anchor, text: Text, one: Stretch) -> bool:
    """Tell whether what stood before and after the words still does."""
    before, after = fold(anchor.before)[-_CONTEXT:], fold(anchor.after)[:_CONTEXT]
    room = len(anchor.before) + len(anchor.after) + _CONTEXT
    above = text.between(max(0, one.start - room), one.start)
    below = text.between(one.end, one.end + room)
    return above.endswith(before) and below.startswith(after)


def with_marks(text: str, start: int, end: int, words: str) -> tuple[int, int]:
    """Widen a stretch by as many marks as the words begin and end with: they are no letters."""
    bare = words.strip()
    left = next((i for i, character in enumerate(bare) if _letters(character)), 0)
    right = next((i for i, character in enumerate(reversed(bare)) if _letters(character)), 0)
    while left and start and _is_mark(text[start - 1]):
        start, left = start - 1, left - 1
    while right and end < len(text) and _is_mark(text[end]):
        end, right = end + 1, right - 1
    return start, end


def _is_mark(character: str) -> bool:
    return not character.isspace() and not _letters(character)


def _shared_start(one: str, other: str) -> int:
    n = min(len(one), len(other))
    return next((i for i in range(n) if one[i] != other[i]), n)


def _shared_end(one: str, other: str) -> int:
    n = min(len(one), len(other))
    return next((i for i in range(n) if one[-1 - i] != other[-1 - i]), n)
