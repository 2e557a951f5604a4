"""Streams of feature numbers to sparse rows: count each text, then put its columns in order."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, kernel

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


@kernel
def count_rows(
    stream: Ints,
    ends: Longs,
    start: Int,
    stop: Int,
    slots: Ints,
    found: Ints,
    counts: Ints,
    row_ends: Longs,
    n: Int,
    documents: Ints,
) -> Int:
    """Count the features of the texts start..stop-1; returns n, now with their entries.

    `stream` holds feature numbers (below 0: none), ends[k] where text k stops, text `start` begins at 0. Behind the
    first `n`, `found` and `counts` get each text's distinct features in order of arrival and how often they stand in
    it, row_ends[k] where they stop. `documents` (n_features, or empty) counts the texts each feature stands in.
    `slots` (n_features) may hold anything: slot f is believed only if the entry it points at lies in this row and is
    f's. That saves clearing it for every text.
    """
    begin = np.int64(0)
    for text in range(start, stop):
        row = n
        for i in range(begin, ends[text]):
            feature = stream[i]
            if feature < 0:
                continue
            slot = np.int64(slots[feature])
            if row <= slot < n and found[slot] == feature:
                counts[slot] += 1
            else:
                slots[feature] = n
                found[n] = feature
                counts[n] = 1
                n += 1
                if documents.size > 0:
                    documents[feature] += 1
        begin = ends[text]
        row_ends[text] = n
    return n


def count_row(stream: Sequence[int]) -> list[tuple[int, int]]:
    """Feature and count of one text, which `count_rows` writes in this order."""
    return list(Counter(feature for feature in stream if feature >= 0).items())


@kernel
def write_rows(
    found: Ints,
    counts: Ints,
    row_ends: Longs,
    columns: Ints,
    keys: npt.NDArray[np.uint64],
    starts: Longs,
    indices: npt.NDArray[np.signedinteger],
    data: npt.NDArray[np.generic],
) -> None:
    """Sort each row by its numbers, write columns[number] to `indices` and the count to `data`.

    Where `columns` is empty the numbers are the columns. Scratch: `keys`, twice as long as the longest row,
    and `starts` (257).
    """
    begin = np.int64(0)
    for row in range(row_ends.size):
        n = row_ends[row] - begin
        for i in range(n):
            keys[i] = (np.uint64(found[begin + i]) << np.uint64(32)) | np.uint64(counts[begin + i])
        at = sort(keys, n, starts)
        for i in range(n):
            number = np.int64(keys[at + i] >> np.uint64(32))
            indices[begin + i] = columns[number] if columns.size > 0 else number
            data[begin + i] = np.int64(keys[at + i] & np.uint64(0xFFFFFFFF))
        begin = row_ends[row]


@kernel
def sort(keys: npt.NDArray[np.uint64], n: Int, starts: Longs) -> Int:
    """Sort the first `n` keys by their upper 32 bits, equal ones in the order they had; returns where they are now.

    Short rows by insertion; longer ones byte by byte, lowest first, from one half of `keys` (at least 2 n) to the other
    and back, each byte by counting. `starts` (257) is scratch.
    """
    if n <= 40:
        for at in range(1, n):
            key = keys[at]
            k = at - 1
            while k >= 0 and (keys[k] >> np.uint64(32)) > (key >> np.uint64(32)):
                keys[k + 1] = keys[k]
                k -= 1
            keys[k + 1] = key
        return np.int64(0)
    used = np.uint64(0)
    for i in range(n):
        used |= keys[i]
    source: Int = np.int64(0)
    target = n
    for byte in range(4, 8):
        shift = np.uint64(8 * byte)
        if used >> shift == 0:
            break
        for digit in range(257):
            starts[digit] = 0
        for i in range(source, source + n):
            starts[np.int64((keys[i] >> shift) & np.uint64(255)) + 1] += 1
        starts[0] = target
        for digit in range(1, 257):
            starts[digit] += starts[digit - 1]
        for i in range(source, source + n):
            place = np.int64((keys[i] >> shift) & np.uint64(255))
            keys[starts[place]] = keys[i]
            starts[place] += 1
        source, target = target, source
    return source
