"""Is one model better than another? Paired tests over folds and over test rows, and Holm's correction."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.intervals import corrected_interval, corrected_variance, percentile_interval
from nlp_toolkit.series import plain_numbers, present_numbers


@dataclass(frozen=True)
class PairedDifference:
    """The mean difference first - second, its 95 % interval, and the two-sided p-value of "there is none".

    The interval is NaN where a single pair of scores leaves nothing to estimate it from; `p` is 1 there.
    """

    difference: float
    low: float
    high: float
    p: float


def corrected_t_test(
    first: Sequence[float] | np.ndarray,
    second: Sequence[float] | np.ndarray,
    test_to_train: float,
    *,
    step: float = 0.0,
) -> PairedDifference:
    """Corrected resampled t-test over scores on the same J folds (or repeats), both (J,).

    `test_to_train` is n_test/n_train of a fold, `step` the least that a score can change by (see
    `corrected_variance`). Without a step, differences that are all alike (to rounding) are certain: p is 0 where they
    differ from 0 and 1 where they are 0. Nadeau and Bengio 2003, section 4, "corrected resampled t-test".

    >>> found = corrected_t_test([0.9, 0.8, 0.85], [0.8, 0.75, 0.8], test_to_train=0.5)
    >>> round(found.difference, 4), round(found.p, 4)
    (0.0667, 0.1271)
    """
    from scipy.stats import t

    differences = _paired(first, second)
    mean, n = float(differences.mean()), len(differences)
    low, high = corrected_interval(differences, test_to_train, step=step)
    if n < 2:
        return PairedDifference(mean, low, high, 1.0)
    error = np.sqrt(corrected_variance(differences, test_to_train, step=step))
    if error <= 1e-12 * max(1.0, abs(mean)):
        return PairedDifference(mean, mean, mean, float(abs(mean) <= 1e-12))
    return PairedDifference(mean, low, high, float(2 * t.sf(abs(mean) / error, n - 1)))


def mcnemar_test(first_right: Sequence[bool] | np.ndarray, second_right: Sequence[bool] | np.ndarray) -> float:
    """Two-sided exact p-value that both models are right equally often, from the rows only one of them has right.

    Both arguments are (n,) of bool, the same rows. McNemar 1947; exact as a binomial test.

    >>> mcnemar_test([True] * 8 + [False], [False] * 8 + [True])  # 8 against 1
    0.0390625
    """
    from scipy.stats import binomtest

    first, second = (present_numbers(side, "answers") != 0 for side in (first_right, second_right))
    if first.shape != second.shape:
        raise DataError(f"expected the same rows for both models, got {first.size} and {second.size}")
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    if only_first + only_second == 0:
        return 1.0
    return float(binomtest(only_first, only_first + only_second).pvalue)


def bootstrap_difference(
    observed: float, first: Sequence[float] | np.ndarray, second: Sequence[float] | np.ndarray
) -> PairedDifference:
    """The paired bootstrap: `first` and `second` are (n_resamples,) scores on the same resampled test rows.

    The interval holds the middle 95 % of the differences; `p` is twice the smaller share of them on either side of 0.
    Where none is on the other side, shares end at 2/(n_resamples + 1), which among many pairs would be no evidence:
    there the normal tail with the spread of the differences is taken where it is smaller. Efron and Tibshirani 1993,
    chapters 13 and 15.
    """
    from scipy.stats import norm

    differences = _paired(first, second)
    low, high = percentile_interval(differences)
    fewest = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    p = min(1.0, 2 * (fewest + 1) / (len(differences) + 1))
    spread = float(differences.std())
    if fewest == 0 and spread > 0:
        p = min(p, float(2 * norm.sf(abs(observed) / spread)))
    return PairedDifference(observed, float(low), float(high), p)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted so that among all of them a false alarm is as rare as in one test. Holm 1979.

    >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    given = plain_numbers(p_values, "p-values").tolist()
    adjusted = [0.0] * len(given)
    largest = 0.0
    for place, index in enumerate(sorted(range(len(given)), key=given.__getitem__)):
        largest = max(largest, min(1.0, (len(given) - place) * given[index]))
        adjusted[index] = largest
    return adjusted


def _paired(first: Sequence[float] | np.ndarray, second: Sequence[float] | np.ndarray) -> np.ndarray:
    one, other = plain_numbers(first, "scores"), plain_numbers(second, "scores")
    if one.shape != other.shape or not len(one):
        raise DataError(f"expected two lists of scores of one length, got shapes {one.shape} and {other.shape}")
    return np.asarray(one - other)
