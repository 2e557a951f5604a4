"""One cell: fit a recipe on one split, predict, score, and measure what it cost."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from nlp_toolkit.threads import effective_jobs
from nlp_toolkit_pipelines.building import build_pipeline
from nlp_toolkit_pipelines.comparison.cells import Cell
from nlp_toolkit_pipelines.comparison.memory import peak_mb, reset_peak
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.splits import Split
from nlp_toolkit_pipelines.evaluation import result_of
from nlp_toolkit_pipelines.fitting import fit_pipeline, texts_of
from nlp_toolkit_pipelines.labels import target_of
from nlp_toolkit_pipelines.model import TrainedModel, save_model
from nlp_toolkit_pipelines.notes import heard
from nlp_toolkit_pipelines.prediction import Predicted, predict_all
from nlp_toolkit_pipelines.recipe import Recipe
from nlp_toolkit_pipelines.remembered import TokenMemory, forget_tokens

TRAIN_ROWS_SCORED = 1000
"""The training score is over at most so many rows of the training part, evenly spaced: it need not be finer."""


def measure(recipe: Recipe, rows: ComparedRows, split: Split, memory: TokenMemory, *, key: str, save: bool) -> Cell:
    """Fit `recipe` on the training part only and score it on the test part; nothing of the latter is looked at before.

    The tokens of texts that `memory` has analysed before are not analysed again, and their seconds are counted as if
    they were. With `save` the fitted model is written to a temporary directory, to know its size.
    """
    target = target_of(rows.task, rows.values).y
    train = [rows.rows[row] for row in split.train.tolist()]
    weights = None if rows.weights is None else rows.weights[split.train]
    with heard() as notes:
        memory.load(build_pipeline(recipe), texts_of(recipe, train))
        reset_peak()
        clock = _Clock(memory)
        pipeline = fit_pipeline(recipe, train, target[split.train], weights, memory, labels=rows.labels)
        fit_seconds = clock.seconds()
        clock = _Clock(memory)
        predicted = _predict(pipeline, rows, split.test)
        predict_seconds = clock.seconds()
    peak = peak_mb()

    seen = np.isin(rows.hashes[split.test], rows.hashes[split.train])
    scored = _scores(rows, split.test, predicted, seen)
    some = split.train[np.unique(np.linspace(0, len(split.train) - 1, TRAIN_ROWS_SCORED).astype(int))]
    on_train = _scores(rows, some, _predict(pipeline, rows, some), np.zeros(len(some), dtype=bool))
    return Cell(
        key=key,
        recipe=recipe.name,
        split=split.name,
        n_train=len(split.train),
        n_test=len(split.test),
        predicted=predicted.values,
        metrics=dict(scored.metrics),
        unseen=None if scored.unseen is None else dict(scored.unseen),
        n_unseen=scored.n_unseen,
        train_metrics=dict(on_train.metrics),
        fit_seconds=fit_seconds,
        predict_seconds=predict_seconds,
        threads=effective_jobs(),
        peak_mb=peak,
        model_mb=_saved_mb(pipeline, recipe, rows) if save else None,
        notes=notes,
    )


class _Clock:
    """Seconds since it was made, and those that remembered tokens saved meanwhile."""

    def __init__(self, memory: TokenMemory) -> None:
        self._memory = memory
        self._saved = memory.seconds_saved
        self._start = perf_counter()

    def seconds(self) -> float:
        """Seconds as they would be without the memory."""
        return perf_counter() - self._start + self._memory.seconds_saved - self._saved


def _predict(pipeline: Any, rows: ComparedRows, positions: np.ndarray) -> Predicted:
    return predict_all(pipeline, rows.task, rows.labels, [rows.rows[row] for row in positions.tolist()])


def _scores(rows: ComparedRows, positions: np.ndarray, predicted: Predicted, seen: np.ndarray) -> Any:
    true: Sequence[Any] = [rows.values[row] for row in positions.tolist()]
    return result_of(rows.task, rows.labels, true, predicted, seen)


def _saved_mb(pipeline: Any, recipe: Recipe, rows: ComparedRows) -> float:
    """Megabytes (10^6 bytes) of the model directory `train` would have written."""
    forget_tokens(pipeline)
    with tempfile.TemporaryDirectory(prefix="nlp-toolkit-") as folder:
        path = Path(folder) / "model"
        save_model(TrainedModel(pipeline, rows.task, recipe, rows.labels), path)
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6
