"""The k best rows of each query, as arrays, and how the answers of several segments become one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nlp_toolkit.protocols import Matrix


@dataclass(frozen=True)
class TopK:
    """Best rows first, equal scores by position; a query may have fewer than k.

    `positions` (n_queries, k) int64 and `scores` (n_queries, k) are filled up to `found[q]`; the rest of
    query q is position -1 and score -inf.
    """

    positions: np.ndarray
    scores: np.ndarray
    found: np.ndarray


class Rows(Protocol):
    """Vectors that can be searched: one row a text, fixed once made."""

    @property
    def n_rows(self) -> int: ...

    @property
    def n_columns(self) -> int: ...

    def top_k(self, queries: Matrix, k: int, allowed: np.ndarray | None = None, *, n_jobs: int | None = -1) -> TopK:
        """The k best rows of each query by dot product; `allowed` is (n_rows,) bool, None for every row."""

    def matrix(self) -> Matrix:
        """The vectors as they were given."""

    def arrays(self) -> dict[str, np.ndarray]:
        """What has to be kept to make these rows again."""


def as_top_k(positions: np.ndarray, scores: np.ndarray, found: np.ndarray) -> TopK:
    """Blank out what lies beyond `found` in arrays of (n_queries, k)."""
    beyond = np.arange(positions.shape[1]) >= found[:, None]
    positions = positions.astype(np.int64)
    positions[beyond] = -1
    scores[beyond] = -np.inf
    return TopK(positions, scores, found)


def merge_top_k(parts: Sequence[TopK], offsets: Sequence[int], k: int) -> TopK:
    """The k best over several sets of rows; row r of part p is at position `offsets[p] + r`.

    >>> a = as_top_k(np.array([[4, 0]]), np.array([[0.9, 0.5]]), np.array([2]))
    >>> b = as_top_k(np.array([[7, 0]]), np.array([[0.9, 0.0]]), np.array([1]))
    >>> merge_top_k([a, b], [0, 10], k=2).positions
    array([[ 4, 17]])
    """
    if len(parts) == 1 and offsets[0] == 0 and parts[0].positions.shape[1] <= k:
        return parts[0]
    shifted = [
        np.where(part.positions < 0, -1, part.positions + offset) for part, offset in zip(parts, offsets, strict=True)
    ]
    positions = np.concatenate(shifted, axis=1)
    scores = np.concatenate([part.scores for part in parts], axis=1)
    order = np.lexsort((positions, -scores), axis=1)[:, :k]
    found = np.minimum(np.sum([part.found for part in parts], axis=0), k)
    return TopK(np.take_along_axis(positions, order, axis=1), np.take_along_axis(scores, order, axis=1), found)
