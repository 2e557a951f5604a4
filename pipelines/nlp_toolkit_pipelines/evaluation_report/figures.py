"""Metrics with their intervals: shares by Wilson's, everything else by resampling rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.metrics import classification_scores, multilabel_scores, regression_scores
from nlp_toolkit.metrics.classification import confusion_matrix
from nlp_toolkit.metrics.intervals import percentile_interval, wilson_interval
from nlp_toolkit.metrics.multilabel import indicator
from nlp_toolkit.metrics.resampling import (
    ScoreTerms,
    mean_terms,
    resampled_metrics,
    resampled_scores,
    score_terms,
)
from nlp_toolkit_pipelines.evaluation_report.results import ClassFigures, ConfusionShares, Figure, Figures
from nlp_toolkit_pipelines.evaluation_report.scored import ScoredRows

MEAN_ERROR = "mean_error"
SPREAD = "spread"
OF_SLICES = {
    "classification": ("accuracy", "macro_f1"),
    "pair-classification": ("accuracy", "macro_f1"),
    "multilabel": ("accuracy", "micro_f1"),
    "regression": ("mae", MEAN_ERROR),
    "pair-regression": ("mae", MEAN_ERROR),
}
_RESAMPLED = "2,000 resampled test sets"
_SHARES = f"Wilson's interval for accuracy, precision, recall and F1 of a class; {_RESAMPLED} for the other metrics"


def how_intervals(*, numeric: bool) -> str:
    """How the intervals of a report are made, in words."""
    return _RESAMPLED if numeric else _SHARES


def metrics_of(rows: ScoredRows) -> Mapping[str, float | None]:
    """The headline metrics of rows, as `evaluate` has them."""
    if rows.numeric:
        return regression_scores(rows.true, rows.predicted).metrics()
    score = multilabel_scores if rows.task == "multilabel" else classification_scores
    return score(rows.true, rows.predicted, rows.labels, rows.probabilities).metrics()


def figures_of(rows: ScoredRows, names: Sequence[str] | None = None, *, seed: int = 0) -> Figures:
    """Metrics of rows with their intervals: all headline metrics, or those named.

    A share of rows, such as accuracy, has Wilson's interval, which stays honest where every row is right.
    """
    values = dict(metrics_of(rows))
    if rows.numeric:
        gaps = rows.gaps()
        values |= {MEAN_ERROR: float(gaps.mean()), SPREAD: float(gaps.std())}
    wanted = [name for name in (names or metrics_of(rows)) if values[name] is not None]
    terms = {name: found for name in wanted if (found := _terms(rows, name)) is not None}
    ends = {}
    if terms:
        low, high = percentile_interval(resampled_scores(list(terms.values()), seed=seed).T)
        ends = {name: (float(low[at]), float(high[at])) for at, name in enumerate(terms)}
    if "accuracy" in wanted:
        lowest, highest = wilson_interval(int(rows.right().sum()), len(rows))
        ends["accuracy"] = (float(lowest), float(highest))
    return {name: Figure(values[name], *ends.get(name, (None, None))) for name in names or metrics_of(rows)}


def class_figures(rows: ScoredRows) -> tuple[ClassFigures, ...]:
    """Precision, recall and F1 of each label in the model's order; none for numbers.

    All three are shares of rows: F1 = 2s / (1 + s) for the share s of rows that are of the class and called so, among
    those that are either (Hand et al. 2021), so its interval is that of s carried over.
    """
    if rows.numeric:
        return ()
    if rows.task == "multilabel":
        truth, guess = indicator(rows.true, rows.labels), indicator(rows.predicted, rows.labels)
        right, support, predicted = (truth & guess).sum(axis=0), truth.sum(axis=0), guess.sum(axis=0)
    else:
        confusion = confusion_matrix(*rows.codes(), len(rows.labels))
        right, support, predicted = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    either = support + predicted - right
    precision, recall, shared = (_shares(right, whole) for whole in (predicted, support, either))
    f1 = [Figure(*(None if end is None else 2 * end / (1 + end) for end in ends)) for ends in shared]
    return tuple(
        ClassFigures(
            str(label), int(support[at]), int(predicted[at]), Figure(*precision[at]), Figure(*recall[at]), f1[at]
        )
        for at, label in enumerate(rows.labels)
    )


def confusion_shares(rows: ScoredRows) -> ConfusionShares | None:
    """Shares of the true classes with their ends; None for numbers, and for several labels a row."""
    if rows.numeric or rows.task == "multilabel":
        return None
    counts = confusion_matrix(*rows.codes(), len(rows.labels))
    lines = [_shares(line, np.full(len(line), line.sum())) for line in counts]
    shares, low, high = (tuple(tuple(cell[at] for cell in line) for line in lines) for at in range(3))
    return ConfusionShares(shares, low, high)


def baseline_of(rows: ScoredRows, *, seed: int = 0) -> Figures:
    """What always giving one answer would score on these rows: the most frequent label or set, or the median.

    It is chosen on the very rows it is scored on, so it is as good as a constant answer can be.
    """
    names: tuple[str, ...] = OF_SLICES[rows.task]
    if rows.numeric:
        constant: Any = float(np.median(rows.true))
        names = ("mae",)
    else:
        counted: dict[Any, int] = {}
        for value in rows.true:
            key = tuple(sorted(value)) if isinstance(value, list) else value
            counted[key] = counted.get(key, 0) + 1
        constant = max(counted, key=lambda key: counted[key])
        constant = list(constant) if isinstance(constant, tuple) else constant
    always = ScoredRows(rows.task, rows.labels, rows.positions, rows.texts, rows.true, [constant] * len(rows), None)
    return figures_of(always, names, seed=seed)


def _shares(part: np.ndarray, whole: np.ndarray) -> list[tuple[float | None, float | None, float | None]]:
    low, high = wilson_interval(part, whole)
    return [
        (float(part[at] / n), float(low[at]), float(high[at])) if n else (None, None, None)
        for at, n in enumerate(whole.tolist())
    ]


def _terms(rows: ScoredRows, name: str) -> ScoreTerms | None:
    """The metric as sums over rows; None for one that has an interval of its own, or cannot be resampled."""
    if name == "accuracy":
        return None
    if name == MEAN_ERROR:
        return mean_terms(rows.gaps())
    if name == SPREAD:
        return _spread_terms(rows.gaps())
    if name == "log_loss":
        return None if rows.probabilities is None else mean_terms(_log_losses(rows, rows.probabilities))
    if name not in resampled_metrics(rows.task):
        return None
    return score_terms(name, rows.task, rows.true, rows.predicted, rows.labels)


def _spread_terms(gaps: np.ndarray) -> ScoreTerms:
    """The standard deviation of numbers, which the mean of all taken away makes exact for large and close ones."""
    centred = gaps - gaps.mean()
    terms = sp.csr_matrix(np.stack([centred, centred**2], axis=1))
    return ScoreTerms(terms, lambda sums, n: np.sqrt(np.clip(sums[:, 1] / n - (sums[:, 0] / n) ** 2, 0.0, None)))


def _log_losses(rows: ScoredRows, probabilities: np.ndarray) -> np.ndarray:
    """What each row adds to the mean log loss, clipped as `classification_scores` and `multilabel_scores` do."""
    epsilon = np.finfo(np.float64).eps
    p = np.asarray(probabilities, dtype=np.float64)
    if rows.task == "multilabel":
        clipped = np.clip(p, epsilon, 1 - epsilon)
        has = indicator(rows.true, rows.labels) > 0
        return np.asarray(-np.where(has, np.log(clipped), np.log1p(-clipped)).mean(axis=1))
    return np.asarray(-np.log(np.clip(p[np.arange(len(p)), rows.codes()[0]], epsilon, 1.0)))
