"""Regression scores: a worked example, scikit-learn and scipy as references, figures that do not exist."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics import regression_scores


def test_worked_example_by_hand():
    scores = regression_scores([1.0, 2.0, 6.0], [1.0, 4.0, 5.0])

    assert scores.mae == (0 + 2 + 1) / 3
    assert scores.mse == (0 + 4 + 1) / 3
    assert scores.rmse == math.sqrt(5 / 3)
    # Mean 3, squares around it 4 + 1 + 9 = 14.
    assert scores.r2 == pytest.approx(1 - 5 / 14)
    assert scores.spearman == pytest.approx(1.0)


numbers = st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=3, max_size=30)


@settings(max_examples=60, deadline=None)
@given(numbers)
def test_equals_scikit_learn_and_scipy(rows):
    true, guess = np.array(rows, dtype=float).T
    assume(np.ptp(true) > 0 and np.ptp(guess) > 0)

    scores = regression_scores(true, guess)

    assert scores.mae == pytest.approx(reference.mean_absolute_error(true, guess))
    assert scores.rmse == pytest.approx(reference.root_mean_squared_error(true, guess))
    assert scores.r2 == pytest.approx(reference.r2_score(true, guess))
    assert scores.pearson == pytest.approx(stats.pearsonr(true, guess).statistic)
    assert scores.spearman == pytest.approx(stats.spearmanr(true, guess).statistic)


def test_figures_that_do_not_exist_are_none():
    constant = regression_scores([2.0, 2.0], [1.0, 3.0])

    assert (constant.r2, constant.pearson, constant.spearman) == (None, None, None)
    assert constant.mae == 1.0
    assert regression_scores([2.0], [1.0]).r2 is None


def test_nan_is_refused_with_its_rows():
    with pytest.raises(DataError, match=r"NaN or infinity in row 2 \(counted from 1\)"):
        regression_scores([1.0, 2.0], [1.0, math.nan])


def test_no_rows_are_an_error():
    with pytest.raises(DataError, match="no row to score"):
        regression_scores([], [])


def test_numbers_whose_squares_overflow_are_refused():
    with pytest.raises(DataError, match=r"expected true values between .* got 1e\+200 in row 1 \(counted from 1\)"):
        regression_scores([1e200, 0.0], [0.0, 0.0])
