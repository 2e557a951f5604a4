"""In which order features were first met, whatever thread met them."""

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, kernel

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


@kernel
def note_arrivals(found: Ints, arrivals: Ints, n: Int) -> Int:
    """Give features that come for the first time the next numbers after `n`; returns the last. -1: not come yet."""
    for i in range(found.size):
        if arrivals[found[i]] < 0:
            arrivals[found[i]] = n
            n += 1
    return n


@kernel
def note_blocks(numbers: Ints, blocks: Longs, block_ends: Longs, earliest: Ints) -> None:
    """Lower earliest[f] to the first block one thread met feature f in.

    The thread's own features are numbers[0], numbers[1], ... here; those up to block_ends[k] were new in blocks[k] or
    before.
    """
    begin = np.int64(0)
    for k in range(blocks.size):
        for i in range(begin, block_ends[k]):
            earliest[numbers[i]] = min(earliest[numbers[i]], blocks[k])
        begin = block_ends[k]


@kernel
def order_arrivals(
    numbers: Ints, blocks: Longs, block_ends: Longs, earliest: Ints, next_rank: Longs, ranks: Ints
) -> None:
    """Rank the features one thread met first: by block, and within a block as the thread numbered them.

    A block is counted by one thread, so every feature has one such place. `next_rank` (n_blocks) starts as the number
    of features met in earlier blocks.
    """
    begin = np.int64(0)
    for k in range(blocks.size):
        for i in range(begin, block_ends[k]):
            if earliest[numbers[i]] == blocks[k]:
                ranks[numbers[i]] = next_rank[blocks[k]]
                next_rank[blocks[k]] += 1
        begin = block_ends[k]
