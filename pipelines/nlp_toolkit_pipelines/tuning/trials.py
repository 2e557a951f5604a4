"""Finished trials on disk: one file each, whole or not there, found again by what went into it."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nlp_toolkit.corpus.whole_file import whole_file
from nlp_toolkit_pipelines.comparison.cells import fingerprints, versions
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.recipe import Recipe

# Raised whenever what a trial holds, or how it is scored, changes.
FORMAT = 1

_log = logging.getLogger("nlp_toolkit")


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
    plain = recipe.to_dict()
    for name in ("name", "summary", "space"):
        plain.pop(name, None)
    content = {
        "format": FORMAT,
        "recipe": plain,
        "files": sorted(fingerprints(plain)),
        "task": rows.task,
        "labels": [repr(label) for label in rows.labels],
        "folds": [[rows.digest(train), rows.digest(test)] for train, test in folds],
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


class TrialStore:
    """Finished trials by key: in a folder, or for as long as the process lives where there is none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: dict[str, TrialScores] = {}

    def read(self, key: str) -> TrialScores | None:
        """The trial, or None where it is not finished; a damaged file counts as not finished, and is told."""
        if key in self._held or self._folder is None:
            return self._held.get(key)
        path = self._path(self._folder, key)
        if not path.is_file():
            return None
        try:
            return TrialScores(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            _log.warning("%s: not a finished trial (%s); it is computed again", path, error)
            return None

    def write(self, key: str, scores: TrialScores) -> None:
        """Keep the trial; a full disk is a `ResourceError`."""
        self._held[key] = scores
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            with whole_file(self._path(self._folder, key), overwrite=True) as stream:
                stream.write(json.dumps(asdict(scores), ensure_ascii=False, allow_nan=False).encode("utf-8"))

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / f"{key[:32]}.json"
