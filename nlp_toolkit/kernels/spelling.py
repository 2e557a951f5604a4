"""N-grams back to UTF-8: the symbols on the way from each node to its root, written from the back."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, kernel
from nlp_toolkit.kernels.utf8 import encode

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


@kernel
def measure_nodes(parents: Ints, symbols: Ints, symbol_sizes: Ints, separator: Int, lengths: Ints) -> None:
    """How many bytes every node takes spelled out, with `separator` bytes (0 or 1) between symbols."""
    for node in range(parents.size):
        size = symbol_sizes[symbols[node]]
        lengths[node] = size if parents[node] < 0 else lengths[parents[node]] + separator + size


@kernel
def spell_words(
    parents: Ints,
    symbols: Ints,
    chosen: Longs,
    ends: Longs,
    pool: Bytes,
    term_ends: Longs,
    spelled: Bytes,
    start: Int,
    stop: Int,
) -> None:
    """Write the nodes chosen[start..stop-1] to `spelled`, the k-th so that it stops at ends[k].

    A node is its words, which lie in `pool`, joined by spaces.
    """
    for k in range(start, stop):
        at = ends[k]
        node = chosen[k]
        while node >= 0:
            word = symbols[node]
            for i in range(term_ends[word] - 1, (term_ends[word - 1] if word > 0 else np.int64(0)) - 1, -1):
                at -= 1
                spelled[at] = pool[i]
            node = np.int64(parents[node])
            if node >= 0:
                at -= 1
                spelled[at] = 0x20


@kernel
def spell_characters(
    parents: Ints, symbols: Ints, chosen: Longs, ends: Longs, spelled: Bytes, start: Int, stop: Int
) -> None:
    """Write the nodes chosen[start..stop-1] to `spelled`, the k-th so that it stops at ends[k]: their characters."""
    for k in range(start, stop):
        at = ends[k]
        node = chosen[k]
        while node >= 0:
            packed, size = encode(np.int64(symbols[node]))
            for _ in range(size):
                at -= 1
                spelled[at] = packed & 0xFF
                packed >>= 8
            node = np.int64(parents[node])


def spell_node(parents: Sequence[int], symbols: Sequence[str], node: int, separator: str) -> str:
    """One node spelled out, as `spell_words` and `spell_characters` write it."""
    own = symbols[node]
    return own if parents[node] < 0 else spell_node(parents, symbols, parents[node], separator) + separator + own
