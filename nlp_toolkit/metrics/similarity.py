"""Semantic similarity: how well cosines of pairs of texts agree with people's scores of the same pairs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.metrics.intervals import percentile_interval
from nlp_toolkit.metrics.regression import pearson, spearman
from nlp_toolkit.metrics.resampling import resampled_scores, score_terms
from nlp_toolkit.protocols import Matrix
from nlp_toolkit.series import plain_numbers

FEWEST = 3


@dataclass(frozen=True)
class SimilarityScores:
    """Pearson's and Spearman's correlation of similarities with people's scores of `n` pairs, each with its interval.

    Intervals resample the pairs, 95 %; ranks are those among all pairs.
    """

    n: int
    pearson: float
    pearson_low: float
    pearson_high: float
    spearman: float
    spearman_low: float
    spearman_high: float

    def to_json(self) -> dict[str, Any]:
        """Every field under its name, ready for `json.dumps`."""
        return asdict(self)


def row_cosines(first: Matrix, second: Matrix) -> np.ndarray:
    """Cosine of row i of `first` and row i of `second`, both (n, n_features), dense or sparse: (n,) float64.

    A row without any value has cosine 0 with everything.

    >>> row_cosines(np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[4.0, 3.0], [1.0, 0.0]])).tolist()
    [0.96, 0.0]
    """
    if first.shape != second.shape:
        raise UsageError(f"expected rows of one shape on both sides, got {first.shape} and {second.shape}")
    products = _products(first, second)
    lengths = np.sqrt(_products(first, first)) * np.sqrt(_products(second, second))
    return np.asarray(np.divide(products, lengths, out=np.zeros(len(products)), where=lengths > 0))


def similarity_scores(
    scores: Sequence[float] | np.ndarray, similarities: Sequence[float] | np.ndarray, *, seed: int = 0
) -> SimilarityScores:
    """Correlate the similarities of a model, (n,), with people's scores of the same pairs, (n,).

    `DataError` for fewer than three pairs, and where either side is constant: no correlation exists there.
    Agirre et al. 2012 (SemEval); Reimers et al. 2016 on why Spearman's is the one to look at.

    >>> found = similarity_scores([0.0, 2.5, 5.0, 4.0], [0.1, 0.4, 0.7, 0.9])
    >>> round(found.pearson, 4), round(found.spearman, 4)
    (0.9033, 0.8)
    """
    truth, guess = plain_numbers(scores, "scores"), plain_numbers(similarities, "similarities")
    if truth.shape != guess.shape:
        raise UsageError(f"expected as many similarities as scores, got shapes {guess.shape} and {truth.shape}")
    if len(truth) < FEWEST:
        raise DataError(f"expected {FEWEST} pairs or more to correlate, got {len(truth)}")
    if not (np.isfinite(truth).all() and np.isfinite(guess).all()):
        raise DataError("expected finite scores and similarities, got NaN or infinity; check the score column")
    found = {"pearson": pearson(truth, guess), "spearman": spearman(truth, guess)}
    if found["pearson"] is None or found["spearman"] is None:
        side = "scores" if np.ptp(truth) == 0 else "similarities"
        raise DataError(f"the {side} of all {len(truth)} pairs are equal, so there is nothing to correlate")
    terms = [score_terms(name, "regression", truth.tolist(), guess.tolist(), ()) for name in found]
    low, high = percentile_interval(resampled_scores(terms, seed=seed).T)
    return SimilarityScores(
        n=len(truth),
        pearson=found["pearson"],
        pearson_low=float(low[0]),
        pearson_high=float(high[0]),
        spearman=found["spearman"],
        spearman_low=float(low[1]),
        spearman_high=float(high[1]),
    )


def _products(first: Matrix, second: Matrix) -> np.ndarray:
    """(n,) scalar products of the rows of both sides."""
    if isinstance(first, np.ndarray):
        return np.asarray(np.einsum("ij,ij->i", first, second, dtype=np.float64))
    return np.asarray(first.multiply(second).sum(axis=1), dtype=np.float64).ravel()
