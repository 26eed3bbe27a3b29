"""What the model sees of a quote: its own vector, all that is known of its passage, and the word pieces of both."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.encoder import DIMENSIONS, Encoder, Tokens, Vectors, normalised
from pipeline.learning import features

WIDTH = DIMENSIONS + features.IN_DOCUMENT
"""Of the vectors of a quote: by itself, then its passage by itself, in its window, and the document."""

MOST_PIECES = 400
"""Word pieces of a passage that are compared with the rubric's."""

GAP = " … "
"""Stands between the parts of a quote that its speaker phrase interrupts."""

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Pieces:
    """Word pieces. `ids`: shape (n,). `states`: of length 1, shape (n, 384). `spans`: in the passage, shape (n, 2)."""

    ids: npt.NDArray[np.int64]
    states: Vectors
    spans: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Located:
    """A quote and where it stands: the number of the passage in its document, and its stretches there."""

    text: str
    place: int
    spans: Spans


@dataclass(frozen=True)
class Asked:
    """Quotes that have been read. `contexts`: their passages. `vectors`: shape (n, 1536).

    `pieces`: those of each quote, as read in its passage, and those of the passage.
    """

    quotes: list[str]
    contexts: list[str]
    vectors: Vectors
    pieces: list[tuple[Pieces, Pieces]]


def read_quotes(quotes: Sequence[Located], texts: Sequence[str], headings: Sequence[bool], encoder: Encoder) -> Asked:
    """Read the quotes of a document.

    Args:
        quotes: of the document.
        texts: its passages in their order, headings among them.
        headings: which of the texts are headings.
        encoder: turns texts into vectors.
    """
    reading = features.read_document(texts, headings, encoder)
    around = reading.vectors
    own = encoder.encode([quote.text for quote in quotes])
    return Asked(
        [quote.text for quote in quotes],
        [texts[quote.place] for quote in quotes],
        np.hstack([own, around[[quote.place for quote in quotes]]]),
        [pieces_of(reading.tokens[quote.place], quote.spans) for quote in quotes],
    )


def read_alone(quotes: Sequence[str], contexts: Sequence[str], encoder: Encoder) -> Asked:
    """Read quotes whose documents are not at hand, each in its passage; an empty passage is the quote itself."""
    read = [
        read_quotes([Located(quote, 0, find(quote, context))], [context], [False], encoder)
        for quote, context in ((quote, context or quote) for quote, context in zip(quotes, contexts, strict=True))
    ]
    return joined(read)


def joined(read: Sequence[Asked]) -> Asked:
    """Join what has been read of several documents."""
    return Asked(
        [text for one in read for text in one.quotes],
        [text for one in read for text in one.contexts],
        np.concatenate([np.zeros((0, WIDTH), np.float32), *(one.vectors for one in read)]),
        [pieces for one in read for pieces in one.pieces],
    )


def some(asked: Asked, rows: Sequence[int]) -> Asked:
    """Return some of the quotes, in the order of `rows`."""
    return Asked(
        [asked.quotes[i] for i in rows],
        [asked.contexts[i] for i in rows],
        asked.vectors[list(rows)],
        [asked.pieces[i] for i in rows],
    )


def find(quote: str, context: str) -> list[tuple[int, int]]:
    """Return where the parts of a quote stand in its passage, marks aside; everything, if its words are not there."""
    found = [span for part in quote.split(GAP) for span in _find_part(part, context)]
    return found or [(0, len(context))]


def _find_part(part: str, context: str) -> Iterator[tuple[int, int]]:
    words = re.findall(r"\w+", part)
    match = re.search(r"\W+".join(map(re.escape, words)), context) if words else None
    if match:
        yield match.span()


def pieces_of(tokens: Tokens, spans: Spans) -> tuple[Pieces, Pieces]:
    """Return the word pieces that lie in some stretches of a passage (all, if none does), and those of the passage."""
    states = normalised(tokens.states[:MOST_PIECES])
    whole = Pieces(tokens.ids[:MOST_PIECES], states, tokens.spans[:MOST_PIECES])
    inside = np.zeros(len(whole.ids), dtype=bool)
    for start, end in spans:
        inside |= (whole.spans[:, 1] > start) & (whole.spans[:, 0] < end)
    if not inside.any():
        return whole, whole
    return Pieces(whole.ids[inside], whole.states[inside], whole.spans[inside]), whole
