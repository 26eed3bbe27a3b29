"""Finds the document that gold annotates, and lays its blocks on the document's text.

The document is known by its words, not by its name. A block that cannot be found in it is kept, marked as lost, and
counts as missed by the pipeline.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.errors import PipelineError
from pipeline.learning.evaluation.gold import Gold, GoldQuote, invalid
from pipeline.learning.evaluation.letters import Letters, Places, align, letters_of
from pipeline.records import Bundle, Document, Passage, Span

FIT = 0.5
"""Share of gold's word triples that a document must hold to be the one that gold annotates."""

FOUND = 0.7
"""Share of a block's letters that must be found in one place."""

IN_ORDER = 0.5
"""Share of gold's letters whose blocks must be found in the order in which they are numbered."""

OVERLAP = 0.5
"""Share of the shorter one's letters that a passage and a block must share to belong together."""

_WORD = re.compile(r"\w+")
_LOST = -1
_USED = "\uffff"


@dataclass(frozen=True)
class Fit:
    """Gold laid on a document.

    `letters`: of the document. `starts`: where each block begins in gold's own letters, and at the end their number.
    `places`: for each letter of gold its place in the document's letters, or -1. `owner`: for each letter of the
    document the block that it stands in, or -1. `found`: for each block whether it was found.
    """

    gold: Gold
    bundle: Bundle
    letters: Letters
    gold_letters: str
    starts: Places
    places: Places
    owner: Places
    found: list[bool]

    def blocks_of(self, start: int, end: int) -> dict[int, int]:
        """Return the blocks that a stretch of the document touches, with the number of shared letters."""
        owners = self.owner[self.letters.place(start) : self.letters.place(end)]
        blocks, counts = np.unique(owners[owners >= 0], return_counts=True)
        return dict(zip(blocks.tolist(), counts.tolist(), strict=True))

    def members(self, passage: Passage) -> list[int]:
        """Return the blocks that a passage belongs to: one as a rule, several or none where they were cut otherwise."""
        length = self.letters.place(passage.end) - self.letters.place(passage.start)
        return [
            block
            for block, shared in self.blocks_of(passage.start, passage.end).items()
            if shared
            >= OVERLAP * min(length, int((self.places[self.starts[block] : self.starts[block + 1]] >= 0).sum()))
        ]

    def block_at(self, offset: int) -> int:
        """Return the block in which an offset of the document stands, or the last one before it."""
        before = self.owner[: self.letters.place(offset) + 1]
        known = before[before >= 0]
        return int(known[-1]) if known.size else 0

    def section(self, block: int) -> int:
        """Return the number of the gold section in which a block stands."""
        starts = sorted(self.gold.start(segment) for segment in self.gold.segments)
        return int(np.searchsorted(starts, block, side="right"))

    def letters_in(self, parts: Iterable[Span]) -> set[int]:
        """Return the places of the letters in some stretches of the document."""
        return {
            place for part in parts for place in range(self.letters.place(part.start), self.letters.place(part.end))
        }


def documents_of(golds: Sequence[Gold], documents: Iterable[Document]) -> dict[str, Gold]:
    """Return the gold of each annotated document, by the document's id.

    Raises:
        PipelineError: gold without a document that fits it, or two for one document.
    """
    triples = {gold.name: _triples(" ".join(gold.blocks)) for gold in golds}
    best: dict[str, tuple[float, float, str, str]] = {}
    for document in documents:
        words = _triples(document.text)
        for name, wanted in triples.items():
            shared = len(wanted & words)
            # Of two documents that hold all of gold, the one that holds less besides is meant.
            fit = (shared / max(len(wanted), 1), shared / max(len(words), 1), document.id, document.path)
            if name not in best or fit[:2] > best[name][:2]:
                best[name] = fit
    found: dict[str, Gold] = {}
    for gold in golds:
        share, _, document_id, path = best.get(gold.name, (0.0, 0.0, "", "no document"))
        if share < FIT:
            raise _no_document(gold, path, share)
        if document_id in found:
            raise invalid(
                f"gold {gold.name} and gold {found[document_id].name} both annotate {path}",
                "one gold folder for a document",
                "leave one out",
            )
        found[document_id] = gold
    return found


def fit(gold: Gold, bundle: Bundle) -> Fit:
    """Lay the blocks of gold on the text of its document.

    Raises:
        PipelineError: the blocks stand in another order than in the text, or a gold quote does not stand in its block.
    """
    letters = letters_of(bundle.document.text)
    blocks = [letters_of(block).text for block in gold.blocks]
    starts = np.cumsum([0, *(len(block) for block in blocks)])
    places = align("".join(blocks), letters.text)
    in_order = sum(
        len(block) for block, at in zip(blocks, starts, strict=False) if _is_found(places[at : at + len(block)])
    )
    if in_order < IN_ORDER * int(starts[-1]):
        raise _another_order(gold, bundle.document, in_order / max(int(starts[-1]), 1))
    found = _found(blocks, starts, places, letters.text)
    owner = np.full(len(letters.text), _LOST, dtype=np.int64)
    for block, (start, end) in enumerate(itertools.pairwise(starts)):
        held = places[start:end]
        owner[held[held >= 0]] = block
    return Fit(gold, bundle, letters, "".join(blocks), starts, places, owner, found)


def quote_letters(fitted: Fit) -> list[set[int]]:
    """Return for each gold quote the places of its letters; a letter that the document lacks has a place below zero.

    Raises:
        PipelineError: a quote whose words do not stand in its block.
    """
    taken: set[int] = set()
    return [_quote_letters(fitted, quote, taken) for quote in fitted.gold.quotes]


def _quote_letters(fitted: Fit, quote: GoldQuote, taken: set[int]) -> set[int]:
    block = fitted.gold.number[quote.block]
    at, end = int(fitted.starts[block]), int(fitted.starts[block + 1])
    held: set[int] = set()
    for part in quote.text.split("…") if quote.split else [quote.text]:
        wanted = letters_of(part).text
        start = _first_free(fitted.gold_letters, wanted, at, taken)
        if start < 0 or (not held and start >= end) or not wanted:
            raise invalid(
                f"{fitted.gold.name}: the quote {quote.text[:60]!r} does not stand in {quote.block}",
                "the words of the block, with “ … ” between the parts of a split quote",
                "correct the quote or its block",
            )
        at = start + len(wanted)
        held |= set(range(start, at))
    taken |= held
    places = {index: int(fitted.places[index]) for index in held}
    return {place if place >= 0 else -index - 1 for index, place in places.items()}


def _first_free(text: str, wanted: str, start: int, taken: set[int]) -> int:
    """Return where the words stand next without being part of a quote before; the same words may be said twice."""
    first = at = text.find(wanted, start)
    while at >= 0 and at in taken:
        at = text.find(wanted, at + 1)
    return first if at < 0 else at


def _found(blocks: list[str], starts: Places, places: Places, text: str) -> list[bool]:
    """Look again, anywhere in the text, for blocks that are not where they should be; forget stray letters."""
    found = []
    for block, start in zip(blocks, starts, strict=False):
        here = slice(int(start), int(start) + len(block))
        if not _is_found(places[here]):
            places[here] = _LOST
            used = places[places >= 0]
            moved = align(block, _without(text, used))
            places[here] = moved if _is_found(moved) else _LOST
        found.append(bool((places[here] >= 0).any()))
    return found


def _is_found(places: Places) -> bool:
    held = places[places >= 0]
    if not held.size or held.size < FOUND * places.size:
        return False
    # Letters picked up all over the text are no block; furniture inside one, such as at a page break, is short.
    return bool(np.subtract(*np.percentile(held, [90, 10])) <= 2 * places.size + 50)


def _without(text: str, used: Places) -> str:
    chars = np.array(list(text))
    chars[used] = _USED
    return "".join(chars.tolist())


def _triples(text: str) -> set[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return set(zip(words, words[1:], words[2:], strict=False)) or {tuple(words)}


def _no_document(gold: Gold, path: str, share: float) -> PipelineError:
    return invalid(
        f"gold {gold.name}, which fits no document (nearest: {path}, which holds {share:.0%} of its word triples)",
        f"a document that holds at least {FIT:.0%} of them",
        "run the pipeline on the documents that gold annotates, or name another folder with --gold or --outputs",
    )


def _another_order(gold: Gold, document: Document, share: float) -> PipelineError:
    return invalid(
        f"gold {gold.name}, of which {share:.0%} stands in {document.path} in the order of its blocks",
        f"at least {IN_ORDER:.0%}",
        "check that blocks.txt and the document tell the same text in the same order",
    )
