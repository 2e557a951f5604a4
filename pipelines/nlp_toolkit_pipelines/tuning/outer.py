"""The outer score: the tuned recipe and the untuned one on rows the search never saw."""

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.intervals import percentile_interval
from nlp_toolkit.metrics.resampling import resampled_scores, score_terms
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.folds import counted, has_one_label, rarest, rows_to_learn
from nlp_toolkit_pipelines.recipe import Recipe
from nlp_toolkit_pipelines.remembered import TokenMemory
from nlp_toolkit_pipelines.tuning.results import OuterScore
from nlp_toolkit_pipelines.tuning.search import fit_and_predict, split_rows

HOLD_OUT_FOLDS = 5
"""Without a test file one fold of five is held out."""


def outer_split(recipe: Recipe, rows: ComparedRows) -> tuple[np.ndarray, np.ndarray, str]:
    """Positions to search on and positions to score the result on, and which kind the latter are.

    A test file as it is; else one fold of five, stratified by class, whole groups on one side, by the recipe's seed.
    """
    _check_classes(recipe, rows)
    every = np.arange(rows.n_train)
    if rows.has_test:
        return every, np.arange(rows.n_train, len(rows.rows)), "test"
    folds, _ = split_rows(recipe, rows, every, HOLD_OUT_FOLDS)
    search, held_out = folds[0]
    return search, held_out, "hold-out"


def _check_classes(recipe: Recipe, rows: ComparedRows) -> None:
    """`DataError` where a class has too few rows for the folds of the search and for the rows that are held out."""
    if rows.groups is not None or not has_one_label(recipe):
        return
    label, count = rarest(rows.target)
    inside = rows_to_learn(recipe) + 1
    need = inside if rows.has_test else inside + 1
    if count >= need:
        return
    why = f"{inside} for the folds of the search" + ("" if rows.has_test else " and 1 held out for the outer score")
    remedy = f"drop such classes (min_class_count={need}, --min-class-count {need})"
    if inside <= count:
        remedy += " or give a test set for the outer score (test=..., --test)"
    raise DataError(
        f"cannot tune: class {label!r} has only {counted(count, 'row')}, it takes {need} of each class with "
        f"{recipe.estimator.kind}, {why}; {remedy}"
    )


def score_outside(
    tuned: Recipe, untuned: Recipe, rows: ComparedRows, search: np.ndarray, outside: np.ndarray, how: str, metric: str
) -> OuterScore:
    """Fit both recipes to the rows of the search and score them on those outside, with intervals by bootstrap."""
    memory = TokenMemory()
    true = [rows.values[row] for row in outside.tolist()]
    terms = []
    for recipe in (tuned, untuned):
        predicted = fit_and_predict(recipe, rows, search, outside, memory)
        terms.append(score_terms(metric, rows.task, true, predicted.values, rows.labels))
    resampled = resampled_scores(terms, seed=tuned.seed)
    low, high = percentile_interval(resampled[0])
    difference_low, difference_high = percentile_interval(resampled[0] - resampled[1])
    scores = [each.value() for each in terms]
    return OuterScore(
        how=how,
        n=len(outside),
        score=scores[0],
        low=float(low),
        high=float(high),
        untuned=scores[1],
        difference=scores[0] - scores[1],
        difference_low=float(difference_low),
        difference_high=float(difference_high),
    )
