"""Similarity of pairs against people's scores: by hand, scipy as reference, and what cannot be correlated."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy import stats
from sklearn.metrics.pairwise import cosine_similarity

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.metrics.similarity import row_cosines, similarity_scores


def test_correlations_by_hand():
    # Deviations of the scores -2, 0, 2 and of the cosines -0.3, 0.1, 0.2: 1.0 / sqrt(8 * 0.14).
    found = similarity_scores([0, 2, 4], [0.2, 0.6, 0.7])

    assert found.pearson == pytest.approx(1.0 / np.sqrt(8 * 0.14))
    assert found.spearman == pytest.approx(1.0)
    assert found.n == 3


def made_up(n: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(4)
    scores = np.round(random.uniform(0, 5, n) * 2) / 2  # with ties, as people's scores have
    return scores, np.tanh(scores / 4 + random.normal(0, 0.5, n))


def test_equals_scipy():
    scores, cosines = made_up(80)

    found = similarity_scores(scores, cosines)

    assert found.pearson == pytest.approx(stats.pearsonr(scores, cosines).statistic)
    assert found.spearman == pytest.approx(stats.spearmanr(scores, cosines).statistic)


def test_interval_is_the_bootstrap_of_scipy():
    scores, cosines = made_up(200)

    found = similarity_scores(scores, cosines)

    theirs = stats.bootstrap(
        (scores, cosines),
        lambda x, y: stats.pearsonr(x, y).statistic,
        paired=True,
        vectorized=False,
        n_resamples=500,
        method="percentile",
        random_state=0,
    ).confidence_interval
    assert found.pearson_low == pytest.approx(theirs.low, abs=0.02)
    assert found.pearson_high == pytest.approx(theirs.high, abs=0.02)
    assert found.spearman_low < found.spearman < found.spearman_high


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_matrix, sp.csr_array])
def test_cosines_equal_scikit_learn(kind):
    random = np.random.default_rng(0)
    first, second = random.poisson(0.7, (2, 20, 8)).astype(float)
    first[3] = 0

    found = row_cosines(kind(first), kind(second))

    np.testing.assert_allclose(found, cosine_similarity(first, second).diagonal(), atol=1e-12)
    assert found[3] == 0


def test_what_cannot_be_correlated_is_refused():
    with pytest.raises(DataError, match="expected 3 pairs or more to correlate, got 2"):
        similarity_scores([1, 2], [0.1, 0.2])
    with pytest.raises(DataError, match="the similarities of all 3 pairs are equal"):
        similarity_scores([1, 2, 3], [0.5, 0.5, 0.5])
    with pytest.raises(DataError, match="the scores of all 3 pairs are equal"):
        similarity_scores([1, 1, 1], [0.5, 0.4, 0.5])
    with pytest.raises(DataError, match="got NaN or infinity; check the score column"):
        similarity_scores([1, 2, np.nan], [0.5, 0.4, 0.5])
    with pytest.raises(UsageError, match=r"as many similarities as scores, got shapes \(2,\) and \(3,\)"):
        similarity_scores([1, 2, 3], [0.5, 0.4])
    with pytest.raises(UsageError, match=r"one shape on both sides, got \(1, 2\) and \(2, 2\)"):
        row_cosines(np.ones((1, 2)), np.ones((2, 2)))
