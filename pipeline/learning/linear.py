"""What turns the log-odds of regressions into probabilities and decisions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_FEWEST_POSITIVES = 15
"""Below this many positives, a column borrows the calibration of all columns together."""


def sigmoid(log_odds: Floats) -> Floats:
    """Return the probability of each of the log-odds."""
    p: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return p


def smoothed_log_odds(positive: npt.NDArray[np.bool_]) -> float:
    """Return the log-odds of the share of positives, never infinite: what is left to say of one class alone."""
    share = (positive.sum() + 0.5) / (len(positive) + 1)
    return float(np.log(share / (1 - share)))


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: p = sigmoid(slope × log-odds + offset), each of shape (columns,). Platt 1999."""

    slope: Floats
    offset: Floats

    def apply(self, log_odds: Floats) -> Floats:
        """Return probabilities, shape (n, columns)."""
        return sigmoid(log_odds * self.slope + self.offset)


def fit_calibration(
    log_odds: Floats,
    positive: npt.NDArray[np.bool_],
    known: npt.NDArray[np.bool_] | None = None,
    weight: Floats | None = None,
) -> Calibration:
    """Fit Platt scaling on log-odds that the model gave to texts which it had not learned from.

    A column with few positives gets the scaling fitted on all columns together.

    Args:
        log_odds: shape (n, columns).
        positive: shape (n, columns).
        known: what is judged, shape (n, columns); `None`: all.
        weight: of each text, shape (n,); `None`: 1.
    """
    known = np.ones(positive.shape, dtype=bool) if known is None else known
    weight = np.ones(len(positive)) if weight is None else weight
    n_columns = positive.shape[1]
    slope, offset = fit_pooled(log_odds, positive, known, weight)
    slopes, offsets = np.full(n_columns, slope), np.full(n_columns, offset)
    for column in range(n_columns):
        rows = known[:, column]
        if positive[rows, column].sum() >= _FEWEST_POSITIVES:
            slopes[column], offsets[column] = _platt(log_odds[rows, column], positive[rows, column], weight[rows])
    return Calibration(slopes, offsets)


def fit_pooled(
    log_odds: Floats, positive: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_], weight: Floats
) -> tuple[float, float]:
    """Fit one Platt scaling on all columns together; return slope and offset. Arguments as above."""
    each = np.broadcast_to(weight[:, None], known.shape)
    return _platt(log_odds[known], positive[known], each[known])


def _platt(log_odds: Floats, positive: npt.NDArray[np.bool_], weight: Floats) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    if positive.all() or not positive.any():
        return 1.0, 0.0
    model = LogisticRegression(C=1e4, solver="lbfgs").fit(log_odds[:, None], positive, sample_weight=weight)
    return float(max(model.coef_[0, 0], 1e-3)), float(model.intercept_[0])
