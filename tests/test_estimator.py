"""The regressions of all themes as one estimator: scikit-learn's own checks, and what grades and open labels mean."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.utils.estimator_checks import parametrize_with_checks

from pipeline.learning.estimator import GradedLogistic, fit_columns

X = np.array([[1.0, 0.0], [0.9, 0.1], [0.8, 0.2], [0.0, 1.0], [0.1, 0.9], [0.2, 0.8]])
GRADES = np.array([[2, 0, 0], [1, 0, 0], [2, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]])


@parametrize_with_checks([GradedLogistic(), GradedLogistic(strength=3.0, soft_weight=0.3)])
def test_scikit_learn_takes_it_for_an_estimator(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


def test_a_column_of_one_class_says_its_smoothed_share():
    model = GradedLogistic().fit(X, GRADES)
    assert model.coef_[1:].tolist() == [[0, 0], [0, 0]]
    assert model.intercept_[1] == pytest.approx(np.log((0.5 / 7) / (6.5 / 7)))
    assert model.predict(X)[:, 0].tolist() == [1, 1, 1, 0, 0, 0]
    assert model.predict_proba(X).shape == (6, 3)


def test_what_is_open_is_as_if_it_were_not_there():
    opened = np.array([[2], [-1], [2], [0], [-1], [0]])
    rows = [0, 2, 3, 5]
    whole, part = GradedLogistic().fit(X, opened), GradedLogistic().fit(X[rows], opened[rows])
    assert np.array_equal(whole.coef_, part.coef_)
    assert np.array_equal(whole.intercept_, part.intercept_)


def test_a_column_does_not_see_the_others():
    alone = GradedLogistic().fit(X, GRADES[:, :1])
    assert np.array_equal(GradedLogistic().fit(X, GRADES).coef_[0], alone.coef_[0])


def test_grade_1_counts_less():
    """The texts of grade 1 look like those without the theme: the less they count, the clearer the rest."""
    x = np.array([[1.0]] * 4 + [[-1.0]] * 8)
    grades = np.array([2] * 4 + [1] * 4 + [0] * 4)[:, None]
    slopes = [GradedLogistic(soft_weight=weight).fit(x, grades).coef_[0, 0] for weight in (1.0, 0.5, 0.1)]
    assert slopes == sorted(slopes)
    assert slopes[-1] > 1.2 * slopes[0]


def test_a_weight_is_as_good_as_the_text_twice():
    grades = GRADES[:, :1]
    weight = np.array([2.0, 1, 1, 1, 1, 3])
    rows = np.repeat(np.arange(6), weight.astype(int))
    weighed, repeated = (
        GradedLogistic(tolerance=1e-8).fit(X, grades, sample_weight=weight),
        GradedLogistic(tolerance=1e-8).fit(X[rows], grades[rows]),
    )
    assert weighed.coef_ == pytest.approx(repeated.coef_, rel=1e-3)


def test_sparse_and_dense_features_say_the_same():
    dense = GradedLogistic(tolerance=1e-8).fit(X, GRADES[:, :1])
    loose = GradedLogistic(tolerance=1e-8).fit(sparse.csr_matrix(X), GRADES[:, :1])
    assert np.array_equal(dense.predict(X), loose.predict(sparse.csr_matrix(X)))


def test_fit_columns_gives_what_is_kept_on_disk():
    coefficients, intercepts = fit_columns(X, GRADES.astype(np.int8), strength=10.0)
    assert (coefficients.dtype, intercepts.dtype) == (np.float32, np.float32)
    assert (coefficients.shape, intercepts.shape) == ((3, 2), (3,))
