"""Distributions of labels: worked by hand, against scipy, at zeros and for huge logits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax
from scipy.stats import entropy as scipy_entropy

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.distribution import (
    cross_entropy,
    cross_entropy_of_logits,
    entropy,
    entropy_of_logits,
    jensen_shannon,
    kl_divergence,
    kl_divergence_of_logits,
    label_distributions,
    log_softmax,
    shares,
)


@st.composite
def two_distributions(draw):
    size = draw(st.integers(2, 6))
    counts = st.lists(st.integers(0, 50), min_size=size, max_size=size).filter(any)
    p, q = (np.array(draw(counts), dtype=float) for _ in range(2))
    return p / p.sum(), q / q.sum()


@given(two_distributions())
def test_figures_equal_scipy_with_zeros_where_they_fall(pair):
    p, q = pair

    assert entropy(p) == pytest.approx(scipy_entropy(p), abs=1e-12)
    assert kl_divergence(p, q) == pytest.approx(scipy_entropy(p, q), abs=1e-12)
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q) ** 2, abs=1e-9)
    assert jensen_shannon(p, q) == pytest.approx(jensen_shannon(q, p), abs=1e-12)
    assert 0 <= jensen_shannon(p, q) <= math.log(2) + 1e-12


@given(two_distributions())
def test_cross_entropy_is_entropy_and_divergence(pair):
    p, q = pair
    assert cross_entropy(p, q) == pytest.approx(float(entropy(p) + kl_divergence(p, q)), abs=1e-12)


@given(st.lists(st.tuples(st.floats(-30, 30), st.floats(-30, 30)), min_size=2, max_size=5))
def test_logits_give_what_their_probabilities_give(logits):
    one, other = np.array(logits).T
    p, q = softmax(one), softmax(other)

    assert np.exp(log_softmax(one)) == pytest.approx(p, abs=1e-12)
    assert entropy_of_logits(one) == pytest.approx(entropy(p), abs=1e-9)
    assert cross_entropy_of_logits(p, other) == pytest.approx(cross_entropy(p, q), rel=1e-9, abs=1e-9)
    assert kl_divergence_of_logits(one, other) == pytest.approx(kl_divergence(p, q), rel=1e-9, abs=1e-9)


def test_huge_logits_stay_finite_where_their_probabilities_are_zero():
    logits = np.array([1e6, 0.0, -1e6])

    assert log_softmax(logits).tolist() == [0.0, -1e6, -2e6]
    assert entropy_of_logits(logits) == 0.0
    assert cross_entropy_of_logits(np.array([0.0, 0.0, 1.0]), logits) == 2e6
    assert kl_divergence_of_logits(-logits, logits) == 2e6


def test_rows_are_distributions_each():
    p = np.array([[0.5, 0.5], [1.0, 0.0]])
    assert entropy(p).tolist() == pytest.approx([math.log(2), 0.0])
    assert entropy(np.array([1.0, 0.0])).tobytes() == np.float64(0.0).tobytes()  # not -0


def test_label_that_is_never_predicted_makes_divergence_infinite_and_json_none():
    found = label_distributions(["a", "b"], ["a", "a"], ["a", "b", "c"])

    assert (found.observed, found.predicted) == ((0.5, 0.5, 0.0), (1.0, 0.0, 0.0))
    assert (found.cross_entropy, found.kl) == (None, None)
    assert found.jensen_shannon == pytest.approx(0.215762, abs=1e-6)
    assert found.to_json()["observed_entropy"] == pytest.approx(math.log(2))


@pytest.mark.parametrize("wrong", [[0.5, 0.4], [1.5, -0.5], [float("nan"), 1.0], [2, 2]])
def test_what_is_no_distribution_is_refused(wrong):
    with pytest.raises(DataError, match="expected probabilities of 0 or more that sum to 1"):
        entropy(np.array(wrong))


def test_no_known_label_is_refused():
    with pytest.raises(DataError, match="got none; check the label column"):
        shares(["z"], ["a", "b"])


def test_logits_that_are_not_finite_are_refused():
    with pytest.raises(DataError, match="expected finite logits"):
        log_softmax(np.array([0.0, np.inf]))
