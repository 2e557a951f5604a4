"""The place of every n-gram in the sorted vocabulary, found over the ranks of its symbols."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, kernel

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


@kernel
def place_nodes(
    parents: Ints,
    symbols: Ints,
    symbol_ranks: Ints,
    kept: npt.NDArray[np.bool_],
    starts: Longs,
    by_rank: Ints,
    order: Ints,
    sizes: Longs,
    columns: Ints,
) -> Int:
    """Give every n-gram that is `kept` its column in sorted order, -1 to the others; returns the number of columns.

    A space sorts before any character of a word, so n-grams sort as the ranks of their symbols do, a shorter one
    before those it begins: the trie in pre-order, siblings by rank. Nodes are sorted by (parent, rank) in two counting
    sorts; sizes of subtrees are added up from the leaves and handed out as first columns from the roots.

    Scratch: `starts`, zeros, two longer than there are ranks or nodes; `by_rank` and `order` (n_nodes); `sizes`, zeros
    (n_nodes).
    """
    n_nodes = parents.size
    for node in range(n_nodes):
        starts[symbol_ranks[symbols[node]] + 1] += 1
    for k in range(1, starts.size):
        starts[k] += starts[k - 1]
    for node in range(n_nodes):
        rank = symbol_ranks[symbols[node]]
        by_rank[starts[rank]] = node
        starts[rank] += 1
    for k in range(starts.size):
        starts[k] = 0
    for node in range(n_nodes):
        starts[parents[node] + 2] += 1
    for k in range(1, starts.size):
        starts[k] += starts[k - 1]
    for k in range(n_nodes):
        parent = parents[by_rank[k]] + 1
        order[starts[parent]] = by_rank[k]
        starts[parent] += 1
    n_columns = np.int64(0)
    for node in range(n_nodes - 1, -1, -1):
        if kept[node]:
            sizes[node] += 1
        if parents[node] >= 0:
            sizes[parents[node]] += sizes[node]
        else:
            n_columns += sizes[node]
    # In `order` parents come by number, and so before their children; starts[p + 1] is where p's next child begins.
    starts[0] = 0
    for k in range(n_nodes):
        node = order[k]
        first = starts[parents[node] + 1]
        starts[parents[node] + 1] += sizes[node]
        columns[node] = first if kept[node] else -1
        starts[node + 1] = first + 1 if kept[node] else first
    return n_columns


def preorder(paths: Sequence[tuple[int, ...]]) -> list[int]:
    """The column of each n-gram, given as ranks of its symbols, as `place_nodes` finds it where all are kept."""
    ordered = sorted(paths)
    return [ordered.index(path) for path in paths]
