"""Training: check the labels, evaluate on a test set or by cross-validation, fit on everything, save."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nlp_toolkit import Corpus
from nlp_toolkit.threads import limit
from nlp_toolkit_pipelines.evaluation import evaluate, read_labelled, result_of
from nlp_toolkit_pipelines.fitting import TrainingRows, fit_pipeline, prepare_rows
from nlp_toolkit_pipelines.folds import check_class_sizes, make_folds
from nlp_toolkit_pipelines.labels import checked, labels_of
from nlp_toolkit_pipelines.library import load_recipe
from nlp_toolkit_pipelines.model import TrainedModel, save_model
from nlp_toolkit_pipelines.notes import said_once
from nlp_toolkit_pipelines.overrides import Overrides
from nlp_toolkit_pipelines.prediction import Predicted, check_pairs, predict_all
from nlp_toolkit_pipelines.recipe import Recipe
from nlp_toolkit_pipelines.remembered import TokenMemory
from nlp_toolkit_pipelines.results import EvaluationResult, TrainResult
from nlp_toolkit_pipelines.similar_labels import similar_labels_note

_log = logging.getLogger("nlp_toolkit")


def _cross_validate(recipe: Recipe, training: TrainingRows, folds: int) -> tuple[EvaluationResult, int]:
    """Scores of out-of-fold predictions, pooled over all folds; seen: the text is also in the other folds."""
    split = make_folds(recipe, training.target, training.groups, folds)
    target, n = training.target, len(training.rows)
    values: list[Any] = [None] * n
    probabilities: np.ndarray | None = None
    seen = np.zeros(n, dtype=bool)
    memory = TokenMemory()
    for number, (train_rows, test_rows) in enumerate(split.splits, start=1):
        _log.debug("cross-validation: fold %d of %d", number, len(split.splits))
        weights = None if training.weights is None else training.weights[train_rows]
        rows = [training.rows[row] for row in train_rows]
        pipeline = fit_pipeline(recipe, rows, target.y[train_rows], weights, memory, labels=target.labels)
        predicted = predict_all(pipeline, recipe.task, target.labels, [training.rows[row] for row in test_rows])
        for row, value in zip(test_rows, predicted.values, strict=True):
            values[row] = value
        if predicted.probabilities is not None:
            probabilities = np.zeros((n, len(target.labels))) if probabilities is None else probabilities
            probabilities[test_rows] = predicted.probabilities
        seen[test_rows] = np.isin(training.hashes[test_rows], training.hashes[train_rows])
    result = result_of(recipe.task, target.labels, training.values, Predicted(values, probabilities), seen, split.notes)
    return result, len(split.splits)


def train(
    recipe: str | Path | Mapping[str, Any] | Recipe,
    corpus: Corpus | str | Path,
    *,
    test: Corpus | str | Path | None = None,
    output: str | Path | None = None,
    overwrite: bool = False,
    seed: int | None = None,
    overrides: Overrides = (),
    folds: int = 5,
    min_class_count: int = 1,
    n_jobs: int | None = -1,
) -> TrainResult:
    """Fit a recipe to a labelled corpus, evaluate it, and save it where `output` says.

    With `test` the scores are those of the model on it; without, those of `folds`-fold
    cross-validation (0: no evaluation), stratified by class, with whole groups where the corpus has them.
    The model itself is fitted on every row. Classes with fewer than `min_class_count` rows are dropped and
    reported. Unusable labels raise `DataError` before anything is fitted; an output that exists needs
    `overwrite`. The same arguments give the same result in every process.
    """
    from nlp_toolkit.artefact.generations import check_target

    loaded = load_recipe(recipe, overrides)
    if seed is not None:
        loaded = load_recipe(loaded, {"seed": seed})
    if output is not None:
        check_target(Path(output), overwrite=overwrite)
    training = prepare_rows(loaded, read_labelled(corpus), min_class_count)
    check_class_sizes(loaded, training.target)
    testing = None if test is None else read_labelled(test)
    if testing is not None:
        check_pairs(loaded.task, testing)
        checked(loaded.task, labels_of(testing))
    notes: list[str] = []
    if training.dropped:
        listed = ", ".join(f"{label} ({count})" for label, count in training.dropped.items())
        notes.append(f"left out classes with fewer than {min_class_count} rows: {listed}")
    alike = similar_labels_note(training.values)
    if alike is not None:
        notes.append(alike)
    with limit(n_jobs), said_once():
        evaluation, n_folds = None, 0
        if testing is None and folds:
            evaluation, n_folds = _cross_validate(loaded, training, folds)
            for note in evaluation.notes:
                _log.warning(note)
        pipeline = fit_pipeline(loaded, training.rows, training.target.y, training.weights)
        model = TrainedModel(pipeline, loaded.task, loaded, training.target.labels, np.unique(training.hashes))
        if testing is not None:
            evaluation = evaluate(model, testing, n_jobs=n_jobs)
    for note in notes:
        _log.warning(note)
    result = TrainResult(
        model=model,
        evaluation=evaluation,
        folds=n_folds,
        rows=len(training.rows),
        dropped=training.dropped,
        notes=tuple(notes) + (evaluation.notes if evaluation else ()),
        output=None,
    )
    if output is None:
        return result
    metrics = {key: value for key, value in result.to_json().items() if key != "output"}
    saved = save_model(model, Path(output), overwrite=overwrite, metrics=metrics, rows=result.rows)
    return replace(result, model=saved, output=Path(output))
