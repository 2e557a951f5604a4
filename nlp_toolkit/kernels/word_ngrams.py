"""Character n-grams inside words (`char_wb`): numbered once per distinct word, then copied wherever the word stands."""

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, kernel
from nlp_toolkit.kernels.nodes import home_slot, step
from nlp_toolkit.kernels.simd import prefetch
from nlp_toolkit.kernels.utf8 import decode

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Entries = npt.NDArray[np.uint64]

_SPACE = 0x20


@kernel
def number_word_ngrams(
    pool: Bytes,
    term_ends: Longs,
    start: Int,
    n_words: Int,
    min_n: Int,
    max_n: Int,
    learn: bool,
    roots: Ints,
    entries: Entries,
    parents: Ints,
    symbols: Ints,
    n_nodes: Int,
    points: Ints,
    walk: Ints,
    grams: Ints,
    gram_ends: Longs,
) -> tuple[Int, Int]:
    """Number the n-grams of the words start..n_words-1, each with a space before and behind it.

    A word is pool[term_ends[k-1]:term_ends[k]]; symbols are code points. Its n-grams go to `grams` behind those of
    the word before, where they stop to gram_ends[k]; unknown ones are -1. A padded word shorter than min_n gives
    itself, once. `points` and `walk` are scratch, longer than the longest padded word.

    Returns (words done, n_nodes); stops early, before a word, when an array is too small for it or a table half full.
    """
    limit = min(parents.size - 1, entries.shape[0] // 2)
    for word in range(start, n_words):
        begin = term_ends[word - 1] if word > 0 else np.int64(0)
        n_grams = gram_ends[word - 1] if word > 0 else np.int64(0)
        size = term_ends[word] - begin + 2  # characters are at most as many as bytes
        if size > points.size or n_grams + size * (max_n - min_n + 1) > grams.size:
            return word, n_nodes
        if learn and n_nodes + size * max_n > limit:
            return word, n_nodes
        points[0] = _SPACE
        length = 1
        while begin < term_ends[word]:
            point, taken = decode(pool, begin)
            points[length] = point
            length += 1
            begin += taken
        points[length] = _SPACE
        length += 1
        for n in range(1, min(max_n, length) + 1):
            for i in range(length - n + 1):
                node, n_nodes = step(
                    np.int64(walk[i]) if n > 1 else np.int64(0),
                    np.int64(points[i + n - 1]),
                    n - 1,
                    learn,
                    roots,
                    entries,
                    parents,
                    symbols,
                    n_nodes,
                )
                walk[i] = node
                if n < max_n and i + n < length and node >= 0:  # the next size will look there
                    prefetch(entries, 2 * home_slot(node, np.int64(points[i + n]), entries))
                if n >= min_n or n == length:
                    grams[n_grams] = node
                    n_grams += 1
        gram_ends[word] = n_grams
    return n_words, n_nodes


def list_word_ngrams(word: str, min_n: int, max_n: int) -> list[str]:
    """The n-grams of one word, which `number_word_ngrams` numbers in this order."""
    padded = f" {word} "
    if len(padded) <= min_n:
        return [padded]
    sizes = range(min_n, min(max_n, len(padded)) + 1)
    return [padded[i : i + n] for n in sizes for i in range(len(padded) - n + 1)]


@kernel
def expand_words(
    words: Ints,
    ends: Longs,
    start: Int,
    grams: Ints,
    gram_ends: Longs,
    features: Ints,
    feature_ends: Longs,
) -> tuple[Int, Int]:
    """Put the n-grams of each word in its place, text by text from `start` on, until `features` is full.

    Returns (texts done, features written); `feature_ends` says where each text's features stop.
    """
    n_features = 0
    for text in range(start, ends.size):
        begin = ends[text - 1] if text > 0 else np.int64(0)
        needed = 0
        for i in range(begin, ends[text]):
            word = words[i]
            needed += gram_ends[word] - (gram_ends[word - 1] if word > 0 else np.int64(0))
        if n_features + needed > features.size:
            return text, n_features
        for i in range(begin, ends[text]):
            word = words[i]
            for k in range(gram_ends[word - 1] if word > 0 else np.int64(0), gram_ends[word]):
                features[n_features] = grams[k]
                n_features += 1
        feature_ends[text] = n_features
    return ends.size, n_features


def copy_word_ngrams(words: list[int], grams: list[list[int]]) -> list[int]:
    """The features of one text, which `expand_words` writes in this order."""
    return [gram for word in words for gram in grams[word]]
