"""From settings to the kernel that trains a chunk, with its working space."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.cbow import train_cbow
from nlp_toolkit.kernels.skip_gram import train_skip_gram
from nlp_toolkit.kernels.subwords import train_cbow_subwords, train_skip_gram_subwords
from nlp_toolkit.kernels.windows import TILE
from nlp_toolkit.word_vectors.subwords import Subwords
from nlp_toolkit.word_vectors.weights import Weights, aligned_zeros

if TYPE_CHECKING:
    from nlp_toolkit.word_vectors.training import TrainingSettings

Ints = npt.NDArray[np.int32]
Learner = Callable[[Ints, Ints, Ints, float, float], tuple[float, int]]
"""(words, windows, negatives, first alpha, last alpha) -> (summed loss, predictions); changes the weights."""


def make_learner(weights: Weights, settings: "TrainingSettings", subwords: Subwords | None) -> Learner:
    """The kernel for these settings; one thread's own, as it holds its working space."""
    stride = weights.stride
    n_contexts = 2 * settings.window + 2
    units = 1 if subwords is None else subwords.most_units
    contexts = np.zeros(n_contexts * units, dtype=np.int64)
    targets = np.zeros(-(-(settings.negative + 1) // TILE) * TILE, dtype=np.int64)
    scores = aligned_zeros(8 * n_contexts + 16)
    hidden, change = aligned_zeros(stride), aligned_zeros(stride)
    inputs, outputs, mean = weights.inputs, weights.outputs, bool(settings.cbow_mean)

    def skip_gram(words: Ints, windows: Ints, negatives: Ints, first: float, last: float) -> tuple[float, int]:
        return train_skip_gram(
            words, windows, negatives, inputs, outputs, stride, first, last, contexts, targets, scores
        )

    def cbow(words: Ints, windows: Ints, negatives: Ints, first: float, last: float) -> tuple[float, int]:
        return train_cbow(
            words, windows, negatives, inputs, outputs, stride, first, last, mean,
            contexts, targets, scores, hidden, change,
        )  # fmt: skip

    if subwords is None:
        return skip_gram if settings.algorithm == "skip-gram" else cbow
    rows, ends = subwords.rows, subwords.ends
    around = np.zeros(n_contexts, dtype=np.int64)
    composed, before = aligned_zeros((n_contexts + 1) * stride), aligned_zeros((n_contexts + 1) * stride)

    def skip_gram_subwords(words: Ints, windows: Ints, negatives: Ints, first: float, last: float) -> tuple[float, int]:
        return train_skip_gram_subwords(
            words, windows, negatives, inputs, outputs, stride, first, last, rows, ends,
            contexts, targets, scores, around, composed, before,
        )  # fmt: skip

    def cbow_subwords(words: Ints, windows: Ints, negatives: Ints, first: float, last: float) -> tuple[float, int]:
        return train_cbow_subwords(
            words, windows, negatives, inputs, outputs, stride, first, last, mean, rows, ends,
            contexts, targets, scores, hidden, change,
        )  # fmt: skip

    return skip_gram_subwords if settings.algorithm == "skip-gram" else cbow_subwords
