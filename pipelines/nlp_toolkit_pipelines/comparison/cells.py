"""Finished cells of a comparison on disk, found again by what went into them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.splits import Split
from nlp_toolkit_pipelines.kept import keep, key_of, read_kept
from nlp_toolkit_pipelines.recipe import Recipe

# Raised whenever what a cell holds, or how it is measured, changes.
FORMAT = 2


@dataclass(frozen=True)
class Cell:
    """What one recipe did on one split.

    `predicted` are labels, label lists or numbers, one a test row. `metrics` are over all test rows, `unseen` over
    the `n_unseen` whose text was not in the training part (None when there are none), `train_metrics` over rows of
    the training part. Seconds are those of fitting and of predicting the test rows on at most `threads` threads,
    analysing Korean included; `peak_mb` is the largest memory of the process meanwhile, `model_mb` the size of the
    saved model (None: not saved).
    `notes` is what the stages had to say, such as texts that were cut.
    """

    key: str
    recipe: str
    split: str
    n_train: int
    n_test: int
    predicted: list[Any]
    metrics: Mapping[str, float | None]
    unseen: Mapping[str, float | None] | None
    n_unseen: int
    train_metrics: Mapping[str, float | None]
    fit_seconds: float
    predict_seconds: float
    threads: int
    peak_mb: float
    model_mb: float | None
    notes: Sequence[str] = ()


def cell_key(recipe: Recipe, rows: ComparedRows, split: Split, device: str) -> str:
    """A digest of everything that decides what the cell will hold, in hexadecimal."""
    return key_of(
        recipe,
        format=FORMAT,
        task=rows.task,
        labels=[repr(label) for label in rows.labels],
        train=rows.digest(split.train),
        test=rows.digest(split.test),
        device=device,
    )


class CellStore:
    """The finished cells in a folder, by key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> Cell | None:
        """The cell, or None where it is not finished; a file that is damaged counts as not finished, and is told."""
        return read_kept(self._folder, key, Cell, "cell")

    def write(self, cell: Cell) -> None:
        """Keep the cell; a full disk is a `ResourceError`."""
        keep(self._folder, cell.key, asdict(cell))
