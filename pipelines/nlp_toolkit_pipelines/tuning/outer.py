"""The outer score: the tuned recipe and the untuned one on rows the search never saw."""

import numpy as np

from nlp_toolkit.metrics.intervals import percentile_interval
from nlp_toolkit.metrics.resampling import resampled_scores, score_terms
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
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
    every = np.arange(rows.n_train)
    if rows.has_test:
        return every, np.arange(rows.n_train, len(rows.rows)), "test"
    search, held_out = split_rows(recipe, rows, every, HOLD_OUT_FOLDS)[0]
    return search, held_out, "hold-out"


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
