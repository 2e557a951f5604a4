"""Figures, classes, confusion and baselines with their intervals: by hand, scikit-learn and scipy as references."""

from itertools import compress
from typing import Any

import numpy as np
import pytest
from evaluated_rows import rows_of, wilson
from scipy import stats
from sklearn import metrics as reference
from sklearn.dummy import DummyClassifier

from nlp_toolkit_pipelines.evaluation_report.figures import baseline_of, class_figures, confusion_shares, figures_of
from nlp_toolkit_pipelines.evaluation_report.results import Figure
from nlp_toolkit_pipelines.evaluation_report.scored import ScoredRows


def test_accuracy_of_few_rows_is_no_certainty():
    found = figures_of(rows_of(["a", "b", "a"], ["a", "b", "a"]))

    assert found["accuracy"] == Figure(1.0, *wilson(3, 3))
    assert found["log_loss"] == Figure(None)


def test_log_loss_is_a_mean_with_the_interval_of_a_mean():
    random = np.random.default_rng(0)
    p = random.uniform(0.05, 0.95, 400)
    true = ["a" if one else "b" for one in random.random(400) < p]
    guess = ["a" if one >= 0.5 else "b" for one in p]
    each = -np.log(np.where(np.array(true) == "a", p, 1 - p))

    found = figures_of(rows_of(true, guess, probabilities=np.stack([p, 1 - p], axis=1)))["log_loss"]

    half = 1.96 * each.std() / 20
    assert found.value == pytest.approx(each.mean())
    assert (found.low, found.high) == (
        pytest.approx(each.mean() - half, abs=half / 8),
        pytest.approx(each.mean() + half, abs=half / 8),
    )


def middle(values: Any) -> Any:
    """The middle 95 % of resampled figures."""
    return np.percentile(values, [2.5, 97.5]).tolist()


def made_up_sets(n: int) -> tuple[np.ndarray, np.ndarray, ScoredRows]:
    """Truth and guesses (n, 3) of 0/1 whose labels hang together, and the rows with their probabilities."""
    random = np.random.default_rng(11)
    truth = (random.random((n, 3)) < random.choice([0.2, 0.7], (n, 1))).astype(int)
    p = np.clip(0.5 + (truth - 0.5) * random.uniform(-0.4, 1.0, (n, 3)), 0.02, 0.98)
    guess = (p > 0.5).astype(int)
    sets = [[list(compress("abc", row)) for row in side] for side in (truth, guess)]
    return truth, guess, rows_of(*sets, probabilities=p, task="multilabel", labels=("a", "b", "c"))


def test_log_loss_of_sets_is_scikit_learns_over_all_decisions_with_the_ends_of_rows_drawn_anew():
    truth, _, rows = made_up_sets(150)
    drawn = np.random.default_rng(12).integers(0, 150, (300, 150))
    losses = [reference.log_loss(truth[at].ravel(), rows.probabilities[at].ravel()) for at in drawn]

    found = figures_of(rows, ["log_loss"])["log_loss"]

    assert found.value == pytest.approx(reference.log_loss(truth.ravel(), rows.probabilities.ravel()))
    half = 1.96 * np.std(losses)
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half), abs=half / 6)


def test_f1_of_labels_of_sets_is_scikit_learns_and_its_ends_are_those_of_the_jaccard_index():
    truth, guess, rows = made_up_sets(60)

    found = [each.f1 for each in class_figures(rows)]

    assert [each.value for each in found] == pytest.approx(reference.f1_score(truth, guess, average=None))
    for at, shared in enumerate(reference.jaccard_score(truth, guess, average=None)):
        either = int((truth[:, at] | guess[:, at]).sum())
        ends = stats.binomtest(round(shared * either), either).proportion_ci(method="wilson")
        assert (found[at].low, found[at].high) == pytest.approx([2 * end / (1 + end) for end in ends])


def test_macro_f1_of_the_constant_answer_is_scikit_learns_with_the_ends_of_rows_drawn_anew():
    true = np.array(["a"] * 50 + ["b"] * 30 + ["c"] * 10)
    constant = DummyClassifier(strategy="most_frequent").fit(np.zeros((90, 1)), true).predict(np.zeros((90, 1)))
    drawn = true[np.random.default_rng(13).integers(0, 90, (800, 90))]
    scores = [reference.f1_score(rows, constant, average="macro", zero_division=0) for rows in drawn]

    found = baseline_of(rows_of(true.tolist(), ["b"] * 90, labels=("a", "b", "c")))["macro_f1"]

    assert found.value == pytest.approx(reference.f1_score(true, constant, average="macro", zero_division=0))
    assert [found.low, found.high] == pytest.approx(middle(scores), abs=0.01)


def test_micro_f1_of_the_constant_set_is_scikit_learns_with_the_ends_of_rows_drawn_anew():
    truth, _, rows = made_up_sets(80)
    sets, counts = np.unique(truth, axis=0, return_counts=True)
    constant = np.tile(sets[counts.argmax()], (80, 1))
    drawn = np.random.default_rng(14).integers(0, 80, (400, 80))
    scores = [reference.f1_score(truth[at], constant, average="micro", zero_division=0) for at in drawn]

    found = baseline_of(rows)["micro_f1"]

    assert sorted(counts)[-1] > sorted(counts)[-2]  # one set is the most frequent
    assert found.value == pytest.approx(reference.f1_score(truth, constant, average="micro", zero_division=0))
    assert [found.low, found.high] == pytest.approx(middle(scores), abs=0.03)


def test_mean_error_has_the_ends_of_scipys_bootstrap():
    gaps = np.random.default_rng(15).gamma(2.0, 1.5, 120) - 2
    rows = rows_of([5.0] * 120, (5 + gaps).tolist(), task="regression")
    ends = stats.bootstrap((gaps,), np.mean, n_resamples=4000, method="percentile", random_state=16).confidence_interval

    found = figures_of(rows, ["mean_error"])["mean_error"]

    assert found.value == pytest.approx(gaps.mean())
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), abs=0.06 * (ends.high - ends.low))


def test_classes_by_hand():
    # a: 3 rows, 2 right; b: 1 row, right, and one a taken for it.
    first, second = class_figures(rows_of(["a", "a", "a", "b"], ["a", "a", "b", "b"]))

    assert (first.label, first.support, first.predicted) == ("a", 3, 2)
    assert first.precision == Figure(1.0, *wilson(2, 2))
    assert first.recall == Figure(pytest.approx(2 / 3), *wilson(2, 3))
    low, high = stats.binomtest(2, 3).proportion_ci(method="wilson")
    assert first.f1.value == pytest.approx(4 / 5)
    assert (first.f1.low, first.f1.high) == (pytest.approx(2 * low / (1 + low)), pytest.approx(2 * high / (1 + high)))
    assert second.precision.value == 0.5


def test_class_that_never_occurs_has_no_figures():
    found = class_figures(rows_of(["a"], ["a"]))[1]

    assert (found.support, found.precision, found.recall, found.f1) == (0, Figure(None), Figure(None), Figure(None))


def test_confusion_has_the_share_of_the_true_class_with_its_ends():
    rows = rows_of(["a", "a", "a", "b"], ["a", "a", "b", "b"], labels=("a", "b", "c"))

    found = confusion_shares(rows)

    assert found.shares == ((pytest.approx(2 / 3), pytest.approx(1 / 3), 0.0), (0.0, 1.0, 0.0), (None, None, None))
    ends = [list(zip(*row, strict=True)) for row in zip(found.shares_low, found.shares_high, strict=True)]
    assert ends[0] == [wilson(2, 3), wilson(1, 3), wilson(0, 3)]
    assert ends[1] == [wilson(0, 1), wilson(1, 1), wilson(0, 1)]
    assert ends[2] == [(None, None)] * 3
    assert confusion_shares(rows_of([["a"]], [["a"]], task="multilabel")) is None
    assert confusion_shares(rows_of([1.0], [1.0], task="regression")) is None


def test_labels_of_sets_are_counted_one_by_one():
    rows = rows_of([["a", "b"], ["a"], []], [["a"], ["a", "b"], []], task="multilabel")

    first, second = class_figures(rows)

    assert (first.support, first.predicted, first.f1.value) == (2, 2, 1.0)
    assert (second.support, second.predicted, second.f1.value) == (1, 1, 0.0)
    assert figures_of(rows, ["accuracy"])["accuracy"] == Figure(pytest.approx(1 / 3), *wilson(1, 3))


def test_numbers_by_hand():
    rows = rows_of([1.0, 2.0, 3.0, 6.0], [2.0, 2.0, 2.0, 7.0], task="regression")

    found = figures_of(rows, ["mae", "mse", "rmse", "r2", "mean_error"])

    assert {name: figure.value for name, figure in found.items()} == pytest.approx(
        {"mae": 3 / 4, "mse": 3 / 4, "rmse": np.sqrt(3 / 4), "r2": 1 - 3 / 14, "mean_error": 1 / 4}
    )
    assert all(figure.low <= figure.value <= figure.high for figure in found.values())
    assert baseline_of(rows)["mae"].value == pytest.approx((1.5 + 0.5 + 0.5 + 3.5) / 4)


def test_baseline_is_the_most_frequent_label():
    assert baseline_of(rows_of(["a", "b", "b", "b"], ["a"] * 4))["accuracy"].value == 0.75


def test_spread_of_errors_by_hand():
    rows = rows_of([1e9] * 5, [1e9 + gap for gap in (-2.0, -1.0, 0.0, 1.0, 2.0)], task="regression")

    found = figures_of(rows, ["spread"])["spread"]

    assert found.value == pytest.approx(np.sqrt(2))
    assert 0 <= found.low < found.value < found.high <= 2
