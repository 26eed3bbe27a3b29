"""What surrounds a passage, as numbers."""

import numpy as np
import pytest

from pipeline.learning.themes.context import N_FEATURES, fit, layout, surroundings, weigh

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
    weights = fit(found, positive)
    assert weights.shape == (N_FEATURES + 1,)
    assert np.argmax(np.abs(weights[:-1])) == HEADING
    assert ((weigh(found, weights) > 0) == positive).mean() > 0.95
