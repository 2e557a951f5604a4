"""Finished trials on disk, found again by what went into them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.kept import keep, key_of, read_kept
from nlp_toolkit_pipelines.recipe import Recipe

# Raised whenever what a trial holds, or how it is scored, changes.
FORMAT = 1


@dataclass(frozen=True)
class TrialScores:
    """The metrics of one candidate on every fold; `failed` says why there are none."""

    folds: Sequence[Mapping[str, float | None]]
    failed: str | None = None

    def mean(self, metric: str) -> float | None:
        """The mean over folds; None where the trial failed or a fold has no such figure."""
        values = [fold.get(metric) for fold in self.folds]
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known and len(known) == len(values) else None


def trial_key(recipe: Recipe, rows: ComparedRows, folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> str:
    """A digest of everything that decides a trial's scores, in hexadecimal: the candidate, its rows, the versions."""
    return key_of(
        recipe,
        format=FORMAT,
        task=rows.task,
        labels=[repr(label) for label in rows.labels],
        folds=[[rows.digest(train), rows.digest(test)] for train, test in folds],
    )


def _whole(*, folds: object, failed: object = None) -> TrialScores:
    """What a file holds as the trial it should be; `TypeError` where something else stands in its place."""
    if not isinstance(folds, list) or not (folds or isinstance(failed, str)):
        raise TypeError("expected the metrics of every fold, or why there are none")
    for fold in folds:
        if not isinstance(fold, dict) or not all(value is None or _is_score(value) for value in fold.values()):
            raise TypeError(f"expected metrics by name, got {fold!r:.60}")
    if not (failed is None or isinstance(failed, str)):
        raise TypeError(f"expected why the trial failed, got {failed!r:.60}")
    return TrialScores(folds, failed)


def _is_score(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


class TrialStore:
    """Finished trials by key: in a folder, or for as long as the process lives where there is none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: dict[str, TrialScores] = {}

    def read(self, key: str) -> TrialScores | None:
        """The trial, or None where it is not finished; a damaged file counts as not finished, and is told."""
        if key in self._held or self._folder is None:
            return self._held.get(key)
        return read_kept(self._folder, key, _whole, "trial")

    def write(self, key: str, scores: TrialScores) -> None:
        """Keep the trial; a full disk is a `ResourceError`."""
        self._held[key] = scores
        if self._folder is not None:
            keep(self._folder, key, asdict(scores))
