"""Whether a new model may take the place of the current one.

Both are judged on the same passages, each passage by a model that had not learned from its meeting: for what a model
was trained on, that is the model of the fold that left the meeting out; for all else it is the model itself. Where a
label has changed since the current model was trained, both readings of it are judged, so that a file of wrong labels
cannot vouch for itself. A theme is clearly worse when the interval of the difference in F1, drawn over meetings, lies
below 0; its level is shared out among the themes (Bonferroni), so that ten themes do not give ten chances of a false
alarm.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.config import Settings
from pipeline.learning.evaluation import measures

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """Two models on the same passages; shape (n, themes) each, and (n,) for `cluster`.

    `current`, `new`: what each decides at its threshold. `positive`: the truth. `known`: where there is one. `cluster`:
    the number of the meeting.
    """

    current: Flags
    new: Flags
    positive: Flags
    known: Flags
    cluster: npt.NDArray[np.int64]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The two models on one theme, or on all of them (`theme` is None). `n`: positives.

    `low`, `high`: interval of new F1 − current F1; null with fewer than two meetings.
    """

    theme: str | None
    n: int
    current_f1: float | None
    new_f1: float | None
    low: float | None
    high: float | None

    @property
    def is_clearly_worse(self) -> bool:
        """Whether chance does not explain that the new model is worse."""
        return self.high is not None and self.high < 0


@dataclass(frozen=True)
class Verdict:
    """The comparison by today's labels, and by those of the current model's time where labels have changed since.

    `n`: what was compared. `n_changed`: labels that differ from those that the current model was trained on.
    `together`: the name of the line for all themes.
    """

    comparisons: list[Comparison]
    by_old_labels: list[Comparison]
    n: int
    n_changed: int
    together: str = "all themes"

    @property
    def worse(self) -> list[str]:
        """What got clearly worse, by either reading."""
        both = (*self.comparisons, *self.by_old_labels)
        return list(dict.fromkeys(one.theme or self.together for one in both if one.is_clearly_worse))


def compare(judged: Judged, themes: Sequence[str], settings: Settings) -> list[Comparison]:
    """Compare two models on every theme and, last, on all together.

    Args:
        judged: what both decide.
        themes: the names of the columns.
        settings: resamples, level and seed.
    """
    level = 1 - (1 - settings.confidence) / max(1, len(themes))
    strict = msgspec.structs.replace(settings, confidence=level)
    single = [_compare(judged, [j], theme, strict) for j, theme in enumerate(themes)]
    return [*single, _compare(judged, list(range(len(themes))), None, settings)]


def _compare(judged: Judged, columns: list[int], theme: str | None, settings: Settings) -> Comparison:
    known = judged.known[:, columns]
    positive = judged.positive[:, columns] & known
    counts = np.stack(
        [_count(decided, positive) for decided in (judged.current[:, columns] & known, judged.new[:, columns] & known)],
        axis=1,
    )

    def statistic(weights: measures.Array) -> measures.Array:
        sums = np.einsum("du,umc->dmc", weights, counts)
        f1 = measures.divide(2 * sums[..., 0], sums[..., 1] + sums[..., 2])
        return np.stack([f1[:, 0], f1[:, 1], f1[:, 1] - f1[:, 0]], axis=1)

    values = statistic(np.ones((1, len(counts))))[0]
    names, cluster = np.unique(judged.cluster, return_inverse=True)
    interval = measures.intervals(statistic, cluster.astype(np.int64), len(names), settings)[2]
    return Comparison(
        theme=theme,
        n=int(positive.sum()),
        current_f1=_number(values[0]),
        new_f1=_number(values[1]),
        low=interval.low if interval else None,
        high=interval.high if interval else None,
    )


def _count(decided: Flags, positive: Flags) -> npt.NDArray[np.float64]:
    """Return for each passage how many decisions were right, how many were made, how many should have been."""
    return np.stack([(decided & positive).sum(axis=1), decided.sum(axis=1), positive.sum(axis=1)], axis=1).astype(float)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
