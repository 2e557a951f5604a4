"""Scores of predicted numbers: absolute and squared errors, R2, and correlation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.series import check_magnitudes, name_rows, plain_numbers


@dataclass(frozen=True)
class RegressionScores:
    """Errors in the unit of the target (`mse` in its square) over `n` rows.

    `r2` is None for fewer than two rows or a constant target, `pearson` and `spearman` are None
    where either side is constant: those figures do not exist there, they are not zero.
    """

    n: int
    mae: float
    mse: float
    rmse: float
    r2: float | None
    pearson: float | None
    spearman: float | None

    def metrics(self) -> dict[str, float | None]:
        """The headline figures by name."""
        return {
            "mae": self.mae,
            "mse": self.mse,
            "rmse": self.rmse,
            "r2": self.r2,
            "pearson": self.pearson,
            "spearman": self.spearman,
        }


def pearson(first: np.ndarray, second: np.ndarray) -> float | None:
    """Linear correlation of two (n,) arrays, None where one of them is constant.

    >>> round(pearson(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])), 9)
    1.0
    """
    first, second = plain_numbers(first, "numbers"), plain_numbers(second, "numbers")
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    first, second = first - first.mean(), second - second.mean()
    scale = np.sqrt(first @ first) * np.sqrt(second @ second)
    return float(np.clip(first @ second / scale, -1.0, 1.0)) if scale > 0 else None


def spearman(first: np.ndarray, second: np.ndarray) -> float | None:
    """Correlation of ranks (ties share their mean rank), None where one side is constant.

    >>> round(spearman(np.array([1.0, 2.0, 30.0]), np.array([5.0, 6.0, 7.0])), 9)
    1.0
    """
    from scipy.stats import rankdata

    return pearson(rankdata(plain_numbers(first, "numbers")), rankdata(plain_numbers(second, "numbers")))


def regression_scores(true: Sequence[float] | np.ndarray, predicted: Sequence[float] | np.ndarray) -> RegressionScores:
    """Score predicted numbers against true ones, both (n,); `DataError` without rows, on NaN or overflow.

    >>> regression_scores([1.0, 3.0], [1.0, 1.0]).rmse
    1.4142135623730951
    """
    truth, guess = plain_numbers(true, "true values"), plain_numbers(predicted, "predictions")
    if truth.shape != guess.shape:
        raise DataError(f"expected two arrays of one length, got shapes {truth.shape} and {guess.shape}")
    if not len(truth):
        raise DataError("no row to score; the corpus is empty")
    if not (np.isfinite(truth).all() and np.isfinite(guess).all()):
        rows = np.flatnonzero(~(np.isfinite(truth) & np.isfinite(guess))).tolist()
        raise DataError(f"expected finite numbers, got NaN or infinity in {name_rows(rows)}")
    check_magnitudes(truth, "true values")
    check_magnitudes(guess, "predictions")
    errors = guess - truth
    mse = float((errors**2).mean())
    spread = float(((truth - truth.mean()) ** 2).sum())
    return RegressionScores(
        n=len(truth),
        mae=float(np.abs(errors).mean()),
        mse=mse,
        rmse=float(np.sqrt(mse)),
        r2=1.0 - float((errors**2).sum()) / spread if np.ptp(truth) > 0 and spread > 0 else None,
        pearson=pearson(truth, guess),
        spearman=spearman(truth, guess),
    )
