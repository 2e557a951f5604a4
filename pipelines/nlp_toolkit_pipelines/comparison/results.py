"""What a comparison found out, frozen, and as the object of report.json."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RecipeResult:
    """One recipe: its score with a 95 % interval, and what it costs.

    `score` is the mean over folds, or that on the test file. `train_score` is over rows of the training part.
    `fit_seconds` is the median over splits, `texts_per_second` that of predictions, `peak_mb` the largest memory of
    a process that does nothing else, `model_mb` the saved model. `unseen` is the score without test rows whose text
    is in the training part too, None where all are. `pareto`: no other recipe is as good on every axis and better on
    one.
    """

    name: str
    family: str
    score: float
    low: float
    high: float
    train_score: float | None
    fit_seconds: float
    texts_per_second: float
    peak_mb: float
    model_mb: float
    pareto: bool
    metrics: Mapping[str, float | None]
    unseen: float | None
    per_fold: tuple[float, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PairResult:
    """Two recipes: `difference` is a's score less b's, with a 95 % interval; `p_adjusted` is Holm's over all pairs."""

    a: str
    b: str
    difference: float
    low: float
    high: float
    p: float
    p_adjusted: float
    test: str
    verdict: str


@dataclass(frozen=True)
class LeftOut:
    """A recipe without a score, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class CurvePoint:
    """A recipe at one size: `seeds` are the scores of the resampled training sets, `spread` their standard deviation.

    `spread` is 0 where there is one training set only.
    """

    size: int
    score: float
    low: float
    high: float
    train_score: float | None
    spread: float
    seeds: tuple[float, ...]


@dataclass(frozen=True)
class LearningCurve:
    """The points of one recipe, by size."""

    name: str
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class LearningCurves:
    """Curves of all recipes over the same nested training sets, and in words where they cross."""

    sizes: tuple[int, ...]
    by: tuple[LearningCurve, ...]
    crossings: tuple[str, ...]


@dataclass(frozen=True)
class ComparisonResult:
    """Recipes best first, every pair of them, learning curves where asked for, and a summary in words.

    `data`, `evaluation`, `settings`, `versions` and `machine` are plain data; `map` holds points for a picture of the
    texts, or None. `output` is the directory with report.html and report.json, None where nothing was written.
    """

    task: str
    metric: str
    data: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    summary: tuple[str, ...]
    recipes: tuple[RecipeResult, ...]
    pairs: tuple[PairResult, ...]
    left_out: tuple[LeftOut, ...]
    curves: LearningCurves | None
    map: Mapping[str, Any] | None
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    machine: Mapping[str, Any]
    output: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """The object of report.json; a figure that does not exist is null."""
        plain = _plain(asdict(self))
        plain.pop("output")
        found: dict[str, Any] = plain
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
