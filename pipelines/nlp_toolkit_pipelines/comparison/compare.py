"""Compare recipes on one corpus: the same splits for all, scores with intervals, paired tests, costs, curves."""

import logging
import os
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from nlp_toolkit import Corpus
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.threads import effective_jobs
from nlp_toolkit.transformer.device import Device
from nlp_toolkit_pipelines.comparison.cells import Cell, CellStore, cell_key, versions
from nlp_toolkit_pipelines.comparison.curves import Drawn, learning_curves
from nlp_toolkit_pipelines.comparison.defaults import default_recipes, family_of, guess_task
from nlp_toolkit_pipelines.comparison.job import Work
from nlp_toolkit_pipelines.comparison.place import CELLS, prepare_place, write_reports
from nlp_toolkit_pipelines.comparison.results import (
    ComparisonResult,
    LearningCurves,
    LeftOut,
    RecipeResult,
)
from nlp_toolkit_pipelines.comparison.rows import ComparedRows, compared_rows
from nlp_toolkit_pipelines.comparison.running import (
    Failures,
    Progress,
    RecipeWork,
    run_apart,
    run_here,
    told_what_is_kept,
)
from nlp_toolkit_pipelines.comparison.scoring import (
    DEFAULT_METRIC,
    Scored,
    best_first,
    direction,
    fold_ratio,
    pairs_over_folds,
    scores_on_test,
    scores_over_folds,
)
from nlp_toolkit_pipelines.comparison.splits import ALL, Split, curve_splits, make_splits, neediest, parse_sizes
from nlp_toolkit_pipelines.comparison.text_places import MapKind, text_places
from nlp_toolkit_pipelines.comparison.verdicts import summary_of
from nlp_toolkit_pipelines.evaluation import read_labelled
from nlp_toolkit_pipelines.folds import check_class_sizes, rows_to_learn
from nlp_toolkit_pipelines.library import load_recipe
from nlp_toolkit_pipelines.profile import profile_corpus
from nlp_toolkit_pipelines.recipe import Recipe, Task

_log = logging.getLogger("nlp_toolkit")

PARETO_AXES = ("score", "fit_seconds", "texts_per_second", "model_mb")


@dataclass(frozen=True)
class _Plan:
    """All there is to measure: main splits, curve splits, and the key of every (recipe, split)."""

    recipes: tuple[Recipe, ...]
    splits: tuple[Split, ...]
    drawn: tuple[Split, ...]
    with_all: bool
    keys: Mapping[tuple[str, str], str]

    def key(self, recipe: Recipe, split: Split) -> str:
        return self.keys[recipe.name, split.name]


def compare(
    corpus: Corpus | str | Path,
    recipes: Sequence[str | Path | Mapping[str, Any] | Recipe] = (),
    *,
    output: str | Path | None = None,
    test: Corpus | str | Path | None = None,
    task: Task | None = None,
    bert: str | Path | None = None,
    folds: int = 5,
    repeats: int = 1,
    learning_curve: str | Sequence[int | str] | None = None,
    curve_seeds: int = 5,
    metric: str | None = None,
    text_map: MapKind = "pca",
    seed: int = 0,
    min_class_count: int = 1,
    overwrite: bool = False,
    resume: bool = False,
    isolated: bool = True,
    n_jobs: int | None = -1,
    device: Device = "auto",
    name: str = "",
    on_cell: Progress | None = None,
) -> ComparisonResult:
    """Fit every recipe on the same splits of a labelled corpus and say which is better, how surely, and at what cost.

    Without `recipes` one of each family is taken that suits the task (guessed from the labels unless given), with
    `bert` a checkpoint for the BERT ones. Everything is fitted inside the training parts only: `folds`-fold
    cross-validation, `repeats` times, stratified and with whole groups where the corpus has them; or, with `test`,
    the corpus and that file. `learning_curve` ("100,300,1000,all") adds nested subsets of the training parts, with
    `test` drawn `curve_seeds` times. `seed` decides the splits, and replaces that of every recipe.

    Each recipe runs in a process of its own, `n_jobs` cores in all shared among them; `isolated=False` measures in
    this process, one after another, as stages registered here need it (the peak memory is then the whole
    process's). Cells that are finished are kept in `output`, where `resume` finds them. A recipe that cannot be
    fitted, or lacks an extra, is left out and named; when none is left, `DataError`.
    """
    sizes = parse_sizes(learning_curve)
    _check_numbers(folds=folds, repeats=repeats, curve_seeds=curve_seeds)
    given = read_labelled(corpus)
    testing = None if test is None else read_labelled(test)
    jobs = effective_jobs(n_jobs)
    chosen, left_out = _recipes(recipes, given, task, bert, seed, fits=1 if testing else folds * repeats, cores=jobs)
    rows = compared_rows(chosen[0], given, testing, min_class_count)
    metric = _metric(metric, rows.task)
    check_class_sizes(neediest(chosen), rows.target)
    plan, notes = _plan(rows, chosen, sizes, folds, repeats, curve_seeds, seed, device)
    for note in (*rows.notes, *notes):
        _log.warning("%s", note)

    if output is not None:
        prepare_place(Path(output), overwrite=overwrite, resume=resume)
    with TemporaryDirectory(prefix="nlp-toolkit-") as scratch:
        folder = Path(scratch) if output is None else Path(output)
        cells, failures = _measured(
            plan, rows, folder / CELLS, isolated, jobs, device, on_cell or _unheard, kept=output is not None
        )
    whole = {recipe.name: recipe for recipe in chosen if recipe.name not in failures.of_recipe}
    left = (*left_out, *(LeftOut(each, reason) for each, reason in failures.of_recipe.items()))
    if not whole:
        raise DataError("no recipe could be compared: " + "; ".join(f"{each.name}: {each.reason}" for each in left))
    result = _result(plan, rows, cells, whole, left, failures, metric, seed, text_map)
    settings = {
        "seed": seed,
        "folds": None if testing is not None else folds,
        "repeats": None if testing is not None else repeats,
        "learning_curve": sizes or None,
        "curve_seeds": curve_seeds if sizes and testing is not None else None,
        "metric": metric,
        "min_class_count": min_class_count,
        "jobs": jobs,
        "threads_per_recipe": _sharing(jobs, len(chosen), isolated)[1],
        "isolated": isolated,
        "device": device,
        "pareto_axes": list(PARETO_AXES),
        "recipes": {recipe.name: recipe.to_dict() for recipe in chosen},
    }
    found = ComparisonResult(
        **result,
        data=_described(given, rows, name),
        settings=settings,
        versions=versions(),
        machine=_machine(),
        output=None if output is None else Path(output),
    )
    if output is not None:
        write_reports(Path(output), found.to_json())
    return found


def _unheard(recipe: str, done: int, total: int) -> None:
    """A progress that nobody follows."""


def _check_numbers(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise UsageError(f"expected {name} of 1 or more, got {number}")


def _recipes(
    given: Sequence[str | Path | Mapping[str, Any] | Recipe],
    corpus: Corpus,
    task: Task | None,
    bert: str | Path | None,
    seed: int,
    *,
    fits: int,
    cores: int,
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
        defaults = default_recipes(task or guessed, corpus, bert=bert, fits=fits, cores=cores)
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
    return tuple(named), left_out


def _with_checkpoint(recipe: Recipe, bert: str | Path) -> Recipe:
    """The recipe with its pretrained BERT replaced; one trained from nothing, or without BERT, stays."""
    for part in ("vectorizer", "estimator"):
        spec = getattr(recipe, part)
        model = "" if getattr(spec, "kind", "") != "bert" else str(spec.parameters.get("model", ""))
        if model and not model.startswith("scratch-"):
            return load_recipe(recipe, {f"{part}.model": str(bert)})
    return recipe


def _metric(asked: str | None, task: str) -> str:
    from nlp_toolkit.metrics.resampling import resampled_metrics

    known = resampled_metrics(task)
    if asked is not None and asked not in known:
        raise UsageError(f"unknown metric {asked!r} for {task}; known: {', '.join(known)}")
    return asked or DEFAULT_METRIC[task]


def _plan(
    rows: ComparedRows,
    recipes: tuple[Recipe, ...],
    sizes: Sequence[int | str],
    folds: int,
    repeats: int,
    curve_seeds: int,
    seed: int,
    device: Device,
) -> tuple[_Plan, tuple[str, ...]]:
    splits, notes = make_splits(rows, recipes, folds=folds, repeats=repeats, seed=seed)
    need = rows_to_learn(neediest(recipes))
    drawn, more = curve_splits(rows, splits, sizes, need, seeds=curve_seeds, seed=seed) if sizes else ([], ())
    keys = {
        (recipe.name, split.name): cell_key(recipe, rows, split, device)
        for recipe in recipes
        for split in (*splits, *drawn)
    }
    plan = _Plan(recipes, tuple(splits), tuple(drawn), ALL in sizes, keys)
    return plan, (*notes, *more)


def _sharing(jobs: int, n_recipes: int, isolated: bool) -> tuple[int, int]:
    """How many recipes run at a time, and threads for each: `jobs` in all."""
    workers = max(1, min(jobs, n_recipes)) if isolated else 1
    return workers, max(1, jobs // workers)


def _measured(
    plan: _Plan,
    rows: ComparedRows,
    folder: Path,
    isolated: bool,
    jobs: int,
    device: Device,
    progress: Progress,
    *,
    kept: bool,
) -> tuple[dict[str, Cell], Failures]:
    """Every cell by its key, those that were finished before and those measured now."""
    store = CellStore(folder)
    cells = {key: cell for key in dict.fromkeys(plan.keys.values()) if (cell := store.read(key)) is not None}
    if cells:
        _log.info("%d of %d cells were finished before", len(cells), len(set(plan.keys.values())))
    tasks = []
    for recipe in plan.recipes:
        work = [
            Work(plan.key(recipe, split), split, split.size is None, split is plan.splits[0])
            for split in (*plan.splits, *plan.drawn)
            if plan.key(recipe, split) not in cells
        ]
        tasks.append(RecipeWork(recipe, work, len(plan.splits) + len(plan.drawn)))
    for task in tasks:
        if not task.work:
            progress(task.recipe.name, task.total, task.total)
    # The slowest first: what takes longest must not begin when the others are done.
    waiting = sorted((task for task in tasks if task.work), key=lambda task: "bert" not in family_of(task.recipe))
    workers, threads = _sharing(jobs, len(waiting), isolated)

    def unfinished() -> tuple[int, int]:
        keys = set(plan.keys.values())
        return sum(store.read(key) is not None for key in keys), len(keys)

    with told_what_is_kept(folder, unfinished, kept=kept):
        if isolated:
            failures = run_apart(
                waiting, rows, folder, workers=workers, threads=threads, device=device, progress=progress
            )
        else:
            failures = run_here(waiting, rows, store, threads, progress)
        for key in plan.keys.values():
            cell = cells.get(key) or store.read(key)
            if cell is not None:
                cells[key] = cell
    return cells, failures


def _result(
    plan: _Plan,
    rows: ComparedRows,
    cells: Mapping[str, Cell],
    recipes: Mapping[str, Recipe],
    left_out: tuple[LeftOut, ...],
    failures: Failures,
    metric: str,
    seed: int,
    text_map: MapKind,
) -> dict[str, Any]:
    main = {name: [cells[plan.key(recipe, split)] for split in plan.splits] for name, recipe in recipes.items()}
    if rows.has_test:
        scored, pairs = scores_on_test({name: of[0] for name, of in main.items()}, rows, plan.splits[0], metric, seed)
    else:
        scored = scores_over_folds(main, plan.splits, metric)
        pairs = pairs_over_folds(scored, plan.splits, metric)
    found = [
        _recipe_result(each, recipes[each.name], main[each.name], metric, failures)
        for each in best_first(scored, metric)
    ]
    found = with_pareto(found, metric)
    curves = _curves(plan, rows, cells, recipes, metric, seed)
    seen = sum(cell.n_test - cell.n_unseen for cell in main[found[0].name])
    evaluation = {
        "kind": "test" if rows.has_test else "cross-validation",
        "folds": None if rows.has_test else len(plan.splits) // _repeats(plan),
        "repeats": 1 if rows.has_test else _repeats(plan),
        "grouped": rows.groups is not None,
        "n_test": len(rows.rows) - rows.n_train if rows.has_test else rows.n_train,
        "seen_in_training": seen // (1 if rows.has_test else _repeats(plan)),
        "interval": "bootstrap over test rows" if rows.has_test else "corrected t over folds (Nadeau and Bengio 2003)",
    }
    return {
        "task": rows.task,
        "metric": metric,
        "evaluation": evaluation,
        "summary": summary_of(found, pairs, curves, left_out, metric, evaluation),
        "recipes": tuple(found),
        "pairs": tuple(pairs),
        "left_out": left_out,
        "curves": curves,
        "map": text_places(rows, plan.splits, main[found[0].name], text_map, seed),
    }


def _repeats(plan: _Plan) -> int:
    return sum(split.name.startswith("fold 1 of ") for split in plan.splits)


def _recipe_result(
    scored: Scored, recipe: Recipe, cells: Sequence[Cell], metric: str, failures: Failures
) -> RecipeResult:
    train = [value for cell in cells if (value := cell.train_metrics[metric]) is not None]
    names = cells[0].metrics
    unseen = [cell.unseen[metric] for cell in cells if cell.unseen is not None]
    left = [value for value in unseen if value is not None]
    return RecipeResult(
        name=scored.name,
        family=family_of(recipe),
        score=scored.score,
        low=scored.low,
        high=scored.high,
        train_score=float(np.mean(train)) if train else None,
        fit_seconds=statistics.median(cell.fit_seconds for cell in cells),
        texts_per_second=statistics.median(cell.n_test / cell.predict_seconds for cell in cells),
        peak_mb=max(cell.peak_mb for cell in cells),
        model_mb=next((cell.model_mb for cell in cells if cell.model_mb is not None), float("nan")),
        pareto=False,
        metrics={name: _mean([cell.metrics[name] for cell in cells]) for name in names},
        unseen=float(np.mean(left)) if left else None,
        per_fold=scored.per_split,
        notes=tuple(f"no point of the learning curve: {each}" for each in failures.of_curve.get(scored.name, ())),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def with_pareto(recipes: Sequence[RecipeResult], metric: str) -> list[RecipeResult]:
    """The recipes with those marked that no other beats: as good on every axis of `PARETO_AXES` and better on one."""
    sign = direction(metric)
    gains = [(sign * each.score, -each.fit_seconds, each.texts_per_second, -each.model_mb) for each in recipes]
    return [
        replace(recipe, pareto=not any(_beats(other, gain) for other in gains))
        for recipe, gain in zip(recipes, gains, strict=True)
    ]


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)


def _curves(
    plan: _Plan,
    rows: ComparedRows,
    cells: Mapping[str, Cell],
    recipes: Mapping[str, Recipe],
    metric: str,
    seed: int,
) -> LearningCurves | None:
    if not plan.drawn and not plan.with_all:
        return None
    by_size: dict[int, list[Split]] = {}
    for split in plan.drawn:
        by_size.setdefault(split.size or 0, []).append(split)
    if plan.with_all:
        by_size[round(statistics.mean(len(split.train) for split in plan.splits))] = list(plan.splits)
    drawn: dict[str, list[Drawn]] = {}
    for name, recipe in recipes.items():
        for size, splits in sorted(by_size.items()):
            there = [split for split in splits if plan.key(recipe, split) in cells]
            if there:
                drawn.setdefault(name, []).append(
                    Drawn(
                        size,
                        [cells[plan.key(recipe, split)] for split in there],
                        [split.resample for split in there],
                        [split.test for split in there],
                    )
                )
    return learning_curves(drawn, rows, metric, test_to_train=fold_ratio(plan.splits), seed=seed)


def _described(corpus: Corpus, rows: ComparedRows, name: str) -> dict[str, Any]:
    profile = profile_corpus(corpus)
    counts = Counter(
        str(label) for value in rows.values[: rows.n_train] for label in (value if isinstance(value, list) else [value])
    )
    return {
        "name": name or "corpus",
        "rows": rows.n_train,
        "labels": dict(sorted(counts.items())) if rows.labels else None,
        "language": _language(profile.languages),
        "dropped": dict(rows.dropped or {}),
        "duplicates": profile.duplicates,
    }


def _language(counts: Mapping[str, int]) -> str:
    """ "ko" or "en" where nine texts in ten are, else "mixed"."""
    total = sum(counts.values()) or 1
    return next((name for name in ("ko", "en") if counts[name] >= 0.9 * total), "mixed")


def _machine() -> dict[str, Any]:
    import platform

    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else None
    return {
        "cores": os.cpu_count(),
        "memory_gb": None if pages is None else round(pages / 1e9, 1),
        "system": platform.system(),
        "processor": platform.machine(),
        "python": platform.python_version(),
    }
