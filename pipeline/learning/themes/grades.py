"""Substantially about a theme, or only touched on: the grade of a theme that a passage has.

Three things tell, the same for all themes: how likely the theme is, how much likelier another theme of the passage is,
and how long the passage is. Whether a passage has a theme at all is not decided here.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.learning.linear import Floats

SUBSTANTIAL, TOUCHED = 2, 1
_TINY = 1e-6


def evidence(p: Floats, texts: Sequence[str]) -> Floats:
    """Return what tells the grade, shape (n, themes, 3); `p`: shape (n, themes)."""
    safe = np.clip(p, _TINY, 1 - _TINY)
    lengths = np.log([len(text.split()) + 1 for text in texts])
    behind = p - p.max(axis=1, keepdims=True)
    found: Floats = np.stack([np.log(safe / (1 - safe)), behind, np.broadcast_to(lengths[:, None], p.shape)], axis=2)
    return found


def fit(p: Floats, texts: Sequence[str], grades: npt.NDArray[np.int8]) -> list[float]:
    """Learn the weights and, last, the intercept; empty where there are no two grades to tell apart.

    Args:
        p: of passages that the model had not learned from, shape (n, themes).
        texts: the passages.
        grades: shape (n, themes); only those above 0 are looked at.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import, needed for training only

    has = grades > 0
    substantial = grades[has] == SUBSTANTIAL
    if substantial.all() or not substantial.any():
        return []
    model = LogisticRegression(max_iter=2000).fit(evidence(p, texts)[has], substantial)
    weights: list[float] = np.round(np.append(model.coef_[0], model.intercept_[0]), 6).tolist()
    return weights


def decide(p: Floats, texts: Sequence[str], weights: Sequence[float]) -> npt.NDArray[np.int64]:
    """Return the grade that each theme has if the passage has it, shape (n, themes); 2 if nothing was learned."""
    if not weights or not len(p):
        return np.full(p.shape, SUBSTANTIAL)
    log_odds = evidence(p, texts) @ np.array(weights[:-1]) + weights[-1]
    return np.where(log_odds >= 0, SUBSTANTIAL, TOUCHED)
