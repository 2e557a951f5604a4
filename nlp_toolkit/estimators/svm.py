"""A linear support vector machine with probabilities."""

from typing import Any, ClassVar, Self

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.svm import LinearSVC
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from nlp_toolkit.compat import constraints_of
from nlp_toolkit.constraints import number
from nlp_toolkit.errors import DataError
from nlp_toolkit.estimators.class_weights import weigh_classes
from nlp_toolkit.estimators.text_targets import labels_by_position
from nlp_toolkit.protocols import Matrix
from nlp_toolkit.series import present_numbers

MAX_FOLDS = 5


def calibration_folds(y: np.ndarray) -> int:
    """Folds for calibrating on `y`: five, or as many as the rarest class has rows; `DataError` where that is one."""
    classes, counts = np.unique(y, return_counts=True)
    if len(classes) < 2:
        raise DataError(f"expected two classes or more, got 1 class: {classes.tolist()!r}; check the labels")
    rarest = int(np.argmin(counts))
    if counts[rarest] < 2:
        raise DataError(
            f"class {classes[rarest]!s} has one row; probabilities of an SVM need two rows of each class; "
            "add rows or leave such classes out (--min-class-count 2)"
        )
    return min(MAX_FOLDS, int(counts[rarest]))


_PASSED_ON = ("loss", "dual", "tol", "fit_intercept", "class_weight", "max_iter", "random_state")


class LinearSvmClassifier(ClassifierMixin, BaseEstimator):
    """`sklearn.svm.LinearSVC` fitted on all rows, with probabilities by Platt scaling; the label is the most probable.

    The sigmoids are fitted on decision values of rows held out in up to five folds
    (`CalibratedClassifierCV(ensemble=False)`), so a class with one row is a `DataError`. Parameters are LinearSVC's;
    `class_weight` weighs the rows of a class both in the SVM and in its sigmoids.
    Platt 1999, "Probabilistic outputs for support vector machines".
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        # liblinear does not come to an end where C is astronomical.
        "C": [number(above=0, most=1e9)],
        **{name: constraints_of(LinearSVC)[name] for name in _PASSED_ON},
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
        rows, labels = validate_data(
            self, X, labels_by_position(y), accept_sparse="csr", dtype=[np.float64, np.float32]
        )
        check_classification_targets(labels)
        svm = LinearSVC(**{**self.get_params(), "class_weight": None})
        # The folds run one after the other: liblinear draws from one random generator for the whole process, so
        # threads would make the result depend on their timing.
        calibrated = CalibratedClassifierCV(svm, cv=calibration_folds(labels), ensemble=False)
        weights = self._row_weights(labels, sample_weight)
        # Weights go to the SVM and the sigmoids by hand; routing would ask the inner estimators for their consent.
        with config_context(enable_metadata_routing=False):
            self.calibrated_ = calibrated.fit(rows, labels, sample_weight=weights)
        self.classes_ = self.calibrated_.classes_
        self.n_iter_ = self._svm.n_iter_
        return self

    def decision_function(self, X: Matrix) -> np.ndarray:
        """Signed distances: (n_rows,) for two classes, else (n_rows, n_classes).

        Their sign or maximum is nearly always, but need not be, the label: that is the most probable class.
        """
        rows = self._check_rows(X)
        distances: np.ndarray = self._svm.decision_function(rows)
        return distances

    def predict_proba(self, X: Matrix) -> np.ndarray:
        """Probabilities (n_rows, n_classes), columns in the order of `classes_`."""
        rows = self._check_rows(X)
        probabilities: np.ndarray = self.calibrated_.predict_proba(rows)
        return probabilities

    def predict(self, X: Matrix) -> np.ndarray:
        """The most probable class of each row."""
        most_probable = np.argmax(self.predict_proba(X), axis=1)
        labels: np.ndarray = self.classes_[most_probable]
        return labels

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

    def _row_weights(self, labels: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray | None:
        """Weights of rows and classes as one; the sigmoids need them too, or they would undo the class weights."""
        given = None if sample_weight is None else present_numbers(sample_weight, "weights")
        return given if self.class_weight is None else weigh_classes(given, self.class_weight, labels)

    def _check_rows(self, X: Matrix) -> Matrix:
        check_is_fitted(self, "calibrated_")
        rows: Matrix = validate_data(self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False)
        return rows

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
