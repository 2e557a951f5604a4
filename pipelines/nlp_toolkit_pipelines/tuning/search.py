"""The search: candidates on growing parts of the rows, by cross-validation, the worse ones left behind."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from nlp_toolkit.errors import DataError, RecipeError, ResourceError, ToolkitError, UnavailableError
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.scoring import direction
from nlp_toolkit_pipelines.comparison.splits import nested_order
from nlp_toolkit_pipelines.evaluation import result_of
from nlp_toolkit_pipelines.fitting import fit_pipeline
from nlp_toolkit_pipelines.folds import make_folds, rows_to_learn
from nlp_toolkit_pipelines.labels import target_of
from nlp_toolkit_pipelines.library import load_recipe
from nlp_toolkit_pipelines.prediction import Predicted, predict_all
from nlp_toolkit_pipelines.recipe import Recipe
from nlp_toolkit_pipelines.remembered import TokenMemory
from nlp_toolkit_pipelines.tuning.halving import Rung, rungs
from nlp_toolkit_pipelines.tuning.results import Trial, TrialRung
from nlp_toolkit_pipelines.tuning.sampling import Candidate
from nlp_toolkit_pipelines.tuning.trials import TrialScores, TrialStore, trial_key

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is done, how much of it is finished, and how much there is."""

Folds = Sequence[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Searched:
    """Every candidate with the scores it got, the best of the last rung, and how many scores were computed."""

    trials: tuple[Trial, ...]
    best: Trial
    rungs: tuple[Rung, ...]
    computed: int
    reused: int


@dataclass(frozen=True)
class Stage:
    """A rung with the folds its candidates are compared on, as positions among all rows, and what is to be said."""

    rung: Rung
    folds: Folds
    notes: tuple[str, ...] = ()


def plan_stages(recipe: Recipe, rows: ComparedRows, part: np.ndarray, candidates: int, folds: int) -> list[Stage]:
    """The rungs over the rows at `part`, smaller subsets contained in larger ones, each with its own folds.

    The smallest subset is scikit-learn's: two rows a fold and class. One that cannot be split into folds (too few
    groups, say) is left out; where all of the rows cannot be, that is a `DataError`.
    """
    need = rows_to_learn(recipe) + 1  # a fold may take one row of a class away
    is_classes = recipe.task in ("classification", "pair-classification")
    n_classes = len({str(rows.values[row]) for row in part.tolist()}) if is_classes else 1
    least = max(2 * folds, need) * n_classes
    order = part[nested_order(rows, part, need, (recipe.seed, len(part)))]
    stages: list[Stage] = []
    schedule = rungs(candidates, len(part), least)
    for rung in schedule:
        subset = np.sort(order[: rung.rows])
        try:
            made, notes = split_rows(recipe, rows, subset, folds)
        except DataError:
            if rung is schedule[-1]:
                raise
            continue
        stages.append(Stage(Rung(rung.candidates if stages else candidates, rung.rows), made, notes))
    return stages


def split_rows(recipe: Recipe, rows: ComparedRows, part: np.ndarray, folds: int) -> tuple[Folds, tuple[str, ...]]:
    """Folds of the rows at `part`, as positions among all rows, and what had to be said about their number."""
    target = target_of(rows.task, [rows.values[row] for row in part.tolist()])
    groups = None if rows.groups is None else [rows.groups[row] for row in part.tolist()]
    made = make_folds(recipe, target, groups, folds)
    return [(part[train], part[test]) for train, test in made.splits], made.notes


def search(
    recipe: Recipe,
    rows: ComparedRows,
    stages: Sequence[Stage],
    candidates: Sequence[Candidate],
    metric: str,
    store: TrialStore,
    progress: Progress,
) -> Searched:
    """Compare the candidates rung by rung; what `store` holds is not computed again.

    Candidate 0, the recipe as it is, goes all the way whatever it scores, so that there is something to compare
    with. Equal scores go to the earlier candidate. `RecipeError` where no candidate can be fitted.
    """
    memory = TokenMemory()
    bare = recipe.model_copy(update={"space": {}})
    recipes = [load_recipe(bare, candidate) if candidate else bare for candidate in candidates]
    found: list[list[TrialRung]] = [[] for _ in candidates]
    failed: dict[int, str] = {}
    computed = reused = done = 0
    total = sum(min(stage.rung.candidates, len(candidates)) + bool(at) for at, stage in enumerate(stages))
    going_on = list(range(len(candidates)))
    for at, stage in enumerate(stages):
        if at:
            going_on = _best(going_on, found, stage.rung.candidates, metric)
        for number in going_on:
            key = trial_key(recipes[number], rows, stage.folds)
            scores = store.read(key)
            if scores is None:
                scores = score_candidate(recipes[number], rows, stage.folds, memory)
                store.write(key, scores)
                computed += 1
            else:
                reused += 1
            if scores.failed is not None:
                failed[number] = scores.failed
            found[number].append(TrialRung(stage.rung.rows, scores.mean(metric), len(stage.folds)))
            done += 1
            progress("trying parameters", done, max(total, done))
    trials = tuple(
        Trial(number, dict(candidate), tuple(found[number]), failed.get(number))
        for number, candidate in enumerate(candidates)
    )
    last = [trials[number] for number in _ranked(going_on, found, metric) if trials[number].score is not None]
    if not last:
        raise RecipeError(f"no candidate could be fitted; the recipe itself: {failed.get(0, 'has no such score')}")
    return Searched(trials, last[0], tuple(stage.rung for stage in stages), computed, reused)


def score_candidate(recipe: Recipe, rows: ComparedRows, folds: Folds, memory: TokenMemory) -> TrialScores:
    """Fit and score a recipe on every fold; parameters that these rows cannot bear make a failed trial."""
    scores: list[dict[str, float | None]] = []
    for train, test in folds:
        try:
            predicted = fit_and_predict(recipe, rows, train, test, memory)
        except (ResourceError, UnavailableError):  # not the fault of the parameters
            raise
        except ToolkitError as error:
            return TrialScores((), str(error))
        true = [rows.values[row] for row in test.tolist()]
        result = result_of(rows.task, rows.labels, true, predicted, np.zeros(len(test), dtype=bool))
        scores.append({name: _finite(value) for name, value in result.metrics.items()})
    return TrialScores(scores)


def fit_and_predict(
    recipe: Recipe, rows: ComparedRows, train: np.ndarray, test: np.ndarray, memory: TokenMemory
) -> Predicted:
    """What a recipe fitted to the rows at `train` says about those at `test`."""
    y = target_of(rows.task, [rows.values[row] for row in train.tolist()]).y
    weights = None if rows.weights is None else rows.weights[train]
    pipeline = fit_pipeline(recipe, _rows(rows, train), y, weights, memory, labels=rows.labels)
    return predict_all(pipeline, rows.task, rows.labels, _rows(rows, test))


def _rows(rows: ComparedRows, positions: np.ndarray) -> list[Any]:
    return [rows.rows[row] for row in positions.tolist()]


def _ranked(numbers: Sequence[int], found: Sequence[Sequence[TrialRung]], metric: str) -> list[int]:
    """Candidates by their latest score, the best first; those without one last, equal ones in order."""

    def rank(number: int) -> tuple[float, int]:
        score = found[number][-1].score
        return (math.inf if score is None else -direction(metric) * score), number

    return sorted(numbers, key=rank)


def _best(numbers: Sequence[int], found: Sequence[Sequence[TrialRung]], n: int, metric: str) -> list[int]:
    """The `n` best, and candidate 0."""
    able = [number for number in _ranked(numbers, found, metric) if found[number][-1].score is not None]
    return sorted({0, *able[:n]})


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
