"""Scores as functions of sums over rows, so that thousands of resampled test sets cost one matrix product."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.errors import UsageError
from nlp_toolkit.metrics.classification import label_codes
from nlp_toolkit.metrics.intervals import RESAMPLES
from nlp_toolkit.metrics.multilabel import indicator
from nlp_toolkit.series import plain_list, present_numbers

_CELLS_AT_ONCE = 8_000_000  # of the counts matrix: 64 MB

Sums = np.ndarray
"""(n_resamples, n_terms) sums of the terms over the rows of each resampled test set."""


@dataclass(frozen=True)
class ScoreTerms:
    """A score of n rows: `terms` is sparse (n, n_terms), `score` turns sums of them and n into scores."""

    terms: sp.csr_matrix
    score: Callable[[Sums, int], np.ndarray]

    def value(self) -> float:
        """The score over all rows as they are."""
        n = self.terms.shape[0]
        return float(self.score(np.asarray(self.terms.sum(axis=0)).reshape(1, -1), n)[0])


def score_terms(
    metric: str, task: str, true: Sequence[Any], predicted: Sequence[Any], labels: Sequence[Any]
) -> ScoreTerms:
    """The terms of `metric` for these predictions; `UsageError` lists the metrics that have some.

    `true` must hold known labels only. Ranks (spearman) are those among all rows, in every resample.
    """
    known = resampled_metrics(task)
    if metric not in known:
        raise UsageError(f"metric {metric!r} cannot be resampled for {task}; known: {', '.join(known)}")
    if task.endswith("regression"):
        return _regression_terms(
            metric, present_numbers(true, "true values"), present_numbers(predicted, "predictions")
        )
    labels = plain_list(labels, "labels")
    if task == "multilabel":
        return _multilabel_terms(metric, indicator(true, labels), indicator(predicted, labels))
    return _class_terms(metric, label_codes(true, labels), label_codes(predicted, labels), len(labels))


def mean_terms(values: np.ndarray) -> ScoreTerms:
    """A score that is the mean of one value a row, `values` (n,).

    >>> mean_terms(np.array([1.0, 2.0, 6.0])).value()
    3.0
    """
    column = present_numbers(values, "values").reshape(-1, 1)
    return ScoreTerms(sp.csr_matrix(column), lambda sums, n: sums[:, 0] / n)


def resampled_metrics(task: str) -> list[str]:
    """Names of the metrics `score_terms` knows for a task."""
    if task.endswith("regression"):
        return list(_OF_NUMBERS)
    return list(_OF_LABEL_SETS if task == "multilabel" else _OF_CLASSES)


def resampled_scores(scores: Sequence[ScoreTerms], *, seed: int = 0, resamples: int = RESAMPLES) -> np.ndarray:
    """Each score on the same resampled test sets, rows drawn with replacement: (len(scores), resamples) float64.

    All scores must be of the same rows, in the same order.
    """
    random = np.random.default_rng(seed)
    n = scores[0].terms.shape[0]
    found = np.empty((len(scores), resamples))
    step = max(1, _CELLS_AT_ONCE // n)
    transposed = [each.terms.T.tocsr() for each in scores]
    for start in range(0, resamples, step):
        stop = min(start + step, resamples)
        counts = np.stack([np.bincount(random.integers(0, n, n), minlength=n) for _ in range(start, stop)])
        drawn = np.ascontiguousarray(counts.T.astype(np.float64))
        for place, each in enumerate(scores):
            found[place, start:stop] = each.score(np.asarray(transposed[place] @ drawn).T, n)
    return found


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Elementwise part / whole, 0 where whole is 0."""
    quotient: np.ndarray = np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)
    return quotient


def _mean_where(values: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Row means of `values` over the columns where `counted`, 0 for a row without any."""
    return _over(np.where(counted, values, 0.0).sum(axis=1), counted.sum(axis=1))


# Every function of (right, support, guessed), each (n_resamples, n_classes), and n rows.
_OF_CLASSES: Mapping[str, Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]] = {
    "accuracy": lambda right, support, guessed, n: right.sum(axis=1) / n,
    "balanced_accuracy": lambda right, support, guessed, n: _mean_where(_over(right, support), support > 0),
    "macro_f1": lambda right, support, guessed, n: _mean_where(
        _over(2 * right, support + guessed), support + guessed > 0
    ),
    "macro_precision": lambda right, support, guessed, n: _mean_where(_over(right, guessed), support + guessed > 0),
    "macro_recall": lambda right, support, guessed, n: _mean_where(_over(right, support), support + guessed > 0),
}


def _class_terms(metric: str, true: np.ndarray, predicted: np.ndarray, n_classes: int) -> ScoreTerms:
    n = len(true)
    right = true == predicted
    rows = np.concatenate([np.flatnonzero(right), np.arange(n), np.arange(n)])
    columns = np.concatenate([true[right], n_classes + true, 2 * n_classes + predicted])
    terms = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(n, 3 * n_classes))
    of_classes, k = _OF_CLASSES[metric], n_classes
    return ScoreTerms(terms, lambda sums, n: of_classes(sums[:, :k], sums[:, k : 2 * k], sums[:, 2 * k :], n))


# Functions of (right, support, guessed) by label, the rows with exactly the right set, and n rows.
_OF_LABEL_SETS: Mapping[str, Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]] = {
    "accuracy": lambda right, support, guessed, exact, n: exact[:, 0] / n,
    "balanced_accuracy": lambda right, support, guessed, exact, n: _balanced(right, support, guessed, n),
    "macro_f1": lambda right, support, guessed, exact, n: _mean_where(
        _over(2 * right, support + guessed), support + guessed > 0
    ),
    "micro_f1": lambda right, support, guessed, exact, n: _over(2 * right.sum(axis=1), (support + guessed).sum(axis=1)),
    "hamming_loss": lambda right, support, guessed, exact, n: (
        (support + guessed - 2 * right).sum(axis=1) / (n * right.shape[1])
    ),
}


def _balanced(right: np.ndarray, support: np.ndarray, guessed: np.ndarray, n: int) -> np.ndarray:
    """Mean over the labels that occur of (recall + specificity) / 2; a label of every row has its recall alone."""
    recall, absent = _over(right, support), n - support
    specificity = _over(absent - guessed + right, absent)
    return _mean_where(np.where(absent > 0, (recall + specificity) / 2, recall), support > 0)


def _multilabel_terms(metric: str, true: np.ndarray, predicted: np.ndarray) -> ScoreTerms:
    exact = (true == predicted).all(axis=1)[:, None]
    terms = sp.csr_matrix(np.hstack([true & predicted, true, predicted, exact]).astype(np.float64))
    of_sets, k = _OF_LABEL_SETS[metric], true.shape[1]
    return ScoreTerms(
        terms, lambda sums, n: of_sets(sums[:, :k], sums[:, k : 2 * k], sums[:, 2 * k : 3 * k], sums[:, 3 * k :], n)
    )


def _correlation(sums: Sums, n: int) -> np.ndarray:
    """Pearson's correlation from sums of x, y, xx, yy, xy; 0 where a side is constant."""
    x, y, xx, yy, xy = sums.T
    spread = np.clip(n * xx - x * x, 0, None) * np.clip(n * yy - y * y, 0, None)
    return np.asarray(np.clip(_over(n * xy - x * y, np.sqrt(spread)), -1.0, 1.0))


def _r2(sums: Sums, n: int) -> np.ndarray:
    """1 - squared errors / spread, from sums of y, yy and squared errors; 0 where y is constant."""
    y, yy, squared = sums.T
    spread = yy - y * y / n
    return np.asarray(np.where(spread > 0, 1.0 - _over(squared, spread), 0.0))


# Metric -> (terms of truth and guess, score of their sums).
_OF_NUMBERS: Mapping[
    str, tuple[Callable[[np.ndarray, np.ndarray], list[np.ndarray]], Callable[[Sums, int], np.ndarray]]
] = {
    "r2": (lambda y, guess: [y - y.mean(), (y - y.mean()) ** 2, (guess - y) ** 2], _r2),
    "rmse": (lambda y, guess: [(guess - y) ** 2], lambda sums, n: np.sqrt(sums[:, 0] / n)),
    "mae": (lambda y, guess: [np.abs(guess - y)], lambda sums, n: sums[:, 0] / n),
    "mse": (lambda y, guess: [(guess - y) ** 2], lambda sums, n: sums[:, 0] / n),
    "pearson": (lambda y, guess: _moments(y, guess), _correlation),
    "spearman": (lambda y, guess: _moments(_ranks(y), _ranks(guess)), _correlation),
}


def _moments(x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    x, y = x - x.mean(), y - y.mean()  # sums of squares of large, close numbers would cancel
    return [x, y, x * x, y * y, x * y]


def _ranks(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values))


def _regression_terms(metric: str, true: np.ndarray, predicted: np.ndarray) -> ScoreTerms:
    terms, score = _OF_NUMBERS[metric]
    return ScoreTerms(sp.csr_matrix(np.stack(terms(true, predicted), axis=1)), score)
