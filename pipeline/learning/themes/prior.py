"""What the codebook's own words say of a passage: a theme works before anybody has labelled a text with it.

A passage is compared with the definition of a theme, with what the codebook says belongs to it, with its examples and
with what it excludes: by meaning, and against how near the passage is to the other themes. The weights of these
comparisons know no theme by name. They are learned from labelled themes, each of which is predicted with the weights of
the others, so that their log-odds mean for a new theme what they meant there.

    "No one was ready when she retired."  succession: nearest of all to its examples → p .31 without a single label
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.codebook import Codebook, Theme
from pipeline.encoder import Encoder, Vectors
from pipeline.learning.linear import Floats, smoothed_log_odds

N_FEATURES = 8
SAMPLE = 4000
"""Passages that the weights are learned from; more change nothing."""
_NONE = -9.0
"""Likeness to what a codebook leaves empty."""


@dataclass(frozen=True)
class Words:
    """The vectors of what a codebook says of a theme. `texts`: definition, then what belongs and the examples."""

    definition: Vectors
    texts: Vectors
    excluded: Vectors


def background(vectors: Vectors) -> Vectors:
    """Return the mean of the vectors of passages: how near any passage is to a text, whatever it is about."""
    mean: Vectors = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1], np.float32)
    return mean


def read_codebook(codebook: Codebook, encoder: Encoder) -> list[Words]:
    """Encode the words of every theme."""
    return [_read_theme(theme, encoder) for theme in codebook.themes]


def _read_theme(theme: Theme, encoder: Encoder) -> Words:
    definition = f"{theme.name}. {theme.definition}"
    return Words(
        encoder.encode([definition])[0],
        encoder.encode([theme.name, definition, *theme.include, *theme.examples]),
        encoder.encode(theme.exclude),
    )


def likeness(vectors: Vectors, words: Sequence[Words], level: Vectors, known: Sequence[bool] | None = None) -> Floats:
    """Compare passages with themes.

    Some texts are near to everything. What counts is how much nearer a passage is than the mean passage, so that a
    threshold learned on some themes holds for another.

    Args:
        vectors: of the passages by themselves, shape (n, 384).
        words: of the themes.
        level: the mean vector of passages (`background`), shape (384,).
        known: which of them are compared with each other; a new theme is compared with those, so that it changes
            nothing for them. `None`: all.

    Returns:
        Shape (n, themes, 8): cosine with the definition, with the nearest text of the theme, the mean of the three
        nearest, the nearest of what is excluded; then the first three less their mean over the known themes and the
        theme itself, and how far the nearest text is nearer than what is excluded.
    """
    raw = np.stack([_to_theme(vectors - level, theme) for theme in words], axis=1)
    near, others = raw[:, :, :3], np.array([True] * len(words) if known is None else known, dtype=bool)
    own = np.where(others[None, :, None], 0.0, near)  # what the sum of the known ones does not hold
    total = near[:, others].sum(axis=1, keepdims=True) + own
    relative = near - total / (others.sum() + ~others)[None, :, None]
    there = raw > _NONE
    margin = np.where(there[:, :, 3:], raw[:, :, 1:2] - raw[:, :, 3:], 0.0)
    found: Floats = np.concatenate([np.where(there, raw, 0.0), relative, margin], axis=2)
    return found


def _to_theme(vectors: Vectors, theme: Words) -> Floats:
    near = np.sort(vectors @ theme.texts.T, axis=1)[:, ::-1]
    excluded = (vectors @ theme.excluded.T).max(axis=1) if len(theme.excluded) else np.full(len(vectors), _NONE)
    columns: Floats = np.stack(
        [vectors @ theme.definition, near[:, 0], near[:, :3].mean(axis=1), excluded], axis=1
    ).astype(np.float64)
    return columns


def fit(found: Floats, positive: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_]) -> Floats:
    """Learn the weights of the comparisons, and last the intercept, shape (9,).

    Args:
        found: shape (n, themes, 8).
        positive: shape (n, themes).
        known: what is judged, shape (n, themes).
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import, needed for training only

    truth = positive[known]
    if truth.all() or not truth.any():
        return np.append(np.zeros(N_FEATURES), smoothed_log_odds(truth))
    model = LogisticRegression(C=10.0, max_iter=2000).fit(found[known], truth)
    return np.append(model.coef_[0], model.intercept_[0])


def weigh(found: Floats, weights: Floats) -> Floats:
    """Return the log-odds of each theme, shape (n, themes)."""
    log_odds: Floats = found @ weights[:-1] + weights[-1]
    return log_odds
