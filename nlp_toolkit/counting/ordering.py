"""Terms in sorted order, found over bytes: UTF-8 sorts as the characters it stands for."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

_ROUNDS = 6  # what is still tied after so many chunks (30 bytes and more) is rare: Python's own sort finishes it


def sorted_terms(pool: Bytes, ends: Longs, chosen: Longs) -> Longs:
    """The numbers of the `chosen` terms, no two of them equal, sorted by their bytes.

    Term k is pool[ends[k-1]:ends[k]]. Terms are sorted by their first seven bytes; those still tied by the next few,
    behind the number of their group, and so on.
    """
    windows = _windows(pool[: int(ends[-1]) if ends.size else 0])
    order = chosen[np.argsort(keys := _chunks(windows, ends, chosen, 0, 7))]
    keys.sort()
    tied = _tied(keys)
    groups = keys[tied]
    depth = 7
    for _ in range(_ROUNDS):
        if not tied.size:
            return order
        numbers = np.cumsum(np.concatenate([[False], groups[1:] != groups[:-1]]), dtype=np.uint64)
        width = (60 - int(numbers[-1]).bit_length()) // 8
        keys = _chunks(windows, ends, order[tied], depth, width) | (numbers << np.uint64(8 * width + 4))
        by_key = np.argsort(keys)
        order[tied] = order[tied[by_key]]
        keys = keys[by_key]
        among = _tied(keys)
        tied, groups = tied[among], keys[among]
        depth += width
    for begin, stop in _stretches(groups):
        group = tied[begin:stop]
        order[group] = sorted(order[group].tolist(), key=lambda k: pool[ends[k - 1] if k else 0 : ends[k]].tobytes())
    return order


def _windows(pool: Bytes) -> Keys:
    """By place in the pool, the eight bytes from there on as one number, the first one highest."""
    padded = np.concatenate([pool, np.zeros(8, dtype=np.uint8)])
    return np.ndarray(pool.size + 1, dtype=">u8", buffer=padded, strides=(1,))


def _chunks(windows: Keys, ends: Longs, terms: Longs, depth: int, width: int) -> Keys:
    """`width` bytes (at most 7) of each term behind its first `depth`, the first one highest, zeros where it ended.

    The lowest four bits say how many bytes there are, `width` + 1 where more follow: so "a" sorts before "a\\0".
    """
    begins = np.where(terms > 0, ends[terms - 1], 0) + depth
    left = np.clip(ends[terms] - begins, 0, width + 1)
    keys = windows[np.minimum(begins, windows.size - 1)].astype(np.uint64)
    absent = (8 * (8 - np.minimum(left, width))).astype(np.uint64)
    keys = np.where(left > 0, (keys >> absent) << absent, np.uint64(0)) >> np.uint64(8 * (8 - width))
    chunks: Keys = (keys << np.uint64(4)) | left.astype(np.uint64)
    return chunks


def _tied(keys: Keys) -> Longs:
    """Places in sorted `keys` that hold the same as a neighbour."""
    same = keys[1:] == keys[:-1]
    return np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same])) if keys.size else _NONE


def _stretches(groups: Keys) -> list[tuple[int, int]]:
    """Where stretches of equal numbers begin and stop."""
    bounds = [0, *(np.flatnonzero(groups[1:] != groups[:-1]) + 1).tolist(), groups.size]
    return [(begin, stop) for begin, stop in pairwise(bounds) if stop > begin]


_NONE = np.zeros(0, dtype=np.int64)
