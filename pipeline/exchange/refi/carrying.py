r"""Carries offsets from one text to another: letter by letter where only spaces, line ends and marks differ.

Otherwise the words of each stretch are sought, as those of a decision are.

>>> Carried("One. Two\n here.", "One.  Two here.").span(5, 15)
(6, 15)
"""

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from pipeline.corrections.anchoring import Text, find_words, fold
from pipeline.corrections.decisions import CONTEXT, Anchor
from pipeline.exchange.refi.positions import safe


@dataclass(frozen=True)
class Carried:
    """Carries offsets from one text to another that has the same words, or nearly."""

    source: str
    target: str

    @cached_property
    def is_same(self) -> bool:
        """Whether only signs differ that were never to be seen."""
        return safe(self.source) == safe(self.target)

    @cached_property
    def same_letters(self) -> bool:
        """Whether the texts differ in spaces and marks only."""
        return self._from.letters == self._to.letters

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where a stretch of the source stands in the target; `None`: nowhere."""
        if self.is_same:
            return start, end
        if self.same_letters:
            return self._by_letters(start, end)
        return self._by_words(start, end)

    @cached_property
    def _from(self) -> Text:
        return Text(self.source)

    @cached_property
    def _to(self) -> Text:
        return Text(self.target)

    @cached_property
    def _letters_before(self) -> list[int]:
        """How many letters stand before each offset of the source."""
        return _counted(self.source)

    @cached_property
    def _letters_before_target(self) -> list[int]:
        return _counted(self.target)

    def _by_letters(self, start: int, end: int) -> tuple[int, int] | None:
        first, after = self._letters_before[start], self._letters_before[end]
        if first == after:
            return None
        begin = bisect_left(self._letters_before_target, first + 1) - 1
        close = bisect_left(self._letters_before_target, after)
        return self._with_marks(start, end, begin, close)

    def _with_marks(self, start: int, end: int, begin: int, close: int) -> tuple[int, int]:
        """Widen a stretch of letters by the marks that stood at its ends, as far as they stand in the target, too."""
        words = self.source[start:end]
        n_head = next((i for i, sign in enumerate(words) if fold(sign)), 0)
        n_tail = next((i for i, sign in enumerate(reversed(words)) if fold(sign)), 0)
        for sign in reversed(words[:n_head]):
            if begin and self.target[begin - 1] == sign:
                begin -= 1
        for sign in words[len(words) - n_tail :]:
            if close < len(self.target) and self.target[close] == sign:
                close += 1
        return begin, close

    def _by_words(self, start: int, end: int) -> tuple[int, int] | None:
        words = self.source[start:end]
        if not words.strip():
            return None
        anchor = Anchor(
            document="-",
            start=start,
            end=end,
            text=words,
            before=self.source[max(0, start - CONTEXT) : start],
            after=self.source[end : end + CONTEXT],
        )
        place = find_words(anchor, self._to)
        return (place.start, place.end) if place is not None else None


def _counted(text: str) -> list[int]:
    return [0, *accumulate(len(fold(sign)) for sign in text)]
