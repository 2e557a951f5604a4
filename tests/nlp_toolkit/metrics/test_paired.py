"""Paired tests and intervals: worked by hand, against scipy and statsmodels' formulas, and by simulation."""

import numpy as np
import pytest
from scipy.stats import binom, norm, t, ttest_rel

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.intervals import corrected_interval, percentile_interval, two_source_interval
from nlp_toolkit.metrics.paired import bootstrap_difference, corrected_t_test, holm, mcnemar_test
from nlp_toolkit.metrics.resampling import resampled_scores, score_terms

SIMULATED = 4000


def expected_within(n: int, share: float) -> tuple[float, float]:
    """Where the share of n simulations falls 999 times in 1,000, were the true one `share`."""
    return binom.ppf(0.0005, n, share) / n, binom.ppf(0.9995, n, share) / n


def test_corrected_t_by_hand():
    # Differences 0.1, 0.2, 0.3: mean 0.2, variance 0.01; (1/3 + 1/4) * 0.01 = 0.00583, its root 0.07638.
    found = corrected_t_test([0.9, 0.9, 0.9], [0.8, 0.7, 0.6], test_to_train=0.25)

    assert found.difference == pytest.approx(0.2)
    assert found.p == pytest.approx(2 * t.sf(0.2 / 0.0763763, 2), rel=1e-5)
    assert found.high - found.difference == pytest.approx(4.302653 * 0.0763763, rel=1e-5)


def test_without_overlap_the_corrected_t_is_the_paired_t_test():
    random = np.random.default_rng(0)
    first, second = random.normal(size=(2, 12))

    assert corrected_t_test(first, second, 0.0).p == pytest.approx(ttest_rel(first, second).pvalue)


def test_differences_that_are_all_alike_are_certain():
    assert corrected_t_test([0.5, 0.6], [0.5, 0.6], 0.25).p == 1.0
    better = corrected_t_test([0.5, 0.6], [0.25, 0.35], 0.25)
    assert (better.p, better.low, better.high) == (0.0, pytest.approx(0.25), pytest.approx(0.25))


def test_two_folds_that_agree_by_chance_are_no_certainty():
    # One row of 30 in either fold: variance (1/30)^2 / 12, error sqrt((1/2 + 1) * that) = 0.0118, t = 2.83.
    found = corrected_t_test([0.8, 0.7], [0.8 - 1 / 30, 0.7 - 1 / 30], 1.0, step=1 / 30)
    assert found.p == pytest.approx(2 * t.sf(np.sqrt(8), 1))
    assert (found.low, found.high) == pytest.approx((1 / 30 - 0.1497, 1 / 30 + 0.1497), abs=1e-4)


def test_few_folds_of_few_rows_raise_few_false_alarms():
    # Two models that are right on 85 % of all rows, by chance: without the step 8 % of alarms.
    random = np.random.default_rng(0)
    pairs = (random.random((1000, 2, 2, 30)) < 0.85).mean(axis=3)
    alarms = [corrected_t_test(one, other, 1.0, step=1 / 30).p <= 0.05 for one, other in pairs]
    assert np.mean(alarms) <= 0.05


def test_one_fold_shows_nothing():
    found = corrected_t_test([0.9], [0.1], 0.25)
    assert (found.difference, found.p) == (pytest.approx(0.8), 1.0)
    assert np.isnan([found.low, found.high]).all()


def test_scores_of_other_splits_are_refused():
    with pytest.raises(DataError, match=r"one length, got shapes \(2,\) and \(3,\)"):
        corrected_t_test([0.1, 0.2], [0.1, 0.2, 0.3], 0.25)


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"), [(5, 0, 2 / 32), (8, 1, 20 / 512), (3, 3, 1.0), (0, 0, 1.0)]
)
def test_mcnemar_by_hand(only_first: int, only_second: int, p: float):
    # Two-sided binomial tails at 1/2; rows both have right or wrong say nothing.
    first = [True] * only_first + [False] * only_second + [True] * 7 + [False] * 4
    second = [False] * only_first + [True] * only_second + [True] * 7 + [False] * 4

    assert mcnemar_test(first, second) == pytest.approx(p)
    assert mcnemar_test(second, first) == pytest.approx(p)


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1 is 0.04, 0.06, 0.06, 0.04, and never falls: 0.04, 0.06, 0.06, 0.06.
    assert holm([0.03, 0.01, 0.04, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_paired_bootstrap_sees_a_difference_that_rows_share():
    # The first model is right wherever the second is and on a tenth of the rows more.
    rows = np.arange(400)
    truth, first, second = np.zeros(400, int), (rows % 10 < 2).astype(int), (rows % 10 < 3).astype(int)
    terms = [score_terms("accuracy", "classification", truth, guess, [0, 1]) for guess in (first, second)]
    resampled = resampled_scores(terms, seed=0)

    found = bootstrap_difference(terms[0].value() - terms[1].value(), *resampled)

    # The difference is a share of 0.1 of the rows: its standard error is sqrt(0.1 * 0.9 / 400) = 0.015.
    assert found.difference == pytest.approx(0.1)
    assert (found.low, found.high) == (
        pytest.approx(0.1 - 1.96 * 0.015, abs=0.005),
        pytest.approx(0.1 + 1.96 * 0.015, abs=0.005),
    )
    # No resample is on the other side: beyond what 2,000 can show, the normal tail at 0.1 / 0.015.
    assert found.p == pytest.approx(2 * norm.sf(0.1 / (resampled[0] - resampled[1]).std()))
    assert 0 < found.p < 1e-8


def test_a_share_of_resamples_on_the_other_side_is_the_p():
    differences = np.linspace(-0.01, 0.99, 2000)  # 20 are below 0

    assert bootstrap_difference(0.49, differences, np.zeros(2000)).p == pytest.approx(2 * 21 / 2001)


def test_two_sources_add_up_as_squares():
    random = np.random.default_rng(0)
    resampled = random.normal(0.8, 0.01, 100_000)
    scores = [0.79, 0.80, 0.81]  # standard deviation 0.01, t(0.975, 2) = 4.3027

    low, high = two_source_interval(scores, resampled)

    assert (high - low) / 2 == pytest.approx(np.hypot(1.96 * 0.01, 4.3027 * 0.01 / np.sqrt(3)), rel=0.01)
    assert np.mean([low, high]) == pytest.approx(0.8)
    low, high = two_source_interval([0.8], resampled)
    assert (high - low) / 2 == pytest.approx(1.96 * 0.01, rel=0.01)


def folds_of_equal_models(random: np.random.Generator, n: int, folds: int, correlation: float) -> np.ndarray:
    """Differences over folds (n, folds), true mean 0, with the correlation that shared training rows give them."""
    shared = random.normal(size=(n, 1)) * np.sqrt(correlation)
    return shared + random.normal(size=(n, folds)) * np.sqrt(1 - correlation)


def test_over_folds_coverage_is_near_95_percent_and_false_alarms_near_5():
    # n_test/(n_test + n_train) is the correlation Nadeau and Bengio assume; 5 folds of n_test/n_train = 1/4.
    differences = folds_of_equal_models(np.random.default_rng(1), SIMULATED, folds=5, correlation=1 / 5)
    least, most = expected_within(SIMULATED, 0.05)

    tests = [corrected_t_test(row, np.zeros(5), 1 / 4) for row in differences]
    alarms = np.mean([found.p < 0.05 for found in tests])
    covered = np.mean([found.low <= 0 <= found.high for found in tests])
    uncorrected = np.mean([corrected_t_test(row, np.zeros(5), 0.0).p < 0.05 for row in differences])

    assert least <= alarms <= most
    assert 1 - most <= covered <= 1 - least
    assert uncorrected > 2 * most  # what the correction is for
    assert corrected_interval(differences[0], 1 / 4) == (tests[0].low, tests[0].high)


@pytest.mark.slow
def test_on_a_test_set_coverage_is_near_95_percent_and_false_alarms_near_5():
    """Two models with accuracy 0.8 whose mistakes are independent, on 300 rows, 400 times."""
    random, n_rows, n_sets = np.random.default_rng(2), 300, 400
    truth = np.zeros(n_rows, int)
    covered, alarms, exact_alarms = 0, 0, 0
    for _ in range(n_sets):
        guesses = (random.random((2, n_rows)) < 0.2).astype(int)
        terms = [score_terms("accuracy", "classification", truth, guess, [0, 1]) for guess in guesses]
        resampled = resampled_scores(terms, seed=3, resamples=400)
        low, high = percentile_interval(resampled[0])
        covered += low <= 0.8 <= high
        alarms += bootstrap_difference(terms[0].value() - terms[1].value(), *resampled).p < 0.05
        exact_alarms += mcnemar_test(guesses[0] == 0, guesses[1] == 0) < 0.05
    least, most = expected_within(n_sets, 0.05)

    assert least <= alarms / n_sets <= most
    assert 1 - most <= covered / n_sets <= 1 - least
    assert 0.01 <= exact_alarms / n_sets <= most  # exact tests keep below their level, never above


def test_holm_holds_false_alarms_among_ten_pairs_near_5_percent():
    random = np.random.default_rng(4)
    p_values = random.random((SIMULATED, 10))
    least, most = expected_within(SIMULATED, 0.05)

    any_alarm = np.mean([min(holm(row)) <= 0.05 for row in p_values])

    assert least <= any_alarm <= most
    assert np.mean(p_values.min(axis=1) <= 0.05) > 0.3  # without it
