from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from nlp_toolkit.errors import DataError
from nlp_toolkit.estimators.svm import LinearSvmClassifier, calibration_folds

X, Y = make_classification(120, n_classes=3, n_informative=6, class_sep=0.7, random_state=0)
LABELS = np.array(["가", "b", "c"])[Y]

EXPECTED_FAILURES = {
    "check_classifiers_train": "the label is the most probable one, not the one of the largest distance",
    "check_sample_weight_equivalence_on_dense_data": "leaving rows out changes the folds of the calibration",
    "check_sample_weight_equivalence_on_sparse_data": "leaving rows out changes the folds of the calibration",
}


@parametrize_with_checks([LinearSvmClassifier(random_state=0)], expected_failed_checks=lambda _: EXPECTED_FAILURES)
def test_it_keeps_scikit_learns_promises(estimator: LinearSvmClassifier, check: Any) -> None:
    check(estimator)


def test_distances_and_probabilities_are_scikit_learns() -> None:
    ours = LinearSvmClassifier(C=0.3, random_state=0).fit(X, LABELS)
    svm = LinearSVC(C=0.3, random_state=0).fit(X, LABELS)
    calibrated = CalibratedClassifierCV(LinearSVC(C=0.3, random_state=0), cv=5, ensemble=False).fit(X, LABELS)
    np.testing.assert_array_equal(ours.decision_function(X), svm.decision_function(X))
    np.testing.assert_array_equal(ours.predict_proba(X), calibrated.predict_proba(X))
    np.testing.assert_array_equal(ours.coef_, svm.coef_)
    np.testing.assert_array_equal(ours.intercept_, svm.intercept_)


def test_the_label_is_the_most_probable_one() -> None:
    model = LinearSvmClassifier(random_state=0).fit(X, LABELS)
    assert model.classes_.tolist() == ["b", "c", "가"]
    assert model.predict(X).tolist() == [model.classes_[row.argmax()] for row in model.predict_proba(X)]


def test_folds_are_five_or_the_rows_of_the_rarest_class() -> None:
    assert calibration_folds(np.repeat(["a", "b"], [9, 7])) == 5
    assert calibration_folds(np.repeat(["a", "b"], [9, 2])) == 2


def test_a_class_with_one_row_is_named_with_the_remedy() -> None:
    with pytest.raises(DataError, match=r"class rare has one row; .*--min-class-count 2"):
        LinearSvmClassifier().fit(X[:5], ["a", "a", "rare", "b", "b"])


def test_one_class_alone_is_refused() -> None:
    with pytest.raises(DataError, match=r"expected two classes or more, got 1 class: \['a'\]"):
        LinearSvmClassifier().fit(X[:3], ["a", "a", "a"])


def test_class_weights_shift_labels_towards_the_rare_class() -> None:
    rows = np.random.default_rng(0).normal(size=(300, 2)) + np.repeat([[0, 0], [1, 1]], [270, 30], axis=0)
    labels = np.repeat(["common", "rare"], [270, 30])
    plain = LinearSvmClassifier(random_state=0).fit(rows, labels)
    balanced = LinearSvmClassifier(class_weight="balanced", random_state=0).fit(rows, labels)
    assert (plain.predict(rows) == "rare").sum() < 15
    assert 60 < (balanced.predict(rows) == "rare").sum() < 150


def test_a_class_weight_is_the_same_as_weights_on_its_rows() -> None:
    weights = np.where(LABELS == "b", 3.0, 1.0)
    by_row = LinearSvmClassifier(random_state=0).fit(X, LABELS, sample_weight=weights)
    by_class = LinearSvmClassifier(class_weight={"b": 3.0}, random_state=0).fit(X, LABELS)
    np.testing.assert_array_equal(by_row.predict_proba(X), by_class.predict_proba(X))


def test_weights_work_with_metadata_routing_on() -> None:
    weights = np.linspace(0.5, 2, len(X))
    expected = LinearSvmClassifier(random_state=0).fit(X, LABELS, sample_weight=weights).predict_proba(X)
    with sklearn.config_context(enable_metadata_routing=True):
        model = LinearSvmClassifier(random_state=0).set_fit_request(sample_weight=True)
        found = model.fit(X, LABELS, sample_weight=weights).predict_proba(X)
    np.testing.assert_array_equal(found, expected)
