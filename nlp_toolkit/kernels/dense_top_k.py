"""The k best of dense score rows, block by block: what remains to be done after a matrix product."""

import numpy as np

from nlp_toolkit.kernels.compiling import kernel
from nlp_toolkit.kernels.sparse_top_k import offer

CHUNK = 64


@kernel
def keep_best(
    scores: np.ndarray,
    base: int,
    allowed: np.ndarray,
    first: int,
    last: int,
    best_rows: np.ndarray,
    best_scores: np.ndarray,
    found: np.ndarray,
) -> None:
    """Offer `scores` (n_queries, n_block) of rows `base`, `base` + 1, ... to the heaps of some queries.

    Queries are `first` to `last - 1`.

    `allowed` is (n_rows,) bool over all rows, or (0,) where every row may be a hit. The heaps are `best_rows` and
    `best_scores`, (n_queries, k), of which query q uses `found[q]` entries, worst first (see `offer`).
    """
    k = best_rows.shape[1]
    n_block = scores.shape[1]
    every_row = allowed.shape[0] == 0
    for query in range(first, last):
        size = found[query]
        for start in range(0, n_block, CHUNK):
            end = min(start + CHUNK, n_block)
            if size == k and not _any_reaches(scores[query, start:end], best_scores[query, 0]):
                continue
            for column in range(start, end):
                if every_row or allowed[base + column]:
                    size = offer(best_rows, best_scores, query, size, base + column, scores[query, column])
        found[query] = size


@kernel
def _any_reaches(scores: np.ndarray, worst: float) -> bool:
    """Whether one of `scores` is at least `worst`; no branch and a 1-d slice, so that it compiles to vector code."""
    reached = False
    for place in range(scores.shape[0]):
        reached |= scores[place] >= worst
    return reached


def keep_best_by_hand(scores: list[float], k: int, allowed: list[bool] | None = None) -> list[tuple[int, float]]:
    """What `keep_best` holds of one query in the end, put in order: its k best (row, score), equal scores by row.

    >>> keep_best_by_hand([0.5, -1.0, 0.5], k=2)
    [(0, 0.5), (2, 0.5)]
    """
    rows = [row for row in range(len(scores)) if allowed is None or allowed[row]]
    return sorted(((row, scores[row]) for row in rows), key=lambda hit: (-hit[1], hit[0]))[:k]
