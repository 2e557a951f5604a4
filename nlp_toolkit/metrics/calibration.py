"""Calibration: whether what a model says with a probability of 0.8 is right in 8 of 10 cases."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.metrics.classification import code_array
from nlp_toolkit.metrics.intervals import CONFIDENCE, percentile_interval, wilson_interval
from nlp_toolkit.metrics.resampling import ScoreTerms, mean_terms, resampled_scores
from nlp_toolkit.series import plain_array, present_numbers

BINS = 10
_DRAWS = 200


@dataclass(frozen=True)
class ReliabilityBin:
    """The decisions whose probability is above `low` and up to `high`; the first bin holds 0 as well.

    `probability` is their mean probability, with Student's interval inside the bin (all of it for a single decision),
    `share` the share of them that came true, with Wilson's; all six are None in an empty bin. In the rows of a
    multi-label model decisions of one row hang together, which makes the intervals of a bin too short.
    """

    low: float
    high: float
    n: int
    probability: float | None
    probability_low: float | None
    probability_high: float | None
    share: float | None
    share_low: float | None
    share_high: float | None


@dataclass(frozen=True)
class Calibration:
    """How far the probabilities of `n` decisions can be taken at their word.

    `ece` is the expected calibration error over `bins`. With few rows it is above 0 even for a perfect model:
    `ece_by_chance` is what a model would show on average whose probabilities are exactly right, its ends the middle
    95 % of what such a model would show. `brier` is the mean squared error of the probabilities. The other intervals
    are by resampling rows, 95 %.
    """

    n: int
    ece: float
    ece_low: float
    ece_high: float
    ece_by_chance: float
    ece_by_chance_low: float
    ece_by_chance_high: float
    brier: float
    brier_low: float
    brier_high: float
    bins: tuple[ReliabilityBin, ...]

    def to_json(self) -> dict[str, Any]:
        """Every field under its name, ready for `json.dumps`."""
        return asdict(self)


def bin_of(probabilities: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The bin of each probability, from 0, of `bins` equal ones; one on an edge belongs to the bin below it.

    >>> bin_of(np.array([0.0, 0.1, 0.11, 1.0])).tolist()
    [0, 0, 1, 9]
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    return np.asarray(np.searchsorted(edges[1:-1], plain_array(probabilities, "probabilities"), side="left"))


def reliability(probabilities: np.ndarray, came_true: np.ndarray, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """The reliability curve of decisions: probabilities (n,) against whether they came true, (n,) of 0/1.

    DeGroot and Fienberg 1983; equal bins as in scikit-learn's `calibration_curve`.

    >>> low, high = reliability(np.array([0.2, 0.4, 0.9]), np.array([0, 1, 1]), bins=2)
    >>> (low.n, round(low.probability, 3), low.share), (high.n, high.share)
    ((2, 0.3, 0.5), (1, 1.0))
    """
    p, outcome = _decisions(probabilities, came_true)
    place = bin_of(p, bins)
    counts = np.bincount(place, minlength=bins)
    sums, hits = (np.bincount(place, weights=values, minlength=bins) for values in (p, outcome))
    low, high = wilson_interval(hits, counts)
    edges = np.linspace(0.0, 1.0, bins + 1)
    means = np.divide(sums, counts, out=np.zeros(bins), where=counts > 0)
    half = _half_widths(p - means[place], place, counts)
    inside = np.clip([means - half, means + half], edges[:-1], edges[1:])
    figures = np.stack([means, *inside, hits / np.maximum(counts, 1), low, high], axis=1).tolist()
    return tuple(
        ReliabilityBin(float(edges[at]), float(edges[at + 1]), n, *(figures[at] if n else (None,) * 6))
        for at, n in enumerate(counts.tolist())
    )


def _half_widths(deviations: np.ndarray, place: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Half of Student's interval for the mean of each bin, (bins,), endless for a single value."""
    from scipy.stats import t

    several = np.maximum(counts, 2)
    squares = np.bincount(place, weights=deviations**2, minlength=len(counts))
    half = t.ppf(0.5 + CONFIDENCE / 2, several - 1) * np.sqrt(squares / (several - 1) / several)
    return np.where(counts > 1, half, np.inf)


def calibration_error(probabilities: np.ndarray, came_true: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error: the gap between probability and share that came true, averaged over the decisions.

    Guo et al. 2017, equation 5.

    >>> round(calibration_error(np.array([0.2, 0.4, 0.9]), np.array([0, 1, 1]), bins=2), 4)  # 2/3 * 0.2 + 1/3 * 0.1
    0.1667
    """
    p, outcome = _decisions(probabilities, came_true)
    return float(np.abs(np.bincount(bin_of(p, bins), weights=outcome - p, minlength=bins)).sum() / len(p))


def brier_score(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean squared error of (n, n_classes) probabilities against the codes of the true classes, (n,).

    Summed over the classes, so from 0 to 2, but halved for two classes, as scikit-learn's `brier_score_loss` does:
    there it is the error of one of them, from 0 to 1. Brier 1950.

    >>> brier_score(np.array([0]), np.array([[0.5, 0.5]])), brier_score(np.array([0]), np.array([[0.5, 0.5, 0.0]]))
    (0.25, 0.5)
    """
    return float(_squared_errors(code_array(true), np.asarray(probabilities, dtype=np.float64)).mean())


def class_calibration(true: np.ndarray, probabilities: np.ndarray, *, bins: int = BINS, seed: int = 0) -> Calibration:
    """Calibration of the most probable class: codes of the true classes (n,), probabilities (n, n_classes).

    The Brier score is over all classes.
    """
    p = _checked(probabilities)
    codes = code_array(true)
    guessed = p.argmax(axis=1)
    sure = p[np.arange(len(p)), guessed]
    return _calibration(sure[:, None], (guessed == codes)[:, None], _squared_errors(codes, p), bins, seed)


def label_calibration(true: np.ndarray, probabilities: np.ndarray, *, bins: int = BINS, seed: int = 0) -> Calibration:
    """Calibration of multi-label probabilities (n, n_labels): each label of each row is a decision, true is 0/1.

    The Brier score is the mean over the decisions; intervals resample rows, whose decisions hang together.
    """
    p = _checked(probabilities)
    outcome = np.asarray(true, dtype=np.float64)
    return _calibration(p, outcome, ((p - outcome) ** 2).mean(axis=1), bins, seed)


def _calibration(p: np.ndarray, outcome: np.ndarray, squared: np.ndarray, bins: int, seed: int) -> Calibration:
    """Of decisions (n_rows, n_decisions); `squared` are the rows' squared errors."""
    error, brier = _error_terms(p, outcome, bins), mean_terms(squared)
    low, high = percentile_interval(resampled_scores([error, brier], seed=seed).T)
    by_chance = _errors_by_chance(p.ravel(), bins, seed)
    least, most = percentile_interval(by_chance)
    return Calibration(
        n=p.size,
        ece=error.value(),
        ece_low=float(low[0]),
        ece_high=float(high[0]),
        ece_by_chance=float(by_chance.mean()),
        ece_by_chance_low=float(least),
        ece_by_chance_high=float(most),
        brier=brier.value(),
        brier_low=float(low[1]),
        brier_high=float(high[1]),
        bins=reliability(p.ravel(), np.asarray(outcome).ravel(), bins),
    )


def _error_terms(p: np.ndarray, outcome: np.ndarray, bins: int) -> ScoreTerms:
    """The calibration error as sums over rows: the gaps of a row's decisions, by bin."""
    n_rows, n_decisions = p.shape
    rows = np.repeat(np.arange(n_rows), n_decisions)
    gaps = (np.asarray(outcome, dtype=np.float64) - p).ravel()
    terms = sp.csr_matrix((gaps, (rows, bin_of(p.ravel(), bins))), shape=(n_rows, bins))
    return ScoreTerms(terms, lambda sums, n: np.abs(sums).sum(axis=1) / (n * n_decisions))


def _errors_by_chance(p: np.ndarray, bins: int, seed: int) -> np.ndarray:
    """Errors of so many draws where decisions come true exactly as often as they say. Bröcker and Smith 2007."""
    random = np.random.default_rng(seed)
    place = bin_of(p, bins)
    errors = [
        np.abs(np.bincount(place, weights=(random.random(len(p)) < p) - p, minlength=bins)).sum() / len(p)
        for _ in range(_DRAWS)
    ]
    return np.array(errors)


def _squared_errors(true: np.ndarray, p: np.ndarray) -> np.ndarray:
    """(n,) squared distances of probabilities from the truth, halved for two classes."""
    missed = p.copy()
    missed[np.arange(len(p)), true] -= 1.0
    squared: np.ndarray = (missed**2).sum(axis=1)
    return squared / 2 if p.shape[1] == 2 else squared


def _checked(probabilities: np.ndarray) -> np.ndarray:
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or not p.size:
        raise UsageError(f"expected probabilities of (n, n_labels), got an array of shape {p.shape}")
    return p


def _decisions(probabilities: np.ndarray, came_true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    p, outcome = present_numbers(probabilities, "probabilities"), present_numbers(came_true, "outcomes")
    if p.shape != outcome.shape or not len(p):
        raise UsageError(f"expected as many outcomes as probabilities, got shapes {outcome.shape} and {p.shape}")
    if not ((p >= 0) & (p <= 1 + 1e-9)).all():
        raise DataError(f"expected probabilities from 0 to 1, got values from {p.min():.4g} to {p.max():.4g}")
    return p, outcome
