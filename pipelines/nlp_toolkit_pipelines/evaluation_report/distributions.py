"""Labels observed beside labels predicted, every figure with its interval."""

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.metrics.distribution import entropy, jensen_shannon, label_distributions
from nlp_toolkit.metrics.intervals import percentile_interval, wilson_interval
from nlp_toolkit.metrics.multilabel import indicator
from nlp_toolkit.metrics.resampling import ScoreTerms, resampled_scores
from nlp_toolkit_pipelines.evaluation_report.results import Distributions
from nlp_toolkit_pipelines.evaluation_report.scored import ScoredRows


def distributions_of(rows: ScoredRows, *, seed: int = 0) -> Distributions | None:
    """Compare how often labels occur and how often they are predicted; None for numbers, and where there are none."""
    if rows.numeric:
        return None
    several = rows.task == "multilabel"
    observed, predicted = (
        list(chain.from_iterable(side)) if several else list(side) for side in (rows.true, rows.predicted)
    )
    if not observed or not predicted:
        return None
    found = label_distributions(observed, predicted, rows.labels)
    sets = [side if several else [[one] for one in side] for side in (rows.true, rows.predicted)]
    counts = [indicator(side, rows.labels) for side in sets]
    return Distributions(found, _intervals(counts[0], counts[1], seed))


def _intervals(observed: np.ndarray, predicted: np.ndarray, seed: int) -> dict[str, Any]:
    """Ends by name: Wilson's for the shares, resampled rows for entropies and the divergence."""
    ends: dict[str, Any] = {}
    for name, side in (("observed", observed), ("predicted", predicted)):
        low, high = wilson_interval(side.sum(axis=0), side.sum())
        ends[name] = [[float(one), float(other)] for one, other in zip(low, high, strict=True)]
    together = sp.csr_matrix(np.hstack([observed, predicted]).astype(np.float64))
    k = observed.shape[1]
    scores: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
        "observed_entropy": lambda p, q: entropy(p),
        "predicted_entropy": lambda p, q: entropy(q),
        "jensen_shannon": jensen_shannon,
    }
    terms = [_terms(together, k, score) for score in scores.values()]
    low, high = percentile_interval(resampled_scores(terms, seed=seed).T)
    return ends | {name: [float(low[at]), float(high[at])] for at, name in enumerate(scores)}


def _terms(together: sp.csr_matrix, k: int, score: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> ScoreTerms:
    def of(sums: np.ndarray, n: int) -> np.ndarray:
        return score(_shares(sums[:, :k]), _shares(sums[:, k:]))

    return ScoreTerms(together, of)


def _shares(counts: np.ndarray) -> np.ndarray:
    """Rows that sum to 1; a resample without any label (few rows of label sets) is taken as even."""
    totals = counts.sum(axis=1, keepdims=True)
    even = np.full_like(counts, 1 / counts.shape[1])
    return np.asarray(np.divide(counts, totals, out=even, where=totals > 0))
