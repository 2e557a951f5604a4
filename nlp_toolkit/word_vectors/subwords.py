"""Character n-grams of words (fastText): which rows a word is the mean of, and vectors for words never seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_toolkit.counting.termlist import encoded
from nlp_toolkit.kernels.subwords import hash_ngrams

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SubwordSettings:
    """N-grams of `min_n` to `max_n` characters of "<word>", hashed into `bucket` rows: gensim's names and defaults."""

    min_n: int = 3
    max_n: int = 6
    bucket: int = 2_000_000


@dataclass(frozen=True)
class Subwords:
    """The units of a vocabulary's words: word k is the mean of the input rows rows[ends[k - 1] : ends[k]].

    The first of them is row k, its own; the others stand for its n-grams: the j-th bucket of `buckets` (sorted; only
    those in use have a row) is row n_words + j.
    """

    settings: SubwordSettings
    buckets: Longs
    rows: Longs
    ends: Longs

    @property
    def n_rows(self) -> int:
        """Input rows in all."""
        return int(self.ends.size + self.buckets.size)

    @property
    def most_units(self) -> int:
        return int(np.diff(self.ends, prepend=0).max(initial=1))

    def compose(self, input_rows: Floats) -> Floats:
        """The vectors (n_words, dimensions) of all words of the vocabulary."""
        return _means(input_rows, self.rows, self.ends)

    def compose_unknown(self, words: Sequence[str], bucket_rows: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Vectors of words that are not in the vocabulary, and which of them have any n-gram that is known.

        `bucket_rows` (n_buckets in use, dimensions) are those of `buckets`; a word without n-grams known gets zeros.
        """
        found, ends = bucket_numbers(words, self.settings)
        at = np.minimum(np.searchsorted(self.buckets, found), max(self.buckets.size - 1, 0))
        known = self.buckets[at] == found if self.buckets.size else np.zeros(found.size, dtype=bool)
        known_ends = np.concatenate([[0], np.cumsum(known)])[ends]
        has_any = np.diff(known_ends, prepend=0) > 0
        vectors = np.zeros((len(words), bucket_rows.shape[1]), dtype=np.float32)
        vectors[has_any] = _means(bucket_rows, at[known], known_ends[has_any])
        return vectors, has_any


def subwords_of(words: Sequence[str], settings: SubwordSettings, in_use: Longs | None = None) -> Subwords:
    """The units of `words`; buckets `in_use` have rows whether or not these words use them."""
    found, bucket_ends = bucket_numbers(words, settings)
    buckets = np.unique(found if in_use is None else np.concatenate([in_use, found]))
    n_words = len(words)
    sizes = np.diff(bucket_ends, prepend=0) + 1
    ends = np.cumsum(sizes)
    rows = np.empty(int(ends[-1]) if n_words else 0, dtype=np.int64)
    own = ends - sizes
    rows[own] = np.arange(n_words)
    is_bucket = np.ones(rows.size, dtype=bool)
    is_bucket[own] = False
    rows[is_bucket] = n_words + np.searchsorted(buckets, found)
    return Subwords(settings, buckets, rows, ends)


def bucket_numbers(words: Sequence[str], settings: SubwordSettings) -> tuple[Longs, Longs]:
    """The buckets of every word's n-grams one after another, and where each word's stop."""
    pool, ends = encoded(words)
    bucket_ends = np.zeros(len(words), dtype=np.int64)
    sizes = settings.min_n, settings.max_n, settings.bucket
    n = hash_ngrams(pool, ends, *sizes, np.empty(0, dtype=np.int64), bucket_ends)
    buckets = np.empty(n, dtype=np.int64)
    hash_ngrams(pool, ends, *sizes, buckets, bucket_ends)
    return buckets, bucket_ends


def _means(table: Floats, rows: Longs, ends: Longs) -> Floats:
    """Means of table[rows[ends[k - 1] : ends[k]]], none of them empty, a block of words at a time."""
    means = np.empty((ends.size, table.shape[1]), dtype=np.float32)
    for begin in range(0, ends.size, 4096):
        stops = ends[begin : begin + 4096]
        start = int(ends[begin - 1]) if begin else 0
        starts = np.concatenate([[start], stops[:-1]]) - start
        sums = np.add.reduceat(table[rows[start : int(stops[-1])]].astype(np.float64), starts, axis=0)
        means[begin : begin + 4096] = sums / (stops - start - starts)[:, None]
    return means
