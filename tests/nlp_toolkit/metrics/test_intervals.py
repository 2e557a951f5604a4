"""Intervals of shares and of statistics without one row in twenty, against scipy and against coverage."""

import numpy as np
import pytest
from scipy.stats import binomtest, t

from nlp_toolkit.metrics.intervals import jackknife_interval, wilson_interval


@pytest.mark.parametrize(("part", "whole"), [(0, 1), (1, 1), (3, 3), (7, 10), (50, 100), (999, 1000), (0, 12)])
def test_wilson_interval_equals_scipy(part, whole):
    low, high = wilson_interval(part, whole)
    theirs = binomtest(part, whole).proportion_ci(method="wilson")

    assert (float(low), float(high)) == pytest.approx((theirs.low, theirs.high))


def test_nothing_counted_says_nothing():
    low, high = wilson_interval(np.array([0, 2]), np.array([0, 4]))

    assert (low[0], high[0]) == (0.0, 1.0)
    assert 0 < low[1] < 0.5 < high[1] < 1


def test_jackknife_of_a_mean_is_the_t_interval():
    values = np.random.default_rng(0).normal(size=50)

    low, high = jackknife_interval(lambda rows: np.array([values[rows].mean()]), 50, groups=50)

    half = t.ppf(0.975, 49) * values.std(ddof=1) / np.sqrt(50)
    assert low[0] == pytest.approx(values.mean() - half)
    assert high[0] == pytest.approx(values.mean() + half)


def test_jackknife_covers_in_about_19_of_20_samples():
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(300):
        values = random.exponential(size=200)
        low, high = jackknife_interval(lambda rows, x=values: np.array([x[rows].std()]), 200, groups=20)
        covered += bool(low[0] <= 1.0 <= high[0])

    assert 0.88 <= covered / 300 <= 0.99
