"""Terms to hashed columns: MurmurHash3 (32 bits, seed 0), as scikit-learn's `FeatureHasher` uses it."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, kernel
from nlp_toolkit.kernels.rows import sort
from nlp_toolkit.kernels.utf8 import encode

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


@kernel
def murmur3(data: Bytes, begin: Int, end: Int) -> Int:
    """The signed 32-bit hash of data[begin:end] (Austin Appleby's MurmurHash3_x86_32), in 64-bit arithmetic."""
    mask = np.uint64(0xFFFFFFFF)
    hashed = np.uint64(0)
    i = begin
    while i < end:
        part = np.uint64(0)
        size = min(np.int64(4), end - i)
        for k in range(size):
            part |= np.uint64(data[i + k]) << np.uint64(8 * k)
        part = (part * np.uint64(0xCC9E2D51)) & mask
        part = ((part << np.uint64(15)) | (part >> np.uint64(17))) & mask
        hashed ^= (part * np.uint64(0x1B873593)) & mask
        if size == 4:
            hashed = ((hashed << np.uint64(13)) | (hashed >> np.uint64(19))) & mask
            hashed = (hashed * np.uint64(5) + np.uint64(0xE6546B64)) & mask
        i += size
    hashed ^= np.uint64(end - begin) & mask
    hashed ^= hashed >> np.uint64(16)
    hashed = (hashed * np.uint64(0x85EBCA6B)) & mask
    hashed ^= hashed >> np.uint64(13)
    hashed = (hashed * np.uint64(0xC2B2AE35)) & mask
    hashed ^= hashed >> np.uint64(16)
    return np.int64(np.int32(np.uint32(hashed)))


@kernel
def hash_terms(pool: Bytes, term_ends: Longs, start: Int, hashes: Ints) -> None:
    """The hash of every term from `start` on."""
    for term in range(start, hashes.size):
        hashes[term] = murmur3(pool, term_ends[term - 1] if term > 0 else np.int64(0), term_ends[term])


@kernel
def hash_nodes(
    parents: Ints,
    symbols: Ints,
    of_words: bool,
    pool: Bytes,
    term_ends: Longs,
    start: Int,
    spelled: Bytes,
    hashes: Ints,
) -> Int:
    """The hash of every n-gram from `start` on, spelled into the end of `spelled` first.

    Symbols are words of `pool`, joined by spaces, or (not `of_words`) code points. Returns the nodes done; stops
    early, before a node, when `spelled` is too small for it.
    """
    for node in range(start, hashes.size):
        at = spelled.size
        step = np.int64(node)
        while step >= 0:
            symbol = np.int64(symbols[step])
            step = np.int64(parents[step])
            if of_words:
                begin = term_ends[symbol - 1] if symbol > 0 else np.int64(0)
                if at < term_ends[symbol] - begin + 1:
                    return node
                for k in range(term_ends[symbol] - 1, begin - 1, -1):
                    at -= 1
                    spelled[at] = pool[k]
                if step >= 0:
                    at -= 1
                    spelled[at] = 0x20
            else:
                if at < 4:
                    return node
                packed, size = encode(symbol)
                for _ in range(size):
                    at -= 1
                    spelled[at] = packed & 0xFF
                    packed >>= 8
        hashes[node] = murmur3(spelled, at, np.int64(spelled.size))
    return hashes.size


@kernel
def hash_rows(
    found: Ints,
    counts: Ints,
    row_ends: Longs,
    hashes: Ints,
    n_columns: Int,
    alternate_sign: bool,
    keys: npt.NDArray[np.uint64],
    sums: Longs,
) -> Int:
    """In place: features become hashed columns, sorted in each row; counts of one column are added up.

    A column is |hash| modulo `n_columns`; a negative hash counts negatively where `alternate_sign` says so. Sums may be
    zero and stay. `keys` and `sums` are scratch, at least twice and once as long as the longest row. Returns the
    entries left.
    """
    starts = np.empty(257, dtype=np.int64)
    n = 0
    begin = np.int64(0)
    for row in range(row_ends.size):
        end = row_ends[row]
        for i in range(begin, end):
            hashed = np.int64(hashes[found[i]])
            column = (abs(hashed) if hashed > -2147483648 else 2147483647 - (n_columns - 1)) % n_columns
            keys[i - begin] = (np.uint64(column) << np.uint64(32)) | np.uint64(i - begin)
            sums[i - begin] = -counts[i] if alternate_sign and hashed < 0 else counts[i]
        at = sort(keys, end - begin, starts)
        first = n
        for k in range(at, at + end - begin):
            column = np.int64(keys[k] >> np.uint64(32))
            value = sums[np.int64(keys[k] & np.uint64(0xFFFFFFFF))]
            if n > first and found[n - 1] == column:
                counts[n - 1] += value
            else:
                found[n] = column
                counts[n] = value
                n += 1
        begin = end
        row_ends[row] = n
    return n


def hashed_row(terms: Iterable[str], n_columns: int, alternate_sign: bool) -> dict[int, int]:
    """Column -> sum for one text, which `hash_rows` arrives at."""
    from sklearn.utils import murmurhash3_32

    row: dict[int, int] = {}
    for term in terms:
        hashed = int(murmurhash3_32(term.encode("utf-8", "surrogatepass"), seed=0))
        size = abs(hashed) if hashed > -(2**31) else 2**31 - 1 - (n_columns - 1)
        row[size % n_columns] = row.get(size % n_columns, 0) + (-1 if alternate_sign and hashed < 0 else 1)
    return dict(sorted(row.items()))
