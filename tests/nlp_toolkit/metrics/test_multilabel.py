"""Multi-label scores: a worked example, scikit-learn as reference, unknown labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics import multilabel_scores
from nlp_toolkit.metrics.multilabel import indicator

LABELS = ["a", "b"]


def test_worked_example_by_hand():
    true = [["a"], ["a", "b"], [], ["b"]]
    guess = [["a"], ["a"], ["b"], ["b"]]

    scores = multilabel_scores(true, guess, LABELS)

    assert scores.accuracy == 2 / 4  # rows 1 and 4 have exactly the right set
    assert scores.hamming_loss == 2 / 8  # b is missed in row 2 and invented in row 3
    assert scores.per_class["a"].f1 == 1.0
    assert (scores.per_class["b"].precision, scores.per_class["b"].recall) == (1 / 2, 1 / 2)
    assert scores.macro_f1 == (1.0 + 0.5) / 2
    assert scores.micro_f1 == pytest.approx(2 * 3 / (4 + 4))
    # Balanced accuracy of a: 1; of b: recall 1/2, specificity 1/2.
    assert scores.balanced_accuracy == (1.0 + 0.5) / 2


def test_log_loss_is_the_mean_over_decisions():
    scores = multilabel_scores([["a"]], [["a"]], LABELS, np.array([[0.9, 0.4]]))

    assert scores.log_loss == pytest.approx(-(np.log(0.9) + np.log(0.6)) / 2)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("abc"))), min_size=1, max_size=20))
def test_equals_scikit_learn(rows):
    true, guess = [sorted(row[0]) for row in rows], [sorted(row[1]) for row in rows]
    labels = ["a", "b", "c"]

    scores = multilabel_scores(true, guess, labels)

    truth, guessed = indicator(true, labels), indicator(guess, labels)
    occurring = [i for i in range(3) if truth[:, i].any() or guessed[:, i].any()]
    assert scores.accuracy == pytest.approx(reference.accuracy_score(truth, guessed))
    assert scores.hamming_loss == pytest.approx(reference.hamming_loss(truth, guessed))
    assert scores.micro_f1 == pytest.approx(reference.f1_score(truth, guessed, average="micro", zero_division=0))
    if occurring:
        f1 = reference.f1_score(truth, guessed, labels=occurring, average="macro", zero_division=0)
        assert scores.macro_f1 == pytest.approx(f1)


def test_row_with_an_unknown_label_is_counted_and_left_out():
    scores = multilabel_scores([["a", "emu"], ["b"]], [["a"], ["b"]], LABELS)

    assert scores.unknown == {"emu": 1}
    assert (scores.n, scores.unknown_rows, scores.accuracy) == (1, 1, 1.0)


def test_only_unknown_labels_are_an_error():
    with pytest.raises(DataError, match="none of the 1 rows has only labels the model knows"):
        multilabel_scores([["emu"]], [["a"]], LABELS)
