"""The numbers of lines in the margin of a page, as agendas, bills and transcripts have them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.stages.ingest.pdf_words import PageWords, Word

_FEWEST = 5
_MOST_DIGITS = 4
_STEPS = (1, 5)  # each line has a number, or each fifth
_SHARE = 0.5  # of the lines of a page, that have a number of their own at least
_NARROWEST = 3.0  # points, between a number and the text


def without_line_numbers(pages: Sequence[PageWords]) -> tuple[list[PageWords], list[str]]:
    """Take out the numbers that count the lines of a page.

    Returns:
        The pages, and the numbers.

    """
    found = [(page, set(_line_numbers(page))) for page in pages]
    kept = [replace(page, words=[word for word in page.words if word not in gone]) for page, gone in found]
    return kept, [word.text for page, gone in found for word in page.words if word in gone]


def _line_numbers(page: PageWords) -> list[Word]:
    """Return the numbers left of all other words that count on from line to line."""
    numbers = sorted((word for word in page.words if _is_number(word)), key=lambda word: word.top)
    left = min((word.x0 for word in page.words if not _is_number(word)), default=0.0)
    column = [word for word in numbers if word.x1 + _NARROWEST <= left]
    steps = {int(below.text) - int(above.text) for above, below in pairwise(column)}
    lines = {round(word.bottom) for word in page.words if word.x0 >= left}
    step = min(steps, default=0)
    if len(column) < _FEWEST or len(steps) != 1 or step not in _STEPS or len(column) * step < _SHARE * len(lines):
        return []
    return column


def _is_number(word: Word) -> bool:
    return word.text.isdecimal() and len(word.text) <= _MOST_DIGITS
