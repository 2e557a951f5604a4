"""A vocabulary of byte strings: numbers by order of arrival, found through an open-addressing table."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, inner, kernel

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Entries = npt.NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIX_HIGH = np.uint64(0xC2B2AE3D27D4EB4F)


@inner
def hash_term(low: Int, high: Int, term: Bytes, begin: Int, end: Int) -> Int:
    """A hash of term[begin:end], whose last 16 bytes are `low` and `high`."""
    rest = np.uint64(end - begin)
    for k in range(begin, end - 16):
        rest = (rest ^ np.uint64(term[k])) * _MIX
    hashed = (low ^ (high * _MIX_HIGH) ^ rest) * _MIX
    return hashed ^ (hashed >> np.uint64(32))


@inner
def find_term(
    low: Int, high: Int, hashed: Int, term: Bytes, begin: Int, end: Int, entries: Entries, pool: Bytes, term_ends: Longs
) -> tuple[Int, Int]:
    """The number of term[begin:end], or -1, and the slot where it is or would be.

    `low` and `high` hold its last 16 bytes, so that most terms are compared without a look into the pool, and `hashed`
    is its hash. `entries` (slots, 3), a power of two of them, hold low, high and (bytes << 32 | number + 1), 0 where
    free.
    """
    n_bytes = end - begin
    mask = np.int64(entries.shape[0] - 1)
    slot = np.int64(hashed) & mask
    while entries[slot, 2] != 0:
        size = np.int64(entries[slot, 2] >> np.uint64(32))
        if entries[slot, 0] == low and entries[slot, 1] == high and size == n_bytes:
            number = np.int64(entries[slot, 2] & np.uint64(0xFFFFFFFF)) - 1
            k = 0
            known = term_ends[number] - n_bytes
            while k < n_bytes - 16 and pool[known + k] == term[begin + k]:
                k += 1
            if k >= n_bytes - 16:
                return number, slot
        slot = (slot + 1) & mask
    return -1, slot


@kernel
def insert_terms(
    data: Bytes,
    ends: Longs,
    start: Int,
    stop: Int,
    entries: Entries,
    pool: Bytes,
    term_ends: Longs,
    n_terms: Int,
    numbers: Ints,
) -> Int:
    """Number the byte strings start..stop-1 of `data` (the k-th stops at ends[k]); equal ones get one number.

    Returns n_terms. The caller sizes the arrays: `pool` for all their bytes more, `term_ends` and half the `entries`
    for as many terms more.
    """
    begin = ends[start - 1] if start > 0 else np.int64(0)
    for k in range(start, stop):
        low = np.uint64(0)
        high = np.uint64(0)
        for i in range(begin, ends[k]):
            high = (high << np.uint64(8)) | (low >> np.uint64(56))
            low = (low << np.uint64(8)) | np.uint64(data[i])
        hashed = hash_term(low, high, data, begin, ends[k])
        number, slot = find_term(low, high, hashed, data, begin, ends[k], entries, pool, term_ends)
        if number < 0:
            number = n_terms
            enter_term(low, high, data, begin, ends[k], slot, entries, pool, term_ends, n_terms)
            n_terms += 1
        numbers[k] = number
        begin = ends[k]
    return n_terms


@inner
def enter_term(
    low: Int,
    high: Int,
    term: Bytes,
    begin: Int,
    end: Int,
    slot: Int,
    entries: Entries,
    pool: Bytes,
    term_ends: Longs,
    number: Int,
) -> None:
    """Make term[begin:end] the term `number`, the last one, in a free `slot`."""
    at = term_ends[number - 1] if number > 0 else np.int64(0)
    for k in range(begin, end):
        pool[at] = term[k]
        at += 1
    term_ends[number] = at
    entries[slot, 0] = low
    entries[slot, 1] = high
    entries[slot, 2] = (np.uint64(end - begin) << np.uint64(32)) | np.uint64(number + 1)


def number_strings(strings: Iterable[bytes]) -> list[int]:
    """What `insert_terms` numbers, from an empty vocabulary."""
    numbers: dict[bytes, int] = {}
    return [numbers.setdefault(string, len(numbers)) for string in strings]


@kernel
def rehash_terms(old: Entries, new: Entries, pool: Bytes, term_ends: Longs) -> None:
    """Enter all of `old` into the empty, larger `new`."""
    for k in range(old.shape[0]):
        if old[k, 2] != 0:
            begin = np.int64(0)
            end = np.int64(old[k, 2] >> np.uint64(32))
            if end > 16:  # else the entry holds it all, and looking for it in the pool would cost a cache miss
                begin = term_ends[np.int64(old[k, 2] & np.uint64(0xFFFFFFFF)) - 1] - end
                end += begin
            hashed = hash_term(old[k, 0], old[k, 1], pool, begin, end)
            _, slot = find_term(old[k, 0], old[k, 1], hashed, pool, begin, end, new, pool, term_ends)
            new[slot, 0] = old[k, 0]
            new[slot, 1] = old[k, 1]
            new[slot, 2] = old[k, 2]


@kernel
def gather_terms(
    pool: Bytes, term_ends: Longs, order: Longs, ends: Longs, gathered: Bytes, start: Int, stop: Int
) -> None:
    """Write the terms order[start], ..., order[stop-1] to `gathered`, the k-th so that it stops at ends[k]."""
    for k in range(start, stop):
        term = order[k]
        at = ends[k]
        for i in range(term_ends[term] - 1, (term_ends[term - 1] if term > 0 else np.int64(0)) - 1, -1):
            at -= 1
            gathered[at] = pool[i]


@kernel
def split_at_spaces(pool: Bytes, ends: Longs, data: Bytes, part_ends: Longs, path_ends: Longs) -> Int:
    """Cut terms at spaces: the parts without them go to `data`, where each stops to `part_ends`.

    path_ends[k] is the number of parts up to and with term k; every term has one part more than spaces. Returns the
    number of parts; `data` and `part_ends` are as long as `pool`, and longer by the number of terms.
    """
    n_parts = 0
    at = np.int64(0)
    for term in range(ends.size):
        for i in range(ends[term - 1] if term > 0 else np.int64(0), ends[term]):
            if pool[i] == 0x20:
                part_ends[n_parts] = at
                n_parts += 1
            else:
                data[at] = pool[i]
                at += 1
        part_ends[n_parts] = at
        n_parts += 1
        path_ends[term] = n_parts
    return n_parts


def split_terms(terms: Iterable[bytes]) -> list[list[bytes]]:
    """The parts of each term, which `split_at_spaces` writes in this order."""
    return [term.split(b" ") for term in terms]
