from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.utils.estimator_checks import parametrize_with_checks

from nlp_toolkit.errors import RecipeError, UsageError
from nlp_toolkit.estimators.reduce import REDUCERS, Pca, Svd, Whiten, make_reducer, reducer_kinds

SPARSE = sp.random(60, 20, 0.4, format="csr", random_state=0)
DENSE = SPARSE.toarray()


@parametrize_with_checks([cls(components=2, random_state=0) for cls in (Svd, Pca, Whiten)])
def test_they_keep_scikit_learns_promises(estimator: Any, check: Any) -> None:
    check(estimator)


def test_svd_is_scikit_learns() -> None:
    expected = TruncatedSVD(5, random_state=3).fit(SPARSE).transform(SPARSE)
    np.testing.assert_allclose(Svd(5, random_state=3).fit(SPARSE).transform(SPARSE), expected, atol=1e-12)


@pytest.mark.parametrize("rows", [SPARSE, DENSE], ids=["sparse", "dense"])
def test_pca_is_scikit_learns(rows: Any) -> None:
    expected = PCA(5, random_state=3).fit(rows).transform(rows)
    np.testing.assert_allclose(Pca(5, random_state=3).fit(rows).transform(rows), expected, atol=1e-12)


def test_sparse_and_dense_rows_have_the_same_components() -> None:
    np.testing.assert_allclose(Pca(5).fit(SPARSE).transform(DENSE), Pca(5).fit(DENSE).transform(SPARSE), atol=1e-9)


@pytest.mark.parametrize("rows", [SPARSE, DENSE], ids=["sparse", "dense"])
def test_whitened_rows_are_uncorrelated_with_variance_one(rows: Any) -> None:
    white = Whiten(7, random_state=0).fit(rows).transform(rows)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.cov(white.T, bias=True), np.eye(7), atol=1e-9)


def test_whitening_by_hand() -> None:
    # Mean (2, 5), covariance diag(4, 1): the wider direction comes first, each divided by its deviation.
    rows = np.array([[0.0, 4.0], [0.0, 6.0], [4.0, 4.0], [4.0, 6.0]])
    white = Whiten(2).fit(rows).transform(np.array([[4.0, 5.0], [2.0, 6.0]]))
    np.testing.assert_allclose(np.abs(white), [[1, 0], [0, 1]], atol=1e-12)


@pytest.mark.parametrize("cls", [Svd, Pca, Whiten])
@pytest.mark.parametrize("rows", [SPARSE, DENSE], ids=["sparse", "dense"])
def test_all_directions_can_be_kept(cls: Any, rows: Any) -> None:
    assert cls(20).fit(rows).transform(rows).shape == (60, 20)


@pytest.mark.parametrize("kind", sorted(REDUCERS))
def test_more_components_than_directions_are_refused(kind: str) -> None:
    with pytest.raises(UsageError, match="components=21, but rows of n_samples=60, n_features=20 have at most 20"):
        make_reducer(kind, {"components": 21}, seed=0).fit(SPARSE)


@pytest.mark.parametrize("kind", sorted(REDUCERS))
def test_more_components_than_the_rank_are_refused(kind: str) -> None:
    rows = np.outer(np.arange(30.0), np.arange(12.0))
    with pytest.raises(UsageError, match="components=3, but the rows differ in 1 directions only; lower components"):
        make_reducer(kind, {"components": 3}, seed=0).fit(rows)


@pytest.mark.parametrize("kind", sorted(REDUCERS))
def test_float32_rows_stay_float32(kind: str) -> None:
    rows = DENSE.astype(np.float32)
    assert make_reducer(kind, {"components": 3}, seed=0).fit(rows).transform(rows).dtype == np.float32


@pytest.mark.parametrize("kind", sorted(REDUCERS))
def test_columns_have_names_and_set_output_gives_a_frame(kind: str) -> None:
    frame = make_reducer(kind, {"components": 2}, seed=0).set_output(transform="pandas").fit(SPARSE).transform(SPARSE)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == [f"{kind}0", f"{kind}1"]


@pytest.mark.parametrize("kind", sorted(REDUCERS))
def test_the_same_seed_gives_the_same_axes(kind: str) -> None:
    first, second = (make_reducer(kind, {"components": 4}, seed=5).fit(SPARSE).transform(SPARSE) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        ("umap", {}, "unknown reduction 'umap'; known: pca, svd, whiten"),
        ("svd", {"n_components": 3}, "reduction 'svd' has no parameter 'n_components'; known: components"),
        ("svd", {"components": "3"}, "'components' parameter of Svd must be an int .* Got '3'"),
        ("svd", {"components": True}, "components takes no true or false"),
        ("svd", {"components": 0}, "Got 0 instead"),
    ],
)
def test_recipe_errors_say_what_was_meant(kind: str, params: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        make_reducer(kind, params, seed=0)


def test_the_kinds_are_listed() -> None:
    assert reducer_kinds() == ["pca", "svd", "whiten"]
