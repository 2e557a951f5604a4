"""Fewer columns: truncated SVD, principal components, whitening; sparse or dense rows in, dense rows out."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from nlp_toolkit.compat import constraints_of
from nlp_toolkit.errors import UsageError
from nlp_toolkit.estimators.parameters import build
from nlp_toolkit.protocols import Matrix


def project(rows: Matrix, axes: np.ndarray, mean: np.ndarray | None) -> np.ndarray:
    """(rows - mean) @ axes.T: (n_rows, n_features) onto `axes` (components, n_features), sparse rows kept sparse."""
    projected = rows @ axes.T
    return np.asarray(projected if mean is None else projected - mean @ axes.T)


def fit_principal_axes(rows: Matrix, components: int, random_state: int | None) -> PCA:
    """scikit-learn's PCA on sparse or dense rows; `UsageError` where the rows do not have that many directions.

    Sparse rows stay sparse (ARPACK), except where `components` is their whole width: then they are as small
    as the result and made dense.
    """
    limit = min(rows.shape[0] - 1, rows.shape[1])
    _check_components(components, limit, rows.shape)
    if not isinstance(rows, np.ndarray) and components >= min(rows.shape):
        rows = rows.toarray()
    axes = PCA(components, random_state=random_state).fit(rows)
    _check_rank(axes.singular_values_, components, rows.shape, rows.dtype)
    return axes


class _Projection(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Rows onto `components_` (components, n_features), after taking away `mean_` where there is one."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "components": constraints_of(TruncatedSVD)["n_components"],
        "random_state": constraints_of(TruncatedSVD)["random_state"],
    }

    def __init__(self, components: int = 256, *, random_state: int | None = None) -> None:
        self.components = components
        self.random_state = random_state

    def transform(self, X: Matrix) -> np.ndarray:
        """Dense rows (n_rows, components), float32 for float32 rows and else float64."""
        check_is_fitted(self)
        return project(_check_rows(self, X, reset=False), self.components_, self.mean_)

    def _keep(self, axes: np.ndarray, mean: np.ndarray | None) -> Self:
        # Plain C order: a loaded copy then multiplies in the same order and gives the same bits.
        self.components_ = np.ascontiguousarray(axes)
        self.mean_ = None if mean is None else np.ascontiguousarray(np.asarray(mean).ravel())
        self._n_features_out = len(axes)
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class Svd(_Projection):
    """Truncated SVD (latent semantic analysis): `sklearn.decomposition.TruncatedSVD` with a check of the rank.

    Columns are called "svd0", "svd1" ...; parameter `components` is how many. Deerwester et al. 1990.
    """

    def fit(self, X: Matrix, y: object = None) -> Self:
        """Find the axes of the rows X (n_rows, n_features)."""
        rows = _check_rows(self, X, reset=True)
        _check_components(self.components, min(rows.shape), rows.shape)
        svd = TruncatedSVD(self.components, random_state=self.random_state).fit(rows)
        _check_rank(svd.singular_values_, self.components, rows.shape, rows.dtype)
        return self._keep(svd.components_, None)


class Pca(_Projection):
    """Principal components: `sklearn.decomposition.PCA` for dense and sparse rows, with a check of the rank.

    Columns are called "pca0", "pca1" ...; parameter `components` is how many.
    """

    def fit(self, X: Matrix, y: object = None) -> Self:
        """Find the axes of the rows X (n_rows, n_features)."""
        axes = fit_principal_axes(_check_rows(self, X, reset=True), self.components, self.random_state)
        return self._keep(axes.components_, axes.mean_)


class Whiten(_Projection):
    """Whitening: principal components scaled so that the fitted rows have covariance 1, uncorrelated.

    With mean m and covariance U diag(v) U' of the fitted rows (divided by n), a row x becomes (x - m) U diag(v)^-1/2,
    of which the first `components` columns are kept. Su et al. 2021 (arXiv 2103.15316), algorithm 1.
    Columns are called "whiten0", "whiten1" ...
    """

    def fit(self, X: Matrix, y: object = None) -> Self:
        """Find the axes of the rows X (n_rows, n_features)."""
        rows = _check_rows(self, X, reset=True)
        axes = fit_principal_axes(rows, self.components, self.random_state)
        # scikit-learn divides the covariance by n - 1, the paper by n.
        deviation = axes.singular_values_[:, np.newaxis] / np.sqrt(rows.shape[0])
        return self._keep((axes.components_ / deviation).astype(rows.dtype), axes.mean_)


REDUCERS: Mapping[str, Callable[..., Any]] = {"svd": Svd, "pca": Pca, "whiten": Whiten}


def reducer_kinds() -> list[str]:
    """Reduction kinds a recipe can name, sorted."""
    return sorted(REDUCERS)


def make_reducer(kind: str, params: Mapping[str, object], seed: int) -> BaseEstimator:
    """An unfitted reduction of the kind "svd", "pca" or "whiten".

    An unknown kind, parameter or value is a `RecipeError`.

    >>> make_reducer("svd", {"components": 100}, seed=0)
    Svd(components=100, random_state=0)
    """
    return build(REDUCERS, "reduction", kind, params, seed)


def _check_rows(reducer: _Projection, X: Matrix, *, reset: bool) -> Matrix:
    rows: Matrix = validate_data(reducer, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=reset)
    return rows


def _check_components(components: int, limit: int, shape: tuple[int, ...]) -> None:
    if components > limit:
        raise UsageError(
            f"components={components}, but rows of n_samples={shape[0]}, n_features={shape[1]} "
            f"have at most {limit} directions; "
            "lower components"
        )


def _check_rank(singular_values: np.ndarray, components: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Directions in which the rows do not differ are rounding errors, which whitening would blow up."""
    # NumPy's tolerance for the rank of a matrix, times ten for the error of the randomized solver.
    tolerance = 10 * singular_values[0] * max(shape) * np.finfo(dtype).eps
    rank = int(np.count_nonzero(singular_values > tolerance))
    if rank < components:
        raise UsageError(f"components={components}, but the rows differ in {rank} directions only; lower components")
