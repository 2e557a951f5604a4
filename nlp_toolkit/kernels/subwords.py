"""Words as means of a row of their own and the rows of their character n-grams: hashing these, training with them."""

import math

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.cbow import COUNTED as BAG_COUNTED
from nlp_toolkit.kernels.cbow import SIGNS as BAG_SIGNS
from nlp_toolkit.kernels.cbow import learn_bag
from nlp_toolkit.kernels.compiling import kernel
from nlp_toolkit.kernels.simd import LANES, add, load, multiply, multiply_add, spread, store
from nlp_toolkit.kernels.skip_gram import COUNTED, SIGNS, learn_window
from nlp_toolkit.kernels.windows import gather_contexts, gather_targets, prefetch_targets

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_START, _END = np.int64(ord("<")), np.int64(ord(">"))
_FNV_OFFSET, _FNV_PRIME = np.uint32(2166136261), np.uint64(16777619)
_LOW = np.uint64(0xFFFFFFFF)


@kernel
def hash_ngrams(
    pool: Bytes, ends: Longs, min_n: int, max_n: int, n_buckets: int, buckets: Longs, bucket_ends: Longs
) -> int:
    """The buckets of the character n-grams of "<word>" for every word; returns how many there are.

    `pool` holds the words as UTF-8, the k-th up to ends[k]; its buckets are buckets[: bucket_ends[k]] from where the
    last word's end. Nothing is written beyond the end of `buckets`: with an empty one the n-grams are only counted.
    Hash and n-grams are fastText's (Bojanowski et al. 2017): 32-bit FNV-1a over bytes taken for signed ones.
    """
    n = 0
    begin = np.int64(0)
    for word in range(ends.size):
        size = ends[word] - begin + 2
        for first in range(size):
            if 0 < first < size - 1 and (pool[begin + first - 1] & 0xC0) == 0x80:
                continue
            hashed = _FNV_OFFSET
            characters = 0
            at = first
            while at < size and characters < max_n:
                more = True
                while more:  # the bytes of one character
                    byte = _START if at == 0 else _END if at == size - 1 else np.int64(pool[begin + at - 1])
                    signed = np.uint32(byte if byte < 128 else byte - 256)
                    hashed = np.uint32((np.uint64(hashed ^ signed) * _FNV_PRIME) & _LOW)
                    at += 1
                    more = at < size - 1 and (pool[begin + at - 1] & 0xC0) == 0x80
                characters += 1
                if characters < min_n or (characters == 1 and (first == 0 or at == size)):
                    continue
                if n < buckets.size:
                    buckets[n] = np.int64(hashed) % n_buckets
                n += 1
        begin = ends[word]
        bucket_ends[word] = n
    return n


def ngrams_of(word: str, min_n: int, max_n: int) -> list[str]:
    """The n-grams `hash_ngrams` hashes, in its order.

    >>> ngrams_of("책은", 2, 3)
    ['<책', '<책은', '책은', '책은>', '은>']
    """
    padded = f"<{word}>"
    return [
        padded[first : first + n]
        for first in range(len(padded))
        for n in range(min_n, min(max_n, len(padded) - first) + 1)
        if n > 1 or 0 < first < len(padded) - 1
    ]


def bucket_of(ngram: str, n_buckets: int) -> int:
    """The bucket of one n-gram; fastText's and gensim's `ft_hash_bytes`, modulo `n_buckets`."""
    hashed = 2166136261
    for byte in ngram.encode("utf-8", "surrogatepass"):
        hashed = (hashed ^ (byte if byte < 128 else byte - 256) % 2**32) * 16777619 % 2**32
    return hashed % n_buckets


@kernel
def train_skip_gram_subwords(
    words: Ints,
    windows: Ints,
    negatives: Ints,
    inputs: Floats,
    outputs: Floats,
    stride: int,
    first_alpha: float,
    last_alpha: float,
    rows: Longs,
    ends: Longs,
    contexts: Longs,
    targets: Longs,
    scores: Floats,
    around: Longs,
    composed: Floats,
    before: Floats,
) -> tuple[float, int]:
    """`train_skip_gram` where word k is the mean of the input rows rows[ends[k - 1] : ends[k]].

    As in fastText each of the rows takes the whole gradient of the mean. `around`, `composed` and `before` are working
    space: a word, and a row, for every context; behind the rows one of zeros.
    """
    signs = SIGNS
    counted = COUNTED
    blank_target = outputs.size // stride - 1
    blank_context = composed.size // stride - 1
    rate = (last_alpha - first_alpha) / max(words.size, 1)
    loss = 0.0
    likelihood = 1.0
    n_predictions = 0
    start = 0
    for centre in range(words.size):
        if words[centre] < 0:
            start = centre + 1
            continue
        prefetch_targets(words, negatives, centre + 1, outputs, stride)
        n_contexts = gather_contexts(words, centre, start, windows[centre], 1, contexts)
        if n_contexts == 0:
            continue
        n_targets = gather_targets(words, negatives, centre, stride, blank_target, targets)
        for c in range(n_contexts):
            word = contexts[c]
            begin = ends[word - 1] if word > 0 else np.int64(0)
            share = spread(np.float32(1.0 / (ends[word] - begin)))
            for k in range(0, stride, LANES):
                x = load(inputs, rows[begin] * stride + k)
                for unit in range(begin + 1, ends[word]):
                    x = add(x, load(inputs, rows[unit] * stride + k))
                x = multiply(x, share)
                store(composed, c * stride + k, x)
                store(before, c * stride + k, x)
            around[c] = word
            contexts[c] = c * stride
        likelihood, loss = learn_window(
            composed, contexts, n_contexts, outputs, targets, n_targets, stride, blank_context,
            first_alpha + rate * centre, signs, counted, scores, likelihood, loss,
        )  # fmt: skip
        minus = spread(np.float32(-1.0))
        for c in range(n_contexts):
            word = around[c]
            begin = ends[word - 1] if word > 0 else np.int64(0)
            for k in range(0, stride, LANES):
                x = multiply_add(load(before, c * stride + k), minus, load(composed, c * stride + k))
                for unit in range(begin, ends[word]):
                    place = rows[unit] * stride + k
                    store(inputs, place, add(load(inputs, place), x))
        n_predictions += n_contexts
    return loss - math.log(likelihood), n_predictions


@kernel
def train_cbow_subwords(
    words: Ints,
    windows: Ints,
    negatives: Ints,
    inputs: Floats,
    outputs: Floats,
    stride: int,
    first_alpha: float,
    last_alpha: float,
    mean: bool,
    rows: Longs,
    ends: Longs,
    contexts: Longs,
    targets: Longs,
    scores: Floats,
    hidden: Floats,
    change: Floats,
) -> tuple[float, int]:
    """`train_cbow` where the bag of a centre holds the rows of all units of the words around it.

    Word k has the units rows[ends[k - 1] : ends[k]]; `contexts` has room for those of a whole window.
    """
    signs = BAG_SIGNS
    counted = BAG_COUNTED
    blank = outputs.size // stride - 1
    rate = (last_alpha - first_alpha) / max(words.size, 1)
    loss = 0.0
    likelihood = 1.0
    n_predictions = 0
    start = 0
    for centre in range(words.size):
        if words[centre] < 0:
            start = centre + 1
            continue
        prefetch_targets(words, negatives, centre + 1, outputs, stride)
        n_units = 0
        for other in range(max(start, centre - windows[centre]), min(words.size, centre + windows[centre] + 1)):
            word = words[other]
            if word < 0:
                break
            if other != centre:
                for unit in range(ends[word - 1] if word > 0 else np.int64(0), ends[word]):
                    contexts[n_units] = rows[unit] * stride
                    n_units += 1
        if n_units == 0:
            continue
        n_targets = gather_targets(words, negatives, centre, stride, blank, targets)
        likelihood, loss = learn_bag(
            inputs, contexts, n_units, outputs, targets, n_targets, stride, first_alpha + rate * centre, mean,
            signs, counted, scores, hidden, change, likelihood, loss,
        )  # fmt: skip
        n_predictions += 1
    return loss - math.log(likelihood), n_predictions


def compose(inputs: npt.NDArray[np.float64], rows: Longs, ends: Longs) -> npt.NDArray[np.float64]:
    """Every word as the mean of its units: what the loops above make of the rows of their windows."""
    starts = np.concatenate([[0], ends[:-1]])
    return np.array([inputs[rows[begin:end]].mean(axis=0) for begin, end in zip(starts, ends, strict=True)])
