"""How good a ranking of indicators is; open ones are passed over: the next takes their rank.

Grades: 2 best, 1 defensible, 0 not, -1 open. Järvelin & Kekäläinen 2002 for nDCG.
"""

import numpy as np
import numpy.typing as npt

from pipeline.learning.evaluation import measures
from pipeline.learning.linear import Floats

NAMES = ("hit_at_1", "hit_at_3", "mrr", "ndcg_at_5")
DEPTH = 5

Grades = npt.NDArray[np.int8]


def fits(grades: Grades) -> npt.NDArray[np.bool_]:
    """Tell which quotes some indicator fits, shape (quotes,)."""
    found: npt.NDArray[np.bool_] = np.any(grades > 0, axis=1)
    return found


def none_fits(grades: Grades) -> npt.NDArray[np.bool_]:
    """Tell which quotes none fits, undisputed, shape (quotes,)."""
    found: npt.NDArray[np.bool_] = np.all(grades == 0, axis=1)
    return found


def by_quote(p: Floats, grades: Grades) -> dict[str, Floats]:
    """Return each measure of `NAMES` for every quote, shape (quotes,); 0 where no indicator fits.

    Args:
        p: by which indicators are ranked, shape (quotes, indicators).
        grades: shape (quotes, indicators).
    """
    # Open ones go last, where they count for nothing.
    order = np.argsort(np.where(grades < 0, np.inf, -p), axis=1, kind="stable")
    ranked = np.maximum(np.take_along_axis(grades, order, axis=1), 0).astype(float)
    right = ranked > 0
    there = right.any(axis=1)
    discount = 1 / np.log2(np.arange(2, DEPTH + 2))[: grades.shape[1]]
    ideal = -np.sort(-np.maximum(grades, 0).astype(float), axis=1)[:, :DEPTH] @ discount
    gained = ranked[:, :DEPTH] @ discount
    values = (
        right[:, 0].astype(float),
        right[:, :3].any(axis=1).astype(float),
        np.where(there, 1 / (right.argmax(axis=1) + 1), 0.0),
        np.divide(gained, ideal, out=np.zeros(len(gained)), where=ideal > 0),
    )
    return dict(zip(NAMES, values, strict=True))


def told(grades: Grades) -> npt.NDArray[np.bool_]:
    """Tell of which quotes it is known that some indicator fits, or that none does, shape (quotes,)."""
    return fits(grades) | none_fits(grades)


def refusal(p: Floats, grades: Grades) -> measures.Statistic:
    """Return the area under the ROC curve by which a low best p tells quotes that none fits; of those in `told`."""
    rows = told(grades)
    best = np.where(grades < 0, -np.inf, p).max(axis=1)
    return measures.area_under_roc(-best[rows], none_fits(grades)[rows])


def none_auc(p: Floats, grades: Grades) -> float | None:
    """Return that area, every quote counted once; `None`: there are only quotes of one kind."""
    value = float(refusal(p, grades)(np.ones((1, int(told(grades).sum()))))[0, 0])
    return None if np.isnan(value) else round(value, 4)
