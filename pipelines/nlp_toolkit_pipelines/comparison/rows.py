"""The rows of a comparison: those to learn from, then those of a test file, checked together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from nlp_toolkit import Corpus
from nlp_toolkit.artefact import text_hashes
from nlp_toolkit.errors import DataError
from nlp_toolkit_pipelines.evaluation import in_kind
from nlp_toolkit_pipelines.fitting import prepare_rows
from nlp_toolkit_pipelines.labels import Target, checked, labels_of, target_of
from nlp_toolkit_pipelines.prediction import check_pairs
from nlp_toolkit_pipelines.recipe import Recipe, Task
from nlp_toolkit_pipelines.similar_labels import similar_labels_note


@dataclass(frozen=True)
class ComparedRows:
    """Texts or pairs with checked labels: the first `n_train` may be learned from, the others only tested on.

    `labels` are the classes of the training rows (empty for regression), `hashes` uint64 of every row, `weights`
    and `groups` belong to the training rows.
    """

    task: Task
    rows: Sequence[Any]
    values: Sequence[Any]
    labels: tuple[Any, ...]
    hashes: np.ndarray
    n_train: int
    weights: np.ndarray | None = None
    groups: Sequence[str] | None = None
    dropped: Mapping[str, int] | None = None
    notes: tuple[str, ...] = ()

    @property
    def target(self) -> Target:
        """The target of the training rows."""
        return target_of(self.task, self.values[: self.n_train])

    @property
    def has_test(self) -> bool:
        """Whether there are rows of a test file."""
        return len(self.rows) > self.n_train

    def digest(self, positions: np.ndarray) -> str:
        """A digest of the texts, labels and weights at `positions`, in order."""
        kept = blake2b(self.hashes[positions].tobytes(), digest_size=16)
        for position in positions.tolist():
            kept.update(f"{self.values[position]!r}\0".encode("utf-8", "surrogatepass"))
        if self.weights is not None:
            kept.update(self.weights[positions[positions < self.n_train]].tobytes())
        return kept.hexdigest()


def compared_rows(recipe: Recipe, corpus: Corpus, test: Corpus | None, min_class_count: int) -> ComparedRows:
    """Check both corpora for the task of `recipe`; `DataError` for what cannot be learned from or tested on.

    Test rows with a label that the training rows do not have are left out, and told.
    """
    training = prepare_rows(recipe, corpus, min_class_count)
    rows, values, hashes = list(training.rows), list(training.values), training.hashes
    alike = similar_labels_note(training.values)
    notes = [] if alike is None else [alike]
    if test is not None:
        check_pairs(recipe.task, test)
        given = in_kind(training.target.labels, checked(recipe.task, labels_of(test)))
        names = set(training.target.labels)
        known = [row for row, value in enumerate(given) if recipe.is_regression or _labels(value) <= names]
        if not known:
            raise DataError(f"none of the {len(given)} test rows has a label that the training rows have")
        if len(known) < len(given):
            notes.append(
                f"{len(given) - len(known)} of {len(given)} test rows have labels no training row has: left out"
            )
        tested: list[Any] = [test.rows[row] for row in known]
        rows += tested
        values += [given[row] for row in known]
        hashes = np.concatenate([hashes, text_hashes(tested)])
    return ComparedRows(
        task=recipe.task,
        rows=rows,
        values=values,
        labels=training.target.labels,
        hashes=hashes,
        n_train=len(training.rows),
        weights=training.weights,
        groups=training.groups,
        dropped=training.dropped,
        notes=tuple(notes),
    )


def _labels(value: Any) -> set[Any]:
    return set(value) if isinstance(value, list) else {value}
