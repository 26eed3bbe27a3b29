"""From p to a decision: yes, review or no, and what that costs a person.

    0 ────────── threshold ───────── yes threshold ────────── 1
        no            |     review         |       yes

Upwards of the *yes threshold*, at least the share of decisions that the user asks for is right, on documents that the
model had not learned from. The *threshold* below it is where F1 is highest: who has no person to ask takes all from
there upwards. What lies between waits for a person. The expected load is the share of decisions, and of passages, that
do.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.learning.linear import Floats

PRECISION = 0.9
"""Share of decisions yes that are to be right, if the user does not say otherwise."""

FEWEST_YES = 20
"""Decisions yes below which a theme's precision is not known, and that of all themes together counts."""

LOWEST, HIGHEST = 0.05, 0.95
NEVER = 1.01
DIGITS = 4
"""Of p where it is decided on, as tags have it."""

FEWEST_POSITIVES = 15

Flags = npt.NDArray[np.bool_]


class _ForPrecision(Protocol):
    @property
    def precision(self) -> float: ...


T = TypeVar("T", bound=_ForPrecision)


def for_precision(precision: float, bands: Sequence[T]) -> T:
    """Return the bands for the lowest precision that is at least what is asked for, or else the highest.

    Args:
        precision: asked for.
        bands: the lowest precision first, at least one.
    """
    return next((one for one in bands if one.precision >= precision - 1e-9), bands[-1])


def written_for(precision: float, written: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the same of bands as model.json and metrics.json hold them; nothing where there are none."""
    enough = [band for band in written if band["precision"] >= precision - 1e-9]
    return enough[0] if enough else written[-1] if written else {}


class Bands(msgspec.Struct, frozen=True, kw_only=True):
    """Where decisions change, by theme, and what is to be expected of them on documents like the held-out ones.

    `precision`: what was asked for. `yes_precision`: what decisions yes reach. `yes_share`: the share of the positives
    that are decided yes. `review_decisions`: the share of all decisions (passage × theme) that wait for a person;
    `review_passages`: the share of passages with one such decision or more.
    """

    thresholds: list[float]
    yes_thresholds: list[float]
    precision: float
    yes_precision: float | None
    yes_share: float | None
    review_decisions: float
    review_passages: float


def thresholds(p: Floats, positive: Flags, known: Flags) -> list[float]:
    """Return, by theme, the p at which F1 is highest, deciding from it upwards.

    A theme with few positives gets the threshold of all themes together.
    """
    pooled = pooled_threshold(p, positive, known)
    columns = range(p.shape[1])
    return [
        _best_f1(p[known[:, j], j], positive[known[:, j], j])
        if (positive[:, j] & known[:, j]).sum() >= FEWEST_POSITIVES
        else pooled
        for j in columns
    ]


def yes_thresholds(p: Floats, positive: Flags, known: Flags, lowest: Sequence[float], precision: float) -> list[float]:
    """Return, by theme, the lowest p from which upwards decisions are right as often as asked for.

    Themes with few such decisions borrow the threshold of all themes together; where many show that the precision is
    not reached, or all themes together reach it nowhere, nothing is decided yes and the threshold is above 1.
    """
    p = np.round(p, DIGITS)
    pooled = pooled_yes_threshold(p, positive, known, precision)
    found = []
    for j, low in enumerate(lowest):
        rows = known[:, j]
        own = _own_or_borrowed(p[rows, j], positive[rows, j], precision, pooled)
        found.append(round(max(low, own), DIGITS))
    return found


def _own_or_borrowed(p: Floats, positive: Flags, precision: float, pooled: float) -> float:
    """Return the yes threshold of one theme; `pooled`: that of all together."""
    own = _lowest_precise(p, positive, precision)
    if own <= 1:
        return own if (p >= own).sum() >= FEWEST_YES else max(own, pooled)
    # Where there is enough to see that the precision is not reached, it is not borrowed either.
    return NEVER if (p >= pooled).sum() >= FEWEST_YES else pooled


def pooled_threshold(p: Floats, positive: Flags, known: Flags) -> float:
    """Return the p at which F1 over all themes is highest."""
    return _best_f1(p[known], positive[known])


def pooled_yes_threshold(p: Floats, positive: Flags, known: Flags, precision: float) -> float:
    """Return the lowest p from which upwards decisions on all themes are right as often as asked for."""
    return _lowest_precise(p[known], positive[known], precision)


def ladder(p: Floats, positive: Flags, known: Flags, precisions: Sequence[float]) -> list[Bands]:
    """Set the bands for each of the precisions, the lowest first: who asks for more is never given more decisions yes.

    Arguments as below.
    """
    found: list[Bands] = []
    for precision in sorted(precisions):
        found.append(bands(p, positive, known, precision, found[-1].yes_thresholds if found else None))
    return found


def bands(
    p: Floats,
    positive: Flags,
    known: Flags,
    precision: float = PRECISION,
    at_least: Sequence[float] | None = None,
) -> Bands:
    """Set the bands on held-out passages.

    Args:
        p: of passages whose fold the model had not learned from, shape (n, themes).
        positive: shape (n, themes).
        known: what is judged, shape (n, themes).
        precision: the share of decisions yes that is to be right.
        at_least: below which the yes thresholds must not lie, by theme; `None`: nothing.
    """
    p = np.round(p, DIGITS)
    low = thresholds(p, positive, known)
    high = yes_thresholds(p, positive, known, at_least or low, precision)
    yes, review = (p >= np.array(high)) & known, (p >= np.array(low)) & (p < np.array(high)) & known
    return Bands(
        thresholds=low,
        yes_thresholds=high,
        precision=precision,
        yes_precision=_share(positive[yes].sum(), yes.sum()),
        yes_share=_share((positive & yes).sum(), (positive & known).sum()),
        review_decisions=_share(review.sum(), known.sum()) or 0.0,
        review_passages=_share(review.any(axis=1).sum(), len(review)) or 0.0,
    )


def _best_f1(p: Floats, positive: Flags) -> float:
    """Lipton et al. 2014: at the optimum of a calibrated classifier it is half the F1 reached."""
    if not positive.any():
        return 0.5
    each, n, hits = _from_above(p, positive)
    best = float(each[int(np.argmax(2 * hits / (n + positive.sum())))])
    return round(min(HIGHEST, max(LOWEST, best)), DIGITS)


def _lowest_precise(p: Floats, positive: Flags, precision: float) -> float:
    each, n, hits = _from_above(p, positive)
    reached = np.flatnonzero(hits >= precision * n)
    return float(each[reached[-1]]) if len(reached) else NEVER


def _from_above(p: Floats, positive: Flags) -> tuple[Floats, Floats, Floats]:
    """Return each p that occurs, the highest first, and how many decisions from it upwards there are, and are right."""
    each, place = np.unique(-np.round(p, DIGITS), return_inverse=True)
    n = np.cumsum(np.bincount(place, minlength=len(each)))
    hits = np.cumsum(np.bincount(place, weights=positive, minlength=len(each)))
    return -each, n.astype(np.float64), hits.astype(np.float64)


def _share(part: float, whole: float) -> float | None:
    return round(float(part) / float(whole), 4) if whole else None
