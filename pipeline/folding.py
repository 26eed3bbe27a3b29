"""Words without case, accents and punctuation: how names that people type are compared with those in documents."""

import re
import unicodedata
from typing import Final

_PLAIN: Final = re.compile(r"[^0-9a-z]+")


def fold(text: str) -> str:
    """Return the words of a text without case, accents and punctuation.

    >>> fold("Zürich-Road, the  2nd")
    'zurich road the 2nd'
    """
    if text.isascii():
        return _PLAIN.sub(" ", text.lower()).strip()
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in bare).split())


def begins_a_word(folded: str, *texts: str | None) -> bool:
    """Tell whether a word in these texts begins with what was asked for."""
    return f" {folded}" in f" {fold(' '.join(text for text in texts if text))}"
