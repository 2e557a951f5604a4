"""Counting into hashed columns: a vocabulary only as a cache of hashes, started anew when it is full."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from nlp_toolkit.counting.blocks import Block, TokenBlock
from nlp_toolkit.counting.counters import Analysis, Counter, Rows
from nlp_toolkit.counting.lookup import empty_nodes, seeded
from nlp_toolkit.counting.matrices import index_dtype
from nlp_toolkit.counting.running import count_blocks
from nlp_toolkit.counting.tables import grown
from nlp_toolkit.kernels.murmur import hash_nodes, hash_rows, hash_terms

CACHED_FEATURES = 2**20  # terms one thread keeps the hashes of


class HashingCounter:
    """Counts blocks into hashed columns, one after another."""

    def __init__(self, analysis: Analysis, n_columns: int, *, alternate_sign: bool) -> None:
        self._analysis = analysis
        self._n_columns = n_columns
        self._alternate_sign = alternate_sign
        self._counter = self._new_counter()
        self._hashes = np.empty(0, dtype=np.int32)
        self._spelled = np.empty(1 << 10, dtype=np.uint8)

    def count(self, block: Block | TokenBlock) -> Rows:
        """The rows of a block, sorted by column; counts are signed."""
        if self._counter.n_features > CACHED_FEATURES:
            self._counter = self._new_counter()
            self._hashes = self._hashes[:0]
        rows = self._counter.count(block)
        self._hash_new_features()
        longest = int(np.diff(rows.ends, prepend=0).max(initial=0))
        n = hash_rows(
            rows.found, rows.counts, rows.ends, self._hashes, self._n_columns, self._alternate_sign,
            np.empty(2 * longest, dtype=np.uint64), np.empty(longest, dtype=np.int64),
        )  # fmt: skip
        return Rows(rows.found[:n], rows.counts[:n], rows.ends)

    def _new_counter(self) -> Counter:
        return Counter(self._analysis, seeded(self._analysis), empty_nodes(self._analysis), learn=True)

    def _hash_new_features(self) -> None:
        counter, start = self._counter, self._hashes.size
        hashes = np.empty(counter.n_features, dtype=np.int32)
        hashes[:start] = self._hashes
        self._hashes = hashes
        terms, nodes = counter.terms, counter.nodes
        if nodes is None:
            hash_terms(terms.pool, terms.ends, start, hashes)
            return
        of_words = self._analysis.of_words
        while start < hashes.size:
            start = int(
                hash_nodes(nodes.parents, nodes.symbols, of_words, terms.pool, terms.ends, start, self._spelled, hashes)
            )
            if start < hashes.size:
                self._spelled = grown(self._spelled, 2 * self._spelled.size)


def count_hashed(
    blocks: Iterable[Block],
    analysis: Analysis,
    n_columns: int,
    dtype: npt.DTypeLike,
    n_jobs: int,
    *,
    alternate_sign: bool,
) -> sp.csr_array:
    """Count the terms of `blocks` into `n_columns` hashed columns, (n_texts, n_columns)."""

    def new_counter() -> HashingCounter:
        return HashingCounter(analysis, n_columns, alternate_sign=alternate_sign)

    rows = count_blocks(blocks, new_counter, n_jobs, keep_rows=True).rows
    offsets = np.cumsum([0, *(part.found.size for part in rows)])
    kind = index_dtype(int(offsets[-1]))
    ends = [(part.ends + offset).astype(kind) for part, offset in zip(rows, offsets[:-1], strict=True)]
    indptr = np.concatenate([np.zeros(1, dtype=kind), *ends])
    indices = np.concatenate([np.zeros(0, dtype=kind), *(part.found for part in rows)], dtype=kind)
    data = np.concatenate([np.zeros(0, dtype=dtype), *(part.counts for part in rows)], dtype=dtype, casting="unsafe")
    return sp.csr_array((data, indices, indptr), shape=(indptr.size - 1, n_columns))
