r"""Words of a text as names are compared: without case, accents and marks, each with the line that it stands on.

Dr. VILLASE\u00d1OR-\nBanks → dr (line 1), villasenor (1), banks (2)
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from pipeline.folding import fold

_WORD: Final = re.compile(r"[^\W_]+")
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_BROKEN: Final = re.compile(r"(?<=\w)[-\u2010\u2011]([ \t\r]*[\n\v]\s*)(\w+)")


class Word(NamedTuple):
    """A word: folded, as it stands, and the number of its line, from 1."""

    folded: str
    raw: str
    line: int


def plain(text: str) -> str:
    """Return a text with its entities read and accents composed, and without characters that are not seen."""
    if "&" in text:
        text = html.unescape(text)
    return text if text.isascii() else unicodedata.normalize("NFKC", _UNSEEN.sub("", text))


def joined(text: str) -> str | None:
    """Return a text in which words that were broken at the end of a line are whole; `None` where there are none."""
    found, n = _BROKEN.subn(r"\2\1", text)
    return found if n else None


def words_of(text: str) -> Iterator[Word]:
    """Yield the words of a text that `plain` made."""
    for number, line in enumerate(text.split("\n"), 1):
        for match in _WORD.finditer(line):
            yield Word(folded(match[0]), match[0], number)


@lru_cache(maxsize=65_536)
def folded(word: str) -> str:
    """Return a word without case and accents."""
    return fold(word).replace(" ", "")


@lru_cache(maxsize=65_536)
def phrase(name: str) -> tuple[str, ...]:
    """Return the folded words of a name."""
    return tuple(one for match in _WORD.finditer(plain(name)) if (one := folded(match[0])))
