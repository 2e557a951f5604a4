"""The rows of an evaluation that can be scored: their label is one the model knows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nlp_toolkit.metrics.classification import label_codes
from nlp_toolkit_pipelines.prediction import Predicted


@dataclass(frozen=True)
class ScoredRows:
    """Rows with what they are and what was predicted; `positions` count from 0 in the corpus they came from.

    `texts` are strings, or pairs of them; `probabilities` (n, n_labels) or None, in the order of `labels`.
    """

    task: str
    labels: tuple[Any, ...]
    positions: tuple[int, ...]
    texts: list[Any]
    true: list[Any]
    predicted: list[Any]
    probabilities: np.ndarray | None

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def numeric(self) -> bool:
        """Whether labels are numbers."""
        return self.task.endswith("regression")

    def select(self, places: Sequence[int]) -> "ScoredRows":
        """The rows at these places among the scored ones, from 0."""
        return replace(
            self,
            positions=tuple(self.positions[at] for at in places),
            texts=[self.texts[at] for at in places],
            true=[self.true[at] for at in places],
            predicted=[self.predicted[at] for at in places],
            probabilities=None if self.probabilities is None else self.probabilities[list(places)],
        )

    def codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Places of the true and the predicted labels in `labels`, both (n,); for single labels only."""
        return label_codes(self.true, self.labels), label_codes(self.predicted, self.labels)

    def gaps(self) -> np.ndarray:
        """Prediction - truth, (n,); for numbers only."""
        return np.asarray(self.predicted, dtype=np.float64) - np.asarray(self.true, dtype=np.float64)

    def right(self) -> np.ndarray:
        """Whether each row is right, (n,) of bool; a set of labels has to be right as a whole."""
        if self.task == "multilabel":
            pairs = zip(self.true, self.predicted, strict=True)
            return np.array([set(truth) == set(guess) for truth, guess in pairs], dtype=bool)
        return np.array([truth == guess for truth, guess in zip(self.true, self.predicted, strict=True)], dtype=bool)


def scored_rows(
    task: str, labels: Sequence[Any], texts: Sequence[Any], true: Sequence[Any], predicted: Predicted
) -> ScoredRows:
    """The rows whose labels the model knows, in order."""
    known = set(labels)
    if task.endswith("regression"):
        kept = list(range(len(texts)))
    elif task == "multilabel":
        kept = [row for row, names in enumerate(true) if known.issuperset(names)]
    else:
        kept = [row for row, name in enumerate(true) if name in known]
    whole = ScoredRows(
        task,
        tuple(labels),
        tuple(range(len(texts))),
        list(texts),
        list(true),
        list(predicted.values),
        predicted.probabilities,
    )
    return whole.select(kept)


def as_text(row: Any) -> str:
    """A text, or both texts of a pair as one.

    >>> as_text("one"), as_text(("one", "two"))
    ('one', 'one | two')
    """
    return row if isinstance(row, str) else " | ".join(row)


def shown_label(value: Any) -> str | float:
    """A label as a report shows it: numbers as they are, several labels in one string."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return float(value) if isinstance(value, float) else str(value)
