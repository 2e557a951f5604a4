"""Shapes of clouds of rows: by hand, the paper's own steps, scikit-learn's components, and what changes nothing."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity

from nlp_toolkit.errors import DataError
from nlp_toolkit.estimators.reduce import Whiten
from nlp_toolkit.metrics.geometry import (
    effective_dimension,
    isoscore,
    mean_cosine,
    shape_of,
    spectrum,
    spectrum_interval,
)
from nlp_toolkit.metrics.intervals import jackknife_interval

# Variances 0.5 and 0.125 (dividing by 4) along the axes: shares 0.8 and 0.2.
CROSS = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [0.0, -0.5]])


def isoscore_of_the_paper(rows: np.ndarray) -> float:
    """Rudman et al. 2022, algorithm 1, step by step."""
    n = rows.shape[1]
    variances = PCA(n).fit(rows).explained_variance_
    normalized = np.sqrt(n) * variances / np.linalg.norm(variances)
    defect = np.linalg.norm(normalized - 1) / np.sqrt(2 * (n - np.sqrt(n)))
    used = (n - defect**2 * (n - np.sqrt(n))) ** 2 / n**2
    return float((n * used - 1) / (n - 1))


def cloud(n: int = 60, width: int = 5) -> np.ndarray:
    return np.random.default_rng(2).normal(size=(n, width)) * np.arange(1, width + 1) + 1.0


def test_by_hand():
    np.testing.assert_allclose(spectrum(CROSS), [0.8, 0.2])
    assert effective_dimension(CROSS) == pytest.approx(1 / (0.8**2 + 0.2**2))
    assert isoscore(CROSS) == pytest.approx((1 / 0.68 - 1) / (2 - 1))
    assert mean_cosine(CROSS) == pytest.approx((-1 - 1 + 0 + 0 + 0 + 0) / 6)


def test_spectrum_is_that_of_principal_components():
    rows = cloud()

    np.testing.assert_allclose(spectrum(rows), PCA().fit(rows).explained_variance_ratio_)


def test_isoscore_is_what_the_steps_of_the_paper_come_to():
    rows = cloud()

    assert isoscore(rows) == pytest.approx(isoscore_of_the_paper(rows))
    line = np.outer(np.arange(10.0), np.arange(1.0, 4.0))
    assert isoscore(line) == pytest.approx(0.0, abs=1e-12)
    assert effective_dimension(line) == pytest.approx(1.0)


def test_mean_cosine_is_that_of_all_pairs():
    rows = cloud(12)
    cosines = cosine_similarity(rows)

    assert mean_cosine(rows) == pytest.approx(cosines[np.triu_indices(12, 1)].mean())


@pytest.mark.parametrize("shape", [(30, 6), (10, 40)])
def test_sparse_and_dense_rows_have_one_shape(shape):
    dense = np.random.default_rng(1).poisson(0.6, shape).astype(float)

    ours, theirs = shape_of(sp.csr_matrix(dense)), shape_of(dense)

    assert ours.effective_dimension == pytest.approx(theirs.effective_dimension)
    assert ours.mean_cosine == pytest.approx(theirs.mean_cosine)
    np.testing.assert_allclose(ours.spectrum, theirs.spectrum, atol=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(-50, 50))
def test_neither_turning_nor_stretching_nor_moving_changes_the_dimension(seed, factor, offset):
    rows = cloud(20, 4)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(4, 4)))[0]

    assert effective_dimension(factor * rows @ turn + offset) == pytest.approx(effective_dimension(rows), rel=1e-6)


def test_whitened_rows_fill_every_direction():
    rows = cloud(400)

    before, after = shape_of(rows), shape_of(Whiten(5).fit_transform(rows))

    assert after.isoscore == pytest.approx(1.0)
    assert abs(after.mean_cosine) < 0.01 < before.mean_cosine
    assert (before.for_most, after.for_most) == (3, 5)
    assert before.effective_dimension < 4 < after.effective_dimension


def test_intervals_cover_what_all_rows_would_show():
    random = np.random.default_rng(5)
    large = random.normal(size=(50_000, 5)) * np.arange(1, 6) + 1.0
    truth = (effective_dimension(large), isoscore(large), mean_cosine(large))
    truth += (*spectrum(large).cumsum()[:4], spectrum(large)[1])
    covered = np.zeros(8)

    for _ in range(60):
        found = shape_of(large[random.integers(0, 50_000, 200)])
        lows = (found.effective_dimension_low, found.isoscore_low, found.mean_cosine_low)
        highs = (found.effective_dimension_high, found.isoscore_high, found.mean_cosine_high)
        lows += (*found.cumulated_low[:4], found.spectrum_low[1])
        highs += (*found.cumulated_high[:4], found.spectrum_high[1])
        covered += [low < value < high for low, value, high in zip(lows, truth, highs, strict=True)]

    assert (covered >= 51).all()  # of 60; 57 expected


def test_ends_of_the_spectrum_are_those_of_normal_theory():
    variances = np.array([8.0, 4.0, 2.0, 1.0])
    rows = np.random.default_rng(6).normal(size=(6000, 4)) * np.sqrt(variances)
    total = variances.sum()

    found = spectrum_interval(rows)

    # Anderson 1963: variances of components of normal rows are independent, each with the variance 2 * variance² / n.
    for at in range(3):
        share = variances[: at + 1].sum() / total
        parts = (1 - share) ** 2 * (variances[: at + 1] ** 2).sum() + share**2 * (variances[at + 1 :] ** 2).sum()
        half = 1.96 * np.sqrt(2 * parts / 6000) / total
        assert found.cumulated_high[at] - found.cumulated[at] == pytest.approx(half, rel=0.08)
        assert found.cumulated[at] - found.cumulated_low[at] == pytest.approx(half, rel=0.08)
    assert (found.cumulated_low[3], found.cumulated_high[3]) == (1.0, 1.0)


def test_ends_of_the_spectrum_are_those_of_a_jackknife():
    rows = np.random.default_rng(7).normal(size=(150, 6)) * np.arange(1, 7) ** 1.5

    found = spectrum_interval(rows)

    low, high = jackknife_interval(lambda at: spectrum(rows[at])[:3], 150, groups=150)
    assert found.shares_high[:3] - found.shares_low[:3] == pytest.approx(high - low, rel=0.1)


@pytest.mark.parametrize("shape", [(30, 6), (10, 40)])
def test_spectrum_with_ends_is_the_spectrum_of_sparse_and_of_dense_rows(shape):
    rows = np.random.default_rng(8).poisson(0.6, shape).astype(float)

    dense, sparse = spectrum_interval(rows), spectrum_interval(sp.csr_matrix(rows))

    np.testing.assert_allclose(dense.shares, spectrum(rows), atol=1e-12)
    for name, ends in vars(dense).items():
        np.testing.assert_allclose(vars(sparse)[name], ends, atol=1e-9, err_msg=name)


def test_number_of_components_for_most_lies_between_those_of_the_ends():
    found = shape_of(cloud(80, 30))

    assert found.cumulated_high[found.for_most_low - 1] >= 0.9 > found.cumulated_high[found.for_most_low - 2]
    assert found.cumulated_low[found.for_most_high - 1] >= 0.9 > found.cumulated_low[found.for_most_high - 2]
    assert found.for_most_low < found.for_most < found.for_most_high


def test_components_of_equal_variance_have_no_ends_of_their_own():
    # Variances 4, 1, 1 and 0.25: the second and the third direction can be turned into each other.
    rows = np.vstack([np.diag([2.0, 1.0, 1.0, 0.5]), -np.diag([2.0, 1.0, 1.0, 0.5])])

    found, whitened = shape_of(rows), shape_of(Whiten(3).fit_transform(cloud()))

    assert [end is None for end in found.spectrum_low] == [False, True, True, False]
    assert [end is None for end in found.cumulated_high] == [False, True, False, False]
    assert (found.for_most_low, found.for_most, found.for_most_high) == (None, 3, None)
    assert whitened.spectrum_low == whitened.spectrum_high == (None, None, None)
    assert whitened.cumulated_low == (None, None, 1.0)


def test_equal_rows_have_no_spectrum():
    found = shape_of(np.ones((5, 3)))

    assert (found.for_most_low, found.for_most, found.for_most_high) == (0, 0, 0)
    assert found.cumulated == found.cumulated_high == (0.0, 0.0, 0.0)


def test_rows_without_values_are_counted_and_left_out():
    found = shape_of(np.vstack([cloud(20), np.zeros((3, 5))]))

    assert (found.n, found.used, found.empty, found.n_features) == (23, 20, 3, 5)
    assert found.mean_cosine == shape_of(cloud(20)).mean_cosine


def test_many_rows_are_sampled():
    rows = cloud(500)

    found = shape_of(rows, most=100)

    assert (found.n, found.used) == (500, 100)
    assert found == shape_of(rows, most=100)


def test_too_few_rows_are_refused():
    with pytest.raises(DataError, match="expected 3 rows with values or more, got 2 of 4"):
        shape_of(np.array([[1.0, 2.0], [0.0, 0.0], [2.0, 1.0], [0.0, 0.0]]))
    with pytest.raises(DataError, match="expected rows to compare with each other, got 1"):
        effective_dimension(np.ones((1, 3)))
