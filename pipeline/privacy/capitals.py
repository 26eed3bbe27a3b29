"""Runs of capitalised words, which names are made of, with what stands around them."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_CAP: Final = r"[^\W\d_a-zß-öø-ÿ](?:[\w’'‐‑-]*\w)?(?:\.|(?<=s)[’'](?= [A-Z]))?"
_SMALL: Final = r"(?:de|del|de la|de los|la|van|von|van der|der|den|bin|al|da|dos|of|of the|for|for the|and|&)"
_RUN: Final = re.compile(rf"(?<![\w’'-]){_CAP}(?:[ \u00a0](?:{_SMALL}[ \u00a0])?{_CAP})*")
_INITIAL: Final = re.compile(r"[^\W\d_]\.")
_ABBREVIATED: Final = frozenset(
    "Dr. Mr. Mrs. Ms. Mx. Prof. Rev. Sr. Jr. St. Mt. Ft. Supt. Asst. Gov. Sen. Rep. Hon. No. Capt. Sgt.".split()
)
_OPENS: Final = re.compile(r"(?:^|[.!?:;…][”’\"')\]]*[ \u00a0]+|[\n\t|•*#>–—-][ \u00a0]*|^[“\"‘'(\[]|[ \n][“\"‘'(\[])$")


class Run(NamedTuple):
    """Capitalised words: as they stand, where, and whether they open a sentence, line, cell or quotation."""

    text: str
    start: int
    end: int
    opens: bool


def runs(text: str) -> Iterator[Run]:
    """Yield the runs of capitalised words of a text; a sentence ends a run."""
    for match in _RUN.finditer(text):
        yield from _cut(text, match[0], match.start())


def _cut(text: str, words: str, start: int) -> Iterator[Run]:
    """Part a run where a sentence ends in it: "to Oak Hill. Ms. Lund"."""
    at = 0
    for piece in re.finditer(r"\S+", words):
        ends = piece[0].endswith(".") and piece[0] not in _ABBREVIATED and not _INITIAL.fullmatch(piece[0])
        if ends or piece.end() == len(words):
            run = words[at : piece.end()].rstrip(".") if ends else words[at : piece.end()]
            if run.strip():
                yield _run(text, start + at, run)
            at = piece.end() + 1


def _run(text: str, start: int, words: str) -> Run:
    lead = len(words) - len(words.lstrip())
    start += lead
    words = words.strip()
    opens = start == 0 or _OPENS.search(text, max(0, start - 4), start) is not None
    return Run(words, start, start + len(words), opens)
