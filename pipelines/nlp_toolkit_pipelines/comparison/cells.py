"""Finished cells of a comparison on disk: one file each, whole or not there, found again by what went into it."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nlp_toolkit.artefact.manifest import current_versions
from nlp_toolkit.corpus.whole_file import whole_file
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.splits import Split
from nlp_toolkit_pipelines.recipe import Recipe

# Raised whenever what a cell holds, or how it is measured, changes.
FORMAT = 1
_LIBRARIES = ("numba", "torch", "transformers", "tokenizers")

_log = logging.getLogger("nlp_toolkit")


@dataclass(frozen=True)
class Cell:
    """What one recipe did on one split.

    `predicted` are labels, label lists or numbers, one a test row. `metrics` are over all test rows, `unseen` over
    the `n_unseen` whose text was not in the training part (None when there are none), `train_metrics` over rows of
    the training part. Seconds are those of fitting and of predicting the test rows, analysing Korean included;
    `peak_mb` is the largest memory of the process meanwhile, `model_mb` the size of the saved model (None: not saved).
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
    peak_mb: float
    model_mb: float | None
    notes: Sequence[str] = ()


@cache
def versions() -> dict[str, str]:
    """Versions of the toolkit and of every library that may change a score."""
    return current_versions() | {name: found for name in _LIBRARIES if (found := _installed(name)) is not None}


def cell_key(recipe: Recipe, rows: ComparedRows, split: Split, device: str) -> str:
    """A digest of everything that decides what the cell will hold, in hexadecimal."""
    plain = recipe.to_dict()
    for said_only in ("name", "summary", "space"):
        plain.pop(said_only, None)
    plain.pop("space", None)
    content = {
        "format": FORMAT,
        "recipe": plain,
        "files": sorted(fingerprints(plain)),
        "task": rows.task,
        "labels": [repr(label) for label in rows.labels],
        "train": rows.digest(split.train),
        "test": rows.digest(split.test),
        "device": device,
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


class CellStore:
    """The finished cells in a folder, by key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> Cell | None:
        """The cell, or None where it is not finished; a file that is damaged counts as not finished, and is told."""
        path = self._path(key)
        if not path.is_file():
            return None
        try:
            return Cell(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            _log.warning("%s: not a finished cell (%s); it is measured again", path, error)
            return None

    def write(self, cell: Cell) -> None:
        """Keep the cell; a full disk is a `ResourceError`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with whole_file(self._path(cell.key), overwrite=True) as stream:
            stream.write(json.dumps(asdict(cell), ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass"))

    def _path(self, key: str) -> Path:
        return self._folder / f"{key[:32]}.json"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def fingerprints(value: Any) -> list[str]:
    """Names, sizes and times of the files behind every path in a recipe: a checkpoint may change under its name."""
    if isinstance(value, Mapping):
        return [found for each in value.values() for found in fingerprints(each)]
    if isinstance(value, list):
        return [found for each in value for found in fingerprints(each)]
    # A loaded recipe has its paths made absolute; every other string is no path.
    if not isinstance(value, str) or not Path(value).is_absolute() or not Path(value).exists():
        return []
    path = Path(value)
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return [f"{file}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files]
