"""What surrounds a passage says of its themes.

A passage of a page about a residency for principals is about the development of leaders whether or not it says so. So
what the theme model makes of a passage by itself is weighed together with what it makes of its neighbours, of the
heading above it, of its section and of the whole document. The weights are the same for every theme, so that some
hundred passages of whole documents are enough to learn them, and a theme that is added later has them at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.learning.linear import Floats, smoothed_log_odds

N_FEATURES = 8
FEWEST = 200
"""Passages of whole documents below which nothing is learned from their surroundings."""
_CLEAR = 6.0
_TINY = 1e-6
_ENOUGH = 50
"""Positives of a theme below which nothing is learned of the themes beside it."""
_STRENGTH = 0.1


@dataclass(frozen=True)
class Layout:
    """Where passages stand: the number of the document of each, and whether it is a heading; shape (n,) each."""

    document: npt.NDArray[np.int64]
    is_heading: npt.NDArray[np.bool_]
    n_words: npt.NDArray[np.int64]


def layout(texts: Sequence[str], documents: Sequence[int], headings: Sequence[bool]) -> Layout:
    """Describe where passages stand; those of a document follow one another as in its text."""
    n_words = [len(text.split()) for text in texts]
    return Layout(
        np.array(documents, dtype=np.int64), np.array(headings, dtype=bool), np.array(n_words, dtype=np.int64)
    )


def surroundings(p: Floats, where: Layout) -> npt.NDArray[np.float64]:
    """Return what each passage and its surroundings say of each theme, shape (n, themes, 8).

    Headings, and texts that stand alone (document -1), have zeros.

    Own log-odds, mean p of the two neighbours, of the two beyond them, p of the heading, mean p of the section, of the
    document, the log of the number of words, own p.

    Args:
        p: of each theme for each passage by itself, shape (n, themes).
        where: the passages.
    """
    found = np.zeros((*p.shape, N_FEATURES))
    for document in np.unique(where.document[where.document >= 0]):
        rows = np.flatnonzero(where.document == document)
        found[rows] = _in_document(p[rows], where.is_heading[rows], where.n_words[rows])
    return found


def _in_document(p: Floats, is_heading: npt.NDArray[np.bool_], n_words: npt.NDArray[np.int64]) -> Floats:
    body = np.flatnonzero(~is_heading)
    found = np.zeros((*p.shape, N_FEATURES))
    own, section = p[body], np.cumsum(is_heading, dtype=np.int64)[body]
    above = np.maximum.accumulate(np.where(is_heading, np.arange(len(p)), -1))[body]
    found[body, :, 0] = np.clip(np.log(own / (1 - own)), -_CLEAR, _CLEAR)
    found[body, :, 1] = _beside(own, 1)
    found[body, :, 2] = _beside(own, 2)
    found[body, :, 3] = np.where(above[:, None] >= 0, p[above], 0.0)
    found[body, :, 4] = _of_others(own, section)
    found[body, :, 5] = _of_others(own, np.zeros_like(section))
    found[body, :, 6] = np.log(n_words[body] + 1)[:, None]
    found[body, :, 7] = own
    return found


def _beside(p: Floats, steps: int) -> Floats:
    """Return the mean p of the rows so many steps before and behind each, of those that there are."""
    total, n = np.zeros(p.shape), np.zeros((len(p), 1))
    total[steps:] += p[:-steps]
    total[:-steps] += p[steps:]
    n[steps:] += 1
    n[:-steps] += 1
    mean: Floats = total / np.maximum(n, 1)
    return mean


def _of_others(p: Floats, group: npt.NDArray[np.int64]) -> Floats:
    """Return the mean p of the other rows of each row's group; zeros where it is the only one."""
    total = np.zeros((group.max(initial=-1) + 1, p.shape[1]))
    np.add.at(total, group, p)
    others = (np.bincount(group)[group] - 1)[:, None]
    return np.where(others > 0, (total[group] - p) / np.maximum(others, 1), 0.0)


def fit(found: Floats, positive: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_], weight: Floats) -> Floats:
    """Learn how much each of the surroundings counts.

    Args:
        found: shape (n, themes, 8), headings left out.
        positive: shape (n, themes).
        known: what is judged, shape (n, themes).
        weight: of each passage, shape (n,).

    Returns:
        The weights and, last, the intercept, shape (9,).
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import, needed for training only

    truth = positive[known]
    if truth.all() or not truth.any():
        return np.append(np.zeros(N_FEATURES), smoothed_log_odds(truth))
    model = LogisticRegression(C=1.0, max_iter=2000).fit(
        found[known], truth, sample_weight=np.broadcast_to(weight[:, None], known.shape)[known]
    )
    return np.append(model.coef_[0], model.intercept_[0])


def weigh(found: npt.NDArray[np.float64], weights: Floats) -> Floats:
    """Return the log-odds of each theme in its surroundings, shape (n, themes)."""
    log_odds: Floats = found @ weights[:-1] + weights[-1]
    return log_odds


def together(log_odds: Floats, alone: Floats, where: Layout) -> Floats:
    """Return what the themes of a passage and of its document say of each theme, shape (n, themes, 1 + 2 × themes).

    A passage about funding in a report about a residency is about the residency, too; which themes go together is
    learned for each theme by itself. First the theme's own log-odds, then the log-odds of all themes for the passage by
    itself, then their mean p in the document.

    Args:
        log_odds: of each theme in its surroundings, shape (n, themes).
        alone: p of each theme for the passage by itself, shape (n, themes).
        where: the passages.
    """
    mean = np.zeros(alone.shape)
    for document in np.unique(where.document[where.document >= 0]):
        rows = where.document == document
        body = rows & ~where.is_heading
        mean[rows] = alone[body].mean(axis=0) if body.any() else 0.0
    p = np.clip(alone, _TINY, 1 - _TINY)
    shared = np.concatenate([np.clip(np.log(p / (1 - p)), -_CLEAR, _CLEAR), mean], axis=1)
    n, n_themes = log_odds.shape
    return np.concatenate([log_odds[:, :, None], np.broadcast_to(shared[:, None], (n, n_themes, 2 * n_themes))], axis=2)


def fit_together(
    found: Floats, positive: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_], weight: Floats
) -> Floats:
    """Learn, theme by theme, how much each of the themes counts, shape (themes, 2 + 2 × themes); last the intercept.

    A theme with few positives keeps its own log-odds.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import, needed for training only

    n_themes, n_features = found.shape[1:]
    weights = np.zeros((n_themes, n_features + 1))
    weights[:, 0] = 1.0
    for j in range(n_themes):
        rows = known[:, j]
        if positive[rows, j].sum() >= _ENOUGH and not positive[rows, j].all():
            model = LogisticRegression(C=_STRENGTH, max_iter=2000)
            model.fit(found[rows, j], positive[rows, j], sample_weight=weight[rows])
            weights[j] = np.append(model.coef_[0], model.intercept_[0])
    return weights


def weigh_together(found: Floats, weights: Floats) -> Floats:
    """Return the log-odds of each theme beside the others, shape (n, themes)."""
    log_odds: Floats = np.einsum("ntf,tf->nt", found, weights[:, :-1]) + weights[:, -1]
    return log_odds
