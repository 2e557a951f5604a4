"""The shape of a cloud of rows: how many directions it fills, and whether it points in all of them alike."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.preprocessing import normalize

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.intervals import CONFIDENCE, jackknife_interval
from nlp_toolkit.protocols import Matrix
from nlp_toolkit.validation import check_finite

FEWEST = 3
MOST = 2000
_SHOWN = 100
_MOST_OF_IT = 0.9
_EQUAL = 1e-6


@dataclass(frozen=True)
class Shape:
    """The shape of `n` rows of `n_features` columns; `used` of them were looked at.

    `effective_dimension` is the participation ratio, from 1 (a line) to the number of columns (a ball), `isoscore` the
    same from 0 to 1; `mean_cosine` is that of two different rows, near 0 where rows point everywhere and near 1
    in a narrow cone. Intervals of these three are jackknives, 95 %. `spectrum` is the share of the variance in each of
    the first 100 principal components, `cumulated` that in all up to it, both as `spectrum_interval` has them;
    `for_most` is the number of components that hold 90 % of it, with the numbers at which the ends reach 90 %. Ends
    are None where components of equal variance are told apart, as whitened rows have them. They speak of as many
    other rows: more rows than these fill more columns. Rows without any value are left out; `empty`
    counts them and is exact, as `n`, `n_features` and `used` are.
    """

    n: int
    n_features: int
    used: int
    empty: int
    effective_dimension: float
    effective_dimension_low: float
    effective_dimension_high: float
    isoscore: float
    isoscore_low: float
    isoscore_high: float
    mean_cosine: float
    mean_cosine_low: float
    mean_cosine_high: float
    for_most: int
    for_most_low: int | None
    for_most_high: int | None
    spectrum: tuple[float, ...]
    spectrum_low: tuple[float | None, ...]
    spectrum_high: tuple[float | None, ...]
    cumulated: tuple[float, ...]
    cumulated_low: tuple[float | None, ...]
    cumulated_high: tuple[float | None, ...]

    def to_json(self) -> dict[str, Any]:
        """Every field under its name, ready for `json.dumps`."""
        return asdict(self)


def spectrum(rows: Matrix) -> np.ndarray:
    """Shares of the variance of `rows` (n, n_features) in its principal directions, largest first: (min(n - 1, m),).

    >>> spectrum(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [0.0, -0.5]])).tolist()
    [0.8, 0.2]
    """
    values = np.linalg.eigvalsh(_products(_checked(rows)))[::-1]
    return _shares_of(values[: min(rows.shape[0] - 1, rows.shape[1])])


@dataclass(frozen=True)
class SpectrumEnds:
    """Shares of the variance in each principal component, (k,), and in all up to it, with their intervals.

    Ends are NaN where components of equal variance are told apart, as whitened rows have them: which of them comes
    first is arbitrary.
    """

    shares: np.ndarray
    shares_low: np.ndarray
    shares_high: np.ndarray
    cumulated: np.ndarray
    cumulated_low: np.ndarray
    cumulated_high: np.ndarray


def spectrum_interval(rows: Matrix) -> SpectrumEnds:
    """The `spectrum` of rows (n, n_features) with 95 % intervals, by what each row adds to a share.

    A row with squares z² along the principal directions moves the share of one by (z² - share * sum of its z²), over
    the mean of these sums; the mean of such moves is normal for many rows. With fewer rows than columns the
    intervals are somewhat too wide. Critchley 1985 (influence functions of principal components).

    >>> found = spectrum_interval(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [0.0, -0.5]]))
    >>> found.shares.round(3).tolist(), found.cumulated.round(3).tolist()
    ([0.8, 0.2], [0.8, 1.0])
    """
    squares = _squares_along(_checked(rows))
    shares, lengths = _shares_of(squares.sum(axis=0)), squares.sum(axis=1)
    tied = _like_the_next(shares)
    each = _with_ends(shares, squares, lengths, tied | np.roll(tied, 1))
    return SpectrumEnds(*each, *_with_ends(shares.cumsum(), squares.cumsum(axis=1), lengths, tied))


def effective_dimension(rows: Matrix) -> float:
    """Participation ratio of the principal components: (sum of variances)² / sum of squared variances.

    1 where the rows lie on a line, n_features where they spread alike in all directions; 0 where all are equal.

    >>> round(effective_dimension(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [0.0, -0.5]])), 4)  # 1 / (0.64 + 0.04)
    1.4706
    """
    return float(_ratio(_products(_checked(rows))))


def isoscore(rows: Matrix) -> float:
    """IsoScore: 1 where the variance is the same in every direction, 0 where there is one direction only.

    Rudman et al. 2022 (arXiv 2108.07344), algorithm 1, whose steps come to (r - 1) / (n_features - 1) for the
    participation ratio r. Fewer rows than columns cannot fill the columns and keep it low.

    >>> round(isoscore(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [0.0, -0.5]])), 4)
    0.4706
    """
    return float(_isoscore(effective_dimension(rows), rows.shape[1]))


def mean_cosine(rows: Matrix) -> float:
    """Mean cosine of two different rows, of those that have any value; Ethayarajh 2019, section 3.3.

    >>> round(mean_cosine(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]])), 4)  # 1, 0 and 0
    0.3333
    """
    directions = _directions(_checked(rows))
    return float(_mean_cosine(np.asarray(directions.sum(axis=0)).ravel(), directions.shape[0]))


def shape_of(rows: Matrix, *, seed: int = 0, most: int = MOST) -> Shape:
    """Every figure of `rows` (n, n_features), of at most `most` of them drawn at random.

    Fewer than three rows with values raise `DataError`.
    """
    checked = _checked(rows)
    n = checked.shape[0]
    lengths = _lengths(checked)
    filled = np.flatnonzero(lengths)
    if len(filled) < FEWEST:
        raise DataError(f"expected {FEWEST} rows with values or more, got {len(filled)} of {n}; give more texts")
    used = np.sort(np.random.default_rng(seed).permutation(filled)[:most])
    small = checked[used]
    directions = _directions(small)

    def figures(at: np.ndarray) -> np.ndarray:
        ratio = _ratio(_products(small[at]))
        along = np.asarray(directions[at].sum(axis=0)).ravel()
        return np.array([ratio, _isoscore(ratio, small.shape[1]), _mean_cosine(along, len(at))])

    found = figures(np.arange(len(used)))
    low, high = jackknife_interval(figures, len(used), seed=seed)
    least, largest = np.array([1.0, 0.0, -1.0]), np.array([float(small.shape[1]), 1.0, 1.0])
    low, high = np.clip(low, least, largest), np.clip(high, least, largest)
    components = spectrum_interval(small)
    return Shape(
        n=n,
        n_features=int(small.shape[1]),
        used=len(used),
        empty=n - len(filled),
        effective_dimension=float(found[0]),
        effective_dimension_low=float(low[0]),
        effective_dimension_high=float(high[0]),
        isoscore=float(found[1]),
        isoscore_low=float(low[1]),
        isoscore_high=float(high[1]),
        mean_cosine=float(found[2]),
        mean_cosine_low=float(low[2]),
        mean_cosine_high=float(high[2]),
        for_most=_number_for_most(components.cumulated) or 0,
        for_most_low=_number_for_most(components.cumulated_high),
        for_most_high=_number_for_most(components.cumulated_low),
        spectrum=tuple(components.shares[:_SHOWN].tolist()),
        spectrum_low=_first(components.shares_low),
        spectrum_high=_first(components.shares_high),
        cumulated=tuple(components.cumulated[:_SHOWN].tolist()),
        cumulated_low=_first(components.cumulated_low),
        cumulated_high=_first(components.cumulated_high),
    )


def _checked(rows: Matrix) -> Matrix:
    if rows.shape[0] < 2:
        raise DataError(f"expected rows to compare with each other, got {rows.shape[0]}")
    check_finite(rows, "the matrix of rows")
    return rows


def _products(rows: Matrix) -> np.ndarray:
    """Scalar products of the centred columns or, where those are more, of the centred rows: equal eigenvalues but 0."""
    n, width = rows.shape
    if isinstance(rows, np.ndarray):
        centred = rows - rows.mean(axis=0, dtype=np.float64)
        return np.asarray(centred.T @ centred if width <= n else centred @ centred.T)
    exact = rows.astype(np.float64)
    if width <= n:
        mean = np.asarray(exact.mean(axis=0)).ravel()
        return np.asarray((exact.T @ exact).toarray() - n * np.outer(mean, mean))
    # Centring in the plane of the products: sparse rows with their mean taken away would be dense.
    products = (exact @ exact.T).toarray()
    means = products.mean(axis=0)
    return np.asarray(products - means[:, None] - means[None, :] + means.mean())


def _squares_along(rows: Matrix) -> np.ndarray:
    """Squares of the centred rows' places along their principal directions, largest first: (n, min(n - 1, m))."""
    n, width = rows.shape
    values, vectors = np.linalg.eigh(_products(rows))
    if width <= n:
        exact = rows.astype(np.float64)
        places = exact @ vectors
        squares = (places - places.mean(axis=0)) ** 2
    else:
        squares = vectors**2 * np.clip(values, 0.0, None)
    return np.asarray(squares[:, ::-1][:, : min(n - 1, width)])


def _shares_of(values: np.ndarray) -> np.ndarray:
    kept = np.clip(values, 0.0, None)
    total = kept.sum()
    return np.asarray(kept / total if total > 0 else kept)


def _like_the_next(shares: np.ndarray) -> np.ndarray:
    """Whether each share, (k,) and falling, equals the next but for rounding; nothing equals nothing."""
    following = np.append(shares[1:], 0.0)
    return np.asarray((shares - following < _EQUAL * shares) & (following > _EQUAL))


def _with_ends(
    shares: np.ndarray, parts: np.ndarray, whole: np.ndarray, arbitrary: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares (k,) that are ratios of the sums of `parts` (n, k) and `whole` (n,), with normal intervals or NaN."""
    from scipy.stats import norm

    n, mean = len(whole), whole.mean()
    moved = parts - shares * whole[:, None]
    error = np.sqrt((moved**2).sum(axis=0) / (n * (n - 1))) / mean if mean > 0 else np.zeros(len(shares))
    half = np.where(arbitrary, np.nan, norm.ppf(0.5 + CONFIDENCE / 2) * error)
    return shares, np.clip(shares - half, 0.0, 1.0), np.clip(shares + half, 0.0, 1.0)


def _first(ends: np.ndarray) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(end) else float(end) for end in ends[:_SHOWN])


def _number_for_most(cumulated: np.ndarray) -> int | None:
    """How many components it takes until 90 % are reached for good; 0 without variance, None where an end is NaN."""
    if np.isnan(cumulated).any():
        return None
    below = np.flatnonzero(cumulated < _MOST_OF_IT - 1e-12)
    return (int(below[-1]) + 2 if len(below) else 1) if cumulated.any() else 0


def _ratio(products: np.ndarray) -> float:
    """(sum of eigenvalues)² / sum of squared eigenvalues, without finding any."""
    squared = float((products**2).sum())
    return float(np.trace(products)) ** 2 / squared if squared > 0 else 0.0


def _isoscore(ratio: float, n_features: int) -> float:
    return max(0.0, (ratio - 1) / (n_features - 1)) if n_features > 1 else 1.0


def _lengths(rows: Matrix) -> np.ndarray:
    squares = rows**2 if isinstance(rows, np.ndarray) else rows.multiply(rows)
    return np.asarray(np.sqrt(np.asarray(squares.sum(axis=1), dtype=np.float64).ravel()))


def _directions(rows: Matrix) -> Matrix:
    kept = rows[np.flatnonzero(_lengths(rows))]
    if kept.shape[0] < 2:
        raise DataError(f"expected two rows with values or more, got {kept.shape[0]} of {rows.shape[0]}")
    found: Matrix = normalize(kept.astype(np.float64))
    return found


def _mean_cosine(along: np.ndarray, n: int) -> float:
    """From the sum of n unit rows: all pairs of them without those of a row with itself."""
    return float((along @ along - n) / (n * (n - 1)))
