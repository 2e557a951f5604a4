"""Scores of ranked lists against judgements: nDCG, MAP, MRR and recall, with intervals over the queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.metrics.intervals import bootstrap_interval
from nlp_toolkit.series import plain_list

Judgements = Mapping[str, Mapping[str, float]]
"""Query id -> document id -> gain; a document that is not there, or has a gain of 0 or less, is not relevant."""

Run = Mapping[str, Sequence[str]]
"""Query id -> ids of documents, best first."""


@dataclass(frozen=True)
class RankingScores:
    """Means over `n` queries, those with a relevant document.

    `metrics` has "ndcg@k", "map", "mrr@k" and "recall@k"; `intervals` a 95 % interval of each, by resampling the
    queries; `per_query` the values of each query. `unjudged` counts queries of the run that were left out because
    nothing is judged relevant for them, `unanswered` those without a list, which score 0.
    """

    n: int
    metrics: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    per_query: Mapping[str, Mapping[str, float]]
    unjudged: int
    unanswered: int


def discounted_gain(gains: Sequence[float]) -> float:
    """Sum of gain / log2(rank + 1), ranks from 1: linear gain, as trec_eval and BEIR have it.

    >>> round(discounted_gain([3, 0, 2]), 4)
    4.0
    """
    return float(sum(gain / np.log2(rank + 1) for rank, gain in enumerate(plain_list(gains, "gains"), 1)))


def ndcg(ranked: Sequence[str], gains: Mapping[str, float], k: int) -> float:
    """Discounted gain of the first k, over that of the best possible order. Järvelin and Kekäläinen 2002.

    >>> round(ndcg(["b", "x", "a"], {"a": 3, "b": 1}, k=10), 4)
    0.6885
    """
    relevant = {name: gain for name, gain in gains.items() if gain > 0}
    best = discounted_gain(sorted(relevant.values(), reverse=True)[:k])
    return discounted_gain([relevant.get(name, 0.0) for name in _first(ranked, k)]) / best if best else 0.0


def average_precision(ranked: Sequence[str], gains: Mapping[str, float]) -> float:
    """Mean over the relevant documents of the precision at their ranks; one that is not in the list counts 0.

    >>> average_precision(["a", "x", "b"], {"a": 1, "b": 1, "c": 1}) == (1 / 1 + 2 / 3 + 0) / 3
    True
    """
    relevant = {name for name, gain in gains.items() if gain > 0}
    found, total = 0, 0.0
    for rank, name in enumerate(plain_list(ranked, "documents"), 1):
        if name in relevant:
            found += 1
            total += found / rank
    return total / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], gains: Mapping[str, float], k: int) -> float:
    """1 / rank of the first relevant document among the first k, 0 where there is none.

    >>> reciprocal_rank(["x", "a"], {"a": 1}, k=10)
    0.5
    """
    return next((1 / rank for rank, name in enumerate(_first(ranked, k), 1) if gains.get(name, 0) > 0), 0.0)


def recall(ranked: Sequence[str], gains: Mapping[str, float], k: int) -> float:
    """Share of the relevant documents that are among the first k.

    >>> recall(["a", "x"], {"a": 1, "b": 2}, k=10)
    0.5
    """
    relevant = {name for name, gain in gains.items() if gain > 0}
    return len(relevant & set(_first(ranked, k))) / len(relevant) if relevant else 0.0


def ranking_scores(run: Run, judgements: Judgements, k: int = 10, *, seed: int = 0) -> RankingScores:
    """Score the lists of `run` against `judgements`; MAP looks at whole lists, the others at the first `k`.

    A document that is listed twice for one query raises `DataError`; so do judgements without any relevant document.
    """
    if k < 1:
        raise UsageError(f"expected k of 1 or more, got {k!r}")
    run = {query: plain_list(ranked, "documents") for query, ranked in run.items()}
    for query, ranked in run.items():
        if len(set(ranked)) < len(ranked):
            twice = next(name for place, name in enumerate(ranked) if name in ranked[:place])
            raise DataError(f"document {twice!r} is listed twice for query {query!r}; a run names each once")
    judged = [query for query, gains in judgements.items() if any(gain > 0 for gain in gains.values())]
    if not judged:
        raise DataError("no query has a relevant document (a gain above 0); check the judgements")
    per_query = {query: _scores_of(run.get(query, ()), judgements[query], k) for query in judged}
    names = list(per_query[judged[0]])
    values = np.array([[per_query[query][name] for name in names] for query in judged])
    low, high = bootstrap_interval(values, seed=seed)
    return RankingScores(
        n=len(judged),
        metrics=dict(zip(names, values.mean(axis=0).tolist(), strict=True)),
        intervals={name: (float(low[at]), float(high[at])) for at, name in enumerate(names)},
        per_query=per_query,
        unjudged=len(run.keys() - set(judged)),
        unanswered=sum(not run.get(query) for query in judged),
    )


def _scores_of(ranked: Sequence[str], gains: Mapping[str, float], k: int) -> dict[str, float]:
    return {
        f"ndcg@{k}": ndcg(ranked, gains, k),
        "map": average_precision(ranked, gains),
        f"mrr@{k}": reciprocal_rank(ranked, gains, k),
        f"recall@{k}": recall(ranked, gains, k),
    }


def _first(ranked: Sequence[str], k: int) -> list[str]:
    return plain_list(ranked, "documents")[:k]
