"""Evaluation: scores of predictions against labels, with and without the texts that were in training."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp_toolkit import Corpus, read_corpus
from nlp_toolkit.artefact import seen_in_training
from nlp_toolkit.estimators.class_weights import label_names
from nlp_toolkit.metrics import RegressionScores, classification_scores, multilabel_scores, regression_scores
from nlp_toolkit.threads import limit
from nlp_toolkit_pipelines.labels import checked, labels_of
from nlp_toolkit_pipelines.model import TrainedModel, as_model
from nlp_toolkit_pipelines.prediction import Predicted, check_pairs, predict_all
from nlp_toolkit_pipelines.results import EvaluationResult, Scores, TrainResult, evaluation_result

_log = logging.getLogger("nlp_toolkit")


def read_labelled(corpus: Corpus | str | Path) -> Corpus:
    """The corpus itself, or the file read with its text and label columns guessed (and told)."""
    if isinstance(corpus, Corpus):
        return corpus
    return read_corpus(corpus, guess_labels=True)


def _select(predicted: Predicted, rows: list[int]) -> Predicted:
    values = [predicted.values[row] for row in rows]
    return Predicted(values, None if predicted.probabilities is None else predicted.probabilities[rows])


def _score(task: str, labels: Sequence[Any], true: Sequence[Any], predicted: Predicted) -> Scores:
    if task.endswith("regression"):
        return regression_scores(true, predicted.values)
    score = multilabel_scores if task == "multilabel" else classification_scores
    return score(true, predicted.values, labels, predicted.probabilities)


def _is_known(task: str, labels: Sequence[Any], value: Any) -> bool:
    if task.endswith("regression"):
        return True
    return set(value) <= set(labels) if task == "multilabel" else value in labels


def result_of(
    task: str,
    labels: Sequence[Any],
    true: Sequence[Any],
    predicted: Predicted,
    seen: np.ndarray,
    notes: tuple[str, ...] = (),
) -> EvaluationResult:
    """Score predictions over all rows and over those not `seen` in training, bool (n,).

    Unknown labels and the number of seen texts are added to the notes; `unseen` is None when nothing
    is left to score there.
    """
    scores = _score(task, labels, true, predicted)
    rows = np.flatnonzero(~seen).tolist()
    unseen: Scores | None = scores
    if seen.any():
        left = any(_is_known(task, labels, true[row]) for row in rows)
        unseen = _score(task, labels, [true[row] for row in rows], _select(predicted, rows)) if left else None
    said = list(notes)
    unknown = {} if isinstance(scores, RegressionScores) else scores.unknown
    if unknown:
        listed = ", ".join(f"{label!r} ({count})" for label, count in list(unknown.items())[:10])
        said.append(
            f"not scored: {len(true) - scores.n} of {len(true)} rows have labels unknown to the model: {listed}"
        )
    if seen.any():
        others = "no other is left" if unseen is None else "the figures for unseen texts leave them out"
        said.append(f"{int(seen.sum())} of {len(true)} texts are in the training part too; {others}")
    return evaluation_result(task, scores, unseen, int(seen.sum()), tuple(said))


def in_kind(labels: Sequence[Any], values: Sequence[Any]) -> Sequence[Any]:
    """Labels of an evaluation corpus in the model's own kind: files give "1" where Python code trained on 1 or 1.0."""
    if not labels or not values or isinstance(values[0], list):
        return values
    if isinstance(values[0], str) and not isinstance(labels[0], str):
        by_name = {name: label for label in labels for name in label_names(label)}
        return [by_name.get(value, value) for value in values]
    if isinstance(labels[0], str) and not isinstance(values[0], str):
        return [next((name for name in label_names(value) if name in labels), str(value)) for value in values]
    return values


def evaluate(
    model: str | Path | TrainedModel | TrainResult, corpus: Corpus | str | Path, *, n_jobs: int | None = -1
) -> EvaluationResult:
    """Score a model on a labelled corpus (or the path of one, columns guessed).

    Labels the model does not know are counted and left out of the scores; texts that were in training
    are counted, and the scores given again without them. `DataError` where there are no usable labels.
    """
    trained = as_model(model)
    given = read_labelled(corpus)
    values, predicted = predicted_labels(trained, given, n_jobs)
    result = result_of(
        trained.task, trained.labels, values, predicted, seen_in_training(given.rows, trained.training_hashes)
    )
    tell(result)
    return result


def predicted_labels(trained: TrainedModel, given: Corpus, n_jobs: int | None) -> tuple[Sequence[Any], Predicted]:
    """The labels of a corpus in the model's own kind, and what the model predicts.

    `DataError` where there are no usable labels.
    """
    check_pairs(trained.task, given)
    values = in_kind(trained.labels, checked(trained.task, labels_of(given)))
    with limit(n_jobs):
        return values, predict_all(trained.pipeline, trained.task, trained.labels, given.rows)


def tell(result: EvaluationResult) -> None:
    """Log the notes of a result as warnings."""
    for note in result.notes:
        _log.warning(note)
