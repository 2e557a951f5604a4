"""Classification scores: a worked example, scikit-learn as reference, labels the model never saw."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics import ClassScores, classification_scores

# Six rows, three classes:          hit  hit  miss hit  miss miss
TRUE = ["cat", "cat", "cat", "dog", "dog", "owl"]
GUESS = ["cat", "cat", "dog", "dog", "cat", "cat"]
LABELS = ["cat", "dog", "owl"]


def test_worked_example_by_hand():
    scores = classification_scores(TRUE, GUESS, LABELS)

    assert scores.n == 6
    assert scores.accuracy == 3 / 6
    # Recall: cat 2 of 3, dog 1 of 2, owl 0 of 1.
    assert scores.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    # Precision: cat 2 of 4 guesses, dog 1 of 2, owl none.
    assert scores.per_class["cat"] == ClassScores(2 / 4, 2 / 3, pytest.approx(4 / 7), 3)
    assert scores.per_class["dog"] == ClassScores(1 / 2, 1 / 2, 1 / 2, 2)
    assert scores.per_class["owl"] == ClassScores(0.0, 0.0, 0.0, 1)
    assert scores.macro_f1 == pytest.approx((4 / 7 + 1 / 2 + 0) / 3)
    assert scores.confusion.tolist() == [[2, 1, 0], [1, 1, 0], [1, 0, 0]]
    assert scores.log_loss is None


def test_log_loss_by_hand():
    probabilities = np.array([[0.8, 0.2], [0.4, 0.6]])

    scores = classification_scores(["a", "b"], ["a", "b"], ["a", "b"], probabilities)

    assert scores.log_loss == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)


def test_log_loss_stays_finite_after_a_confident_mistake():
    scores = classification_scores(["a"], ["b"], ["a", "b"], np.array([[0.0, 1.0]]))

    assert scores.log_loss == pytest.approx(-np.log(np.finfo(np.float64).eps))


def test_class_of_the_model_that_does_not_occur_does_not_lower_macro_f1():
    scores = classification_scores(["a", "b"], ["a", "b"], ["a", "b", "never"])

    assert scores.macro_f1 == 1.0
    assert scores.balanced_accuracy == 1.0
    assert scores.per_class["never"].support == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=40), st.integers(0, 9))
def test_equals_scikit_learn(rows, seed):
    true, guess = [row[0] for row in rows], [row[1] for row in rows]
    raw = np.random.default_rng(seed).random((len(rows), 3)) + 0.01
    probabilities = raw / raw.sum(axis=1, keepdims=True)

    scores = classification_scores(true, guess, ["a", "b", "c"], probabilities)

    occurring = sorted({*true, *guess})
    precision, recall, f1, _ = reference.precision_recall_fscore_support(
        true, guess, labels=occurring, average="macro", zero_division=0
    )
    assert scores.accuracy == pytest.approx(reference.accuracy_score(true, guess))
    assert (scores.macro_precision, scores.macro_recall, scores.macro_f1) == pytest.approx((precision, recall, f1))
    assert scores.log_loss == pytest.approx(reference.log_loss(true, probabilities, labels=["a", "b", "c"]))
    assert (scores.confusion == reference.confusion_matrix(true, guess, labels=["a", "b", "c"])).all()
    recalls = reference.recall_score(true, guess, labels=sorted(set(true)), average=None, zero_division=0)
    assert scores.balanced_accuracy == pytest.approx(recalls.mean())


def test_unknown_label_is_counted_and_not_scored():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8]])

    scores = classification_scores(["a", "emu", "b"], ["a", "a", "b"], ["a", "b"], probabilities)

    assert scores.unknown == {"emu": 1}
    assert scores.n == 2
    assert scores.accuracy == 1.0
    assert scores.log_loss == pytest.approx(-(np.log(0.9) + np.log(0.8)) / 2)


def test_only_unknown_labels_are_an_error():
    with pytest.raises(DataError, match="none of the 2 labels is one the model knows"):
        classification_scores(["x", "y"], ["a", "a"], ["a", "b"])


def test_number_of_predictions_must_match():
    with pytest.raises(DataError, match="got 1 and 2"):
        classification_scores(["a", "b"], ["a"], ["a", "b"])
