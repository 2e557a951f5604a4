"""How the vectors of a text's words become the text's row."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from nlp_toolkit.errors import UsageError
from nlp_toolkit.kernels.word_pooling import maximum_of_words, sum_words
from nlp_toolkit.word_vectors.numbering import NumberedTexts

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

Pooling = Literal["mean", "idf", "sif", "max", "mean+max"]


@dataclass(frozen=True)
class WordStatistics:
    """What is known about words beside their vectors: `counts` and `text_frequencies` (n_words), `n_texts`."""

    counts: Longs
    text_frequencies: Longs
    n_texts: int


def uniform_weights(statistics: WordStatistics, n_more: int, sif_a: float) -> Floats:
    """1 for every word."""
    return np.ones(statistics.counts.size + n_more, dtype=np.float32)


def idf_weights(statistics: WordStatistics, n_more: int, sif_a: float) -> Floats:
    """ln((1 + n_texts) / (1 + texts with the word)) + 1, scikit-learn's smooth idf; the largest for unseen words."""
    frequencies = np.append(statistics.text_frequencies, np.zeros(n_more, dtype=np.int64))
    return (np.log((1 + statistics.n_texts) / (1 + frequencies)) + 1).astype(np.float32)


def sif_weights(statistics: WordStatistics, n_more: int, sif_a: float) -> Floats:
    """a / (a + p(word)), p by its share of all words fitted. Arora, Liang and Ma 2017, algorithm 1."""
    shares = np.append(statistics.counts / max(statistics.counts.sum(), 1), np.zeros(n_more))
    return (sif_a / (sif_a + shares)).astype(np.float32)


WEIGHTS: dict[Pooling, Callable[[WordStatistics, int, float], Floats]] = {
    "mean": uniform_weights,
    "idf": idf_weights,
    "sif": sif_weights,
    "max": uniform_weights,
    "mean+max": uniform_weights,
}


def check_pooling(pooling: str) -> None:
    """Raise `UsageError` for an unknown pooling, with the known ones."""
    if pooling not in get_args(Pooling):
        raise UsageError(f"unknown pooling {pooling!r}; known: {', '.join(get_args(Pooling))}")


def check_weighable(pooling: Pooling, statistics: WordStatistics, component: Doubles | None) -> None:
    """Raise `UsageError` where a pooling needs texts, or the SIF component, and none were fitted."""
    check_pooling(pooling)
    if pooling in ("idf", "sif") and not statistics.n_texts:
        raise UsageError(f"pooling={pooling!r} weighs words by the texts fitted, and none were; call fit")
    if pooling == "sif" and component is None:
        raise UsageError("the SIF component is learned by fit with pooling='sif'; call fit again")


def pooled_columns(pooling: Pooling, dimensions: int) -> int:
    """How many columns a row has: "mean+max" puts both side by side."""
    return 2 * dimensions if pooling == "mean+max" else dimensions


@dataclass(frozen=True)
class Pooled:
    """Rows (n_texts, columns) float32 of a block of texts, and how many known words each is made of."""

    rows: Floats
    n_known: Longs


def pool(
    block: NumberedTexts, vectors: Floats, more: Floats, weights: Floats, pooling: Pooling, component: Doubles | None
) -> Pooled:
    """Rows of the texts in `block`, whose numbers are rows of `vectors` and behind them of `more`.

    The mean divides by the weights' sum, SIF by the number of known words, as in the paper; `component` (dimensions),
    of length 1, is taken out of every row. A text without known words gives a row of zeros.
    """
    n_texts, dimensions = block.ends.size, vectors.shape[1]
    sums = np.empty((n_texts, dimensions))
    shares, n_known = np.empty(n_texts), np.empty(n_texts, dtype=np.int64)
    sum_words(block.data, block.ends, vectors, more, weights, sums, shares, n_known)
    divisors = n_known.astype(np.float64) if pooling == "sif" else shares
    means = sums / np.where(divisors > 0, divisors, 1.0)[:, None]
    if component is not None:
        # Row by row: a matrix product may round a row differently beside other rows.
        means -= (means * component).sum(axis=1)[:, None] * component
    if pooling not in ("max", "mean+max"):
        return Pooled(means.astype(np.float32), n_known)
    maxima = np.empty((n_texts, dimensions), dtype=np.float32)
    maximum_of_words(block.data, block.ends, vectors, more, maxima)
    return Pooled(maxima if pooling == "max" else np.hstack([means.astype(np.float32), maxima]), n_known)


def first_component(blocks: Iterable[NumberedTexts], vectors: Floats, weights: Floats) -> Doubles:
    """The direction (dimensions), of length 1, that the SIF rows of the texts share most.

    The first right singular vector of the rows, not centred (Arora et al. 2017, algorithm 1, lines 4-6), from their
    Gram matrix: memory is bounded by a block. Of both signs the one with a positive sum.
    """
    gram = np.zeros((vectors.shape[1], vectors.shape[1]))
    none = np.empty((0, vectors.shape[1]), dtype=np.float32)
    for block in blocks:
        rows = pool(block, vectors, none, weights, "sif", None).rows.astype(np.float64)
        gram += rows.T @ rows
    component: Doubles = np.linalg.eigh(gram)[1][:, -1]
    return component if component.sum() >= 0 else -component
