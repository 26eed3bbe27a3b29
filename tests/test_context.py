"""What surrounds a passage, as numbers."""

import numpy as np
import pytest

from pipeline.learning.themes.context import (
    N_FEATURES,
    fit,
    fit_together,
    layout,
    surroundings,
    together,
    weigh,
    weigh_together,
)

P = np.array([[0.2], [0.5], [0.9], [0.4], [0.6], [0.3]])
TEXTS = ["Heading", "one two", "three", "Second heading", "four", "five"]
HEADINGS = [True, False, False, True, False, False]
OWN, BESIDE, BEYOND, HEADING, SECTION, DOCUMENT, LENGTH, PROBABILITY = range(N_FEATURES)


def _found(documents: list[int] | None = None) -> np.ndarray:
    return surroundings(P, layout(TEXTS, documents or [0] * 6, HEADINGS))[:, 0]


@pytest.mark.parametrize(
    ("row", "feature", "expected"),
    [
        (1, OWN, 0.0),
        (2, OWN, np.log(9)),
        (1, BESIDE, 0.9),  # only one passage stands beside the first
        (2, BESIDE, (0.5 + 0.6) / 2),  # headings are passed over
        (1, BEYOND, 0.6),
        (2, BEYOND, 0.3),
        (1, HEADING, 0.2),
        (5, HEADING, 0.4),
        (1, SECTION, 0.9),
        (4, SECTION, 0.3),
        (1, DOCUMENT, (0.9 + 0.6 + 0.3) / 3),
        (1, LENGTH, np.log(3)),
        (2, PROBABILITY, 0.9),
        (0, OWN, 0.0),  # a heading is not judged
    ],
)
def test_surroundings(row: int, feature: int, expected: float) -> None:
    assert _found()[row, feature] == pytest.approx(expected)


def test_documents_do_not_see_each_other() -> None:
    found = _found([0, 0, 0, 1, 1, 1])
    assert found[2, BESIDE] == pytest.approx(0.5)
    assert found[4, DOCUMENT] == pytest.approx(0.3)


def test_texts_that_stand_alone_have_no_surroundings() -> None:
    assert not _found([-1] * 6).any()


def test_one_passage_alone_in_its_document() -> None:
    found = surroundings(P[1:2], layout(TEXTS[1:2], [0], [False]))[0, 0]
    assert found[[BESIDE, BEYOND, HEADING, SECTION, DOCUMENT]].tolist() == [0.0] * 5


def test_what_counts_is_learned() -> None:
    rng = np.random.default_rng(0)
    found = rng.normal(size=(400, 1, N_FEATURES))
    positive = found[:, :, HEADING] > 0
    weights = fit(found, positive, np.ones(positive.shape, bool), np.ones(400))
    assert weights.shape == (N_FEATURES + 1,)
    assert np.argmax(np.abs(weights[:-1])) == HEADING
    assert ((weigh(found, weights) > 0) == positive).mean() > 0.95


def test_what_is_open_teaches_nothing() -> None:
    rng = np.random.default_rng(0)
    found = rng.normal(size=(400, 2, N_FEATURES))
    positive = found[:, :, OWN] > 0
    positive[:, 1] = ~positive[:, 1]
    known = np.array([[True, False]] * 400)
    assert np.array_equal(
        fit(found, positive, known, np.ones(400)), fit(found[:, :1], positive[:, :1], known[:, :1], np.ones(400))
    )


def test_what_weighs_nothing_teaches_nothing() -> None:
    rng = np.random.default_rng(0)
    found = rng.normal(size=(400, 1, N_FEATURES))
    positive = found[:, :, OWN] > 0
    positive[200:] = ~positive[200:]
    weight = np.where(np.arange(400) < 200, 1.0, 1e-9)
    learned = fit(found, positive, np.ones((400, 1), bool), weight)
    assert ((weigh(found[:200], learned) > 0) == positive[:200]).mean() > 0.95


@pytest.mark.parametrize("positive", [True, False])
def test_where_all_are_alike_nothing_counts(positive: bool) -> None:
    found = np.random.default_rng(0).normal(size=(20, 2, N_FEATURES))
    truth, known = np.full((20, 2), positive), np.ones((20, 2), bool)
    weights = fit(found, truth, known, np.ones(20))
    assert not weights[:-1].any()
    assert (weights[-1] > 0) == positive


def _two_themes(n: int) -> tuple[np.ndarray, np.ndarray]:
    """p of two themes; the truth of the first is what the second says."""
    alone = np.random.default_rng(1).uniform(0.05, 0.95, size=(n, 2))
    return alone, np.stack([alone[:, 1] > 0.5, alone[:, 1] > 0.5], axis=1)


def test_themes_that_go_together_are_learned() -> None:
    alone, positive = _two_themes(400)
    where = layout(["x"] * 400, [0] * 400, [False] * 400)
    found = together(np.log(alone / (1 - alone)), alone, where)
    assert found.shape == (400, 2, 5)
    weights = fit_together(found, positive, np.ones((400, 2), bool), np.ones(400))
    assert ((weigh_together(found, weights) > 0) == positive).mean() > 0.95


def test_a_theme_with_few_positives_keeps_its_own_log_odds() -> None:
    alone, positive = _two_themes(60)
    where = layout(["x"] * 60, [0] * 60, [False] * 60)
    own = np.log(alone / (1 - alone))
    found = together(own, alone, where)
    weights = fit_together(found, positive, np.ones((60, 2), bool), np.ones(60))
    assert np.array_equal(weigh_together(found, weights), own)


def test_the_mean_passage_is_near_to_no_theme() -> None:
    from pipeline.learning.themes import prior  # noqa: PLC0415

    vectors = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    level = prior.background(vectors)
    words = [prior.Words(vectors[0], vectors, vectors[:0])]
    assert prior.likeness(level[None], words, level) == pytest.approx(0.0)
    assert prior.likeness(vectors, words, level)[:, 0, 0].tolist() == [0.5, -0.5]
