"""The regressions of all themes as one scikit-learn estimator, for graded labels of which some are open."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pipeline.learning.linear import Floats, sigmoid, smoothed_log_odds

_FEWEST_TO_CHOOSE = 3
GRADES = 2
"""The highest grade: substantially about a theme."""


class GradedLogistic(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """One logistic regression for each column of the target.

    A target is binary, shape (n,), or a matrix of grades, shape (n, columns): 0 not about the theme, 1 touched on, 2
    substantially about it; a negative grade is open and left out of that column. A column without positives, or
    with nothing else, always says the log-odds of its smoothed share.

    Args:
        strength: inverse of the regularisation, scikit-learn's C.
        soft_weight: weight of a positive of grade 1; one of grade 2 weighs 1.
        tolerance: where the solver stops.

    Attributes:
        classes_: the two classes of a binary target; 0 and 1 for a matrix.
        coef_: shape (columns, d).
        intercept_: shape (columns,).
    """

    def __init__(self, strength: float = 1.0, soft_weight: float = 0.7, tolerance: float = 1e-3) -> None:
        self.strength = strength
        self.soft_weight = soft_weight
        self.tolerance = tolerance

    def __sklearn_tags__(self) -> Any:
        """Say to scikit-learn what is supported: sparse features, two classes or many labels."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        tags.target_tags.two_d_labels = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Learn; `X`: shape (n, d), dense or sparse.

        Raises:
            ValueError: more than two classes in a target of one column.
        """
        X, y = validate_data(  # noqa: N806
            self, X, y, accept_sparse="csr", dtype=[np.float32, np.float64], multi_output=True
        )
        weight = _check_sample_weight(sample_weight, X)
        # One column without a zero cannot be grades: it is two classes in the form of a matrix.
        y = y[:, 0] if y.ndim > 1 and y.shape[1] == 1 and y.min() > 0 else y
        self.single_ = y.ndim == 1
        grades = self._grades(y)
        columns = [self._fit_column(X, grades[:, j], weight) for j in range(grades.shape[1])]
        self.coef_ = np.array([coefficients for coefficients, _ in columns], dtype=X.dtype)
        self.intercept_ = np.array([intercept for _, intercept in columns], dtype=X.dtype)
        return self

    def decision_function(self, X: Any) -> Floats:  # noqa: N803
        """Return log-odds, shape (n, columns), or (n,) for a binary target."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=[np.float32, np.float64], reset=False)  # noqa: N806
        log_odds: Floats = np.asarray(X @ self.coef_.T) + self.intercept_
        return log_odds[:, 0] if self.single_ else log_odds

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """Return probabilities, shape (n, columns), or (n, 2) for a binary target."""
        p = sigmoid(self.decision_function(X))
        return np.stack([1 - p, p], axis=1) if self.single_ else p

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """Return the likelier class, shape (n,), or 0 and 1, shape (n, columns)."""
        positive = (self.decision_function(X) > 0).astype(int)
        return np.asarray(self.classes_)[positive] if self.single_ else positive

    def _grades(self, y: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        if y.ndim == 2:
            self.classes_ = np.array([0, 1])
            # One column of 0 and 1 is two classes as well: no grade is lower than another.
            return y.astype(np.int64) * (GRADES if y.shape[1] == 1 and np.isin(y, (0, 1)).all() else 1)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        self.classes_ = np.unique(y)
        return np.where(y == self.classes_[-1], GRADES, 0)[:, None] if len(self.classes_) > 1 else _one_class(y)

    def _fit_column(
        self, features: Any, grades: npt.NDArray[np.int64], weight: Floats
    ) -> tuple[npt.NDArray[Any], float]:
        rows = np.flatnonzero(grades >= 0)
        grades, positive = grades[rows], grades[rows] > 0
        if positive.all() or not positive.any():
            return np.zeros(features.shape[1]), smoothed_log_odds(positive)
        graded = weight[rows] * np.where(grades == 1, self.soft_weight, 1.0)
        # liblinear is the quick one on sparse features, lbfgs on dense ones.
        solver = "lbfgs" if isinstance(features, np.ndarray) else "liblinear"
        model = LogisticRegression(C=self.strength, solver=solver, random_state=0, max_iter=1000, tol=self.tolerance)
        model.fit(features[rows], positive, sample_weight=graded)
        return model.coef_[0], float(model.intercept_[0])


def fit_columns(
    features: Any,
    grades: npt.NDArray[np.int8],
    *,
    strength: float,
    soft_weight: float = 1.0,
    weight: Floats | None = None,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return coefficients, shape (columns, d), and intercepts, shape (columns,), of a fitted `GradedLogistic`."""
    model = GradedLogistic(strength=strength, soft_weight=soft_weight).fit(features, grades, sample_weight=weight)
    return model.coef_.astype(np.float32), model.intercept_.astype(np.float32)


def exclude_each_other(grades: npt.NDArray[np.int8]) -> bool:
    """Tell whether every text has exactly one of three columns or more, so that having one means not having another.

    Columns that no text has are left aside.
    """
    taught = grades[:, (grades > 0).any(axis=0)]
    return taught.shape[1] >= _FEWEST_TO_CHOOSE and bool(((taught > 0).sum(axis=1) == 1).all() and (taught >= 0).all())


def fit_choice(
    features: Any, grades: npt.NDArray[np.int8], *, strength: float, weight: Floats
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Fit one regression of the choice among columns that exclude each other; return the same as `fit_columns`.

    A column without positives has coefficients 0 and the log-odds of its smoothed share.
    """
    n, n_columns = grades.shape
    chosen = grades.argmax(axis=1)
    coefficients = np.zeros((n_columns, features.shape[1]), np.float32)
    intercepts = np.full(n_columns, smoothed_log_odds(np.zeros(n, dtype=bool)), np.float32)
    there = np.unique(chosen)
    if len(there) >= _FEWEST_TO_CHOOSE:
        model = LogisticRegression(C=strength, max_iter=1000, tol=1e-3).fit(features, chosen, sample_weight=weight)
        coefficients[there], intercepts[there] = model.coef_, model.intercept_
        return coefficients, intercepts
    return fit_columns(features, grades, strength=strength, weight=weight)


def _one_class(y: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    raise ValueError(f"Classifier can't train when only one class is present: {np.unique(y)[0]!r}.")
