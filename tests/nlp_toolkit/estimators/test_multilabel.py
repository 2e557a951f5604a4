import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from nlp_toolkit.errors import DataError
from nlp_toolkit.estimators.multilabel import MultiLabelClassifier
from nlp_toolkit.estimators.svm import LinearSvmClassifier

ROWS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 5)
LISTS: list[list[str]] = [[], ["y"], ["x"], ["y", "x"]] * 5


@pytest.fixture
def fitted() -> MultiLabelClassifier:
    return MultiLabelClassifier(LogisticRegression(C=100)).fit(ROWS, LISTS)


def test_each_row_gets_the_list_of_its_labels_in_sorted_order(fitted: MultiLabelClassifier) -> None:
    assert fitted.classes_.tolist() == ["x", "y"]
    assert fitted.predict(ROWS[:4]) == [[], ["y"], ["x"], ["x", "y"]]


def test_each_label_is_answered_as_by_a_classifier_of_its_own(fitted: MultiLabelClassifier) -> None:
    has_x = ["x" in labels for labels in LISTS]
    alone = LogisticRegression(C=100).fit(ROWS, has_x)
    np.testing.assert_array_equal(fitted.predict_proba(ROWS)[:, 0], alone.predict_proba(ROWS)[:, 1])


def test_log_odds_are_positive_where_a_label_is_given(fitted: MultiLabelClassifier) -> None:
    given = [["x" in labels, "y" in labels] for labels in fitted.predict(ROWS)]
    assert (fitted.decision_function(ROWS) >= 0).tolist() == given


def test_a_label_of_every_row_is_always_given_and_its_log_odds_are_finite() -> None:
    model = MultiLabelClassifier(LogisticRegression()).fit(ROWS, [[*labels, "all"] for labels in LISTS])
    assert all("all" in labels for labels in model.predict(ROWS))
    assert np.isfinite(model.decision_function(ROWS)).all()


def test_weights_reach_each_classifier() -> None:
    weights = np.linspace(0.1, 3, len(ROWS))
    model = MultiLabelClassifier(LogisticRegression()).fit(ROWS, LISTS, sample_weight=weights)
    alone = LogisticRegression().fit(ROWS, ["y" in labels for labels in LISTS], sample_weight=weights)
    np.testing.assert_array_equal(model.predict_proba(ROWS)[:, 1], alone.predict_proba(ROWS)[:, 1])


def test_a_label_that_cannot_be_learned_is_named() -> None:
    lists = [["once"], *LISTS[1:]]
    with pytest.raises(DataError, match=r"label 'once' .* class True has one row"):
        MultiLabelClassifier(LinearSvmClassifier()).fit(ROWS, lists)


def test_bare_labels_are_refused_with_the_remedy() -> None:
    with pytest.raises(
        DataError, match=r"expected a list of labels, got 'y' in row 2 \(counted from 1\); wrap it in a list: \['y'\]"
    ):
        MultiLabelClassifier(LogisticRegression()).fit(ROWS[:2], [["x"], "y"])


def test_rows_without_any_label_are_refused() -> None:
    with pytest.raises(DataError, match="expected at least one label"):
        MultiLabelClassifier(LogisticRegression()).fit(ROWS[:2], [[], []])
