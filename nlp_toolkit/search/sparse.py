"""Sparse rows held as inverted lists: exact top-k that reads only the rows sharing a column with the query."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.protocols import Matrix
from nlp_toolkit.search.top_k import TopK, as_top_k
from nlp_toolkit.threads import effective_jobs

# Fewer queries than this are answered sooner by one thread than by starting several.
QUERIES_PER_THREAD = 32


@dataclass(frozen=True)
class SparseRows:
    """Rows as postings; `nlp_toolkit.kernels.sparse_top_k` says what the arrays hold."""

    n_rows: int
    n_columns: int
    columns: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    weights: np.ndarray
    # Accumulators not in use, all zeros: filling a fresh one would dominate a single query.
    _scratch: list[np.ndarray] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def of(cls, matrix: Matrix) -> Self:
        """Postings of a CSR matrix of floats (integers become float64); explicit zeros are dropped."""
        by_row = sp.csr_matrix(matrix, copy=True)
        by_row.sum_duplicates()
        by_row.eliminate_zeros()
        weights = by_row.data if by_row.dtype in (np.float32, np.float64) else by_row.data.astype(np.float64)
        by_column = sp.csr_matrix((weights, by_row.indices, by_row.indptr), shape=by_row.shape).tocsc()
        columns = np.flatnonzero(np.diff(by_column.indptr))
        return cls(
            n_rows=by_row.shape[0],
            n_columns=by_row.shape[1],
            columns=columns.astype(np.int32),
            starts=np.append(by_column.indptr[columns], by_column.nnz).astype(np.int64),
            rows=by_column.indices.astype(np.int32, copy=False),
            weights=by_column.data,
        )

    def matrix(self) -> sp.csr_matrix:
        """The rows as CSR."""
        starts = np.zeros(self.n_columns + 1, dtype=np.int64)
        starts[self.columns.astype(np.int64) + 1] = np.diff(self.starts)
        by_column = sp.csc_matrix(
            (self.weights, self.rows, np.cumsum(starts)), shape=(self.n_rows, self.n_columns), copy=False
        )
        return by_column.tocsr()

    def arrays(self) -> dict[str, np.ndarray]:
        return {"columns": self.columns, "starts": self.starts, "rows": self.rows, "weights": self.weights}

    def top_k(self, queries: Matrix, k: int, allowed: np.ndarray | None = None, *, n_jobs: int | None = -1) -> TopK:
        """The k best rows of each query; a row with score 0 or less is no hit, so there may be fewer.

        Memory beside the answer: one accumulator of `n_rows` numbers a thread.
        """
        from nlp_toolkit.kernels.sparse_top_k import top_k

        by_query = sp.csr_matrix(queries)
        if not by_query.has_canonical_format:
            by_query = by_query.copy()  # the caller's arrays are not ours to sum up
            by_query.sum_duplicates()
        n_queries = by_query.shape[0]
        k = min(k, self.n_rows)
        positions = np.zeros((n_queries, k), dtype=np.int32)
        scores = np.zeros((n_queries, k), dtype=self.weights.dtype)
        found = np.zeros(n_queries, dtype=np.int64)
        query_starts = by_query.indptr.astype(np.int64)
        query_columns = by_query.indices.astype(np.int32)
        query_weights = by_query.data.astype(self.weights.dtype)
        longest = int(np.diff(query_starts).max(initial=0))
        mask = np.zeros(0, dtype=bool) if allowed is None else allowed

        def answer(first: int, last: int) -> None:
            accumulator = self._borrow_scratch()
            top_k(
                self.columns,
                self.starts,
                self.rows,
                self.weights,
                mask,
                query_starts,
                query_columns,
                query_weights,
                first,
                last,
                accumulator,
                np.empty(longest, dtype=np.int64),
                positions,
                scores,
                found,
            )
            self._scratch.append(accumulator)

        if n_queries and k:
            threads = max(1, min(effective_jobs(n_jobs), n_queries // QUERIES_PER_THREAD))
            bounds = np.linspace(0, n_queries, threads + 1).astype(int).tolist()
            if threads == 1:
                answer(0, n_queries)
            else:
                with ThreadPoolExecutor(threads) as pool:
                    list(pool.map(answer, bounds[:-1], bounds[1:]))
        return as_top_k(positions, scores, found)

    def _borrow_scratch(self) -> np.ndarray:
        try:
            return self._scratch.pop()  # one step, so two threads never get the same one
        except IndexError:
            return np.zeros(self.n_rows, dtype=self.weights.dtype)
