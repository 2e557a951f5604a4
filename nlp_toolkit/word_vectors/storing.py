"""Learned words as files: the vocabulary as text, vectors and counts as safetensors, the history of epochs as JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_toolkit.artefact.files import read_arrays, read_json, write_arrays, write_json
from nlp_toolkit.counting.storing import read_vocabulary, write_vocabulary
from nlp_toolkit.errors import ArtefactError
from nlp_toolkit.word_vectors.learned import Learned
from nlp_toolkit.word_vectors.pooling import WordStatistics
from nlp_toolkit.word_vectors.subwords import SubwordSettings, subwords_of
from nlp_toolkit.word_vectors.training import EpochResult

ARRAYS = "vectors.safetensors"
STATE = "state.json"


def write_learned(folder: Path, learned: Learned, component: npt.NDArray[np.float64] | None) -> None:
    """Write vocabulary.txt and vectors.safetensors."""
    write_vocabulary(learned.words, folder)
    arrays: dict[str, np.ndarray] = {
        "inputs": learned.inputs,
        "counts": learned.statistics.counts,
        "text_frequencies": learned.statistics.text_frequencies,
        "n_texts": np.array([learned.statistics.n_texts], dtype=np.int64),
    }
    if learned.outputs is not None:
        arrays["outputs"] = learned.outputs
    if learned.subwords is not None:
        arrays["buckets"] = learned.subwords.buckets
    if component is not None:
        arrays["component"] = component
    write_arrays(folder / ARRAYS, arrays)


def read_learned(
    folder: Path, subword_settings: SubwordSettings | None
) -> tuple[Learned, npt.NDArray[np.float64] | None]:
    """Read what `write_learned` wrote; anything that does not fit together raises `ArtefactError`."""
    words = read_vocabulary(folder)
    path = folder / ARRAYS
    arrays = _Arrays(path, read_arrays(path))
    n_words = len(words)
    buckets = arrays.find("buckets", np.int64, None)
    if (buckets is None) != (subword_settings is None) or (buckets is not None and bool((np.diff(buckets) <= 0).any())):
        raise ArtefactError(f"{path}: its buckets do not fit the stage's parameters; the file is damaged")
    inputs = arrays.take("inputs", np.float32, n_words + (0 if buckets is None else buckets.size), None)
    statistics = WordStatistics(
        arrays.take("counts", np.int64, n_words),
        arrays.take("text_frequencies", np.int64, n_words),
        int(arrays.take("n_texts", np.int64, 1)[0]),
    )
    subwords = None
    if subword_settings is not None and buckets is not None:
        subwords = subwords_of(words, subword_settings, buckets)
        if subwords.buckets.size != buckets.size:
            raise ArtefactError(f"{path}: its buckets are not those of its words; the file is damaged")
    outputs = arrays.find("outputs", np.float32, n_words, inputs.shape[1])
    component = arrays.find("component", np.float64, inputs.shape[1])
    return Learned(words, inputs, outputs, statistics, subwords), component


def write_history(folder: Path, history: Sequence[EpochResult], deterministic: bool) -> None:
    """Write state.json, without the seconds of epochs: the same training gives the same bytes."""
    epochs = [[result.epoch, result.loss, result.predictions, result.words] for result in history]
    write_json(folder / STATE, {"deterministic": deterministic, "epochs": epochs})


def read_history(folder: Path) -> tuple[list[EpochResult], bool]:
    """The epochs, their seconds 0, and whether the training was deterministic; `ArtefactError` for anything else."""
    state: Any = read_json(folder / STATE)
    try:
        history = [
            EpochResult(epoch, loss, predictions, words, 0.0) for epoch, loss, predictions, words in state["epochs"]
        ]
        return history, state["deterministic"] is True
    except (TypeError, KeyError, ValueError) as error:
        raise ArtefactError(f"{folder / STATE}: expected epochs and deterministic; the file is damaged") from error


class _Arrays:
    """Arrays of a file, each checked when it is taken out."""

    def __init__(self, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
        self._path = path
        self._arrays = arrays

    def find(self, name: str, dtype: type[np.generic], *shape: int | None) -> np.ndarray | None:
        """The array, of this type and shape (None: any size) and finite, or None where there is none."""
        array = self._arrays.get(name)
        if array is None:
            return None
        fits = len(shape) == array.ndim and all(
            size in (None, found) for size, found in zip(shape, array.shape, strict=True)
        )
        if array.dtype != dtype or not fits or not np.isfinite(array).all():
            raise ArtefactError(
                f"{self._path}: expected finite {name} of shape {shape} (None: any), got {array.dtype} of shape "
                f"{array.shape}; the file is damaged"
            )
        return array

    def take(self, name: str, dtype: type[np.generic], *shape: int | None) -> np.ndarray:
        """The array; none is an error."""
        array = self.find(name, dtype, *shape)
        if array is None:
            raise ArtefactError(f"{self._path}: {name} is missing; the file is damaged")
        return array
