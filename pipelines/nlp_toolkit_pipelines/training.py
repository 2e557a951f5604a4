"""Training: check the labels, evaluate on a test set or by cross-validation, fit on everything, save."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nlp_toolkit import Corpus, validation
from nlp_toolkit.artefact import text_hashes
from nlp_toolkit.errors import DataError, RecipeError, ToolkitError
from nlp_toolkit.threads import limit
from nlp_toolkit_pipelines.building import build_pipeline
from nlp_toolkit_pipelines.evaluation import evaluate, read_labelled, result_of
from nlp_toolkit_pipelines.folds import check_class_sizes, make_folds
from nlp_toolkit_pipelines.labels import Target, checked, common_rows, label_names, labels_of, name_rows, target_of
from nlp_toolkit_pipelines.library import load_recipe
from nlp_toolkit_pipelines.model import TrainedModel, save_model
from nlp_toolkit_pipelines.notes import said_once
from nlp_toolkit_pipelines.overrides import Overrides
from nlp_toolkit_pipelines.prediction import Predicted, check_pairs, predict_all
from nlp_toolkit_pipelines.recipe import Recipe
from nlp_toolkit_pipelines.remembered import TokenMemory
from nlp_toolkit_pipelines.results import EvaluationResult, TrainResult

_log = logging.getLogger("nlp_toolkit")


@dataclass(frozen=True)
class _Training:
    """Rows ready to be fitted: texts or pairs, checked labels, target, and the optional columns."""

    rows: list[Any]
    values: list[Any]
    target: Target
    hashes: np.ndarray
    weights: np.ndarray | None
    groups: list[str] | None
    dropped: Mapping[str, int]


def _weights(corpus: Corpus, kept: Sequence[int]) -> np.ndarray | None:
    if corpus.weights is None:
        return None
    weights = np.asarray(corpus.weights, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0))).tolist()
    if wrong:
        raise DataError(f"expected finite weights of 0 or more, got {weights[wrong[0]]} in {name_rows(wrong)}")
    weights = weights[list(kept)]
    if not weights.any():
        raise DataError("expected weights above 0, got none; check the weight column")
    return weights


def _groups(corpus: Corpus, kept: Sequence[int]) -> list[str] | None:
    if corpus.groups is None:
        return None
    missing = [row for row, group in enumerate(corpus.groups) if group is None or group != group]
    if missing:
        raise DataError(f"no group in {name_rows(missing)}; fill them in or leave out the group column")
    return [str(corpus.groups[row]) for row in kept]


def _prepare(recipe: Recipe, corpus: Corpus, min_class_count: int) -> _Training:
    check_pairs(recipe.task, corpus)
    # Read once and checked: a text that is none is named here, before anything else is asked of it.
    given: Sequence[Any] = (
        validation.as_list(corpus.texts) if corpus.pairs is None else validation.check_pairs(corpus.pairs)
    )
    values = checked(recipe.task, labels_of(corpus))
    kept, dropped = common_rows(recipe.task, values, min_class_count)
    if not kept:
        raise DataError(f"no class has {min_class_count} rows; lower min_class_count (--min-class-count)")
    values = [values[row] for row in kept]
    rows = [given[row] for row in kept]
    weights, groups = _weights(corpus, kept), _groups(corpus, kept)
    return _Training(rows, values, target_of(recipe.task, values), text_hashes(rows), weights, groups, dropped)


def _spell_class_weights(estimator: Any, y: np.ndarray) -> None:
    """Class weights under the labels themselves: a recipe's keys are strings, labels from Python may be numbers."""
    weights = estimator.get_params(deep=False).get("class_weight")
    if isinstance(weights, Mapping) and y.dtype != object:
        by_name = {name: label for label in np.unique(y).tolist() for name in label_names(label)}
        estimator.set_params(class_weight={by_name.get(name, name): weight for name, weight in weights.items()})


def _fit(
    recipe: Recipe, rows: Sequence[Any], y: np.ndarray, weights: np.ndarray | None, memory: TokenMemory | None = None
) -> Any:
    """A fitted pipeline; weights go to the estimator, which must take them."""
    pipeline = build_pipeline(recipe)
    if memory is not None:
        memory.share(pipeline)
    from sklearn.utils.validation import has_fit_parameter

    if weights is not None and not has_fit_parameter(pipeline["estimator"], "sample_weight"):
        raise RecipeError(f"estimator {recipe.estimator.kind} takes no row weights; leave out the weight column")
    _spell_class_weights(pipeline["estimator"], y)
    try:
        pipeline.fit(rows, y, **({} if weights is None else {"estimator__sample_weight": weights}))
        # Some parameters, such as more neighbours than rows, fail at the first prediction only.
        pipeline.predict(rows[:1])
        return pipeline
    except ToolkitError:
        raise
    except ValueError as error:  # scikit-learn's, for parameters that do not go together
        raise RecipeError(f"{recipe.name or 'the recipe'} cannot be fitted: {error}") from error


def _cross_validate(recipe: Recipe, training: _Training, folds: int) -> tuple[EvaluationResult, int]:
    """Scores of out-of-fold predictions, pooled over all folds; seen: the text is also in the other folds."""
    split = make_folds(recipe, training.target, training.groups, folds)
    target, n = training.target, len(training.rows)
    values: list[Any] = [None] * n
    probabilities: np.ndarray | None = None
    seen = np.zeros(n, dtype=bool)
    texts = [text for row in training.rows for text in row] if recipe.is_pair else training.rows
    memory = TokenMemory(texts)
    for number, (train_rows, test_rows) in enumerate(split.splits, start=1):
        _log.debug("cross-validation: fold %d of %d", number, len(split.splits))
        weights = None if training.weights is None else training.weights[train_rows]
        pipeline = _fit(recipe, [training.rows[row] for row in train_rows], target.y[train_rows], weights, memory)
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
    training = _prepare(loaded, read_labelled(corpus), min_class_count)
    check_class_sizes(loaded, training.target)
    testing = None if test is None else read_labelled(test)
    if testing is not None:
        check_pairs(loaded.task, testing)
        checked(loaded.task, labels_of(testing))
    notes: list[str] = []
    if training.dropped:
        listed = ", ".join(f"{label} ({count})" for label, count in training.dropped.items())
        notes.append(f"left out classes with fewer than {min_class_count} rows: {listed}")
    with limit(n_jobs), said_once():
        evaluation, n_folds = None, 0
        if testing is None and folds:
            evaluation, n_folds = _cross_validate(loaded, training, folds)
            for note in evaluation.notes:
                _log.warning(note)
        pipeline = _fit(loaded, training.rows, training.target.y, training.weights)
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
