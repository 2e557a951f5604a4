"""`tune`: search the space of a recipe, score the best parameters on rows the search never saw, write a recipe."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nlp_toolkit import Corpus
from nlp_toolkit.errors import RecipeError, UsageError
from nlp_toolkit.metrics.resampling import resampled_metrics
from nlp_toolkit.output_place import beside
from nlp_toolkit.threads import limit
from nlp_toolkit_pipelines.comparison.rows import compared_rows
from nlp_toolkit_pipelines.comparison.scoring import DEFAULT_METRIC
from nlp_toolkit_pipelines.evaluation import read_labelled
from nlp_toolkit_pipelines.library import load_recipe
from nlp_toolkit_pipelines.notes import said_once
from nlp_toolkit_pipelines.overrides import Overrides
from nlp_toolkit_pipelines.recipe import Recipe
from nlp_toolkit_pipelines.tuning.outer import outer_split, score_outside
from nlp_toolkit_pipelines.tuning.results import TuneResult
from nlp_toolkit_pipelines.tuning.sampling import draw_candidates
from nlp_toolkit_pipelines.tuning.search import Progress, plan_stages, search
from nlp_toolkit_pipelines.tuning.trials import TrialStore
from nlp_toolkit_pipelines.tuning.writing import recipe_yaml, write_recipe

TRIALS = ".trials"
"""What the name of a recipe file becomes the folder of its trials with."""

_log = logging.getLogger("nlp_toolkit")


def tune(
    recipe: str | Path | Mapping[str, Any] | Recipe,
    corpus: Corpus | str | Path,
    *,
    trials: int = 50,
    test: Corpus | str | Path | None = None,
    output: str | Path | None = None,
    overwrite: bool = False,
    metric: str | None = None,
    seed: int | None = None,
    overrides: Overrides = (),
    folds: int = 5,
    min_class_count: int = 1,
    n_jobs: int | None = -1,
    on_trial: Progress | None = None,
) -> TuneResult:
    """Find better parameters for a recipe within the space it declares, by successive halving.

    `trials` candidates, the recipe as it is among them, are compared by `folds`-fold cross-validation on a small
    part of the rows, the best third of them on three times as many, until the last are compared on all. One fold of
    five is held out beforehand (or `test` is used whole): the search never sees it, and the best candidate's score
    on it is the honest one. With `output` the tuned recipe is written there, for `train`; finished trials are kept
    beside it, and the same call made again computes none of them twice. The same arguments give the same result.

    `RecipeError` for a recipe without a space; the errors for unusable data are those of `train`.
    """
    loaded = load_recipe(recipe, overrides)
    if seed is not None:
        loaded = load_recipe(loaded, {"seed": seed})
    _check(loaded, trials, folds)
    chosen = _metric(loaded, metric)
    path = None if output is None else Path(output)
    folder = None if path is None else check_output(path, overwrite=overwrite)
    if path is not None:
        recipe_yaml(loaded, path.parent)  # refuses paths that a recipe there may not name
    store = TrialStore(folder)
    rows = compared_rows(loaded, read_labelled(corpus), None if test is None else read_labelled(test), min_class_count)
    part, outside, how = outer_split(loaded, rows)
    candidates = draw_candidates(loaded, trials, loaded.seed)
    stages = plan_stages(loaded, rows, part, len(candidates), folds)
    seen = int(np.isin(rows.hashes[outside], rows.hashes[part]).sum())
    notes = _notes((*rows.notes, *stages[-1].notes), len(candidates), trials, seen)
    for note in notes:
        _log.warning(note)
    with limit(n_jobs), said_once(), _told_what_is_kept(folder):
        searched = search(loaded, rows, stages, candidates, chosen, store, on_trial or _unheard)
        tuned = _named(loaded, searched.best.parameters, path)
        outer = score_outside(tuned, loaded, rows, part, outside, how, chosen)
    if path is not None:
        write_recipe(tuned, path, overwrite=overwrite)
    inner = searched.best.score
    assert inner is not None  # `search` gives a best trial that has one
    return TuneResult(
        recipe=tuned,
        metric=chosen,
        best=searched.best,
        inner=inner,
        outer=outer,
        trials=searched.trials,
        rungs=searched.rungs,
        computed=searched.computed,
        reused=searched.reused,
        notes=notes,
        output=path,
        trials_folder=folder,
    )


def _check(recipe: Recipe, trials: int, folds: int) -> None:
    if not recipe.space:
        raise RecipeError(
            f"{recipe.name or 'the recipe'} declares no space to search; add one, such as "
            "space: {estimator.C: {log_uniform: [0.01, 100]}}"
        )
    if trials < 2:
        raise UsageError(f"expected 2 trials or more, got {trials}; the first is the recipe as it is")
    if folds < 2:
        raise UsageError(f"expected at least 2 folds, got {folds}")


def _metric(recipe: Recipe, asked: str | None) -> str:
    known = resampled_metrics(recipe.task)
    metric = asked or DEFAULT_METRIC[recipe.task]
    if metric not in known:
        raise UsageError(f"cannot tune {recipe.task} by {metric!r}; known: {', '.join(known)}")
    return metric


def check_output(path: Path, *, overwrite: bool = False) -> Path:
    """The folder of the trials beside `path`; `UsageError` where one of the two could not be written in the end."""
    from nlp_toolkit.corpus.whole_file import check_place
    from nlp_toolkit_pipelines.library import looks_like_recipe_file

    if not looks_like_recipe_file(str(path)):
        raise UsageError(f"{path}: expected a recipe file, ending in .yaml")
    check_place(path, overwrite=overwrite)
    folder = beside(path, TRIALS)
    if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise UsageError(
            f"{folder}: expected a folder that can be written, to keep finished trials in; move what is there, or name "
            "another recipe file"
        )
    return folder


def _notes(said: tuple[str, ...], candidates: int, trials: int, seen: int) -> tuple[str, ...]:
    notes = list(said)
    if candidates < trials:
        notes.append(f"{candidates} trials instead of {trials}: the space has no more")
    if seen:
        notes.append(f"{seen} of the rows for the outer score have texts that are in the search part too")
    return tuple(notes)


def _named(recipe: Recipe, parameters: Mapping[str, Any], path: Path | None) -> Recipe:
    """The recipe with its new parameters, under a name of its own; its space stays as it was declared."""
    changed = load_recipe(recipe, parameters) if parameters else recipe
    name = f"{recipe.name or 'recipe'}-tuned" if path is None else path.stem
    about = f"{recipe.name or 'A recipe'}, tuned"
    return changed.model_copy(update={"name": name, "summary": about, "space": recipe.space})


@contextmanager
def _told_what_is_kept(folder: Path | None) -> Iterator[None]:
    """On the way out of an interruption, say where the finished trials are."""
    whole = False
    try:
        yield
        whole = True
    finally:
        n = 0 if whole or folder is None else len(list(folder.glob("*.json")))
        if n:
            _log.warning("%d finished trials are kept in %s; the same command goes on from there", n, folder)


def _unheard(what: str, done: int, total: int) -> None:
    """A progress that nobody follows."""
