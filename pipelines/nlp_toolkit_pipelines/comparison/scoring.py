"""From finished cells to scores with intervals and to tests between every two recipes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.intervals import corrected_interval, percentile_interval
from nlp_toolkit.metrics.paired import PairedDifference, bootstrap_difference, corrected_t_test, holm, mcnemar_test
from nlp_toolkit.metrics.resampling import ScoreTerms, resampled_scores, score_terms
from nlp_toolkit_pipelines.comparison.cells import Cell
from nlp_toolkit_pipelines.comparison.results import PairResult
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.splits import Split

LOWER_IS_BETTER = frozenset({"log_loss", "hamming_loss", "rmse", "mae", "mse"})
DEFAULT_METRIC = {
    "classification": "accuracy",
    "pair-classification": "accuracy",
    "multilabel": "macro_f1",
    "regression": "r2",
    "pair-regression": "spearman",
}
_NO_LIMIT = float("inf")
_LIMITS = {"pearson": (-1.0, 1.0), "spearman": (-1.0, 1.0), "r2": (-_NO_LIMIT, 1.0)}
_LIMITS |= dict.fromkeys(("rmse", "mae", "mse"), (0.0, _NO_LIMIT))
ALPHA = 0.05
NOT_SHOWN = "no difference shown"
CORRECTED_T = "corrected resampled t-test (Nadeau and Bengio 2003)"
BOOTSTRAP = "paired bootstrap over test rows"
MCNEMAR = "exact McNemar test; interval by paired bootstrap"


@dataclass(frozen=True)
class Scored:
    """A recipe's scores: one a split, their mean, and its 95 % interval."""

    name: str
    score: float
    low: float
    high: float
    per_split: tuple[float, ...]


def direction(metric: str) -> int:
    """1 where a larger value of the metric is better, -1 where a smaller one is."""
    return -1 if metric in LOWER_IS_BETTER else 1


def within_limits(ends: tuple[float, float], metric: str) -> tuple[float, float]:
    """An interval without what no score can be: Student's t knows of no limits, an accuracy ends at 1.

    >>> within_limits((0.5, 1.1), "accuracy"), within_limits((-0.2, 3.0), "rmse")
    ((0.5, 1.0), (0.0, 3.0))
    """
    low, high = np.clip(ends, *_limits(metric)).tolist()
    return low, high


def difference_within_limits(found: PairedDifference, metric: str) -> PairedDifference:
    """A difference whose interval ends where that of two scores does.

    >>> found = difference_within_limits(PairedDifference(0.5, -0.3, 1.3, 0.1), "accuracy")
    >>> found.low, found.high
    (-0.3, 1.0)
    """
    lowest, highest = _limits(metric)
    low, high = np.clip([found.low, found.high], lowest - highest, highest - lowest).tolist()
    return replace(found, low=low, high=high)


def _limits(metric: str) -> tuple[float, float]:
    return _LIMITS.get(metric, (0.0, 1.0))


def fold_ratio(splits: Sequence[Split]) -> float:
    """n_test / n_train of a fold, on average."""
    return float(np.mean([len(split.test) / len(split.train) for split in splits]))


def score_step(splits: Sequence[Split], metric: str) -> float:
    """The least that a fold's score can change by: one test row of it for shares of rows, nothing for numbers."""
    return 0.0 if metric in _LIMITS else 1 / float(np.mean([len(split.test) for split in splits]))


def value_of(cell: Cell, metric: str) -> float:
    """The metric of a cell; `DataError` where it does not exist, as a correlation with what never changes."""
    value = cell.metrics[metric]
    if value is None:
        raise DataError(f"{metric} does not exist on {cell.split}: the labels or the predictions there are all equal")
    return value


def terms_of(rows: ComparedRows, cell: Cell, test: np.ndarray, metric: str) -> ScoreTerms:
    """The score of a cell in a form that can be resampled."""
    true = [rows.values[row] for row in test.tolist()]
    return score_terms(metric, rows.task, true, cell.predicted, rows.labels)


def scores_over_folds(cells: Mapping[str, Sequence[Cell]], splits: Sequence[Split], metric: str) -> list[Scored]:
    """Means over folds with Nadeau and Bengio's interval."""
    ratio, step = fold_ratio(splits), score_step(splits, metric)
    found = []
    for name, of_recipe in cells.items():
        values = [value_of(cell, metric) for cell in of_recipe]
        low, high = within_limits(corrected_interval(values, ratio, step=step), metric)
        found.append(Scored(name, float(np.mean(values)), low, high, tuple(values)))
    return found


def pairs_over_folds(scored: Sequence[Scored], splits: Sequence[Split], metric: str) -> list[PairResult]:
    """Every pair by the corrected t-test, the better one first."""
    ratio, step = fold_ratio(splits), score_step(splits, metric)
    tested = []
    for one, other in combinations(best_first(scored, metric), 2):
        found = corrected_t_test(one.per_split, other.per_split, ratio, step=step)
        tested.append((one, other, difference_within_limits(found, metric)))
    return _verdicts(tested, [CORRECTED_T] * len(tested), metric)


def scores_on_test(
    cells: Mapping[str, Cell], rows: ComparedRows, split: Split, metric: str, seed: int
) -> tuple[list[Scored], list[PairResult]]:
    """Scores on one test file with bootstrap intervals, and every pair by the same resampled rows, the better first."""
    terms = [terms_of(rows, cell, split.test, metric) for cell in cells.values()]
    resampled = dict(zip(cells, resampled_scores(terms, seed=seed), strict=True))
    scored = []
    for name, each in zip(cells, terms, strict=True):
        low, high = percentile_interval(resampled[name])
        value = each.value()
        scored.append(Scored(name, value, float(low), float(high), (value,)))
    right = _right(cells, rows, split) if metric == "accuracy" else None
    tested, tests = [], []
    for one, other in combinations(best_first(scored, metric), 2):
        found = bootstrap_difference(one.score - other.score, resampled[one.name], resampled[other.name])
        if right is not None:
            p = mcnemar_test(right[one.name], right[other.name])
            found = PairedDifference(found.difference, found.low, found.high, p)
        tested.append((one, other, found))
        tests.append(BOOTSTRAP if right is None else MCNEMAR)
    return scored, _verdicts(tested, tests, metric)


def best_first(scored: Sequence[Scored], metric: str) -> list[Scored]:
    """Sorted by score, equal ones by name."""
    return sorted(scored, key=lambda each: (-direction(metric) * each.score, each.name))


def _right(cells: Mapping[str, Cell], rows: ComparedRows, split: Split) -> dict[str, np.ndarray]:
    true = [_comparable(rows.values[row]) for row in split.test.tolist()]
    return {
        name: np.array([_comparable(value) == truth for value, truth in zip(cell.predicted, true, strict=True)])
        for name, cell in cells.items()
    }


def _comparable(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def _verdicts(
    tested: Sequence[tuple[Scored, Scored, PairedDifference]], tests: Sequence[str], metric: str
) -> list[PairResult]:
    adjusted = holm([found.p for _, _, found in tested])
    return [
        PairResult(
            a=one.name,
            b=other.name,
            difference=found.difference,
            low=found.low,
            high=found.high,
            p=found.p,
            p_adjusted=p,
            test=test,
            verdict=_verdict(found.difference * direction(metric), p),
        )
        for (one, other, found), p, test in zip(tested, adjusted, tests, strict=True)
    ]


def _verdict(gain: float, p: float) -> str:
    if p > ALPHA or gain == 0:
        return NOT_SHOWN
    return "a better" if gain > 0 else "b better"
