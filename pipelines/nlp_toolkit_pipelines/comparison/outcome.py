"""From finished cells to what a comparison says: recipes, pairs, curves, summary."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nlp_toolkit_pipelines.comparison.cells import Cell
from nlp_toolkit_pipelines.comparison.curves import Drawn, learning_curves
from nlp_toolkit_pipelines.comparison.defaults import family_of
from nlp_toolkit_pipelines.comparison.planning import Plan
from nlp_toolkit_pipelines.comparison.results import LearningCurves, LeftOut, RecipeResult
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.running import Failures
from nlp_toolkit_pipelines.comparison.scoring import (
    Scored,
    best_first,
    direction,
    fold_ratio,
    pairs_over_folds,
    score_step,
    scores_on_test,
    scores_over_folds,
)
from nlp_toolkit_pipelines.comparison.splits import Split
from nlp_toolkit_pipelines.comparison.text_places import MapKind, text_places
from nlp_toolkit_pipelines.comparison.verdicts import summary_of
from nlp_toolkit_pipelines.recipe import Recipe

PARETO_AXES = ("score", "fit_seconds", "texts_per_second", "model_mb")


def outcome_of(
    plan: Plan,
    rows: ComparedRows,
    cells: Mapping[str, Cell],
    recipes: Mapping[str, Recipe],
    left_out: tuple[LeftOut, ...],
    failures: Failures,
    metric: str,
    seed: int,
    text_map: MapKind,
) -> dict[str, Any]:
    """What the cells say of `recipes`, those with a score on every split: fields of a `ComparisonResult` by name."""
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


def _repeats(plan: Plan) -> int:
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
        notes=(
            *(f"no point of the learning curve: {each}" for each in failures.of_curve.get(scored.name, ())),
            *dict.fromkeys(note for cell in cells[:1] for note in cell.notes),
        ),
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
    plan: Plan,
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
            # A point that could not be fitted is missing, and so is one that has no score.
            there = [
                split
                for split in splits
                if (cell := cells.get(plan.key(recipe, split))) is not None and cell.metrics[metric] is not None
            ]
            if there:
                drawn.setdefault(name, []).append(
                    Drawn(
                        size,
                        [cells[plan.key(recipe, split)] for split in there],
                        [split.resample for split in there],
                        [split.test for split in there],
                    )
                )
    return learning_curves(
        drawn,
        rows,
        metric,
        test_to_train=fold_ratio(plan.splits),
        step=score_step(plan.splits, metric),
        seed=seed,
    )
