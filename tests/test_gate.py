"""Whether a new model may take the place of the current one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Settings
from pipeline.learning.gate import Judged, compare

SETTINGS = Settings(bootstrap=300)
N = 400


def judged(new_errors: float, current_errors: float = 0.1, meetings: int = 20, seed: int = 0) -> Judged:
    """Two themes; each model turns round a share of the truth of the first, and both are as good on the second."""
    rng = np.random.default_rng(seed)
    positive = rng.random((N, 2)) < 0.3
    current, new = (positive ^ (rng.random((N, 2)) < share) for share in (current_errors, new_errors))
    new[:, 1] = current[:, 1]
    return Judged(current, new, positive, np.ones((N, 2), bool), np.arange(N) % meetings)


def test_a_worse_model_is_found_where_it_is_worse() -> None:
    first, second, overall = compare(judged(0.4), ["a", "b"], SETTINGS)
    assert (first.theme, first.is_clearly_worse) == ("a", True)
    assert (second.theme, second.is_clearly_worse) == ("b", False)
    assert (overall.theme, overall.is_clearly_worse) == (None, True)
    assert first.new_f1 < first.current_f1
    assert first.low <= first.new_f1 - first.current_f1 <= first.high < 0


def test_a_better_model_passes() -> None:
    assert not any(one.is_clearly_worse for one in compare(judged(0.02, 0.3), ["a", "b"], SETTINGS))


def test_an_equal_model_is_seldom_refused() -> None:
    """By chance one in twenty or so, over all themes together."""
    quick = Settings(bootstrap=100)
    refused = [
        any(one.is_clearly_worse for one in compare(judged(0.1, 0.1, seed=seed), ["a", "b"], quick))
        for seed in range(60)
    ]
    assert np.mean(refused) <= 0.15


def test_the_same_decisions_differ_by_nothing() -> None:
    given_ = judged(0.1)
    same = Judged(given_.current, given_.current, given_.positive, given_.known, given_.cluster)
    for one in compare(same, ["a", "b"], SETTINGS):
        assert (one.low, one.high) == (0.0, 0.0)
        assert not one.is_clearly_worse


def test_with_one_meeting_there_is_no_interval_and_no_verdict() -> None:
    for one in compare(judged(0.4, meetings=1), ["a", "b"], SETTINGS):
        assert (one.low, one.high, one.is_clearly_worse) == (None, None, False)
        assert one.current_f1 is not None


def test_what_is_not_known_is_not_compared() -> None:
    given_ = judged(0.4)
    known = np.ones((N, 2), bool)
    known[:, 0] = False
    first, second, overall = compare(
        Judged(given_.current, given_.new, given_.positive, known, given_.cluster), ["a", "b"], SETTINGS
    )
    assert (first.n, first.current_f1, first.low) == (0, None, None)
    assert (overall.n, overall.new_f1) == (second.n, second.new_f1)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 12))
def test_more_themes_do_not_give_more_chances_of_a_false_alarm(n_themes: int) -> None:
    """The interval of a theme widens with the number of themes that are compared."""
    one = judged(0.15)
    wide = Judged(
        *(np.repeat(getattr(one, name)[:, :1], n_themes, axis=1) for name in ("current", "new", "positive", "known")),
        one.cluster,
    )
    narrow = Judged(one.current[:, :1], one.new[:, :1], one.positive[:, :1], one.known[:, :1], one.cluster)
    of_many = compare(wide, [f"t{i}" for i in range(n_themes)], SETTINGS)[0]
    of_one = compare(narrow, ["t"], SETTINGS)[0]
    assert of_many.low <= of_one.low <= of_one.high <= of_many.high
