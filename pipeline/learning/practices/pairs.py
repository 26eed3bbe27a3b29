"""How a quote and an indicator look side by side: features of the pair, that know no indicator by name.

By meaning: cosines of sentence vectors; and, word piece by word piece, how near the nearest one of the other text is
(late interaction: Khattab & Zaharia 2020, ColBERT), weighted by how rare the piece is. By words: BM25 (Robertson &
Zaragoza 2009) and shared pieces. An indicator in general terms is near to everything, so each feature is held against
what it is for some hundred other quotes; and quotes that a rubric's texts find among those stand for what people say
of the indicator in words of their own (pseudo-relevance feedback: Rocchio 1971).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.encoder import DIMENSIONS, Vectors, normalised
from pipeline.learning.linear import Floats
from pipeline.learning.practices.reading import Asked, Pieces
from pipeline.learning.practices.rubric_reading import RubricReading

BY_VECTOR = (
    "quote–practice",
    "quote–nearest level",
    "quote–levels",
    "passage–practice",
    "passage–nearest level",
    "passage–levels",
)
BY_WORD = ("BM25 of quote", "BM25 of passage")
BY_PIECE = (
    "practice's words",
    "nearest level's words",
    "levels' words",
    "practice's own words",
    "nearest level's own words",
    "levels' own words",
    "nearness of words said",
    "lead of words said",
    "share of words in common",
    "share of own words in common",
)
N_FEATURES = len(BY_VECTOR) + len(BY_WORD) + 2 * len(BY_PIECE)

_COLUMNS = (N_FEATURES, N_FEATURES, 2 * DIMENSIONS, 2)
"""Of the matrices of `Background`."""

FEEDBACK = 12
"""Quotes that are taken for what people say of an indicator."""

_QUOTE, _PASSAGE = slice(0, DIMENSIONS), slice(DIMENSIONS, 2 * DIMENSIONS)
_SHARE_OF_QUOTE = 0.4
_TINY = 1e-6
_FAR = 2**32
"""More letters than a passage has."""


def features(asked: Asked, rubric: RubricReading, rarity: npt.NDArray[np.float32]) -> Floats:
    """Compare quotes with the indicators of a rubric.

    Args:
        asked: the quotes.
        rubric: its indicators.
        rarity: of each word piece in the language, shape (vocabulary,).

    Returns:
        Shape (quotes, indicators, 28): by vector, by word, by piece of the quote, by piece of the passage.
    """
    return compare(asked, rubric, rarity)[0]


def compare(asked: Asked, rubric: RubricReading, rarity: npt.NDArray[np.float32]) -> tuple[Floats, list[Floats]]:
    """Return these features, and how far each word piece of each quote leads to each indicator.

    A lead is how much nearer a piece is to an indicator than to the mean one, shape (pieces, indicators) for a quote.
    """
    n, m = len(asked.quotes), len(rubric.ids)
    found = np.zeros((n, m, N_FEATURES))
    found[:, :, :3] = _cosines(asked.vectors[:, _QUOTE], rubric)
    found[:, :, 3:6] = _cosines(asked.vectors[:, _PASSAGE], rubric)
    scores = {text: rubric.words.scores(text) for text in dict.fromkeys([*asked.quotes, *asked.contexts])}
    pieces = slice(len(BY_VECTOR) + len(BY_WORD), N_FEATURES)
    leads = []
    for i, (by_piece, lead) in enumerate(_by_pieces(asked.pieces, rubric, rarity)):
        found[i, :, 6], found[i, :, 7] = scores[asked.quotes[i]], scores[asked.contexts[i]]
        found[i, :, pieces] = by_piece
        leads.append(lead)
    return found, leads


def _cosines(vectors: Vectors, rubric: RubricReading) -> Floats:
    levels = np.einsum("nd,mld->nml", vectors, rubric.levels)
    cosines: Floats = np.stack([vectors @ rubric.practices.T, levels.max(axis=2), levels.mean(axis=2)], axis=2)
    return cosines


def _by_pieces(
    pieces: Sequence[tuple[Pieces, Pieces]], rubric: RubricReading, rarity: npt.NDArray[np.float32]
) -> Iterator[tuple[Floats, Floats]]:
    """Yield the features of the word pieces of each quote and its passage, shape (indicators, 20), and the leads."""
    holders = _Holders.of(rubric)
    near: _Near | None = None
    for quote, passage in pieces:
        if near is None or not near.is_of(passage):
            near = _Near.of(passage, rubric)
            of_passage = _by_piece(near, rubric, rarity, holders)
        own = near.some(quote)
        leads: Any = own.leads * rarity[quote.ids][:, None]
        yield np.hstack([_by_piece(own, rubric, rarity, holders), of_passage]), leads


@dataclass(frozen=True)
class _Holders:
    """Which indicators have a word piece: the pieces of a rubric, and a row for each and one for any other."""

    ids: npt.NDArray[np.int64]
    rows: Floats

    @classmethod
    def of(cls, rubric: RubricReading) -> "_Holders":
        ids = np.array(sorted(rubric.holders), dtype=np.int64)
        rows = [[piece in held for held in rubric.ids] for piece in ids.tolist()]
        return cls(ids, np.array([*rows, [False] * len(rubric.ids)], dtype=float))

    def holding(self, ids: npt.NDArray[np.int64]) -> Floats:
        """Return 1 where an indicator has a piece, shape (pieces, indicators)."""
        places = np.searchsorted(self.ids, ids)
        known = np.append(self.ids, -1)[places] == ids
        return self.rows[np.where(known, places, len(self.ids))]


@dataclass(frozen=True)
class _Near:
    """How near word pieces are to those of a rubric, shape (pieces, rubric's pieces), and to each indicator's nearest.

    To compare them takes most of the time, so that a passage is compared once for all its quotes.
    """

    said: Pieces
    likeness: Vectors
    nearest: Vectors

    @classmethod
    def of(cls, said: Pieces, rubric: RubricReading) -> "_Near":
        likeness = said.states @ rubric.states.T
        return cls(said, likeness, np.maximum.reduceat(likeness, rubric.starts[:: rubric.texts_each], axis=1))

    def is_of(self, said: Pieces) -> bool:
        """Whether these are the pieces that were compared."""
        return np.array_equal(self.said.spans, said.spans) and np.array_equal(self.said.states, said.states)

    def some(self, said: Pieces) -> "_Near":
        """Return the same of some of the pieces; pieces that stand in one place belong together."""
        rows = np.isin(_places(self.said), _places(said))
        return _Near(said, self.likeness[rows], self.nearest[rows])

    @property
    def leads(self) -> Vectors:
        """How much nearer each piece is to each indicator than to the mean one, shape (pieces, indicators)."""
        leads: Vectors = self.nearest - self.nearest.mean(axis=1, keepdims=True)
        return leads


def _places(said: Pieces) -> npt.NDArray[np.int64]:
    places: npt.NDArray[np.int64] = said.spans[:, 0] * _FAR + said.spans[:, 1]
    return places


def _by_piece(near: _Near, rubric: RubricReading, rarity: npt.NDArray[np.float32], holders: _Holders) -> Floats:
    """Return the ten features of word pieces, shape (indicators, 10)."""
    m, ids = len(rubric.ids), near.said.ids
    if not len(ids):
        return np.zeros((m, len(BY_PIECE)))
    nearest_said = near.likeness.max(axis=0)
    by_text = _weighted(nearest_said, rubric.weight, rubric.starts).reshape(m, -1)
    by_own = _weighted(nearest_said, rubric.own_weight, rubric.starts).reshape(m, -1)
    rare = rarity[ids].astype(np.float64) + _TINY
    share = rare / rare.sum()
    common = holders.holding(ids)
    few = np.log((m + 1) / np.where(common.any(axis=1), common.sum(axis=1), m + 1))
    columns = [
        *(by_text[:, 0], by_text[:, 1:].max(axis=1), by_text[:, 1:].mean(axis=1)),
        *(by_own[:, 0], by_own[:, 1:].max(axis=1), by_own[:, 1:].mean(axis=1)),
        *(share @ near.nearest, share @ np.maximum(near.leads, 0), share @ common, (share * few) @ common),
    ]
    return np.stack(columns, axis=1)


def _weighted(values: npt.NDArray[np.float32], weight: Floats, starts: npt.NDArray[np.int64]) -> Floats:
    """Return the weighted mean of the values of each text."""
    mean: Floats = np.add.reduceat(values * weight, starts) / np.add.reduceat(weight, starts)
    return mean


@dataclass(frozen=True)
class Others:
    """Quotes that others are held against: what people say when nobody asks about a rubric.

    `vectors`: shape (quotes, 1536). `features`: against a rubric, shape (quotes, indicators, 28).
    """

    vectors: Vectors
    features: Floats


@dataclass(frozen=True)
class Background:
    """What is usual for each indicator of a rubric among other quotes.

    `mean`, `spread`: of the features, shape (indicators, 28). `said`: what people say of it, shape (indicators, 768);
    `usual`: mean and spread of the likeness to that, shape (indicators, 2). `centre`: of all quotes, shape (768,).
    """

    mean: Floats
    spread: Floats
    said: Floats
    usual: Floats
    centre: Floats

    @property
    def flat(self) -> Floats:
        """All of it in one row, shape (`size`,)."""
        return np.concatenate([one.ravel() for one in (self.mean, self.spread, self.said, self.usual, self.centre)])

    @staticmethod
    def size(indicators: int) -> int:
        """Return how many numbers there are."""
        return indicators * sum(_COLUMNS) + 2 * DIMENSIONS

    @classmethod
    def of(cls, flat: Floats, indicators: int) -> "Background":
        """Return what was `flat`."""
        parts = np.split(flat, indicators * np.cumsum(_COLUMNS))
        mean, spread, said, usual = (one.reshape(indicators, -1) for one in parts[:-1])
        return cls(mean, spread, said, usual, parts[-1])


def background(others: Others, first: Floats) -> Background:
    """Look at other quotes. `first`: weights of the features beside one another, shape (56,)."""
    mean, spread = others.features.mean(axis=0), others.features.std(axis=0) + _TINY
    centre = others.vectors[:, : 2 * DIMENSIONS].mean(axis=0).astype(np.float64)
    ranked = relative(others.features, mean, spread) @ first
    # Half of what a quote says of all indicators is taken off: it is no reason to take it for one of them.
    ranked -= ranked.mean(axis=1, keepdims=True) / 2
    moved = _moved(others.vectors, centre)
    best = [np.argsort(-ranked[:, j], kind="stable")[:FEEDBACK] for j in range(ranked.shape[1])]
    said = np.array([_unit_halves(moved[rows].mean(axis=0)[None])[0] for rows in best])
    likeness = _likeness(moved, said)
    usual = np.stack([likeness.mean(axis=0), likeness.std(axis=0) + _TINY], axis=1)
    return Background(mean, spread, said, usual, centre)


def compared(found: Floats, vectors: Vectors, usual: Background) -> Floats:
    """Return features held against what is usual, and the likeness to what people say of each indicator.

    Shape (quotes, indicators, 58): each as it is, then its lead over the mean indicator.
    """
    likeness = _likeness(_moved(vectors, usual.centre), usual.said)
    likeness = _squeezed((likeness - usual.usual[:, 0]) / usual.usual[:, 1])
    beside = _squeezed((found - usual.mean) / usual.spread)
    return with_lead(np.concatenate([beside, likeness[:, :, None]], axis=2))


def relative(found: Floats, mean: Floats, spread: Floats) -> Floats:
    """Return the features alone, held against what is usual, shape (quotes, indicators, 56)."""
    return with_lead(_squeezed((found - mean) / spread))


def _squeezed(found: Floats) -> Floats:
    """Bring what lies far out nearer, in its order: a rubric on other matters is far from all that is usual."""
    squeezed: Floats = np.arcsinh(found)
    return squeezed


def with_lead(found: Floats) -> Floats:
    """Add to each feature its lead over the mean of all indicators."""
    return np.concatenate([found, found - found.mean(axis=1, keepdims=True)], axis=2)


def _moved(vectors: Vectors, centre: Floats) -> Floats:
    return _unit_halves(vectors[:, : 2 * DIMENSIONS] - centre)


def _unit_halves(vectors: Floats) -> Floats:
    """Make both halves, of quote and passage, of length 1."""
    halves = [normalised(vectors[:, part].astype(np.float32)) for part in (_QUOTE, _PASSAGE)]
    unit: Floats = np.hstack(halves).astype(np.float64)
    return unit


def _likeness(moved: Floats, said: Floats) -> Floats:
    likeness: Floats = _SHARE_OF_QUOTE * moved[:, _QUOTE] @ said[:, _QUOTE].T
    likeness += (1 - _SHARE_OF_QUOTE) * moved[:, _PASSAGE] @ said[:, _PASSAGE].T
    return likeness
