"""Several labels a row: one binary classifier for each label."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import logit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.dummy import DummyClassifier
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.errors import DataError
from nlp_toolkit.protocols import Matrix
from nlp_toolkit.series import name_rows, plain_list, present_numbers


def label_matrix(y: Sequence[Sequence[Any]], classes: Sequence[Any]) -> np.ndarray:
    """Which labels each row has: bool of shape (n_rows, n_labels), columns in the order of `classes`.

    >>> label_matrix([["a"], ["b", "a"], []], ["a", "b"]).tolist()
    [[True, False], [True, True], [False, False]]
    """
    column = {label: index for index, label in enumerate(classes)}
    matrix = np.zeros((len(y), len(classes)), dtype=bool)
    for row, labels in enumerate(y):
        for label in labels:
            matrix[row, column[label]] = True
    return matrix


class MultiLabelClassifier(ClassifierMixin, BaseEstimator):
    """One clone of `estimator` for each label, each answering "has it or not"; a label is given at 0.5 or more.

    `y` is a sequence of label lists, an empty list where a row has none; `predict` returns such lists, labels in the
    order of `classes_` (sorted). A label that every row has, or none but one where the estimator needs two, cannot be
    learned: the first is always given, the second is a `DataError` naming it.
    """

    multilabel_: ClassVar[bool] = True
    """Says that `predict` gives lists of labels, as `BertClassifier` says it of a fit."""

    def __init__(self, estimator: BaseEstimator) -> None:
        self.estimator = estimator

    def fit(self, X: Matrix, y: Sequence[Sequence[Any]], sample_weight: np.ndarray | None = None) -> Self:
        """Fit on rows X (n_rows, n_features) and their lists of labels."""
        lists = check_label_lists(y)
        weights = None if sample_weight is None else present_numbers(sample_weight, "weights")
        classes = sorted({label for labels in lists for label in labels})
        if not classes:
            raise DataError("expected at least one label, got only empty lists; check the labels")
        has_label = label_matrix(lists, classes)
        self.estimators_ = [
            self._fit_one(X, label, has_label[:, column], weights) for column, label in enumerate(classes)
        ]
        self.classes_ = np.array(classes)
        return self

    def predict_proba(self, X: Matrix) -> np.ndarray:
        """Probability of each label by itself: (n_rows, n_labels), columns in the order of `classes_`."""
        check_is_fitted(self)
        return np.column_stack([_probability(estimator, X) for estimator in self.estimators_])

    def decision_function(self, X: Matrix) -> np.ndarray:
        """Log-odds of each label, finite: (n_rows, n_labels); 0 or more where `predict` gives the label."""
        rounding = np.finfo(np.float64).eps
        odds: np.ndarray = logit(np.clip(self.predict_proba(X), rounding, 1 - rounding))
        return odds

    def predict(self, X: Matrix) -> list[list[Any]]:
        """A list of labels for each row."""
        chosen = self.predict_proba(X) >= 0.5
        labels = self.classes_.tolist()
        return [[labels[column] for column in np.flatnonzero(row)] for row in chosen]

    def _fit_one(self, X: Matrix, label: object, has_label: np.ndarray, sample_weight: np.ndarray | None) -> Any:
        if has_label.all():
            return DummyClassifier(strategy="prior").fit(X, has_label)
        try:
            if sample_weight is None:
                return clone(self.estimator).fit(X, has_label)
            return clone(self.estimator).fit(X, has_label, sample_weight=sample_weight)
        except DataError as error:
            raise DataError(f"label {label!r} (True: rows that have it): {error}") from error

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags


def check_label_lists(y: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The labels of each row as a list; a row that is no list is a `DataError`."""
    lists: list[list[Any]] = []
    for row, labels in enumerate(plain_list(y, "lists of labels")):
        if isinstance(labels, str | bytes) or not hasattr(labels, "__iter__"):
            got = f"{labels!r:.80} in {name_rows([row])}"
            raise DataError(f"expected a list of labels, got {got}; wrap it in a list: [{labels!r:.80}]")
        lists.append(list(labels))
    return lists


def _probability(estimator: Any, X: Matrix) -> np.ndarray:
    """Probability that a row has the label; the column of True."""
    probabilities = estimator.predict_proba(X)
    has = np.flatnonzero(estimator.classes_)
    return np.asarray(probabilities[:, has[0]]) if len(has) else np.zeros(len(probabilities))
