"""Learned words as files: the vocabulary as text, vectors and counts as safetensors, the history of epochs as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_toolkit.artefact.files import read_json, write_arrays, write_json
from nlp_toolkit.artefact.stored_arrays import StoredArrays
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
    arrays = StoredArrays(path)
    n_words = len(words)
    buckets = arrays.find("buckets", np.int64, None)
    if (buckets is None) != (subword_settings is None) or (buckets is not None and bool((np.diff(buckets) <= 0).any())):
        raise ArtefactError(f"{path}: its buckets do not fit the stage's parameters; the file is damaged")
    inputs = arrays.take("inputs", np.float32, n_words + (0 if buckets is None else buckets.size), None)
    counts, frequencies = (arrays.take(name, np.int64, n_words) for name in ("counts", "text_frequencies"))
    statistics = WordStatistics(counts, frequencies, int(arrays.take("n_texts", np.int64, 1)[0]))
    if min(counts.min(), frequencies.min()) < 0 or frequencies.max() > statistics.n_texts:
        raise ArtefactError(f"{path}: expected counts from 0 on, no word in more texts than there are; it is damaged")
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
        if not all(type(number) in (int, float) for numbers in state["epochs"] for number in numbers):
            raise ValueError("what an epoch says of itself is no number")
        return history, state["deterministic"] is True
    except (TypeError, KeyError, ValueError) as error:
        raise ArtefactError(
            f"{folder / STATE}: expected epochs and deterministic ({error}); the file is damaged"
        ) from error
