"""Precision, recall, F1 and average precision of decisions, each with an interval over clusters.

An interval is a percentile bootstrap that draws whole clusters (meetings, writing batches) with replacement: texts of
one meeting resemble each other, and treating them as independent makes intervals too narrow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the bounds of its interval; the bounds are `None` where there is only one cluster."""

    value: float
    low: float | None
    high: float | None


def precision_recall_f1(n_true: float, n_predicted: float, n_gold: float) -> tuple[float, float, float]:
    """Return the three from counts of true positives, predictions and gold labels; 0 where a ratio has no base."""
    precision = n_true / n_predicted if n_predicted else 0.0
    recall = n_true / n_gold if n_gold else 0.0
    f1 = 2 * n_true / (n_predicted + n_gold) if n_predicted + n_gold else 0.0
    return precision, recall, f1


def average_precision(p: Floats, positive: Bools) -> float:
    """Return the mean of the precisions at each positive, in falling order of p; 0 without positives."""
    if not positive.any():
        return 0.0
    hits = positive[np.argsort(-p, kind="stable")]
    ranks = np.flatnonzero(hits) + 1
    return float(np.mean(np.arange(1, len(ranks) + 1) / ranks))


def by_cluster(
    clusters: Sequence[object],
    figure: Callable[[npt.NDArray[np.int64]], float],
    *,
    resamples: int,
    confidence: float,
    seed: int,
) -> Interval:
    """Return a figure of all rows, with its bootstrap interval over clusters.

    Args:
        clusters: the cluster of each row.
        figure: computes the figure from row numbers.
        resamples: how many bootstrap samples to draw.
        confidence: level of the interval.
        seed: seed of the draws.
    """
    rows: dict[object, list[int]] = {}
    for row, cluster in enumerate(clusters):
        rows.setdefault(cluster, []).append(row)
    members = [np.array(found, dtype=np.int64) for found in rows.values()]
    value = figure(np.arange(len(clusters)))
    if len(members) < 2:
        return Interval(value, None, None)
    draws = np.random.default_rng(seed).integers(0, len(members), size=(resamples, len(members)))
    sampled = [figure(np.concatenate([members[i] for i in draw])) for draw in draws]
    tail = (1 - confidence) / 2
    low, high = np.quantile(sampled, [tail, 1 - tail])
    return Interval(value, float(low), float(high))


def micro_f1(
    predicted: npt.NDArray[np.int64], true: npt.NDArray[np.int64], gold: npt.NDArray[np.int64]
) -> Callable[[npt.NDArray[np.int64]], float]:
    """Return a figure for `by_cluster`: micro-averaged F1 from counts per row."""

    def figure(rows: npt.NDArray[np.int64]) -> float:
        return precision_recall_f1(float(true[rows].sum()), float(predicted[rows].sum()), float(gold[rows].sum()))[2]

    return figure
