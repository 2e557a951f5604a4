"""Ranking metrics worked by hand, their laws, and scikit-learn's nDCG."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.metrics.intervals import bootstrap_interval
from nlp_toolkit.metrics.ranking import average_precision, ndcg, ranking_scores, recall

GAINS = {"a": 3.0, "b": 2.0, "c": 1.0, "never": 0.0}
RANKED = ["b", "never", "a", "x"]


def test_scores_of_one_query_worked_by_hand() -> None:
    scores = ranking_scores({"q": RANKED}, {"q": GAINS}, k=3)
    gained = 2 / math.log2(2) + 0 / math.log2(3) + 3 / math.log2(4)  # b, never, a
    best = 3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4)  # a, b, c
    assert scores.metrics == pytest.approx(
        {
            "ndcg@3": gained / best,
            "map": (1 / 1 + 2 / 3 + 0) / 3,  # b at 1, a at 3, c nowhere
            "mrr@3": 1.0,
            "recall@3": 2 / 3,
        }
    )


def test_means_count_unanswered_queries_as_zero_and_leave_unjudged_ones_out() -> None:
    run = {"good": ["a"], "bad": ["x", "a"], "unjudged": ["a"]}
    judgements = {"good": {"a": 1}, "bad": {"a": 1}, "silent": {"a": 1}, "nothing relevant": {"a": 0}}
    scores = ranking_scores(run, judgements)
    assert (scores.n, scores.unjudged, scores.unanswered) == (3, 1, 1)
    assert scores.metrics["mrr@10"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert scores.metrics["recall@10"] == pytest.approx(2 / 3)
    assert scores.per_query["silent"] == {"ndcg@10": 0, "map": 0, "mrr@10": 0, "recall@10": 0}


@given(st.lists(st.integers(0, 4), min_size=2, max_size=12).filter(any), st.integers(1, 12), st.randoms())
def test_ndcg_is_scikit_learns(gains: list[int], k: int, random: object) -> None:
    order = list(range(len(gains)))
    random.shuffle(order)  # type: ignore[attr-defined]
    scores = np.empty(len(gains))
    scores[order] = np.arange(len(gains), 0, -1)
    ours = ndcg([str(n) for n in order], {str(n): float(gain) for n, gain in enumerate(gains)}, k)
    assert ours == pytest.approx(ndcg_score([gains], [scores], k=k))


@given(st.permutations(["a", "b", "c", "x", "y"]))
def test_perfect_order_scores_one_and_no_order_more(ranked: list[str]) -> None:
    assert ndcg(["a", "b", "c"], GAINS, 10) == pytest.approx(1.0)
    assert average_precision(["c", "a", "b", "x"], GAINS) == 1.0
    assert 0 <= ndcg(ranked, GAINS, 10) <= 1 + 1e-12
    assert recall(ranked, GAINS, 5) == 1.0


def test_interval_holds_the_mean_narrows_with_n_and_repeats_with_its_seed() -> None:
    values = np.random.default_rng(0).random((50, 1))
    low, high = bootstrap_interval(values)
    assert low[0] < values.mean() < high[0]
    error = values.std() / math.sqrt(50)
    assert high[0] - low[0] == pytest.approx(2 * 1.96 * error, rel=0.1)
    many_low, many_high = bootstrap_interval(np.tile(values, (16, 1)))
    assert many_high[0] - many_low[0] == pytest.approx((high[0] - low[0]) / 4, rel=0.15)
    assert bootstrap_interval(values, seed=3)[0] == bootstrap_interval(values, seed=3)[0]


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(DataError, match="document 'a' is listed twice for query 'q'"):
        ranking_scores({"q": ["a", "b", "a"]}, {"q": {"a": 1}})
    with pytest.raises(DataError, match="no query has a relevant document"):
        ranking_scores({"q": ["a"]}, {"q": {"a": 0}})
    with pytest.raises(UsageError, match="expected k of 1 or more, got 0"):
        ranking_scores({"q": ["a"]}, {"q": {"a": 1}}, k=0)
