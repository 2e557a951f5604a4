"""Predictions block by block: a label, several labels or a number for each text, in order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from nlp_toolkit import Corpus, iter_corpus
from nlp_toolkit.errors import ArtefactError, DataError, UsageError
from nlp_toolkit.protocols import TextPair
from nlp_toolkit.series import in_memory, name_rows, refuse_no_column
from nlp_toolkit.validation import check_pairs as check_pairs_of_texts
from nlp_toolkit.validation import check_texts
from nlp_toolkit_pipelines.model import TrainedModel, as_model
from nlp_toolkit_pipelines.results import TrainResult

BLOCK = 4096
_THRESHOLD = 0.5
_NOTHING = object()
Label: TypeAlias = str | int | float | bool


@dataclass(frozen=True)
class Prediction:
    """What a model says about one row.

    `id` is the row's id where the corpus has ids, else None; `row` counts from 0. Exactly one of
    `label`, `labels` (multi-label) and `value` (regression) is not None. Labels are those the model was trained
    on: numbers where Python code gave numbers, strings where a file did. `probabilities` go by label, in the model's
    label order, None where the estimator has none.
    """

    row: int
    id: str | None = None
    label: Label | None = None
    labels: tuple[Label, ...] | None = None
    value: float | None = None
    probabilities: Mapping[Label, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """`{"id" or "row", "label" or "labels" or "value", "probabilities"}`; labels are strings there."""
        place = {"row": self.row} if self.id is None else {"id": self.id}
        if self.value is not None:
            return {**place, "value": self.value}
        found = {"label": str(self.label)} if self.labels is None else {"labels": [str(one) for one in self.labels]}
        by_name = None if self.probabilities is None else {str(one): p for one, p in self.probabilities.items()}
        return {**place, **found, "probabilities": by_name}


@dataclass(frozen=True)
class Predicted:
    """Predictions of many rows: labels, label lists or numbers, and (n, n_labels) probabilities or None."""

    values: list[Any]
    probabilities: np.ndarray | None


def _blocks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    waiting = iter(rows)
    while block := list(islice(waiting, size)):
        yield block


def _aligned(probabilities: np.ndarray, classes: Sequence[Any], labels: Sequence[Any]) -> np.ndarray:
    """Columns in the order of `labels`; a label the estimator never saw gets 0."""
    if list(classes) == list(labels):
        return probabilities
    position = {label: column for column, label in enumerate(labels)}
    aligned = np.zeros((len(probabilities), len(labels)))
    aligned[:, [position[label] for label in classes]] = probabilities
    return aligned


def _thresholds(pipeline: Any, labels: Sequence[Any]) -> np.ndarray:
    """The probability from which on each label is given: the estimator's own where it has them."""
    own = getattr(pipeline.steps[-1][1], "thresholds_", None)
    by_label = {} if own is None else dict(zip(pipeline.classes_.tolist(), own.tolist(), strict=True))
    return np.array([by_label.get(label, _THRESHOLD) for label in labels])


def predict_rows(
    pipeline: Any, task: str, labels: Sequence[Any], rows: Sequence[Any], *, name: str = "the model"
) -> Predicted:
    """Predict a block with a fitted pipeline; where there are probabilities, the label is the most probable one.

    `name` is what an error calls the model.
    """
    if task.endswith("regression"):
        return Predicted(_finite(np.asarray(pipeline.predict(rows), dtype=np.float64).ravel(), name).tolist(), None)
    has_probabilities = hasattr(pipeline, "predict_proba")
    if task == "multilabel":
        if not has_probabilities:
            return Predicted(list(pipeline.predict(rows)), None)
        probabilities = _aligned(
            _finite(np.asarray(pipeline.predict_proba(rows)), name), pipeline.classes_.tolist(), labels
        )
        chosen = probabilities >= _thresholds(pipeline, labels)
        return Predicted([[labels[i] for i in np.flatnonzero(row).tolist()] for row in chosen], probabilities)
    if not has_probabilities:
        return Predicted(np.asarray(pipeline.predict(rows)).tolist(), None)
    probabilities = _aligned(
        _finite(np.asarray(pipeline.predict_proba(rows)), name), pipeline.classes_.tolist(), labels
    )
    return Predicted([labels[i] for i in probabilities.argmax(axis=1).tolist()], probabilities)


def _finite(answers: np.ndarray, name: str) -> np.ndarray:
    """The numbers a model answers with, one row a text; `ArtefactError` where one is NaN or infinite."""
    wrong = ~np.isfinite(answers.reshape(len(answers), -1)).all(axis=1)
    if wrong.any():
        raise ArtefactError(
            f"{name}: its answer to {name_rows(np.flatnonzero(wrong).tolist())} of a block is NaN or infinite, "
            "expected numbers; it is damaged or its training failed: train it again"
        )
    return answers


def predict_all(pipeline: Any, task: str, labels: Sequence[Any], rows: Iterable[Any]) -> Predicted:
    """Predict all rows, `BLOCK` at a time, so that only one block of features is held."""
    blocks = [predict_rows(pipeline, task, labels, block) for block in _blocks(rows, BLOCK)]
    probabilities = [block.probabilities for block in blocks if block.probabilities is not None]
    return Predicted(
        [value for block in blocks for value in block.values],
        np.concatenate(probabilities) if probabilities else None,
    )


def check_pairs(task: str, corpus: Corpus) -> None:
    """Refuse single texts where the task takes pairs, and the other way round."""
    wants_pairs = task.startswith("pair-")
    if wants_pairs and corpus.pairs is None:
        raise DataError(f"task {task} takes two texts a row; name the second column (pair_column=..., --pair-column)")
    if not wants_pairs and corpus.pairs is not None:
        raise DataError(f"task {task} takes one text a row, got pairs; use a pair recipe or leave out the pair column")


def _sources(given: Any) -> Iterator[Corpus]:
    """The input as corpora, one block after another."""
    if isinstance(given, Corpus):
        yield given
        return
    if isinstance(given, Path):
        yield from iter_corpus(given)
        return
    if not isinstance(given, Iterator):
        refuse_no_column(given, "texts", "[text]")
        held = in_memory(given)
        given = given if held is None else held
    waiting: Iterator[Any] = iter(given)
    first: Any = next(waiting, _NOTHING)
    if isinstance(first, Corpus):
        yield first
        yield from waiting
    elif isinstance(first, tuple | list | np.ndarray):
        yield from (Corpus(pairs=check_pairs_of_texts(block)) for block in _blocks(chain([first], waiting), BLOCK))
    elif first is not _NOTHING:
        yield from (Corpus(texts=block) for block in _blocks(check_texts(chain([first], waiting)), BLOCK))


def predict(
    model: str | Path | TrainedModel | TrainResult,
    texts: Iterable[str] | Iterable[TextPair] | Iterable[Corpus] | Corpus | Path,
    *,
    block_size: int = BLOCK,
) -> Iterator[Prediction]:
    """Predictions for texts (or pairs), one a row, in order, `block_size` rows at a time.

    `model` is a directory, a `TrainedModel` or a `TrainResult`. `texts` may be a list, an iterator,
    a `Corpus`, blocks of one (`iter_corpus`), or the `Path` of a file. Nothing is read before the
    first prediction is asked for.
    """
    if block_size < 1:
        raise UsageError(f"block_size={block_size} is no number of rows; give 1 or more")
    trained = as_model(model)
    name = "the model" if trained.path is None else str(trained.path)
    row = 0
    for corpus in _sources(texts):
        check_pairs(trained.task, corpus)
        for start in range(0, len(corpus), block_size):
            block = list(corpus.rows[start : start + block_size])
            predicted = predict_rows(trained.pipeline, trained.task, trained.labels, block, name=name)
            ids = [None] * len(block) if corpus.ids is None else corpus.ids[start : start + block_size]
            for i, (value, id_) in enumerate(zip(predicted.values, ids, strict=True)):
                probabilities = predicted.probabilities
                by_label = (
                    None if probabilities is None else dict(zip(trained.labels, probabilities[i].tolist(), strict=True))
                )
                yield _prediction(trained.task, row, id_, value, by_label)
                row += 1


def _prediction(
    task: str, row: int, id_: str | None, value: Any, probabilities: Mapping[Label, float] | None
) -> Prediction:
    if task.endswith("regression"):
        return Prediction(row, id_, value=value)
    if task == "multilabel":
        return Prediction(row, id_, labels=tuple(value), probabilities=probabilities)
    return Prediction(row, id_, label=value, probabilities=probabilities)
