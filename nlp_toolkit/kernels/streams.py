"""Streams of word numbers, -1 behind each text: counting words, counting the texts they are in, renumbering."""

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import kernel

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


@kernel
def count_words(numbers: Ints, counts: Longs) -> None:
    """Add 1 to `counts` for every number of a stream; -1 counts nowhere."""
    for position in range(numbers.size):
        if numbers[position] >= 0:
            counts[numbers[position]] += 1


@kernel
def renumber(stream: Ints, ranks: Ints, n_texts: int, last_text: Longs, frequencies: Longs, renumbered: Ints) -> int:
    """Write the new numbers of a stream and leave out words whose rank is -1; returns how many were written.

    Adds to `frequencies` in how many texts each new number occurs. The stream begins in text `n_texts`, and
    last_text[k] is the last text that had k, -1 before any.
    """
    n = 0
    for position in range(stream.size):
        word = stream[position]
        if word < 0:
            renumbered[n] = -1
            n += 1
            n_texts += 1
            continue
        rank = ranks[word]
        if rank < 0:
            continue
        renumbered[n] = rank
        n += 1
        if last_text[rank] != n_texts:
            last_text[rank] = n_texts
            frequencies[rank] += 1
    return n


def renumbered_texts(texts: list[list[int]], ranks: list[int]) -> tuple[list[list[int]], dict[int, int]]:
    """What `renumber` makes of texts given as lists of numbers: new lists, and in how many each new number is."""
    kept = [[ranks[word] for word in text if ranks[word] >= 0] for text in texts]
    frequencies: dict[int, int] = {}
    for text in kept:
        for word in set(text):
            frequencies[word] = frequencies.get(word, 0) + 1
    return kept, frequencies
