"""Counted blocks to one CSR matrix, rows in the order of the texts."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from nlp_toolkit.counting.counters import Rows
from nlp_toolkit.counting.running import in_threads
from nlp_toolkit.kernels.rows import write_rows

Ints = npt.NDArray[np.int32]

MAX_INT32 = int(np.iinfo(np.int32).max)


def index_dtype(n_entries: int) -> type[np.int32] | type[np.int64]:
    """The type of indices and indptr: 32 bits where the number of entries fits, 64 where it does not."""
    return np.int32 if n_entries <= MAX_INT32 else np.int64


def assemble(
    blocks: list[Rows], ranks: Sequence[Ints], columns: Ints, n_columns: int, dtype: npt.DTypeLike, n_jobs: int
) -> sp.csr_array:
    """One matrix from all `blocks` (emptied on the way, so that their memory is free again).

    ranks[k] maps the features of block k to numbers the rows are sorted by, below 0 for features left out; `columns`
    maps these numbers to columns, or is empty where they are the columns.
    """
    threads = n_jobs if len(blocks) > 1 else 1
    sizes = in_threads(lambda k: _renumber(blocks[k], ranks[k]), len(blocks), threads)
    offsets = np.cumsum([0, *sizes])
    kind = index_dtype(int(offsets[-1]))
    indptr = np.concatenate(
        [np.zeros(1, dtype=kind)]
        + [(rows.ends + offset).astype(kind) for rows, offset in zip(blocks, offsets[:-1], strict=True)]
    )
    indices = np.empty(offsets[-1], dtype=kind)
    data = np.empty(offsets[-1], dtype=dtype)

    def write(k: int) -> None:
        rows = blocks[k]
        blocks[k] = Rows(rows.found[:0], rows.counts[:0], rows.ends[:0])
        keys = np.empty(2 * int(np.diff(rows.ends, prepend=0).max(initial=0)), dtype=np.uint64)
        starts = np.empty(257, dtype=np.int64)
        part = slice(offsets[k], offsets[k + 1])
        write_rows(rows.found, rows.counts, rows.ends, columns, keys, starts, indices[part], data[part])

    in_threads(write, len(blocks), threads)
    return sp.csr_array((data, indices, indptr), shape=(indptr.size - 1, n_columns))


def _renumber(rows: Rows, ranks: Ints) -> int:
    """In place: feature f becomes ranks[f], and is left out where that is below 0. Returns the entries left."""
    found = ranks[rows.found]
    kept = found >= 0
    if not kept.all():
        rows.ends = np.concatenate([[0], np.cumsum(kept)])[rows.ends]
        found, rows.counts = found[kept], rows.counts[kept]
    rows.found = found
    return found.size
