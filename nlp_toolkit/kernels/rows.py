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
    stream: Ints, ends: Longs, start: Int, stop: Int, slots: Ints, found: Ints, counts: Ints, row_ends: Longs, n: Int
) -> Int:
    """Count the features of the texts start..stop-1; returns n, now with their entries.

    `stream` holds feature numbers (below 0: none), ends[k] where text k stops, text `start` begins at 0. Behind the
    first `n`, `found` and `counts` get each text's distinct features in order of arrival and how often they stand in
    it, row_ends[k] where they stop. `slots` (n_features) may hold anything: slot f is believed only if the entry it
    points at lies in this row and is f's. That saves clearing it for every text.
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
        begin = ends[text]
        row_ends[text] = n
    return n


def count_row(stream: Sequence[int]) -> list[tuple[int, int]]:
    """Feature and count of one text, which `count_rows` writes in this order."""
    return list(Counter(feature for feature in stream if feature >= 0).items())


@kernel
def add_frequencies(found: Ints, counts: Ints, documents: Ints, occurrences: Longs) -> None:
    """Add rows to what is known of each feature: texts it stands in, and how often (`occurrences` may be empty)."""
    for i in range(found.size):
        documents[found[i]] += 1
        if occurrences.size > 0:
            occurrences[found[i]] += counts[i]


@kernel
def renumber_rows(found: Ints, counts: Ints, row_ends: Longs, ranks: Ints) -> Int:
    """In place: feature f becomes ranks[f], and is left out where that is below 0. Returns the entries left."""
    n = 0
    begin = np.int64(0)
    for row in range(row_ends.size):
        end = row_ends[row]
        for i in range(begin, end):
            rank = ranks[found[i]]
            if rank >= 0:
                found[n] = rank
                counts[n] = counts[i]
                n += 1
        begin = end
        row_ends[row] = n
    return n


@kernel
def write_rows(
    found: Ints,
    counts: Ints,
    row_ends: Longs,
    columns: Ints,
    scratch: npt.NDArray[np.uint64],
    indices: npt.NDArray[np.signedinteger],
    data: npt.NDArray[np.generic],
) -> None:
    """Sort each row by its numbers, write columns[number] to `indices` and the count to `data`.

    `scratch` is as long as the longest row. With columns[k] = k the rows come out in column order.
    """
    waiting = np.empty(128, dtype=np.int64)
    begin = np.int64(0)
    for row in range(row_ends.size):
        n = row_ends[row] - begin
        for i in range(n):
            scratch[i] = (np.uint64(found[begin + i]) << np.uint64(32)) | np.uint64(counts[begin + i])
        sort(scratch, n, waiting)
        for i in range(n):
            indices[begin + i] = columns[np.int64(scratch[i] >> np.uint64(32))]
            data[begin + i] = np.int64(scratch[i] & np.uint64(0xFFFFFFFF))
        begin = row_ends[row]


@kernel
def sort(keys: npt.NDArray[np.uint64], n: Int, waiting: Longs) -> None:
    """Sort the first `n` keys in place: Hoare's quicksort, short stretches by insertion.

    The longer part waits, so that 64 of them (128 numbers in `waiting`) are enough.
    """
    depth = 0
    low = np.int64(0)
    high = np.int64(n - 1)
    while True:
        while high - low > 24:
            middle = (low + high) // 2
            if keys[middle] < keys[low]:
                keys[middle], keys[low] = keys[low], keys[middle]
            if keys[high] < keys[middle]:
                keys[high], keys[middle] = keys[middle], keys[high]
                if keys[middle] < keys[low]:
                    keys[middle], keys[low] = keys[low], keys[middle]
            pivot = keys[middle]
            i = low
            j = high
            while i <= j:
                while keys[i] < pivot:
                    i += 1
                while keys[j] > pivot:
                    j -= 1
                if i <= j:
                    keys[i], keys[j] = keys[j], keys[i]
                    i += 1
                    j -= 1
            if j - low < high - i:
                waiting[2 * depth] = i
                waiting[2 * depth + 1] = high
                high = j
            else:
                waiting[2 * depth] = low
                waiting[2 * depth + 1] = j
                low = i
            depth += 1
        for at in range(low + 1, high + 1):
            key = keys[at]
            k = at - 1
            while k >= low and keys[k] > key:
                keys[k + 1] = keys[k]
                k -= 1
            keys[k + 1] = key
        if depth == 0:
            return
        depth -= 1
        low = waiting[2 * depth]
        high = waiting[2 * depth + 1]
