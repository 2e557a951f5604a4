"""Calibration: worked examples, scikit-learn as reference, and that a right model is found right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.metrics.calibration import (
    brier_score,
    calibration_error,
    class_calibration,
    label_calibration,
    reliability,
)

# Five decisions: two at 0.55 and 0.6 (one came true), three at 0.9 to 1.0 (two came true).
SURE = np.array([0.55, 0.60, 0.95, 0.91, 1.00])
CAME_TRUE = np.array([1, 0, 1, 1, 0])


def test_reliability_by_hand():
    bins = reliability(SURE, CAME_TRUE)

    assert [each.n for each in bins] == [0, 0, 0, 0, 0, 2, 0, 0, 0, 3]
    assert (bins[0].probability, bins[0].share, bins[0].share_low) == (None, None, None)
    assert (bins[5].probability, bins[5].share) == (pytest.approx(0.575), 0.5)
    assert (bins[9].probability, bins[9].share) == (pytest.approx(2.86 / 3), pytest.approx(2 / 3))
    assert bins[9].share_low < 2 / 3 < bins[9].share_high


def test_calibration_error_by_hand():
    # 2 decisions say 0.575 and are right in 0.5; 3 say 0.9533 and are right in 0.6667.
    by_hand = 2 / 5 * abs(0.575 - 0.5) + 3 / 5 * abs(2.86 / 3 - 2 / 3)

    assert calibration_error(SURE, CAME_TRUE) == pytest.approx(by_hand)


def test_mean_probability_of_a_bin_has_students_interval_inside_the_bin():
    bins = reliability(np.array([0.72, 0.75, 0.79, 0.74, 0.31, 0.91, 0.999, 1.0, 1.0]), np.ones(9))

    ends = ttest_1samp([0.72, 0.75, 0.79, 0.74], 0).confidence_interval(0.95)
    assert (bins[7].probability_low, bins[7].probability_high) == pytest.approx((ends.low, ends.high))
    assert (bins[3].probability_low, bins[3].probability_high) == pytest.approx((0.3, 0.4))  # one decision
    ends = ttest_1samp([0.91, 0.999, 1.0, 1.0], 0).confidence_interval(0.95)
    assert (bins[9].probability_low, bins[9].probability_high) == pytest.approx((ends.low, 1.0))
    assert ends.high > 1.0
    assert bins[0].probability_low is None


def test_equal_probabilities_have_no_spread():
    (found,) = [each for each in reliability(np.full(5, 0.65), np.ones(5)) if each.n]

    assert (found.probability_low, found.probability_high) == pytest.approx((0.65, 0.65))


def test_brier_score_by_hand():
    three = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    # (0.3² + 0.2² + 0.1²) and (0.1² + 0.9² + 0.8²), averaged.
    assert brier_score(np.array([0, 1]), three) == pytest.approx((0.14 + 1.46) / 2)
    assert brier_score(np.array([1]), np.array([[0.4, 0.6]])) == pytest.approx(0.16)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(5, 60))
def test_equals_scikit_learn(seed, n_classes, n):
    random = np.random.default_rng(seed)
    p = random.dirichlet(np.ones(n_classes), n)
    true = np.concatenate([np.arange(n_classes), random.integers(0, n_classes, n - n_classes)])
    labels = list(range(n_classes))
    theirs = brier_score_loss(true, p[:, 1] if n_classes == 2 else p, labels=labels)

    right = (p.argmax(axis=1) == true).astype(int)
    shares, means = calibration_curve(right, p.max(axis=1), n_bins=10)
    ours = [each for each in reliability(p.max(axis=1), right) if each.n]

    assert brier_score(true, p) == pytest.approx(theirs)
    np.testing.assert_allclose([each.share for each in ours], shares)
    np.testing.assert_allclose([each.probability for each in ours], means)


def test_classes_are_judged_by_what_the_model_says():
    p = np.array([[0.55, 0.45], [0.60, 0.40], [0.05, 0.95], [0.09, 0.91], [1.00, 0.00]])
    true = np.array([0, 1, 1, 1, 1])  # came true as in CAME_TRUE

    found = class_calibration(true, p)

    assert found.n == 5
    assert found.ece == pytest.approx(calibration_error(SURE, CAME_TRUE))
    assert found.brier == pytest.approx(brier_score_loss(true, p[:, 1]))
    assert found.brier_low < found.brier < found.brier_high
    assert 0 <= found.ece_low <= found.ece_high <= 1
    assert found.bins == reliability(SURE, CAME_TRUE)


def test_each_label_of_a_row_is_a_decision():
    p = np.array([[0.9, 0.2], [0.6, 0.4]])
    true = np.array([[1, 0], [0, 1]])

    found = label_calibration(true, p)

    assert found.n == 4
    assert found.brier == pytest.approx((0.01 + 0.04 + 0.36 + 0.36) / 4)
    assert found.ece == pytest.approx(calibration_error(p.ravel(), true.ravel()))


def test_probabilities_that_are_right_show_as_much_error_as_chance_does():
    random = np.random.default_rng(3)
    first = random.uniform(0, 1, 1000)
    p = np.stack([first, 1 - first], axis=1)
    outcomes = [(random.random(1000) >= first).astype(int) for _ in range(30)]

    errors = [calibration_error(p.max(axis=1), p.argmax(axis=1) == true) for true in outcomes]
    wrong = class_calibration(outcomes[0], np.round(p))

    found = class_calibration(outcomes[0], p)
    inside = [found.ece_by_chance_low <= error <= found.ece_by_chance_high for error in errors]
    assert np.mean(errors) == pytest.approx(found.ece_by_chance, rel=0.15)
    assert sum(inside) >= 26  # of 30; 28.5 expected
    assert (wrong.ece_by_chance, wrong.ece_low > 0.2) == (0.0, True)


def test_interval_of_the_brier_score_is_that_of_a_mean():
    random = np.random.default_rng(0)
    p = random.dirichlet(np.ones(3), 400)
    true = random.integers(0, 3, 400)
    each = np.array([brier_score(true[row : row + 1], p[row : row + 1]) for row in range(400)])

    found = class_calibration(true, p)

    half = 1.96 * each.std() / np.sqrt(400)
    assert found.brier_low == pytest.approx(each.mean() - half, abs=0.1 * half)
    assert found.brier_high == pytest.approx(each.mean() + half, abs=0.1 * half)


def test_interval_of_the_calibration_error_is_that_of_rows_drawn_anew():
    random = np.random.default_rng(4)
    first = random.uniform(0, 1, 300)
    true = (random.random(300) < 0.3 + 0.4 * first).astype(int)
    p = np.stack([1 - first, first], axis=1)
    came_true = p.argmax(axis=1) == true
    drawn = random.integers(0, 300, (3000, 300))

    errors = [calibration_error(p.max(axis=1)[rows], came_true[rows]) for rows in drawn]
    found = class_calibration(true, p)

    low, high = np.percentile(errors, [2.5, 97.5])
    assert (found.ece_low, found.ece_high) == (pytest.approx(low, rel=0.05), pytest.approx(high, rel=0.05))


def test_what_is_no_probability_is_refused():
    with pytest.raises(DataError, match=r"expected probabilities from 0 to 1, got values from 0\.5 to 1\.2"):
        reliability(np.array([0.5, 1.2]), np.array([0, 1]))
    with pytest.raises(UsageError, match=r"as many outcomes as probabilities, got shapes \(1,\) and \(2,\)"):
        calibration_error(np.array([0.5, 0.2]), np.array([0]))
    with pytest.raises(UsageError, match=r"\(n, n_labels\), got an array of shape \(2,\)"):
        class_calibration(np.array([0, 1]), np.array([0.5, 0.2]))
