"""Vocabularies that grow: the arrays behind the kernels' tables, made larger between calls."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from nlp_toolkit.errors import ResourceError
from nlp_toolkit.kernels.nodes import enter_nodes
from nlp_toolkit.kernels.terms import insert_terms, rehash_terms

_AT_ONCE = 2**15
MAX_FEATURES = 2**31 - 2  # numbers are int32

Number = TypeVar("Number", bound=np.generic)


def grown(array: npt.NDArray[Number], size: int, fill: int | None = None) -> npt.NDArray[Number]:
    """`array`, or a copy at least `size` long (and twice as long as before); new places hold `fill`, or anything."""
    if array.size >= size:
        return array
    larger = np.empty(max(size, 2 * array.size), dtype=array.dtype)
    larger[: array.size] = array
    if fill is not None:
        larger[array.size :] = fill
    return larger


def slots_for(n: int) -> int:
    """A power of two, at least twice `n`."""
    if n > MAX_FEATURES:
        raise ResourceError(
            f"more than {MAX_FEATURES} distinct terms; use a smaller ngram_range or HashingVectorizer, "
            "which needs no vocabulary"
        )
    return max(1 << 10, 1 << (2 * n - 1).bit_length())


class TermTable:
    """Byte strings with numbers (see `kernels/terms.py`): `pool`, `ends`, `entries` and `n`, how many there are."""

    def __init__(self) -> None:
        self.entries = np.zeros((1 << 12, 3), dtype=np.uint64)
        self.pool = np.empty(1 << 14, dtype=np.uint8)
        self.ends = np.empty(1 << 11, dtype=np.int64)
        self.n = 0

    @property
    def n_bytes(self) -> int:
        return int(self.ends[self.n - 1]) if self.n else 0

    def make_room(self, n_terms: int, n_bytes: int) -> None:
        """Room for so many more terms and bytes."""
        self.pool = grown(self.pool, self.n_bytes + n_bytes)
        self.ends = grown(self.ends, self.n + n_terms + 1)
        if 2 * (self.n + n_terms) > self.entries.shape[0]:
            entries = np.zeros((slots_for(self.n + n_terms), 3), dtype=np.uint64)
            rehash_terms(self.entries, entries, self.pool, self.ends)
            self.entries = entries

    def insert(self, pool: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """The numbers of the byte strings in `pool`, new ones entered."""
        numbers = np.empty(ends.size, dtype=np.int32)
        # Some at a time: most may be known, and room for all would be room for nothing.
        for start in range(0, ends.size, _AT_ONCE):
            stop = min(start + _AT_ONCE, ends.size)
            self.make_room(stop - start, int(ends[stop - 1] - (ends[start - 1] if start else 0)))
            self.n = insert_terms(pool, ends, start, stop, self.entries, self.pool, self.ends, self.n, numbers)
        return numbers

    def forget_entries(self) -> None:
        """Give the table's memory back; terms keep their numbers, but cannot be found or entered any more."""
        self.entries = self.entries[:0].copy()


class NodeTable:
    """N-grams with numbers (see `kernels/nodes.py`): `roots`, `entries`, `parents`, `symbols` and `n`."""

    def __init__(self, n_symbols: int) -> None:
        self.roots = np.full(n_symbols, -1, dtype=np.int32)
        self.entries = np.zeros((1 << 12, 2), dtype=np.uint64)
        self.parents = np.empty(1 << 11, dtype=np.int32)
        self.symbols = np.empty(1 << 11, dtype=np.int32)
        self.n = 0

    def make_room(self, n_nodes: int) -> None:
        """Room for so many more nodes."""
        self.parents = grown(self.parents, self.n + n_nodes + 1)
        self.symbols = grown(self.symbols, self.n + n_nodes + 1)
        if 2 * (self.n + n_nodes) > self.entries.shape[0]:
            self.entries = self._entered(self.n + n_nodes)

    def make_symbols(self, n_symbols: int) -> None:
        """Room for symbols numbered below `n_symbols`."""
        self.roots = grown(self.roots, n_symbols, fill=-1)

    def _entered(self, n_nodes: int) -> npt.NDArray[np.uint64]:
        entries = np.zeros((slots_for(n_nodes), 2), dtype=np.uint64)
        enter_nodes(self.parents, self.symbols, self.n, entries)
        return entries

    def forget_entries(self) -> None:
        """Give the table's memory back; nodes keep their numbers, and can be found after `recall_entries`."""
        self.entries = self.entries[:0].copy()

    def recall_entries(self) -> None:
        """Make the table again if it was forgotten."""
        if not self.entries.size:
            self.entries = self._entered(self.n)
