"""Figures with their intervals: a statistic of weighted units, and the bootstrap that draws units, or clusters of them.

A unit is what is counted: a quote, a block, a heading. Units of one document resemble each other, so the interval that
counts is drawn over documents; the naive one, over units, is given beside it to show what clustering costs.
Field & Welsh 2007, Bootstrapping clustered data, https://doi.org/10.1111/j.1467-9868.2007.00593.x.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.config import Settings

Array = npt.NDArray[np.float64]
Statistic = Callable[[Array], Array]
"""From weights of the units, shape (draws, units), to figures, shape (draws, figures); nan where one is undefined."""

CHUNK = 100
"""Draws that are held in memory at once."""

MOSTLY = 0.5
"""Share of the draws in which a figure must be defined to have an interval."""


class Interval(msgspec.Struct, frozen=True):
    """A percentile interval."""

    low: float
    high: float


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number with its intervals; `None`: undefined, or impossible to draw.

    `by_document`: drawn over documents. `within_document`: over the sections of the only document. `naive`: over units.
    """

    value: float | None
    by_document: Interval | None = None
    within_document: Interval | None = None
    naive: Interval | None = None


@dataclass(frozen=True)
class Units:
    """Where each unit stands: numbers of its document and of its section (unique over documents)."""

    documents: npt.NDArray[np.int64]
    sections: npt.NDArray[np.int64]
    n_documents: int

    def __len__(self) -> int:
        return len(self.documents)


def figures(statistic: Statistic, units: Units, settings: Settings) -> list[Figure]:
    """Return the figures of a statistic, each with its intervals."""
    values = statistic(np.ones((1, len(units))))[0]
    each = np.arange(len(units))
    by_document = intervals(statistic, units.documents, units.n_documents, settings)
    within = (
        [None] * len(values) if units.n_documents > 1 else intervals(statistic, *_renumbered(units.sections), settings)
    )
    naive = intervals(statistic, each, len(units), settings)
    return [
        Figure(value=_number(value), by_document=first, within_document=second, naive=third)
        for value, first, second, third in zip(values, by_document, within, naive, strict=True)
    ]


def intervals(
    statistic: Statistic, cluster: npt.NDArray[np.int64], n_clusters: int, settings: Settings
) -> list[Interval | None]:
    """Return the percentile interval of each figure when whole clusters are drawn with replacement.

    Args:
        statistic: what is computed in each draw.
        cluster: the number of each unit's cluster.
        n_clusters: how many clusters there are; clusters without a unit are drawn too.
        settings: resamples, level and seed.

    Returns:
        `None` for each figure when there are fewer than two clusters, or when it is undefined in most draws.
    """
    n_figures = statistic(np.ones((1, len(cluster)))).shape[1]
    if n_clusters < 2:
        return [None] * n_figures
    generator = np.random.default_rng(settings.seed)
    share = np.full(n_clusters, 1 / n_clusters)
    sizes = [min(CHUNK, settings.bootstrap - done) for done in range(0, settings.bootstrap, CHUNK)]
    draws = [statistic(generator.multinomial(n_clusters, share, size=size)[:, cluster].astype(float)) for size in sizes]
    return [_percentiles(column, settings.confidence) for column in np.concatenate(draws).T]


def joined(statistics: Sequence[Statistic]) -> Statistic:
    """Return one statistic with the figures of several, one after another: drawing once for all is what takes time."""

    def statistic(weights: Array) -> Array:
        return np.concatenate([one(weights) for one in statistics], axis=1)

    return statistic


def precision_recall_f1(counts: Array) -> Statistic:
    """Return the statistic of units that are rows of (right, predicted, gold)."""

    def statistic(weights: Array) -> Array:
        return _prf(weights @ counts)

    return statistic


def share(counts: Array) -> Statistic:
    """Return the statistic of units that are rows of (part, whole)."""

    def statistic(weights: Array) -> Array:
        sums = weights @ counts
        return divide(sums[:, 0], sums[:, 1])[:, None]

    return statistic


def macro_f1(counts: Array) -> Statistic:
    """Return the statistic of units that hold (right, predicted, gold) for each theme, shape (units, themes, 3)."""

    def statistic(weights: Array) -> Array:
        sums = np.einsum("du,utc->dtc", weights, counts)
        return _mean_of_known(np.stack([_prf(sums[:, theme])[:, 2] for theme in range(counts.shape[1])], axis=1))

    return statistic


def area_under_roc(score: Array, positive: npt.NDArray[np.bool_]) -> Statistic:
    """Return the statistic of units: how often a positive one has the higher score of two; ties count half."""
    ours, theirs = score[positive][:, None], score[~positive][None, :]
    wins = (ours > theirs) + 0.5 * (ours == theirs)

    def statistic(weights: Array) -> Array:
        of, others = weights[:, positive], weights[:, ~positive]
        return divide(((of @ wins) * others).sum(axis=1), of.sum(axis=1) * others.sum(axis=1))[:, None]

    return statistic


def average_precision(p: Array, positive: npt.NDArray[np.bool_]) -> Statistic:
    """Return the statistic of units with a probability each; units of the same p share a rank.

    The mean, over positive units, of the precision among all units with at least their p.
    """
    order = np.argsort(-p, kind="stable")
    ranked, ends = positive[order].astype(float), _ends_of_ties(p[order])

    def statistic(weights: Array) -> Array:
        sorted_weights = weights[:, order]
        right = np.cumsum(sorted_weights * ranked, axis=1)
        seen = np.cumsum(sorted_weights, axis=1)
        precision = divide(right[:, ends], seen[:, ends], otherwise=0.0)
        gained = (sorted_weights * ranked * precision).sum(axis=1)
        return divide(gained, (sorted_weights * ranked).sum(axis=1))[:, None]

    return statistic


def mean_of(statistics: Sequence[Statistic]) -> Statistic:
    """Return the mean of several statistics of the same units."""

    def statistic(weights: Array) -> Array:
        return _mean_of_known(np.concatenate([one(weights) for one in statistics], axis=1))

    return statistic


def divide(part: Array, whole: Array, otherwise: float = np.nan) -> Array:
    """Divide; `otherwise` where the divisor is zero."""
    result: Array = np.divide(part, whole, out=np.full(np.shape(part), otherwise), where=whole != 0)
    return result


def _prf(sums: Array) -> Array:
    right, predicted, gold = sums[:, 0], sums[:, 1], sums[:, 2]
    return np.stack([divide(right, predicted), divide(right, gold), divide(2 * right, predicted + gold)], axis=1)


def _mean_of_known(values: Array) -> Array:
    known = ~np.isnan(values)
    return divide(np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1).astype(float))[:, None]


def _ends_of_ties(ranked: Array) -> npt.NDArray[np.int64]:
    return np.searchsorted(-ranked, -ranked, side="right") - 1


def _percentiles(column: Array, confidence: float) -> Interval | None:
    known = column[~np.isnan(column)]
    if known.size < MOSTLY * column.size or not known.size:
        return None
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(round(float(low), 6), round(float(high), 6))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _renumbered(labels: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], int]:
    names, numbers = np.unique(labels, return_inverse=True)
    return numbers.astype(np.int64), len(names)
