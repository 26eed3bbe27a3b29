"""Logistic regressions, one for each column, and what turns their log-odds into probabilities and decisions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_FEWEST_POSITIVES = 15
"""Below this many positives, a column borrows the calibration of all columns together."""


def fit_columns(
    features: Any, grades: npt.NDArray[np.int8], *, strength: float, soft_weight: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Fit one logistic regression a column.

    Args:
        features: dense or sparse, shape (n, d).
        grades: shape (n, columns); above 0 is positive.
        strength: inverse of the regularisation, sklearn's C.
        soft_weight: weight of a positive of grade 1; one of grade 2 weighs 1.

    Returns:
        Coefficients, shape (columns, d), and intercepts, shape (columns,). A column without positives, or with
        nothing else, has coefficients 0 and the log-odds of its smoothed share as intercept.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import, needed for training only

    n, n_columns = grades.shape
    coefficients = np.zeros((n_columns, features.shape[1]), dtype=np.float32)
    intercepts = np.zeros(n_columns, dtype=np.float32)
    for column in range(n_columns):
        positive = grades[:, column] > 0
        if positive.all() or not positive.any():
            share = (positive.sum() + 0.5) / (n + 1)
            intercepts[column] = np.log(share / (1 - share))
            continue
        weights = np.where(grades[:, column] == 1, soft_weight, 1.0)
        model = LogisticRegression(C=strength, solver="liblinear", random_state=0, max_iter=1000, tol=1e-3)
        model.fit(features, positive, sample_weight=weights)
        coefficients[column], intercepts[column] = model.coef_[0], model.intercept_[0]
    return coefficients, intercepts


def sigmoid(log_odds: Floats) -> Floats:
    """Return the probability of each of the log-odds."""
    p: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return p


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: p = sigmoid(slope × log-odds + offset), each of shape (columns,). Platt 1999."""

    slope: Floats
    offset: Floats

    def apply(self, log_odds: Floats) -> Floats:
        """Return probabilities, shape (n, columns)."""
        return sigmoid(log_odds * self.slope + self.offset)


def fit_calibration(log_odds: Floats, positive: npt.NDArray[np.bool_]) -> Calibration:
    """Fit Platt scaling on log-odds that the model gave to texts which it had not learned from.

    A column with few positives gets the scaling fitted on all columns together.
    """
    n_columns = positive.shape[1]
    slope, offset = _platt(log_odds.ravel(), positive.ravel())
    slopes, offsets = np.full(n_columns, slope), np.full(n_columns, offset)
    for column in range(n_columns):
        if positive[:, column].sum() >= _FEWEST_POSITIVES:
            slopes[column], offsets[column] = _platt(log_odds[:, column], positive[:, column])
    return Calibration(slopes, offsets)


def _platt(log_odds: Floats, positive: npt.NDArray[np.bool_]) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    if positive.all() or not positive.any():
        return 1.0, 0.0
    model = LogisticRegression(C=1e4, solver="lbfgs").fit(log_odds[:, None], positive)
    return float(max(model.coef_[0, 0], 1e-3)), float(model.intercept_[0])


def best_f1_threshold(p: Floats, positive: npt.NDArray[np.bool_]) -> float:
    """Return the probability at which F1 is highest: deciding yes from it upwards.

    Lipton et al. 2014: at the optimum of a calibrated classifier it is half the F1 reached.
    """
    if not positive.any():
        return 0.5
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(positive[order])
    f1 = 2 * hits / (np.arange(1, len(p) + 1) + positive.sum())
    return float(round(min(0.95, max(0.05, p[order][int(np.argmax(f1))])), 4))


def recall_threshold(p: Floats, positive: npt.NDArray[np.bool_], recall: float, ceiling: float) -> float:
    """Return the highest probability, at most `ceiling`, from which upwards that share of the positives lies."""
    if not positive.any():
        return ceiling
    cut = float(np.quantile(p[positive], 1 - recall))
    return float(round(min(ceiling, max(0.02, cut)), 4))
