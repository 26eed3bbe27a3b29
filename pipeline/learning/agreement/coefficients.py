"""The coefficients of agreement.

percent   share of units on which both agree
kappa     Cohen 1960, https://doi.org/10.1177/001316446002000104
PABAK     Byrt, Bishop & Carlin 1993, https://doi.org/10.1016/0895-4356(93)90018-V
AC1       Gwet 2008, https://doi.org/10.1348/000711006X126600
alpha     Krippendorff 2011, Computing Krippendorff's alpha-reliability; over sets of themes with the distance MASI,
          Passonneau 2006, Measuring agreement on set-valued items
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import numpy as np

from pipeline.learning.evaluation.measures import Array, Statistic, divide

COEFFICIENTS = ("percent", "kappa", "PABAK", "AC1", "alpha")
NONE = frozenset({"none"})

Themes = frozenset[str]
T = TypeVar("T", bound=Hashable)


def coefficients(cells: Array) -> Array:
    """Return percent, kappa, PABAK, AC1 and nominal alpha of fourfold tables.

    Args:
        cells: how many units both, only A, only B, and neither of the coders give the theme, shape (tables, 4).

    Returns:
        Shape (tables, 5); nan where a coefficient is undefined: there is no unit, or chance alone explains all.
    """
    both, only_a, only_b, neither = cells.T
    n = cells.sum(axis=1)
    percent = divide(both + neither, n)
    a, b = divide(both + only_a, n), divide(both + only_b, n)
    mean = (a + b) / 2
    by_chance = a * b + (1 - a) * (1 - b)
    kappa = _beyond(percent, by_chance)
    ac1 = _beyond(percent, 2 * mean * (1 - mean))
    # Krippendorff's expected disagreement draws two of the 2n values without putting back.
    alpha = _beyond(percent, 1 - divide(2 * mean * (1 - mean) * 2 * n, 2 * n - 1))
    return np.stack([percent, kappa, 2 * percent - 1, ac1, alpha], axis=1)


def of_tables(cells: Array) -> Statistic:
    """Return the coefficients of several fourfold tables as a statistic of weighted units, table by table.

    Args:
        cells: which cell each unit fills, shape (units, tables, 4).
    """

    def statistic(weights: Array) -> Array:
        tables = weights @ cells.reshape(len(cells), -1)
        return coefficients(tables.reshape(-1, 4)).reshape(len(weights), -1)

    return statistic


def krippendorff_alpha(units: Iterable[Sequence[T | None]], distance: Callable[[T, T], float]) -> float:
    """Return Krippendorff's alpha for any number of coders.

    Args:
        units: for each unit what each coder says of it; `None` where a coder says nothing.
        distance: 0 for equal values, up to 1.

    Returns:
        1 for perfect agreement, 0 for chance; nan where all values are one and the same.
    """
    pairable = [[value for value in unit if value is not None] for unit in units]
    pairable = [values for values in pairable if len(values) > 1]
    counts = Counter(value for values in pairable for value in values)
    n = counts.total()
    observed = sum(_disagreement(Counter(values), distance) / (len(values) - 1) for values in pairable)
    expected = _disagreement(counts, distance) / (n - 1) if n > 1 else 0.0
    return 1 - observed / expected if expected else float("nan")


def binary_alpha(coders: Array, having: Array) -> Statistic:
    """Return alpha of yes and no as a statistic of weighted units, for any number of coders.

    Args:
        coders: how many coded each unit, two at least, shape (units, themes).
        having: how many of them give the theme, same shape. Themes are pooled.
    """
    apart = (2 * having * (coders - having) / (coders - 1)).sum(axis=1)
    total, positive = coders.sum(axis=1), having.sum(axis=1)

    def statistic(weights: Array) -> Array:
        n, n_positive = weights @ total, weights @ positive
        expected = divide(2 * n_positive * (n - n_positive), n - 1)
        return (1 - divide(weights @ apart, expected))[:, None]

    return statistic


def alpha_of_values(units: Sequence[Sequence[T]], distance: Callable[[T, T], float]) -> Statistic:
    """Return `krippendorff_alpha` as a statistic of weighted units; each unit has two values at least."""
    values = list(dict.fromkeys(value for unit in units for value in unit))
    place = {value: number for number, value in enumerate(values)}
    distances = np.array([[distance(x, y) for y in values] for x in values])
    counts = np.zeros((len(units), len(values)))
    for number, unit in enumerate(units):
        np.add.at(counts[number], [place[value] for value in unit], 1)
    apart = np.array([_disagreement(Counter(unit), distance) / (len(unit) - 1) for unit in units])

    def statistic(weights: Array) -> Array:
        sums = weights @ counts
        n = sums.sum(axis=1)
        expected = divide(np.einsum("dv,vw,dw->d", sums, distances, sums, optimize=True), n - 1)
        return (1 - divide(weights @ apart, expected))[:, None]

    return statistic


def nominal(one: Hashable, other: Hashable) -> float:
    """Return 0 for equal values, 1 for different ones."""
    return float(one != other)


def masi(one: Themes, other: Themes) -> float:
    """Return how far two sets are apart: 1 - Jaccard × monotonicity, from 0 (equal) to 1 (nothing in common).

    Monotonicity is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, 0 where they don't.
    """
    if one == other:
        return 0.0
    shared = one & other
    monotonicity = 0.0 if not shared else 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - monotonicity * len(shared) / len(one | other)


def _beyond(percent: Array, by_chance: Array) -> Array:
    """Return the agreement beyond chance; undefined where chance explains all, up to rounding."""
    room = np.where(np.abs(1 - by_chance) < 1e-12, 0.0, 1 - by_chance)
    return divide(percent - by_chance, room)


def _disagreement(counts: Counter[T], distance: Callable[[T, T], float]) -> float:
    """Return the sum of the distances of all ordered pairs of values."""
    return sum(n * m * distance(x, y) for x, n in counts.items() for y, m in counts.items() if x != y)
