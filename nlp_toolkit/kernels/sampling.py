"""Random choices of word2vec: which words of a text stay, how far each window reaches, which words are negatives."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_toolkit.kernels.compiling import kernel

Ints = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]
Unsigned = npt.NDArray[np.uint32]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_30 = np.uint64(30)
_27 = np.uint64(27)
_31 = np.uint64(31)
_32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@njit(inline="always")
def splitmix(counter: np.uint64) -> np.uint64:
    """A 64-bit random number for a 64-bit counter, which goes up by `_GOLDEN` (Steele, Lea and Flood 2014)."""
    mixed = (counter ^ (counter >> _30)) * _MIX_1
    mixed = (mixed ^ (mixed >> _27)) * _MIX_2
    return mixed ^ (mixed >> _31)


def random_numbers(seed: int) -> Iterator[int]:
    """The numbers `sample_words` draws, in order.

    >>> next(random_numbers(1234567))
    6457827717110365317
    """
    counter, whole = seed, 2**64 - 1
    while True:
        counter = (counter + int(_GOLDEN)) & whole
        mixed = ((counter ^ (counter >> 30)) * int(_MIX_1)) & whole
        mixed = ((mixed ^ (mixed >> 27)) * int(_MIX_2)) & whole
        yield mixed ^ (mixed >> 31)


def keep_thresholds(counts: npt.NDArray[np.int64], sample: float) -> Unsigned:
    """By word, the largest 32-bit random number with which an occurrence stays; shape and order of `counts`.

    A word of frequency f (of all words in `counts`) stays with probability sqrt(sample / f) + sample / f, as in
    word2vec.c and gensim (Mikolov et al. 2013 print another formula); 0 keeps every word. From 1 on, `sample` is a
    count as in gensim: words more frequent than it are thinned.
    """
    if not sample:
        return np.full(counts.size, 2**32 - 1, dtype=np.uint32)
    threshold = sample * counts.sum() if sample < 1 else int(sample * (3 + np.sqrt(5)) / 2)
    ratio = threshold / np.maximum(counts, 1)
    kept: Unsigned = (np.minimum(np.sqrt(ratio) + ratio, 1.0) * (2**32 - 1)).astype(np.uint32)
    return kept


def alias_table(weights: Doubles) -> Unsigned:
    """A table to draw rows in proportion to `weights` (n) with one look each: Vose 1991.

    Row k of the result (n, 2) is drawn with probability 1/n, and stands for k itself where a 32-bit random number is
    below its first column, else for its second.
    """
    shares = weights * (weights.size / weights.sum())
    own = np.ones(weights.size)
    other = np.arange(weights.size, dtype=np.uint32)
    pair_up(shares, own, other)
    table = np.empty((weights.size, 2), dtype=np.uint32)
    table[:, 0] = np.minimum(own * 2.0**32, 2.0**32 - 1)
    table[:, 1] = other
    return table


@kernel
def pair_up(shares: Doubles, own: Doubles, other: Unsigned) -> None:
    """Fill each row that has less than its share from one that has more; `shares` (mean 1) is used up."""
    n = shares.size
    poor = np.empty(n, dtype=np.int64)
    rich = np.empty(n, dtype=np.int64)
    n_poor = 0
    n_rich = 0
    for row in range(n):
        if shares[row] < 1:
            poor[n_poor] = row
            n_poor += 1
        else:
            rich[n_rich] = row
            n_rich += 1
    while n_poor > 0 and n_rich > 0:
        n_poor -= 1
        small = poor[n_poor]
        large = rich[n_rich - 1]
        own[small] = shares[small]
        other[small] = large
        shares[large] -= 1 - shares[small]
        if shares[large] < 1:
            n_rich -= 1
            poor[n_poor] = large
            n_poor += 1


@kernel
def sample_words(
    stream: Ints,
    thresholds: Unsigned,
    window: int,
    shrink: bool,
    table: Unsigned,
    seed: int,
    words: Ints,
    windows: Ints,
    negatives: Ints,
) -> int:
    """Choose what a chunk is trained with; returns how many entries of `words` and `windows` were written.

    `stream` holds word numbers, -1 behind each text. A word stays as `thresholds` say; it then gets a window of 1 to
    `window` words either side (always `window` unless `shrink`) and a row of `negatives` drawn from `table`.
    """
    counter = np.uint64(seed)
    n_rows = np.uint64(table.shape[0])
    reach = np.uint64(window)
    kept = 0
    for position in range(stream.size):
        word = stream[position]
        if word < 0:
            words[kept] = -1
            kept += 1
            continue
        counter += _GOLDEN
        draw = splitmix(counter)
        if (draw >> _32) > np.uint64(thresholds[word]):
            continue
        words[kept] = word
        windows[kept] = window - np.int64(((draw & _LOW) * reach) >> _32) if shrink else window
        for r in range(negatives.shape[1]):
            counter += _GOLDEN
            draw = splitmix(counter)
            row = ((draw >> _32) * n_rows) >> _32
            other = np.uint64(table[row, 1])  # read before it is known to be needed: no branch to mispredict
            negatives[kept, r] = row if (draw & _LOW) < np.uint64(table[row, 0]) else other
        kept += 1
    return kept


def sample_words_by_hand(
    stream: Ints, thresholds: Unsigned, window: int, shrink: bool, table: Unsigned, seed: int, n_negatives: int
) -> tuple[list[int], list[int], list[list[int]]]:
    """The words, windows and negatives `sample_words` writes (window 0 and no negatives at the end of a text)."""
    draws = random_numbers(seed)
    words: list[int] = []
    windows: list[int] = []
    negatives: list[list[int]] = []
    for word in stream.tolist():
        if word < 0:
            words.append(-1)
            windows.append(0)
            negatives.append([])
            continue
        draw = next(draws)
        if draw >> 32 > thresholds[word]:
            continue
        words.append(word)
        windows.append(window - ((draw % 2**32) * window >> 32) if shrink else window)
        drawn = []
        for _ in range(n_negatives):
            draw = next(draws)
            row = (draw >> 32) * len(table) >> 32
            drawn.append(row if draw % 2**32 < table[row, 0] else int(table[row, 1]))
        negatives.append(drawn)
    return words, windows, negatives
