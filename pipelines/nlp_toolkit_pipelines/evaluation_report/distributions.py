"""Labels observed beside labels predicted, every figure with its interval."""

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.metrics.distribution import (
    cross_entropy,
    entropy,
    jensen_shannon,
    kl_divergence,
    label_distributions,
)
from nlp_toolkit.metrics.intervals import CONFIDENCE, percentile_interval, wilson_interval
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
    ends_of_shares = _ends_of_set_shares if several else _ends_of_shares
    ends: dict[str, Any] = {
        name: [[float(low), float(high)] for low, high in ends_of_shares(side, seed)]
        for name, side in zip(("observed", "predicted"), counts, strict=True)
    }
    return Distributions(found, ends | _intervals(counts[0], counts[1], seed))


def _ends_of_shares(counts: np.ndarray, seed: int) -> np.ndarray:
    """Wilson's ends (n_labels, 2) for the shares of labels of which every row has one; nothing is drawn."""
    return np.stack(wilson_interval(counts.sum(axis=0), counts.sum()), axis=1)


def _ends_of_set_shares(counts: np.ndarray, seed: int) -> np.ndarray:
    """Ends (n_labels, 2) for shares of all labels, where a row has several: percentiles of rows drawn anew.

    Labels of one row come and go together. A label that no row has, or that is all there is, has the same share in
    every draw: it gets Wilson's ends for so many rows.
    """
    each = counts.sum(axis=1)
    terms = [
        ScoreTerms(sp.csr_matrix(np.stack([column, each], axis=1).astype(np.float64)), _share_of_labels)
        for column in counts.T
    ]
    drawn = np.stack(percentile_interval(resampled_scores(terms, seed=seed).T), axis=1)
    by_rows = np.stack(wilson_interval(counts.sum(axis=0), counts.any(axis=1).sum()), axis=1)
    sure = np.isin(counts.sum(axis=0), (0, counts.sum()))
    return np.where(sure[:, None], by_rows, drawn)


def _share_of_labels(sums: np.ndarray, n: int) -> np.ndarray:
    """Share of one label among all labels, from both sums; 0 in a resample without labels."""
    return np.asarray(np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0))


def _intervals(observed: np.ndarray, predicted: np.ndarray, seed: int) -> dict[str, Any]:
    """Ends by name of entropies and divergences: percentiles of resampled rows.

    An end is None where it is infinite: a label that occurs is not predicted in so many of the resamples.
    """
    together = sp.csr_matrix(np.hstack([observed, predicted]).astype(np.float64))
    k = observed.shape[1]
    scores: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
        "observed_entropy": lambda p, q: entropy(p),
        "predicted_entropy": lambda p, q: entropy(q),
        "cross_entropy": cross_entropy,
        "kl": kl_divergence,
        "jensen_shannon": jensen_shannon,
    }
    terms = [_terms(together, k, score) for score in scores.values()]
    resampled = resampled_scores(terms, seed=seed)
    return {name: _ends(values, term.value()) for name, values, term in zip(scores, resampled, terms, strict=True)}


def _ends(resampled: np.ndarray, value: float) -> list[float | None]:
    """The middle 95 %, and the figure itself: rows drawn anew only add to a divergence, and few take from an entropy.

    Ends are resamples themselves, as there is nothing between a number and infinity.
    """
    ordered = np.sort(resampled)
    beyond = (len(ordered) - 1) * (1 - CONFIDENCE) / 2
    ends = min(ordered[int(beyond)], value), max(ordered[-1 - int(beyond)], value)
    return [float(end) if np.isfinite(end) else None for end in ends]


def _terms(together: sp.csr_matrix, k: int, score: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> ScoreTerms:
    def of(sums: np.ndarray, n: int) -> np.ndarray:
        return score(_shares(sums[:, :k]), _shares(sums[:, k:]))

    return ScoreTerms(together, of)


def _shares(counts: np.ndarray) -> np.ndarray:
    """Rows that sum to 1; a resample without any label (few rows of label sets) is taken as even."""
    totals = counts.sum(axis=1, keepdims=True)
    even = np.full_like(counts, 1 / counts.shape[1])
    return np.asarray(np.divide(counts, totals, out=even, where=totals > 0))
