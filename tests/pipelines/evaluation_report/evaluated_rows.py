"""Rows of an evaluation for tests, and the reference for intervals of shares."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from nlp_toolkit_pipelines.evaluation_report.scored import ScoredRows, scored_rows
from nlp_toolkit_pipelines.prediction import Predicted

LONG = "the quick brown fox jumps over the lazy dog by the river"


def rows_of(
    true: list[Any],
    predicted: list[Any],
    texts: list[str] | None = None,
    probabilities: np.ndarray | None = None,
    task: str = "classification",
    labels: tuple[str, ...] = ("a", "b"),
) -> ScoredRows:
    """Scored rows of what is true and what was predicted; `labels` are those the model knows."""
    texts = texts or [f"text {number}" for number in range(len(true))]
    return scored_rows(task, () if "regression" in task else labels, texts, true, Predicted(predicted, probabilities))


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Wilson's ends as scipy has them, to be compared with."""
    ends = stats.binomtest(part, whole).proportion_ci(method="wilson")
    return pytest.approx(ends.low), pytest.approx(ends.high)
