"""What a comparison will measure: which recipes, which splits, and under which key each cell is kept."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_toolkit import Corpus
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.metrics.resampling import resampled_metrics
from nlp_toolkit.transformer.device import Device
from nlp_toolkit_pipelines.comparison.cells import cell_key
from nlp_toolkit_pipelines.comparison.defaults import default_recipes, guess_task
from nlp_toolkit_pipelines.comparison.results import LeftOut
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.scoring import DEFAULT_METRIC
from nlp_toolkit_pipelines.comparison.splits import ALL, Split, curve_splits, make_splits, neediest
from nlp_toolkit_pipelines.folds import check_class_sizes, rows_to_learn
from nlp_toolkit_pipelines.library import load_recipe
from nlp_toolkit_pipelines.recipe import Recipe, Task

_log = logging.getLogger("nlp_toolkit")


@dataclass(frozen=True)
class Splitting:
    """How rows are to be split: folds, their repeats, and `sizes` of a learning curve (none: no curve)."""

    folds: int
    repeats: int
    sizes: Sequence[int | str]
    curve_seeds: int
    seed: int


@dataclass(frozen=True)
class Plan:
    """All there is to measure: main splits, curve splits, and the key of every (recipe, split)."""

    recipes: tuple[Recipe, ...]
    splits: tuple[Split, ...]
    drawn: tuple[Split, ...]
    with_all: bool
    keys: Mapping[tuple[str, str], str]

    def key(self, recipe: Recipe, split: Split) -> str:
        return self.keys[recipe.name, split.name]


def chosen_recipes(
    given: Sequence[str | Path | Mapping[str, Any] | Recipe],
    corpus: Corpus,
    task: Task | None,
    bert: str | Path | None,
    seed: int,
    *,
    fits: float,
    threads: int,
    device: Device,
    min_class_count: int,
) -> tuple[tuple[Recipe, ...], tuple[LeftOut, ...]]:
    """The recipes to compare, each under a name of its own, and those left out from the start."""
    left_out: tuple[LeftOut, ...] = ()
    if given:
        loaded = [load_recipe(recipe, {"seed": seed}) for recipe in given]
        if bert is not None:
            loaded = [_with_checkpoint(recipe, bert) for recipe in loaded]
    else:
        guessed, why = guess_task(corpus)
        if task is None:
            _log.info("task %s: %s", guessed, why)
        defaults = default_recipes(
            task or guessed,
            corpus,
            bert=bert,
            fits=fits,
            threads=threads,
            device=device,
            min_class_count=min_class_count,
        )
        loaded = [load_recipe(recipe, {"seed": seed}) for recipe in defaults.recipes]
        left_out = defaults.left_out
    tasks = {recipe.task for recipe in loaded} | ({task} if task else set())
    if len(tasks) > 1:
        listed = ", ".join(f"{recipe.name} ({recipe.task})" for recipe in loaded)
        raise UsageError(f"only recipes of one task can be compared, got {listed}; compare them apart")
    named = [
        recipe if recipe.name else recipe.model_copy(update={"name": f"recipe {n}"})
        for n, recipe in enumerate(loaded, 1)
    ]
    twice = [name for name, count in Counter(recipe.name for recipe in named).items() if count > 1]
    if twice:
        raise UsageError(f"two recipes are called {twice[0]!r}; give each a name of its own (name: ... in its file)")
    contents = [recipe.model_copy(update={"name": "", "summary": ""}) for recipe in named]
    same = next((at for at, content in enumerate(contents) if content in contents[:at]), None)
    if same is not None:
        raise UsageError(f"{named[contents.index(contents[same])].name} and {named[same].name} are the same recipe")
    return tuple(named), left_out


def readings(n_rows: int, sizes: Sequence[int | str], *, folds: int, repeats: int, draws: int, has_test: bool) -> float:
    """How many times a recipe reads as many rows as the corpus has, to fit: for every split, and every subset.

    >>> readings(1000, [100, 300, "all"], folds=5, repeats=1, draws=3, has_test=False)  # 5 * (800 + 100 + 300)
    6.0
    """
    parts, share = (1, 1.0) if has_test else (folds * repeats, 1 - 1 / folds)
    subsets = sum(size for size in sizes if isinstance(size, int) and size <= share * n_rows)
    return parts * share + (draws if has_test else parts) * subsets / max(1, n_rows)


def _with_checkpoint(recipe: Recipe, bert: str | Path) -> Recipe:
    """The recipe with its pretrained BERT replaced; one trained from nothing, or without BERT, stays."""
    for part in ("vectorizer", "estimator"):
        spec = getattr(recipe, part)
        model = "" if getattr(spec, "kind", "") != "bert" else str(spec.parameters.get("model", ""))
        if model and not model.startswith("scratch-"):
            return load_recipe(recipe, {f"{part}.model": str(bert)})
    return recipe


def chosen_metric(asked: str | None, task: str) -> str:
    """The metric recipes are compared by; `UsageError` for one the task does not have."""
    known = resampled_metrics(task)
    if asked is not None and asked not in known:
        raise UsageError(f"unknown metric {asked!r} for {task}; known: {', '.join(known)}")
    return asked or DEFAULT_METRIC[task]


def make_plan(
    rows: ComparedRows, recipes: tuple[Recipe, ...], splitting: Splitting, device: Device
) -> tuple[Plan, tuple[str, ...], tuple[LeftOut, ...]]:
    """The plan without recipes that need more rows of a class than there are; what was to be said; and those recipes.

    `DataError` where no recipe can do with these rows.
    """
    left_out: tuple[LeftOut, ...] = ()
    while True:
        need = rows_to_learn(neediest(recipes))
        try:
            check_class_sizes(neediest(recipes), rows.target)
            plan, notes = _plan_of_all(rows, recipes, splitting, device)
        except DataError as error:
            content = tuple(recipe for recipe in recipes if rows_to_learn(recipe) < need)
            if not content:
                raise
            left_out += tuple(LeftOut(recipe.name, str(error)) for recipe in recipes if recipe not in content)
            recipes = content
        else:
            return plan, notes, left_out


def _plan_of_all(
    rows: ComparedRows, recipes: tuple[Recipe, ...], splitting: Splitting, device: Device
) -> tuple[Plan, tuple[str, ...]]:
    """The splits, with the subsets of a learning curve, and every cell's key; and what was to be said of them."""
    how = splitting
    splits, notes = make_splits(rows, recipes, folds=how.folds, repeats=how.repeats, seed=how.seed)
    drawn: list[Split] = []
    if how.sizes:
        need = rows_to_learn(neediest(recipes))
        drawn, more = curve_splits(rows, splits, how.sizes, need, seeds=how.curve_seeds, seed=how.seed)
        notes += more
    keys = {
        (recipe.name, split.name): cell_key(recipe, rows, split, device)
        for recipe in recipes
        for split in (*splits, *drawn)
    }
    return Plan(recipes, tuple(splits), tuple(drawn), ALL in how.sizes, keys), notes
