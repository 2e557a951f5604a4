"""What tuning found out: every trial, the best parameters, and a score the search never saw."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_toolkit_pipelines.recipe import Recipe
from nlp_toolkit_pipelines.tuning.halving import Rung

TRUST = (
    "trust the outer score: its rows were never seen by the search; the inner score is the best of many and too high"
)


@dataclass(frozen=True)
class TrialRung:
    """The mean score of a candidate over the folds of so many rows, None where it could not be fitted."""

    rows: int
    score: float | None
    folds: int


@dataclass(frozen=True)
class Trial:
    """A candidate: its parameters by dotted key (none for number 0, the recipe as it is) and its scores by rung."""

    number: int
    parameters: Mapping[str, Any]
    rungs: tuple[TrialRung, ...]
    failed: str | None = None

    @property
    def score(self) -> float | None:
        """The score on the most rows it got to."""
        return self.rungs[-1].score if self.rungs else None

    def to_json(self) -> dict[str, Any]:
        """The trial as one JSON object."""
        rungs = [{"rows": each.rows, "score": each.score, "folds": each.folds} for each in self.rungs]
        return {
            "number": self.number,
            "parameters": dict(self.parameters),
            "score": self.score,
            "rungs": rungs,
            "failed": self.failed,
        }


@dataclass(frozen=True)
class OuterScore:
    """The tuned recipe on rows the search never saw, beside the recipe as it was, fitted to the same rows.

    `how` is "hold-out" or "test". `low` and `high` end the 95 % interval of `score` by bootstrap over the `n` rows;
    `difference` is tuned minus untuned, with its interval over the same resampled rows.
    """

    how: str
    n: int
    score: float
    low: float
    high: float
    untuned: float
    difference: float
    difference_low: float
    difference_high: float

    def to_json(self) -> dict[str, Any]:
        """The outer score as one JSON object."""
        return dict(vars(self))


@dataclass(frozen=True)
class TuneResult:
    """The tuned recipe, and how good it is.

    `inner` is the cross-validated score by which the best trial was chosen, on all rows of the search: the best of
    many, so too good on average. `outer` is the honest one. `computed` trials were computed now, `reused` ones had
    been finished before; a candidate on each rung counts as one.
    """

    recipe: Recipe
    metric: str
    best: Trial
    inner: float
    outer: OuterScore
    trials: tuple[Trial, ...]
    rungs: tuple[Rung, ...]
    computed: int
    reused: int
    notes: tuple[str, ...]
    output: Path | None
    trials_folder: Path | None

    def to_json(self) -> dict[str, Any]:
        """The result as one JSON object."""
        return {
            "recipe": self.recipe.to_dict(),
            "metric": self.metric,
            "parameters": dict(self.best.parameters),
            "inner": self.inner,
            "outer": self.outer.to_json(),
            "trust": TRUST,
            "trials": [trial.to_json() for trial in self.trials],
            "rungs": [{"candidates": rung.candidates, "rows": rung.rows} for rung in self.rungs],
            "computed": self.computed,
            "reused": self.reused,
            "notes": list(self.notes),
            "output": None if self.output is None else str(self.output),
            "trials_folder": None if self.trials_folder is None else str(self.trials_folder),
        }
