"""The place of every term in the sorted vocabulary, found over bytes: UTF-8 sorts as the characters it stands for."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, kernel

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]


@kernel
def chunk(pool: Bytes, begin: Int, end: Int) -> Int:
    """Seven bytes, first one highest, and below them how many of them there are, 8 if more follow."""
    key = np.uint64(0)
    n_bytes = end - begin
    for k in range(7):
        key <<= np.uint64(8)
        if k < n_bytes:
            key |= np.uint64(pool[begin + k])
    if n_bytes > 8:
        n_bytes = np.int64(8)
    if n_bytes < 0:
        n_bytes = np.int64(0)
    return (key << np.uint64(8)) | np.uint64(n_bytes)


@kernel
def first_chunks(pool: Bytes, term_ends: Longs, chosen: Longs, keys: Keys) -> None:
    """The sort key of the first seven bytes of each chosen term."""
    for k in range(chosen.size):
        term = chosen[k]
        keys[k] = chunk(pool, term_ends[term - 1] if term > 0 else np.int64(0), term_ends[term])


@kernel
def order_ties(pool: Bytes, term_ends: Longs, order: Longs, keys: Keys, begin: Int, end: Int) -> None:
    """Finish order[begin:end], terms sorted by first chunk: stretches of equal keys are ordered by what follows.

    Three-way quicksort over chunks of seven bytes (Bentley & Sedgewick 1997). `keys` are the first chunks in the
    order of `order`; they are overwritten.
    """
    stack = [(np.int64(0), np.int64(0), np.int64(0), False)]
    stack.pop()
    i = begin
    while i < end:
        j = i + 1
        while j < end and keys[j] == keys[i]:
            j += 1
        if j - i > 1:
            stack.append((i, j, np.int64(7), True))
        i = j
        while len(stack) > 0:
            low, high, depth, load = stack.pop()
            if load:
                for k in range(low, high):
                    term = order[k]
                    keys[k] = chunk(pool, (term_ends[term - 1] if term > 0 else np.int64(0)) + depth, term_ends[term])
            if high - low < 2:
                continue
            pivot = keys[(low + high) // 2]
            less, at, more = low, low, high
            while at < more:
                if keys[at] < pivot:
                    keys[at], keys[less] = keys[less], keys[at]
                    order[at], order[less] = order[less], order[at]
                    less += 1
                    at += 1
                elif keys[at] > pivot:
                    more -= 1
                    keys[at], keys[more] = keys[more], keys[at]
                    order[at], order[more] = order[more], order[at]
                else:
                    at += 1
            stack.append((low, less, depth, False))
            stack.append((more, high, depth, False))
            if more - less > 1:
                stack.append((less, more, depth + 7, True))


def sorted_order(terms: Sequence[bytes]) -> list[int]:
    """The numbers of the terms in sorted order, which `first_chunks`, a sort and `order_ties` find."""
    return sorted(range(len(terms)), key=terms.__getitem__)


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
