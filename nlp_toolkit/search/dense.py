"""Dense rows: exact top-k by blocked matrix products, the candidates scored again in float64."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import numpy as np

from nlp_toolkit.protocols import Matrix
from nlp_toolkit.search.top_k import TopK, as_top_k
from nlp_toolkit.threads import effective_jobs, limit

# One product is at most 8 MB of float32 scores, whatever the size of the index; fewer queries take more rows at once.
QUERY_BLOCK = 512
PRODUCT_NUMBERS = 2**21
# Rounding of the float32 product may swap near-equal rows, so a few more than k are scored again.
MARGIN = 8
RESCORE_NUMBERS = 2**22


@dataclass(frozen=True)
class DenseRows:
    """`vectors` is (n_rows, n_columns) float32, contiguous."""

    vectors: np.ndarray

    @classmethod
    def of(cls, matrix: Matrix) -> Self:
        return cls(np.ascontiguousarray(matrix, dtype=np.float32))

    @property
    def n_rows(self) -> int:
        return int(self.vectors.shape[0])

    @property
    def n_columns(self) -> int:
        return int(self.vectors.shape[1])

    def matrix(self) -> np.ndarray:
        """The vectors themselves, not a copy."""
        return self.vectors

    def arrays(self) -> dict[str, np.ndarray]:
        return {"vectors": self.vectors}

    def top_k(self, queries: Matrix, k: int, allowed: np.ndarray | None = None, *, n_jobs: int | None = -1) -> TopK:
        """The k best rows of each query, min(k, allowed rows) of them; memory beside the answer is two blocks."""
        wanted = np.ascontiguousarray(queries, dtype=np.float32)
        mask = np.zeros(0, dtype=bool) if allowed is None else allowed
        with held_to(n_jobs):
            positions, found = _candidates(self.vectors, wanted, min(k + MARGIN, self.n_rows), mask)
        return rescore(self.vectors, wanted, positions, found, k)


@contextmanager
def held_to(n_jobs: int | None) -> Iterator[None]:
    """`limit(n_jobs)` where it limits anything: looking up every library's threads takes longer than a query may."""
    if effective_jobs(n_jobs) >= effective_jobs(-1) == os.cpu_count():
        yield
    else:
        with limit(n_jobs):
            yield


def rescore(vectors: np.ndarray, queries: np.ndarray, positions: np.ndarray, found: np.ndarray, k: int) -> TopK:
    """Order candidates by their dot products in float64, equal ones by position, and keep the k best.

    `positions` is (n_queries, n_candidates), of which query q uses the first `found[q]`.
    """
    n_queries, n_candidates = positions.shape
    scores = np.empty((n_queries, n_candidates))
    step = max(1, RESCORE_NUMBERS // max(1, n_candidates * vectors.shape[1]))
    for start in range(0, n_queries, step):
        block = slice(start, start + step)
        candidates = vectors[np.maximum(positions[block], 0)].astype(np.float64)
        scores[block] = np.einsum("qd,qkd->qk", queries[block].astype(np.float64), candidates)
    listed = as_top_k(positions, scores, found)
    last = np.where(listed.positions < 0, np.iinfo(np.int64).max, listed.positions)
    order = np.lexsort((last, -listed.scores), axis=1)[:, :k]
    return TopK(
        np.take_along_axis(listed.positions, order, axis=1),
        np.take_along_axis(listed.scores, order, axis=1),
        np.minimum(found, k),
    )


def _candidates(vectors: np.ndarray, queries: np.ndarray, k: int, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The k best rows of each query in float32 (unordered heaps), and how many there are."""
    from nlp_toolkit.kernels.dense_top_k import keep_best

    n_rows, n_queries = len(vectors), len(queries)
    positions = np.zeros((n_queries, k), dtype=np.int32)
    scores = np.zeros((n_queries, k), dtype=np.float32)
    found = np.zeros(n_queries, dtype=np.int64)
    if n_queries == 0 or k == 0:
        return positions, found
    product = np.empty(PRODUCT_NUMBERS, dtype=np.float32)
    threads = effective_jobs(-1)
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, n_queries, QUERY_BLOCK):
            asked = queries[start : start + QUERY_BLOCK]
            here = slice(start, start + len(asked))
            bounds = np.linspace(0, len(asked), min(threads, len(asked)) + 1).astype(int).tolist()
            row_block = PRODUCT_NUMBERS // len(asked)
            for base in range(0, n_rows, row_block):
                rows = vectors[base : base + row_block]
                # A contiguous view of the right shape: a strided one would be compiled a second time.
                block = product[: len(asked) * len(rows)].reshape(len(asked), len(rows))
                np.matmul(asked, rows.T, out=block)
                heaps = (positions[here], scores[here], found[here])
                if len(bounds) == 2:
                    keep_best(block, base, mask, 0, len(asked), *heaps)
                else:
                    list(pool.map(lambda a, b: keep_best(block, base, mask, a, b, *heaps), bounds[:-1], bounds[1:]))  # noqa: B023
    return positions, found
