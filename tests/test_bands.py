"""From p to yes, review and no: what is promised is kept on the passages that the bands were set on."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.learning import bands
from pipeline.learning.bands import FEWEST_YES, NEVER
from pipeline.learning.themes.fit import PRECISIONS


def drawn(n: int, n_themes: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Calibrated p with the truth drawn from it; everything is judged."""
    rng = np.random.default_rng(seed)
    p = rng.beta(0.4, 1.2, size=(n, n_themes))
    return p, rng.random((n, n_themes)) < p, np.ones((n, n_themes), bool)


def _column(*p: float) -> np.ndarray:
    return np.array(p, dtype=float)[:, None]


def _flags(*marks: int) -> np.ndarray:
    return np.array(marks, dtype=bool)[:, None]


@pytest.mark.parametrize(
    ("p", "positive", "expected"),
    [
        ((0.9, 0.8, 0.3, 0.2), (1, 1, 0, 0), 0.8),
        ((0.9, 0.8, 0.3, 0.2), (1, 0, 1, 0), 0.3),
        ((0.9, 0.8), (0, 0), 0.5),
        ((0.99, 0.1), (1, 0), 0.95),  # at most
        ((0.01, 0.001), (1, 1), 0.05),  # at least
        ((0.6, 0.6, 0.6, 0.2), (1, 0, 0, 1), 0.2),  # equals stand or fall together
    ],
)
def test_the_threshold_is_where_f1_is_highest(p, positive, expected) -> None:
    assert bands.pooled_threshold(_column(*p), _flags(*positive), _flags(*[1] * len(p))) == expected


@pytest.mark.parametrize(
    ("p", "positive", "precision", "expected"),
    [
        ((0.9, 0.8, 0.7, 0.6), (1, 1, 1, 0), 0.9, 0.7),
        ((0.9, 0.8, 0.7, 0.6), (1, 1, 1, 0), 0.75, 0.6),
        ((0.9, 0.8, 0.7, 0.6), (0, 1, 1, 1), 0.75, 0.6),  # further down it is reached after all
        ((0.9, 0.8, 0.7, 0.6), (0, 1, 1, 1), 0.9, NEVER),
        ((0.9, 0.6, 0.6), (1, 1, 0), 0.9, 0.9),  # equals stand or fall together
        ((0.9, 0.60004, 0.59996), (1, 1, 0), 0.9, 0.9),  # and so does what tags round to the same p
    ],
)
def test_the_yes_threshold_is_the_lowest_that_is_precise(p, positive, precision, expected) -> None:
    known = _flags(*[1] * len(p))
    assert bands.pooled_yes_threshold(_column(*p), _flags(*positive), known, precision) == expected


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_precision_asked_for_is_reached(precision: float) -> None:
    p, positive, known = drawn(2000)
    found = bands.bands(p, positive, known, precision)
    yes = np.round(p, 4) >= np.array(found.yes_thresholds)
    assert found.yes_precision == pytest.approx(positive[yes].mean(), abs=1e-4)
    assert found.yes_precision >= precision - 1e-4
    assert found.yes_share == pytest.approx((positive & yes).sum() / positive.sum(), abs=1e-4)
    fresh_p, fresh, _ = drawn(2000, seed=1)
    assert fresh[fresh_p >= np.array(found.yes_thresholds)].mean() > precision - 0.06


def test_the_load_of_review_is_what_a_person_will_see() -> None:
    p, positive, known = drawn(500)
    found = bands.bands(p, positive, known)
    review = (np.round(p, 4) >= found.thresholds) & (np.round(p, 4) < found.yes_thresholds)
    assert review.any()
    assert found.review_decisions == pytest.approx(review.mean(), abs=1e-4)
    assert found.review_passages == pytest.approx(review.any(axis=1).mean(), abs=1e-4)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95]), st.booleans(), st.booleans(), st.booleans()),
        min_size=1,
        max_size=120,
    )
)
def test_more_precision_never_means_more_decisions_yes(rows) -> None:
    p = np.array([[one, 1 - one] for one, *_ in rows])
    positive = np.array([[first, second] for _, first, second, _ in rows])
    known = np.array([[True, judged] for *_, judged in rows])
    found = bands.ladder(p, positive, known, PRECISIONS)
    assert [one.precision for one in found] == list(PRECISIONS)
    for before, after in itertools.pairwise(found):
        assert all(high >= low for low, high in zip(before.yes_thresholds, after.yes_thresholds, strict=True))
        assert (after.yes_share or 0) <= (before.yes_share or 0)
    for one in found:
        assert all(high >= low for low, high in zip(one.thresholds, one.yes_thresholds, strict=True))


def _beside_a_rare_theme(rare: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A common theme of known quality, and a rare one."""
    p, positive, known = drawn(1000, 1)
    p, positive = np.hstack([p, np.full((1000, 1), 0.01)]), np.hstack([positive, np.zeros((1000, 1), bool)])
    known = np.hstack([known, np.ones((1000, 1), bool)])
    p[: len(rare), 1], positive[: len(rare), 1] = rare, true
    return p, positive, known


def test_a_theme_with_few_positives_borrows() -> None:
    p, positive, known = _beside_a_rare_theme(np.array([0.99, 0.9, 0.5]), np.array([False, True, True]))
    found = bands.bands(p, positive, known)
    assert found.thresholds[1] == bands.pooled_threshold(p, positive, known)
    assert found.yes_thresholds[1] == bands.pooled_yes_threshold(np.round(p, 4), positive, known, 0.9)
    assert found.yes_thresholds[1] <= 1


def test_a_theme_with_three_right_decisions_does_not_trust_them() -> None:
    p, positive, known = _beside_a_rare_theme(np.array([0.3, 0.29, 0.28]), np.array([True, True, True]))
    found = bands.bands(p, positive, known)
    assert found.yes_thresholds[1] == bands.pooled_yes_threshold(np.round(p, 4), positive, known, 0.9) > 0.3


def test_a_theme_that_is_often_wrong_does_not_borrow() -> None:
    n = 2 * FEWEST_YES
    p, positive, known = _beside_a_rare_theme(np.linspace(0.99, 0.97, n), np.arange(n) % 2 == 1)
    positive[:, 0] = np.arange(1000) < 400
    p[:, 0] = np.where(positive[:, 0], 0.95, 0.05)
    assert bands.pooled_yes_threshold(p, positive, known, 0.8) < 0.97
    assert bands.bands(p, positive, known, 0.8).yes_thresholds[1] == NEVER


def test_what_is_open_sets_no_threshold() -> None:
    p, positive, known = drawn(400)
    known[200:] = False
    positive[200:] = ~positive[200:]
    assert bands.thresholds(p, positive, known) == bands.thresholds(p[:200], positive[:200], known[:200])


def test_nothing_is_decided_yes_where_nothing_is_right() -> None:
    p = np.linspace(0.1, 0.9, 50)[:, None]
    found = bands.bands(p, np.zeros((50, 1), bool), np.ones((50, 1), bool))
    assert found.yes_thresholds == [NEVER]
    assert (found.yes_precision, found.yes_share) == (None, None)
