"""Labels that are probably wrong: those that a model which has not seen them contradicts most.

Confident learning, theme by theme, since a text may have several: among the labels with the theme the mean p is how
sure the model usually is of it, among those without it the mean of 1 - p how sure it usually is of its absence. A label
is suspected where the model is at least as sure of the opposite as it usually is of that.

    with the theme p .9 .8 .1, without it .1 .2 .1 .9 → remove from the third (.1), add to the last (.9)

Northcutt, Jiang & Chuang 2021, Confident learning: estimating uncertainty in dataset labels,
https://doi.org/10.1613/jair.1.12125. The list is ranked by self-confidence, the p of the label as given, compared with
what it usually is for labels of the same theme and grade.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.learning.labels import ThemeLabel, folds, grade_matrix
from pipeline.learning.linear import Floats

Known = npt.NDArray[np.bool_]


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """A theme of a label that is probably wrong. `grade`: as given, 0 for none; `p`: of the theme, held out."""

    rank: int
    id: str
    theme: str
    grade: int
    p: float
    suggestion: Literal["add", "remove"]
    group: str | None
    text: str


def require_folds(labels: Sequence[ThemeLabel]) -> None:
    """Refuse labels of a single group: every model would have seen what it judges.

    Raises:
        PipelineError: there is one fold only.
    """
    if len(np.unique(folds(labels))) < 2:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found="labels of one group, so that no model could be asked that has not seen them",
            expected="labels of two groups (meetings, documents) at least, and better of ten",
            do="write the document of each text into its field group, or add labels of other documents",
            exit_code=ExitCode.QUALITY_GATE,
        )


def suspects(labels: Sequence[ThemeLabel], themes: Sequence[str], p: Floats, known: Known) -> list[Suspect]:
    """Return suspected labels, the most doubtful first.

    Args:
        labels: as given.
        themes: the columns of p.
        p: held out, shape (labels, themes).
        known: for which labels p counts, shape (labels,).
    """
    grades = grade_matrix([label.themes for label in labels], themes)
    judged = known[:, None] & ~_open(labels, themes)
    places = [
        (row, column)
        for column in range(len(themes))
        for row in np.flatnonzero(doubtful(p[:, column], grades[:, column] > 0, judged[:, column])).tolist()
    ]
    less_sure = np.stack([_less_sure(p[:, j], grades[:, j], judged[:, j]) for j in range(len(themes))], axis=1)
    places.sort(key=lambda place: (-less_sure[place], place))
    return [
        Suspect(
            rank=rank,
            id=labels[row].id,
            theme=themes[column],
            grade=int(grades[row, column]),
            p=round(float(p[row, column]), 4),
            suggestion="remove" if grades[row, column] else "add",
            group=labels[row].group,
            text=labels[row].text,
        )
        for rank, (row, column) in enumerate(places, start=1)
    ]


def doubtful(p: Floats, positive: Known, known: Known) -> Known:
    """Tell which labels of a theme the model contradicts as surely as it usually agrees, shape (labels,).

    Without a label on each side nobody knows how sure the model usually is, and none is suspected.
    """
    with_it, without = known & positive, known & ~positive
    if not with_it.any() or not without.any():
        return np.zeros(len(p), dtype=bool)
    sure_of_it = p >= p[with_it].mean()
    sure_of_none = 1 - p >= (1 - p[without]).mean()
    remove = with_it & sure_of_none & ~(sure_of_it & (p >= 0.5))
    add = without & sure_of_it & ~(sure_of_none & (p <= 0.5))
    found: Known = remove | add
    return found


def _less_sure(p: Floats, grades: npt.NDArray[np.int8], known: Known) -> Floats:
    """Return by how much the model is less sure of each label than it usually is of labels of that grade.

    Where the model knows a theme badly, or grade 1 from none, its contradiction counts for less.
    """
    given = np.where(grades > 0, p, 1 - p)
    usual = np.zeros(len(p))
    for grade in np.unique(grades[known]):
        usual[grades == grade] = given[known & (grades == grade)].mean()
    less: Floats = usual - given
    return less


def _open(labels: Sequence[ThemeLabel], themes: Sequence[str]) -> Known:
    """Tell which themes nobody has judged for a label, as its field `open` says if there is one."""
    return np.array([[theme in getattr(label, "open", ()) for theme in themes] for label in labels], dtype=bool)
