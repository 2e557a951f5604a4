"""The k best dot products of sparse queries with sparse rows, by inverted lists: exact, and only touching what matches.

Rows are held as postings, the transpose of a CSR matrix without its empty columns:
`columns` (n_columns,) int32 ascending; `starts` (n_columns + 1,) int64; the rows that have a value in
`columns[c]` are `rows[starts[c]:starts[c + 1]]`, int32 ascending, with `weights`, float32 or float64.
Queries are the three arrays of a CSR matrix over the same columns.
"""

import numpy as np

from nlp_toolkit.kernels.compiling import Int, inner, kernel


@kernel
def top_k(
    columns: np.ndarray,
    starts: np.ndarray,
    rows: np.ndarray,
    weights: np.ndarray,
    allowed: np.ndarray,
    query_starts: np.ndarray,
    query_columns: np.ndarray,
    query_weights: np.ndarray,
    first: int,
    last: int,
    accumulator: np.ndarray,
    places: np.ndarray,
    best_rows: np.ndarray,
    best_scores: np.ndarray,
    found: np.ndarray,
) -> None:
    """Answer queries `first` to `last - 1`: best first, equal scores by row, nothing at or below zero.

    `allowed` is (n_rows,) bool, or (0,) where every row may be a hit. `accumulator` (n_rows,), in the type
    of `weights`, holds zeros and does so again at the end; `places`, as long as the longest query, is scratch.
    Query q fills the first `found[q]` entries of `best_rows[q]` and `best_scores[q]`, both (n_queries, k).
    """
    k = best_rows.shape[1]
    every_row = allowed.shape[0] == 0
    for query in range(first, last):
        n_lists = 0
        for entry in range(query_starts[query], query_starts[query + 1]):
            column = _first_not_below(columns, query_columns[entry])
            if column == columns.shape[0] or columns[column] != query_columns[entry]:
                continue
            places[n_lists] = column
            n_lists += 1
            query_weight = query_weights[entry]
            # Unsigned numbers throughout: for others numba makes code that counts negative ones from the end.
            for posting in range(np.uint64(starts[column]), np.uint64(starts[column + 1])):
                accumulator[np.uint64(rows[posting])] += query_weight * weights[posting]
        # The same lists once more, instead of noting the rows that were touched: adding needs no branch then, and
        # a row that comes a second time has score 0 by now.
        size: Int = np.int64(0)
        least = accumulator.dtype.type(0)
        for place in range(n_lists):
            column = places[place]
            for posting in range(np.uint64(starts[column]), np.uint64(starts[column + 1])):
                row = rows[posting]
                score = accumulator[np.uint64(row)]
                accumulator[np.uint64(row)] = 0
                if score >= least and score > 0 and (every_row or allowed[row]):
                    size = offer(best_rows, best_scores, query, size, row, score)
                    if size == k:
                        least = best_scores[query, 0]
        best_first(best_rows, best_scores, query, size)
        found[query] = size


@kernel
def offer(best_rows: np.ndarray, best_scores: np.ndarray, query: int, size: int, row: int, score: float) -> int:
    """Put (row, score) into the heap of `query` if it is among its k best so far; the heap's new size.

    The heap's root is its worst entry: the lowest score and, among equal scores, the highest row.
    """
    if size == best_rows.shape[1]:
        worst = best_scores[query, 0]
        if score > worst or (score == worst and row < best_rows[query, 0]):
            _sink(best_rows, best_scores, query, size, row, score)
        return size
    hole = size
    while hole > 0:
        parent = (hole - 1) >> 1
        above = best_scores[query, parent]
        if above < score or (above == score and best_rows[query, parent] > row):
            break
        best_scores[query, hole] = above
        best_rows[query, hole] = best_rows[query, parent]
        hole = parent
    best_scores[query, hole] = score
    best_rows[query, hole] = row
    return size + 1


@kernel
def best_first(best_rows: np.ndarray, best_scores: np.ndarray, query: int, size: int) -> None:
    """Turn the heap of `query` into a list: the highest score first, equal scores by row."""
    for end in range(size - 1, 0, -1):
        row, score = best_rows[query, end], best_scores[query, end]
        best_rows[query, end] = best_rows[query, 0]
        best_scores[query, end] = best_scores[query, 0]
        _sink(best_rows, best_scores, query, end, row, score)


@inner
def _first_not_below(columns: np.ndarray, wanted: int) -> int:
    """`np.searchsorted` of one number; numba takes as long to compile that as half of this file."""
    first, last = 0, columns.shape[0]
    while first < last:
        middle = (first + last) >> 1
        if columns[middle] < wanted:
            first = middle + 1
        else:
            last = middle
    return first


@inner
def _sink(best_rows: np.ndarray, best_scores: np.ndarray, query: int, size: int, row: int, score: float) -> None:
    """Replace the root of a heap of `size` entries by (row, score)."""
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        below = best_scores[query, child]
        if child + 1 < size:
            other = best_scores[query, child + 1]
            if other < below or (other == below and best_rows[query, child + 1] > best_rows[query, child]):
                child += 1
                below = other
        if below > score or (below == score and best_rows[query, child] < row):
            break
        best_scores[query, hole] = below
        best_rows[query, hole] = best_rows[query, child]
        hole = child
    best_scores[query, hole] = score
    best_rows[query, hole] = row


def top_k_by_hand(
    rows: list[dict[int, float]], query: dict[int, float], k: int, allowed: list[bool] | None = None
) -> list[tuple[int, float]]:
    """What `top_k` computes for one query, said plainly: rows and query map column to weight.

    >>> top_k_by_hand([{0: 1.0}, {1: 2.0}, {0: 1.0}], {0: 3.0}, k=2)
    [(0, 3.0), (2, 3.0)]
    """
    scores = [sum(query[c] * row[c] for c in sorted(query.keys() & row.keys())) for row in rows]
    hits = [(row, float(score)) for row, score in enumerate(scores) if score > 0 and (allowed is None or allowed[row])]
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]
