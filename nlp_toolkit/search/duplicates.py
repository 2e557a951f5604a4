"""Near-duplicates: all pairs of rows whose cosine reaches a threshold, within one set of rows or across two. Exact."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.preprocessing import normalize

from nlp_toolkit.errors import UsageError
from nlp_toolkit.protocols import Matrix
from nlp_toolkit.threads import effective_jobs, limit
from nlp_toolkit.validation import check_finite

# A pair whose cosine is below the threshold by no more than rounding counts: equal rows reach 1.0.
ROUNDING = 1e-12
DENSE_ROUNDING = 1e-5  # of float32 products; candidates are computed again in float64
DENSE_BLOCK = 2048
_BUFFER = 1 << 16
_CHUNKS_PER_THREAD = 16


@dataclass(frozen=True)
class Pairs:
    """`first` and `second` (n_pairs,) are positions, in order; `scores` (n_pairs,) are their cosines."""

    first: np.ndarray
    second: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.first)


def near_duplicates(
    rows: Matrix, threshold: float = 0.9, others: "Matrix | None" = None, *, n_jobs: int | None = -1
) -> Pairs:
    """All pairs with a cosine of `threshold` or more.

    Without `others`: pairs (i, j), i < j, of rows of one matrix. With them: row i of `rows` and row j of `others` (both
    sparse or both dense, of equal columns). Rows without any value are nobody's duplicate.

    >>> found = near_duplicates(np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.1]]), threshold=0.9)
    >>> found.first.tolist(), found.second.tolist(), found.scores.round(3).tolist()
    ([0], [2], [0.999])
    """
    if not 0 < threshold <= 1:
        raise UsageError(f"expected a threshold above 0 and up to 1, got {threshold!r}")
    for matrix in [rows] if others is None else [rows, others]:
        check_finite(matrix, "the matrix of rows")
    if others is not None and (sp.issparse(rows) != sp.issparse(others) or rows.shape[1] != others.shape[1]):
        raise UsageError(f"expected rows of one stage, got {rows.shape[1]} and {others.shape[1]} columns")
    if sp.issparse(rows):
        first, second, scores = _sparse_pairs(rows, threshold, others, n_jobs, _all)
    else:
        with limit(n_jobs):
            first, second, scores = _dense_pairs(np.asarray(rows), threshold, others)
    order = np.lexsort((second, first))
    return Pairs(first[order], second[order], scores[order])


def nearest_duplicates(rows: Matrix, threshold: float, others: Matrix, *, n_jobs: int | None = -1) -> Pairs:
    """The pair with the highest cosine of each row of `rows` that `near_duplicates` has pairs of; both are sparse.

    Of equal cosines the first row of `others` counts. Memory does not grow with the number of pairs.

    >>> rows, others = sp.csr_matrix([[1.0, 0.0], [0.0, 1.0]]), sp.csr_matrix([[1.0, 0.1], [2.0, 0.0], [3.0, 0.0]])
    >>> found = nearest_duplicates(rows, 0.9, others)
    >>> found.first.tolist(), found.second.tolist()
    ([0], [1])
    """
    second, first, scores = _sparse_pairs(others, threshold, rows, n_jobs, _best_of_each_query)
    order = np.argsort(first, kind="stable")
    return Pairs(first[order], second[order], scores[order])


_Found = tuple[np.ndarray, np.ndarray, np.ndarray]  # indexed rows, queries, cosines


def _all(rows: np.ndarray, queries: np.ndarray, scores: np.ndarray) -> _Found:
    return rows.copy(), queries.copy(), scores.copy()


def _best_of_each_query(rows: np.ndarray, queries: np.ndarray, scores: np.ndarray) -> _Found:
    """All pairs of a query lie in one buffer."""
    order = np.lexsort((rows, -scores, queries))
    order = order[np.unique(queries[order], return_index=True)[1]]
    return rows[order], queries[order], scores[order]


def _sparse_pairs(
    rows: Matrix,
    threshold: float,
    others: "Matrix | None",
    n_jobs: int | None,
    kept: Callable[[np.ndarray, np.ndarray, np.ndarray], _Found],
) -> _Found:
    from nlp_toolkit.kernels.near_duplicates import pairs

    indexed = normalize(sp.csr_matrix(rows, dtype=np.float64))
    by_frequency = np.argsort(-np.bincount(indexed.indices, minlength=indexed.shape[1]), kind="stable")
    indexed = _with_columns(indexed, by_frequency)
    queries = (
        indexed if others is None else _with_columns(normalize(sp.csr_matrix(others, dtype=np.float64)), by_frequency)
    )
    least = threshold - ROUNDING
    prefix, rest, norms = _split(indexed, least)
    lists = rest.tocsc()
    n_rows, n_columns = indexed.shape

    def search(first: int, last: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        accumulator, touched = np.full(n_rows, np.nan), np.empty(n_rows, dtype=np.int32)
        dense = np.zeros(n_columns)
        size = n_rows + _BUFFER
        at, found = first, []
        while at < last:
            buffers = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)
            at, n = pairs(
                lists.indptr.astype(np.int64),
                lists.indices.astype(np.int32, copy=False),
                lists.data,
                prefix.indptr.astype(np.int64),
                prefix.indices.astype(np.int32, copy=False),
                prefix.data,
                norms,
                queries.indptr.astype(np.int64),
                queries.indices.astype(np.int32, copy=False),
                queries.data,
                at,
                last,
                least,
                others is None,
                accumulator,
                touched,
                dense,
                *buffers,
            )
            found.append(kept(buffers[1][:n], buffers[0][:n], buffers[2][:n]))
        return found

    n_queries = queries.shape[0]
    threads = effective_jobs(n_jobs)
    bounds = np.unique(np.linspace(0, n_queries, threads * _CHUNKS_PER_THREAD + 1).astype(int)).tolist()
    with ThreadPoolExecutor(threads) as pool:
        parts = [part for parts in pool.map(search, bounds[:-1], bounds[1:]) for part in parts]
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    first, second, scores = (np.concatenate(each) for each in zip(*parts, strict=True))
    return first, second, scores


def _with_columns(matrix: sp.csr_matrix, order: np.ndarray) -> sp.csr_matrix:
    """The matrix with column `order[c]` in place c, and the values of every row in that order."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    moved = sp.csr_matrix((matrix.data, place[matrix.indices], matrix.indptr), shape=matrix.shape)
    moved.sort_indices()
    return moved


def _split(matrix: sp.csr_matrix, least: float) -> tuple[sp.csr_matrix, sp.csr_matrix, np.ndarray]:
    """Prefixes whose norm stays below `least`, what is left of the rows, and the norms of the prefixes.

    Prefixes end a little short and their norms are a little high, so that no rounding hides a pair.
    """
    from nlp_toolkit.kernels.near_duplicates import prefixes

    lengths, norms = np.zeros(matrix.shape[0], dtype=np.int64), np.zeros(matrix.shape[0])
    prefixes(matrix.indptr.astype(np.int64), matrix.data, least - 1e-9, lengths, norms)
    place = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], np.diff(matrix.indptr))
    within = place < np.repeat(lengths, np.diff(matrix.indptr))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    prefix = sp.csr_matrix((matrix.data[within], matrix.indices[within], starts), shape=matrix.shape)
    rest = sp.csr_matrix((matrix.data[~within], matrix.indices[~within], matrix.indptr - starts), shape=matrix.shape)
    return prefix, rest, norms + 1e-9


def _dense_pairs(
    rows: np.ndarray, threshold: float, others: "Matrix | None"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ours = normalize(np.asarray(rows, dtype=np.float64))
    theirs = ours if others is None else normalize(np.asarray(others, dtype=np.float64))
    small, small_theirs = ours.astype(np.float32), theirs.astype(np.float32)
    parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    for start in range(0, len(ours), DENSE_BLOCK):
        for other in range(start if others is None else 0, len(theirs), DENSE_BLOCK):
            product = small[start : start + DENSE_BLOCK] @ small_theirs[other : other + DENSE_BLOCK].T
            first, second = np.nonzero(product >= threshold - DENSE_ROUNDING)
            first, second = first + start, second + other
            if others is None:
                first, second = first[first < second], second[first < second]
            scores = np.einsum("ij,ij->i", ours[first], theirs[second])
            reached = scores >= threshold - ROUNDING
            parts.append((first[reached], second[reached], scores[reached]))
    found_first, found_second, found_scores = (np.concatenate(each) for each in zip(*parts, strict=True))
    return found_first, found_second, found_scores
