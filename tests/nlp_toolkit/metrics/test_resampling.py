"""Scores as functions of sums: the same figures as the score classes, on all rows and on rows drawn anew."""

from typing import Any

import numpy as np
import pytest

from nlp_toolkit.errors import UsageError
from nlp_toolkit.metrics import classification_scores, multilabel_scores, regression_scores
from nlp_toolkit.metrics.resampling import resampled_metrics, resampled_scores, score_terms

LABELS = ["a", "b", "c"]


def made_up(task: str) -> tuple[list[Any], list[Any]]:
    random = np.random.default_rng(0)
    if task == "regression":
        truth = random.normal(3, 2, 60)
        return truth.tolist(), (truth + random.normal(size=60)).tolist()
    if task == "multilabel":
        sets = [[label for label in LABELS if random.random() < 0.4] for _ in range(120)]
        return sets[:60], [
            list(one) if random.random() < 0.5 else other for one, other in zip(sets, sets[60:], strict=False)
        ]
    truth = random.choice(LABELS, 60, p=[0.6, 0.3, 0.1]).tolist()
    return truth, [label if random.random() < 0.7 else "a" for label in truth]


def score(task: str, truth: list[Any], guess: list[Any]) -> dict[str, float | None]:
    if task == "regression":
        return regression_scores(truth, guess).metrics()
    of = multilabel_scores if task == "multilabel" else classification_scores
    return of(truth, guess, LABELS).metrics()


@pytest.mark.parametrize("task", ["classification", "multilabel", "regression"])
def test_every_metric_equals_that_of_the_score_classes(task: str):
    truth, guess = made_up(task)

    for metric in resampled_metrics(task):
        found = score_terms(metric, task, truth, guess, LABELS).value()
        assert found == pytest.approx(score(task, truth, guess)[metric]), metric


@pytest.mark.parametrize("task", ["classification", "multilabel", "regression"])
def test_resampled_scores_are_those_of_the_rows_drawn(task: str):
    truth, guess = made_up(task)
    random = np.random.default_rng(7)
    drawn = [random.integers(0, 60, 60).tolist() for _ in range(3)]

    for metric in resampled_metrics(task):
        if metric == "spearman":
            continue  # ranks are those among all rows, by design
        found = resampled_scores([score_terms(metric, task, truth, guess, LABELS)], seed=7, resamples=3)[0]
        expected = [score(task, [truth[i] for i in rows], [guess[i] for i in rows])[metric] for rows in drawn]
        assert found == pytest.approx(expected), metric


def test_models_are_scored_on_the_same_rows():
    truth, guess = made_up("classification")
    terms = score_terms("macro_f1", "classification", truth, guess, LABELS)

    first, second = resampled_scores([terms, terms], seed=1, resamples=50)

    assert (first == second).all()
    assert first.std() > 0.01


def test_many_rows_are_drawn_a_block_at_a_time(monkeypatch: pytest.MonkeyPatch):
    truth, guess = made_up("regression")
    terms = [score_terms("r2", "regression", truth, guess, ())]
    at_once = resampled_scores(terms, seed=5, resamples=20)

    monkeypatch.setattr("nlp_toolkit.metrics.resampling._CELLS_AT_ONCE", 180)

    assert resampled_scores(terms, seed=5, resamples=20) == pytest.approx(at_once)


def test_metric_that_cannot_be_resampled_is_named_with_those_that_can():
    with pytest.raises(
        UsageError, match=r"'log_loss' cannot be resampled for classification; known: accuracy, .*macro_f1"
    ):
        score_terms("log_loss", "classification", ["a"], ["a"], LABELS)
