"""Links passages that stand in several places of a corpus to the first of them."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from pipeline.files import sha256_text
from pipeline.records import Passage

_WORD = re.compile(r"\w+")


class Linker:
    """Remembers the words of each passage seen so far. Case, punctuation and white space make no difference.

    Args:
        min_words: shorter passages ("Overview", "Next steps") are never linked.
    """

    def __init__(self, min_words: int) -> None:
        self._min_words = min_words
        self._first: dict[str, str] = {}

    def link(self, passages: Iterable[Passage]) -> Iterator[Passage]:
        """Yield the passages of one document, `duplicate_of` set on those that were seen before."""
        for passage in passages:
            words = _WORD.findall(passage.text.casefold())
            if len(words) < self._min_words:
                yield passage
                continue
            first = self._first.setdefault(sha256_text(" ".join(words))[:32], passage.id)
            yield passage if first == passage.id else msgspec.structs.replace(passage, duplicate_of=first)
