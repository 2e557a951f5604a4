"""N-grams as nodes of a trie: a pair (number of the n-gram without its last symbol, last symbol) gets a number."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, inner, kernel
from nlp_toolkit.kernels.simd import prefetch

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Entries = npt.NDArray[np.uint64]


@inner
def home_slot(parent: Int, symbol: Int, entries: Entries) -> Int:
    """The slot of `entries` where the search for the node under `parent` at `symbol` begins."""
    hashed = ((np.uint64(parent) << np.uint64(32)) | np.uint64(symbol)) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((hashed ^ (hashed >> np.uint64(32))) & np.uint64(entries.shape[0] - 1))


@inner
def find_node(parent: Int, symbol: Int, entries: Entries) -> tuple[Int, Int]:
    """The number of the node under `parent` at `symbol`, or -1, and the slot where it is or would be.

    `entries` (slots, 2), a power of two of them, hold (parent << 32 | symbol) and number + 1, 0 where free.
    """
    key = (np.uint64(parent) << np.uint64(32)) | np.uint64(symbol)
    mask = np.int64(entries.shape[0] - 1)
    slot = home_slot(parent, symbol, entries)
    while entries[slot, 1] != 0:
        if entries[slot, 0] == key:
            return np.int64(entries[slot, 1]) - 1, slot
        slot = (slot + 1) & mask
    return -1, slot


@inner
def step(
    node: Int,
    symbol: Int,
    depth: Int,
    learn: bool,
    roots: Ints,
    entries: Entries,
    parents: Ints,
    symbols: Ints,
    n_nodes: Int,
) -> tuple[Int, Int]:
    """The node one `symbol` below `node` (at `depth` 0: the one-symbol node), new where `learn` says so, or -1.

    `roots` maps a symbol to its one-symbol node or -1; `parents` (-1 for these) and `symbols` describe the nodes in
    order of number, a parent always before its children. Returns (node, n_nodes).
    """
    if symbol < 0 or node < 0:
        return -1, n_nodes
    slot = np.int64(0)
    if depth == 0:
        found = np.int64(roots[symbol])
    else:
        found, slot = find_node(node, symbol, entries)
    if found >= 0 or not learn:
        return found, n_nodes
    if depth == 0:
        roots[symbol] = n_nodes
        parents[n_nodes] = -1
    else:
        entries[slot, 0] = (np.uint64(node) << np.uint64(32)) | np.uint64(symbol)
        entries[slot, 1] = np.uint64(n_nodes + 1)
        parents[n_nodes] = node
    symbols[n_nodes] = symbol
    return n_nodes, n_nodes + 1


@kernel
def number_ngrams(
    stream: Ints,
    ends: Longs,
    parts: Ints,
    part_ends: Longs,
    start: Int,
    min_n: Int,
    max_n: Int,
    learn: bool,
    roots: Ints,
    entries: Entries,
    parents: Ints,
    symbols: Ints,
    n_nodes: Int,
    walk: Ints,
    grams: Ints,
    gram_ends: Longs,
    n_grams: Int,
) -> tuple[Int, Int, Int]:
    """Number the n-grams, min_n <= n <= max_n, of the symbols of each text from `start` on.

    `stream` holds the symbols of all texts (-1: unknown), `ends` (n_texts) where each text stops. Where `part_ends` is
    not empty, the stream is of tokens, and token t stands for the symbols parts[part_ends[t-1]:part_ends[t]]. All
    n-grams of one size come before those of the next, as scikit-learn meets them; an unknown n-gram is -1. They go to
    `grams` behind the first `n_grams`, where each text's stop to `gram_ends`. `walk` is scratch, as long as the longest
    text.

    Returns (texts done, n_nodes, n_grams); stops early, before a text, when an array is too small for it (`grams`) or
    a table half full; a text given up halfway is numbered again, the same way.
    """
    limit = min(parents.size - 1, entries.shape[0] // 2)
    for text in range(start, ends.size):
        begin = ends[text - 1] if text > 0 else np.int64(0)
        length = ends[text] - begin
        first = n_grams
        if n_grams + length * (max_n - min_n + 1) > grams.size or length > walk.size:
            return text, n_nodes, n_grams
        for n in range(1, min(max_n, length) + 1):
            for i in range(length - n + 1):
                token = np.int64(stream[begin + i + n - 1])
                node = np.int64(walk[i]) if n > 1 else np.int64(0)
                depth = n - 1
                first_part = np.int64(0)
                last_part = np.int64(1)
                if part_ends.size > 0 and token >= 0:
                    first_part = part_ends[token - 1] if token > 0 else np.int64(0)
                    last_part = part_ends[token]
                for part in range(first_part, last_part):
                    if learn and n_nodes >= limit:
                        return text, n_nodes, first
                    symbol = np.int64(parts[part]) if part_ends.size > 0 and token >= 0 else token
                    node, n_nodes = step(node, symbol, depth, learn, roots, entries, parents, symbols, n_nodes)
                    depth += 1
                walk[i] = node
                if n < max_n and i + n < length and node >= 0 and stream[begin + i + n] >= 0:
                    # Exact where tokens have no parts; a cache line asked for in vain does no harm.
                    prefetch(entries, 2 * home_slot(node, np.int64(stream[begin + i + n]), entries))
                if n >= min_n:
                    grams[n_grams] = node
                    n_grams += 1
        gram_ends[text] = n_grams
    return ends.size, n_nodes, n_grams


def list_ngrams(text: Sequence[int], min_n: int, max_n: int) -> list[tuple[int, ...]]:
    """The n-grams of one text, which `number_ngrams` numbers in this order."""
    sizes = range(min_n, min(max_n, len(text)) + 1)
    return [tuple(text[i : i + n]) for n in sizes for i in range(len(text) - n + 1)]


@kernel
def number_paths(
    stream: Ints,
    ends: Longs,
    start: Int,
    roots: Ints,
    entries: Entries,
    parents: Ints,
    symbols: Ints,
    n_nodes: Int,
    numbers: Ints,
) -> tuple[Int, Int]:
    """Enter whole texts as paths, from `start` on: the node of the n-gram of all symbols of text k is numbers[k].

    An empty text is -1. Returns (texts done, n_nodes); stops early, before a text, when a table is half full.
    """
    limit = min(parents.size - 1, entries.shape[0] // 2)
    for text in range(start, ends.size):
        begin = ends[text - 1] if text > 0 else np.int64(0)
        if n_nodes + ends[text] - begin > limit:
            return text, n_nodes
        node = np.int64(-1 if ends[text] == begin else 0)
        for i in range(begin, ends[text]):
            node, n_nodes = step(node, np.int64(stream[i]), i - begin, True, roots, entries, parents, symbols, n_nodes)
        numbers[text] = node
    return ends.size, n_nodes


@kernel
def merge_nodes(
    other_parents: Ints,
    other_symbols: Ints,
    n_other: Int,
    new_symbol: Ints,
    roots: Ints,
    entries: Entries,
    parents: Ints,
    symbols: Ints,
    n_nodes: Int,
    numbers: Ints,
) -> Int:
    """Enter the nodes of another trie, whose symbol s is called new_symbol[s] here; their numbers go to `numbers`.

    Returns n_nodes. The caller sizes the arrays for `n_other` more nodes.
    """
    for k in range(n_other):
        parent = np.int64(other_parents[k])
        depth = 0 if parent < 0 else 1
        node, n_nodes = step(
            np.int64(numbers[parent]) if parent >= 0 else np.int64(0),
            np.int64(new_symbol[other_symbols[k]]),
            depth,
            True,
            roots,
            entries,
            parents,
            symbols,
            n_nodes,
        )
        numbers[k] = node
    return n_nodes


@kernel
def enter_nodes(parents: Ints, symbols: Ints, n_nodes: Int, entries: Entries) -> None:
    """Enter all nodes but the one-symbol ones into `entries`, which are empty."""
    for node in range(n_nodes):
        ahead = node + 16
        if ahead < n_nodes and parents[ahead] >= 0:
            prefetch(entries, 2 * home_slot(np.int64(parents[ahead]), np.int64(symbols[ahead]), entries))
        if parents[node] >= 0:
            _, slot = find_node(np.int64(parents[node]), np.int64(symbols[node]), entries)
            entries[slot, 0] = (np.uint64(parents[node]) << np.uint64(32)) | np.uint64(symbols[node])
            entries[slot, 1] = np.uint64(node + 1)
