"""What training and evaluation found out, frozen, and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from nlp_toolkit.metrics import ClassificationScores, ClassScores, MultilabelScores, RegressionScores
from nlp_toolkit_pipelines.model import TrainedModel

Scores: TypeAlias = ClassificationScores | MultilabelScores | RegressionScores
Metrics: TypeAlias = Mapping[str, float | None]


@dataclass(frozen=True)
class Confusion:
    """`matrix[i, j]` counts rows of class `labels[i]` predicted as `labels[j]`."""

    labels: tuple[str, ...]
    matrix: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """`{"labels", "matrix"}`."""
        return {"labels": list(self.labels), "matrix": self.matrix.tolist()}


@dataclass(frozen=True)
class EvaluationResult:
    """Scores over `n` rows, and again over the `n_unseen` rows whose text was not in training.

    `unseen` is None when no such row is left. `seen` counts the rows whose text was in training,
    `unknown_labels` the rows that were not scored because the model does not know their label.
    `per_class` and `confusion` are None for regression, `confusion` also for multi-label.
    """

    task: str
    metrics: Metrics
    n: int
    unseen: Metrics | None
    n_unseen: int
    seen: int
    per_class: Mapping[str, ClassScores] | None
    confusion: Confusion | None
    unknown_labels: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One JSON object: `metrics`, `n`, `unseen` (with its own `n`, or null) and the details."""
        per_class = self.per_class or {}
        return {
            "task": self.task,
            "metrics": dict(self.metrics),
            "n": self.n,
            "unseen": None if self.unseen is None else {**self.unseen, "n": self.n_unseen},
            "seen_in_training": self.seen,
            "unknown_labels": dict(self.unknown_labels),
            "per_class": {label: vars(scores) for label, scores in per_class.items()} or None,
            "confusion": None if self.confusion is None else self.confusion.to_json(),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class TrainResult:
    """A trained model with its evaluation: on a test set, or by `folds`-fold cross-validation.

    `evaluation` is None and `folds` 0 when neither was asked for. `rows` counts the training rows,
    `dropped` the classes left out for having too few rows. `output` is the model directory, if saved.
    """

    model: TrainedModel
    evaluation: EvaluationResult | None
    folds: int
    rows: int
    dropped: Mapping[str, int]
    notes: tuple[str, ...]
    output: Path | None

    @property
    def pipeline(self) -> Any:
        """The fitted scikit-learn pipeline."""
        return self.model.pipeline

    @property
    def metrics(self) -> Metrics:
        """The headline figures; empty without an evaluation."""
        return {} if self.evaluation is None else self.evaluation.metrics

    @property
    def n(self) -> int:
        """Number of rows scored."""
        return 0 if self.evaluation is None else self.evaluation.n

    @property
    def unseen(self) -> Metrics | None:
        """The headline figures over rows whose text was not in training, None when there are none."""
        return None if self.evaluation is None else self.evaluation.unseen

    @property
    def per_class(self) -> Mapping[str, ClassScores] | None:
        """Scores of every class."""
        return None if self.evaluation is None else self.evaluation.per_class

    @property
    def confusion(self) -> Confusion | None:
        """Who was taken for whom."""
        return None if self.evaluation is None else self.evaluation.confusion

    def to_json(self) -> dict[str, Any]:
        """The evaluation's JSON object with what was trained and how it was evaluated."""
        evaluated: dict[str, Any] = {"task": self.model.task, "metrics": {}, "n": 0, "unseen": None}
        if self.evaluation is not None:
            evaluated = self.evaluation.to_json()
        how = "cross-validation" if self.folds else "test" if self.evaluation is not None else None
        return evaluated | {
            "recipe": self.model.recipe.name or None if self.model.recipe else None,
            "evaluated_by": how,
            "folds": self.folds or None,
            "rows": self.rows,
            "dropped_classes": dict(self.dropped),
            "notes": list(self.notes),
            "output": None if self.output is None else str(self.output),
        }


def evaluation_result(
    task: str, scores: Scores, unseen: Scores | None, seen: int, notes: tuple[str, ...] = ()
) -> EvaluationResult:
    """Put the scores over all rows and over unseen rows into one result, labels as strings."""
    per_class = None if isinstance(scores, RegressionScores) else scores.per_class
    unknown = {} if isinstance(scores, RegressionScores) else scores.unknown
    return EvaluationResult(
        task=task,
        metrics=scores.metrics(),
        n=scores.n,
        unseen=None if unseen is None else unseen.metrics(),
        n_unseen=0 if unseen is None else unseen.n,
        seen=seen,
        per_class=None if per_class is None else {str(label): each for label, each in per_class.items()},
        confusion=Confusion(tuple(map(str, scores.labels)), scores.confusion)
        if isinstance(scores, ClassificationScores)
        else None,
        unknown_labels={str(label): count for label, count in unknown.items()},
        notes=notes,
    )
