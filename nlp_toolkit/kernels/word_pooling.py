"""From the words of each text to one row: weighted sums and maxima of word vectors."""

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import kernel

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@kernel
def sum_words(
    numbers: Ints, ends: Longs, vectors: Floats, more: Floats, weights: Floats, sums: Doubles, shares: Doubles,
    n_known: Longs,
) -> None:  # fmt: skip
    """Weighted sums of the vectors of each text's words; in float64, so that long texts lose nothing.

    `numbers` holds the words of all texts, the k-th text's up to ends[k]: rows of `vectors` (n, dimensions) and, from
    n on, of `more`; -1 is an unknown word and counts nowhere. `weights` has one for every row of both. Fills `sums`
    (n_texts, dimensions), `shares` (n_texts: summed weights) and `n_known` (n_texts: words known).
    """
    n_vectors = vectors.shape[0]
    begin = np.int64(0)
    for text in range(ends.size):
        for k in range(sums.shape[1]):
            sums[text, k] = 0.0
        shares[text] = 0.0
        n_known[text] = 0
        for at in range(begin, ends[text]):
            word = numbers[at]
            if word < 0:
                continue
            weight = np.float64(weights[word])
            shares[text] += weight
            n_known[text] += 1
            if word < n_vectors:
                for k in range(sums.shape[1]):
                    sums[text, k] += weight * vectors[word, k]
            else:
                for k in range(sums.shape[1]):
                    sums[text, k] += weight * more[word - n_vectors, k]
        begin = ends[text]


@kernel
def maximum_of_words(numbers: Ints, ends: Longs, vectors: Floats, more: Floats, maxima: Floats) -> None:
    """By text and dimension the largest value among the vectors of its words; zeros for a text without known words.

    The arguments are those of `sum_words`.
    """
    n_vectors = vectors.shape[0]
    begin = np.int64(0)
    for text in range(ends.size):
        empty = True
        for k in range(maxima.shape[1]):
            maxima[text, k] = 0.0
        for at in range(begin, ends[text]):
            word = numbers[at]
            if word < 0:
                continue
            for k in range(maxima.shape[1]):
                value = vectors[word, k] if word < n_vectors else more[word - n_vectors, k]
                maxima[text, k] = value if empty else max(maxima[text, k], value)
            empty = False
        begin = ends[text]


def rows_by_hand(texts: list[list[int]], vectors: Floats, weights: Floats) -> tuple[Doubles, Doubles, Floats]:
    """Sums, summed weights and maxima of texts given as lists of numbers, -1 left out."""
    known = [[word for word in text if word >= 0] for text in texts]
    sums = np.array([(weights[text][:, None] * vectors[text].astype(float)).sum(axis=0) for text in known])
    shares = np.array([weights[text].astype(float).sum() for text in known])
    maxima = np.array([vectors[text].max(axis=0) if text else np.zeros(vectors.shape[1]) for text in known])
    return sums, shares, maxima.astype(np.float32)
