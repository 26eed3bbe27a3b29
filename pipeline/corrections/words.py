"""Finds a few words inside of a passage or segment whose own place is known: a part of a quote, a sentence, a name."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.corrections.anchoring import Text, fold, with_marks
from pipeline.corrections.decisions import Words

Cut = tuple[int, int]

_LIKE: Final = 85.0
_WORDS: Final = 3
"""How many words a rough stretch may begin too early or end too late."""

_WORD: Final = re.compile(r"\w[\w'’-]*")
_FEWEST_LETTERS: Final = 12
"""Fewer letters must be the same ones: "said Ms. Lee" is too like "said Ms. Lea"."""


def find_in(text: Text, words: Words, moved: int, start: int, end: int) -> tuple[int, int] | None:
    """Return where words stand between two offsets of a text.

    Args:
        text: the document as it is now.
        words: with the offsets that they had.
        moved: how far what they stand in has moved.
        start: from where they are sought.
        end: up to where.
    """
    expected = words.start + moved
    if start <= expected and text.text[expected : expected + len(words.text)] == words.text:
        return expected, expected + len(words.text)
    inside = Text(text.text[start:end])
    found = [
        with_marks(inside.text, *inside.span(first, last), words.text)
        for first, last in inside.occurrences(fold(words.text))
    ]
    best = min(found, key=lambda span: abs(start + span[0] - expected), default=None) or _changed(inside, words.text)
    return (start + best[0], start + best[1]) if best is not None else None


def _changed(inside: Text, words: str) -> tuple[int, int] | None:
    """Return the stretch of whole words that is most like some words; `None`: none is like enough."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - only where words changed

    sought = fold(words)
    if not _FEWEST_LETTERS <= len(sought) <= len(inside.letters):
        return None
    rough = fuzz.partial_ratio_alignment(sought, inside.letters, score_cutoff=_LIKE)
    if rough is None or rough.dest_end <= rough.dest_start:
        return None
    near = _near(inside, *inside.span(rough.dest_start, rough.dest_end))
    likenesses = ((fuzz.ratio(sought, inside.between(first, last)), first, last) for first, last in near)
    likeness, start, end = max(likenesses, default=(0.0, 0, 0))
    return with_marks(inside.text, start, end, words) if likeness >= _LIKE else None


def _near(inside: Text, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of whole words that begin and end where a rough one does, or a few words from there."""
    spans = [word.span() for word in _WORD.finditer(inside.text)]
    held = [i for i, (first, last) in enumerate(spans) if first < end and last > start]
    if not held:
        return
    for i in range(max(0, held[0] - 1), min(held[-1], held[0] + _WORDS) + 1):
        for j in range(max(i, held[-1] - _WORDS), min(len(spans), held[-1] + 2)):
            yield spans[i][0], spans[j][1]


def around(cuts: Sequence[Cut], marked: Sequence[Cut]) -> list[Cut]:
    """Return sentences such that each marked stretch is one of them; what overlaps it gives way.

    >>> around([(0, 10), (11, 20)], [(0, 5)])
    [(0, 5), (5, 10), (11, 20)]
    """
    pieces = list(cuts)
    for start, end in marked:
        left = [(a, min(b, start)) for a, b in pieces if a < start]
        right = [(max(a, end), b) for a, b in pieces if b > end]
        pieces = [*left, (start, end), *right]
    return pieces
