"""A linear support vector machine with probabilities."""

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.svm import LinearSVC
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.errors import DataError
from nlp_toolkit.protocols import Matrix

MAX_FOLDS = 5


def calibration_folds(y: np.ndarray) -> int:
    """Folds for calibrating on `y`: five, or as many as the rarest class has rows; `DataError` where that is one."""
    classes, counts = np.unique(y, return_counts=True)
    if len(classes) < 2:
        raise DataError(f"expected at least two classes, got only {classes.tolist()!r}; check the labels")
    rarest = int(np.argmin(counts))
    if counts[rarest] < 2:
        raise DataError(
            f"class {classes[rarest]!s} has one row; probabilities of an SVM need two rows of each class; "
            "add rows or leave such classes out (--min-class-count 2)"
        )
    return min(MAX_FOLDS, int(counts[rarest]))


class LinearSvmClassifier(ClassifierMixin, BaseEstimator):
    """`sklearn.svm.LinearSVC` fitted on all rows, with probabilities by Platt scaling; the label is the most probable.

    The sigmoids are fitted on decision values of rows held out in up to five folds
    (`CalibratedClassifierCV(ensemble=False)`), so a class with one row is a `DataError`. Parameters are LinearSVC's.
    Platt 1999, "Probabilistic outputs for support vector machines".
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        name: LinearSVC._parameter_constraints[name]
        for name in ("C", "loss", "dual", "tol", "fit_intercept", "class_weight", "max_iter", "random_state")
    }

    def __init__(
        self,
        C: float = 1.0,
        *,
        loss: str = "squared_hinge",
        dual: bool | str = "auto",
        tol: float = 1e-4,
        fit_intercept: bool = True,
        class_weight: dict[Any, float] | str | None = None,
        max_iter: int = 1000,
        random_state: int | None = None,
    ) -> None:
        self.C = C
        self.loss = loss
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Matrix, y: Any, sample_weight: np.ndarray | None = None) -> Self:
        """Fit on rows X (n_rows, n_features) and their labels."""
        labels = np.asarray(y)
        svm = LinearSVC(**self.get_params())
        # The folds run one after the other: liblinear draws from one random generator for the whole process, so
        # threads would make the result depend on their timing.
        calibrated = CalibratedClassifierCV(svm, cv=calibration_folds(labels), ensemble=False)
        self.calibrated_ = calibrated.fit(X, labels, sample_weight=sample_weight)
        self.classes_ = self.calibrated_.classes_
        self.n_features_in_ = self._svm.n_features_in_
        return self

    def decision_function(self, X: Matrix) -> np.ndarray:
        """Signed distances: (n_rows,) for two classes, else (n_rows, n_classes).

        Their sign or maximum is nearly always, but need not be, the label: that is the most probable class.
        """
        check_is_fitted(self, "calibrated_")
        distances: np.ndarray = self._svm.decision_function(X)
        return distances

    def predict_proba(self, X: Matrix) -> np.ndarray:
        """Probabilities (n_rows, n_classes), columns in the order of `classes_`."""
        check_is_fitted(self, "calibrated_")
        probabilities: np.ndarray = self.calibrated_.predict_proba(X)
        return probabilities

    def predict(self, X: Matrix) -> np.ndarray:
        """The most probable class of each row."""
        most_probable: np.ndarray = self.classes_[np.argmax(self.predict_proba(X), axis=1)]
        return most_probable

    @property
    def coef_(self) -> np.ndarray:
        """Weights (1, n_features) for two classes, else (n_classes, n_features)."""
        weights: np.ndarray = self._svm.coef_
        return weights

    @property
    def intercept_(self) -> np.ndarray:
        """Constants, one a row of `coef_`."""
        constants: np.ndarray = self._svm.intercept_
        return constants

    @property
    def _svm(self) -> LinearSVC:
        if not hasattr(self, "calibrated_"):
            # AttributeError, so that hasattr(unfitted, "coef_") is False as with scikit-learn's own.
            raise AttributeError("this LinearSvmClassifier is not fitted yet")
        return self.calibrated_.calibrated_classifiers_[0].estimator

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
