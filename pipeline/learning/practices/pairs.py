"""How a quote and an indicator look side by side: features of the pair, that know no indicator by name.

By meaning: cosines of sentence vectors; and, word piece by word piece, how near the nearest one of the other text is
(late interaction: Khattab & Zaharia 2020, ColBERT), weighted by how rare the piece is. By words: BM25 (Robertson &
Zaragoza 2009) and shared pieces. An indicator in general terms is near to everything, so each feature is held against
what it is for some hundred other quotes; and quotes that a rubric's texts find among those stand for what people say
of the indicator in words of their own (pseudo-relevance feedback: Rocchio 1971).
"""

from dataclasses import dataclass

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


def features(asked: Asked, rubric: RubricReading, rarity: npt.NDArray[np.float32]) -> Floats:
    """Compare quotes with the indicators of a rubric.

    Args:
        asked: the quotes.
        rubric: its indicators.
        rarity: of each word piece in the language, shape (vocabulary,).

    Returns:
        Shape (quotes, indicators, 28): by vector, by word, by piece of the quote, by piece of the passage.
    """
    n, m = len(asked.quotes), len(rubric.ids)
    found = np.zeros((n, m, N_FEATURES))
    found[:, :, :3] = _cosines(asked.vectors[:, _QUOTE], rubric)
    found[:, :, 3:6] = _cosines(asked.vectors[:, _PASSAGE], rubric)
    first = len(BY_VECTOR) + len(BY_WORD)
    last: tuple[Pieces, Floats] | None = None
    for i, (quote, passage) in enumerate(asked.pieces):
        found[i, :, 6] = rubric.words.scores(asked.quotes[i])
        found[i, :, 7] = rubric.words.scores(asked.contexts[i])
        found[i, :, first : first + len(BY_PIECE)] = _by_piece(quote, rubric, rarity)
        if last is None or last[0] is not passage:
            last = passage, _by_piece(passage, rubric, rarity)
        found[i, :, first + len(BY_PIECE) :] = last[1]
    return found


def _cosines(vectors: Vectors, rubric: RubricReading) -> Floats:
    levels = np.einsum("nd,mld->nml", vectors, rubric.levels)
    cosines: Floats = np.stack([vectors @ rubric.practices.T, levels.max(axis=2), levels.mean(axis=2)], axis=2)
    return cosines


def _by_piece(said: Pieces, rubric: RubricReading, rarity: npt.NDArray[np.float32]) -> Floats:
    """Return the ten features of word pieces, shape (indicators, 10)."""
    m = len(rubric.ids)
    if not len(said.ids):
        return np.zeros((m, len(BY_PIECE)))
    likeness = said.states @ rubric.states.T
    nearest_said = likeness.max(axis=0)
    by_text = _weighted(nearest_said, rubric.weight, rubric.starts).reshape(m, -1)
    by_own = _weighted(nearest_said, rubric.own_weight, rubric.starts).reshape(m, -1)
    rare = rarity[said.ids].astype(np.float64) + _TINY
    share = rare / rare.sum()
    nearest = np.maximum.reduceat(likeness, rubric.starts[:: rubric.texts_each], axis=1)
    lead = np.maximum(nearest - nearest.mean(axis=1, keepdims=True), 0)
    common = np.array([[piece in held for held in rubric.ids] for piece in said.ids.tolist()], dtype=float)
    few = np.array([np.log((m + 1) / rubric.holders.get(piece, m + 1)) for piece in said.ids.tolist()])
    columns = [
        *(by_text[:, 0], by_text[:, 1:].max(axis=1), by_text[:, 1:].mean(axis=1)),
        *(by_own[:, 0], by_own[:, 1:].max(axis=1), by_own[:, 1:].mean(axis=1)),
        *(share @ nearest, share @ lead, share @ common, (share * few) @ common),
    ]
    return np.stack(columns, axis=1)


def _weighted(values: npt.NDArray[np.float32], weight: Floats, starts: npt.NDArray[np.int64]) -> Floats:
    """Return the weighted mean of the values of each text."""
    mean: Floats = np.add.reduceat(values * weight, starts) / np.add.reduceat(weight, starts)
    return mean


def word_leads(said: Pieces, rubric: RubricReading, rarity: npt.NDArray[np.float32]) -> Floats:
    """Return how much nearer each piece is to each indicator than to the mean one, shape (pieces, indicators)."""
    if not len(said.ids):
        return np.zeros((0, len(rubric.ids)))
    nearest = np.maximum.reduceat(said.states @ rubric.states.T, rubric.starts[:: rubric.texts_each], axis=1)
    leads: Floats = (nearest - nearest.mean(axis=1, keepdims=True)) * rarity[said.ids][:, None]
    return leads


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
