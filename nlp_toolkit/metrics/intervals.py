"""Intervals of 95 %: of means and shares of rows, and of scores over folds whose training parts overlap."""

from collections.abc import Callable, Sequence

import numpy as np

from nlp_toolkit.series import plain_array, plain_numbers

RESAMPLES = 2000
CONFIDENCE = 0.95


def bootstrap_interval(values: np.ndarray, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95 % interval of the means of the columns of `values` (n, n_metrics), rows drawn anew 2,000 times.

    Percentiles of the resampled means. Efron and Tibshirani 1993, chapter 13.
    """
    random = np.random.default_rng(seed)
    values = plain_array(values, "scores")  # a Series would be drawn from by its index
    n = len(values)
    means = np.stack([values[random.integers(0, n, n)].mean(axis=0) for _ in range(RESAMPLES)])
    return percentile_interval(means)


def percentile_interval(resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the middle 95 % of `resampled` along its first axis; Efron and Tibshirani 1993, chapter 13.

    >>> low, high = percentile_interval(np.arange(1001.0))
    >>> round(low), round(high)
    (25, 975)
    """
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(plain_array(resampled, "scores"), [tail, 100 - tail], axis=0)
    return low, high


def wilson_interval(part: np.ndarray | float, whole: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95 % interval of the shares part / whole, elementwise; 0 and 1 where `whole` is 0.

    Unlike resampling it stays honest for small counts: 3 of 3 is no certainty. Wilson 1927.

    >>> low, high = wilson_interval(3, 3)
    >>> round(float(low), 3), round(float(high), 3)
    (0.439, 1.0)
    """
    from scipy.stats import norm

    k, n = plain_array(part, "counts"), plain_array(whole, "counts")
    z2 = float(norm.ppf(0.5 + CONFIDENCE / 2)) ** 2
    safe = np.where(n > 0, n, 1.0)
    share = k / safe
    middle = (share + z2 / (2 * safe)) / (1 + z2 / safe)
    half = np.sqrt(z2 * (share * (1 - share) / safe + z2 / (4 * safe**2))) / (1 + z2 / safe)
    low = np.where((n > 0) & (k > 0), middle - half, 0.0)
    high = np.where((n > 0) & (k < n), middle + half, 1.0)
    return low, high


def jackknife_interval(
    statistic: Callable[[np.ndarray], np.ndarray], n: int, *, groups: int = 20, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95 % interval of statistics of n rows that resampling with replacement would distort.

    `statistic` takes positions of rows, (k,) int, and gives one value a statistic, (n_statistics,); it is asked once
    for all rows and once without each of `groups` random groups of them. Student's t with the jackknife's variance.
    Shao and Tu 1995, section 2.3 (grouped jackknife).
    """
    from scipy.stats import t

    parts = np.array_split(np.random.default_rng(seed).permutation(n), min(groups, n))
    without = np.stack([statistic(np.sort(np.delete(np.arange(n), part))) for part in parts])
    variance = (len(parts) - 1) / len(parts) * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    half = t.ppf(0.5 + CONFIDENCE / 2, max(1, len(parts) - 1)) * np.sqrt(variance)
    whole = statistic(np.arange(n))
    return whole - half, whole + half


def corrected_variance(values: Sequence[float] | np.ndarray, test_to_train: float, *, step: float = 0.0) -> float:
    """Variance of the mean of scores of J folds (or repeats) whose training parts overlap.

    (1/J + n_test/n_train) times the sample variance: plain 1/J forgets that two folds share most of their
    training rows, and finds differences where there are none. `test_to_train` is n_test/n_train of a fold. Scores
    that can change by `step` at least (1/n_test for a share of test rows) vary by step²/12 even where they fall on
    one value: two folds that agree by chance are no certainty.
    Nadeau and Bengio 2003, "Inference for the Generalization Error", equation 9.

    >>> round(corrected_variance([0.8, 0.9], 0.25), 6)  # (1/2 + 1/4) * 0.005
    0.00375
    """
    scores = plain_numbers(values, "scores")
    return float((1 / len(scores) + test_to_train) * max(scores.var(ddof=1), step**2 / 12))


def corrected_interval(
    values: Sequence[float] | np.ndarray, test_to_train: float, *, step: float = 0.0
) -> tuple[float, float]:
    """95 % interval of the mean of scores over folds: Student's t with `corrected_variance`.

    A single score has no interval: both ends are NaN. Nadeau and Bengio 2003.
    """
    from scipy.stats import t

    scores = plain_numbers(values, "scores")
    if len(scores) < 2:
        return float("nan"), float("nan")
    half = t.ppf(0.5 + CONFIDENCE / 2, len(scores) - 1) * np.sqrt(corrected_variance(scores, test_to_train, step=step))
    return float(scores.mean() - half), float(scores.mean() + half)


def two_source_interval(scores: Sequence[float] | np.ndarray, resampled: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of scores of several training sets, all on one test set.

    `scores` are (n_training_sets,), `resampled` (n_resamples,) that mean on resampled test sets. What the training set
    changes (Student's t over the scores) and what the test set does (the spread of the resamples) are independent and
    add up as squares; of a single training set only the latter is known.
    """
    from scipy.stats import norm, t

    values = plain_numbers(scores, "scores")
    half = norm.ppf(0.5 + CONFIDENCE / 2) * float(np.std(plain_array(resampled, "scores")))
    if len(values) > 1:
        of_training = t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
        half = float(np.hypot(half, of_training))
    return float(values.mean() - half), float(values.mean() + half)
