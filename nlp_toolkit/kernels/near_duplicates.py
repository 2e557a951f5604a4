"""All pairs of sparse unit rows whose dot product reaches a threshold: exact, by prefixes that need not be indexed.

Columns are ordered from the most frequent to the rarest. Of a row, the first values whose norm stays below the
threshold are its prefix: what a unit vector shares with the prefix alone cannot reach the threshold, so only the rest
is put into inverted lists, and those are the short ones. Bayardo, Ma and Srikant 2007 ("Scaling up all pairs
similarity search"), with the norm of the prefix as the bound (Anastasiu and Karypis 2014).
"""

import numpy as np

from nlp_toolkit.kernels.compiling import kernel


@kernel
def prefixes(starts: np.ndarray, weights: np.ndarray, least: float, lengths: np.ndarray, norms: np.ndarray) -> None:
    """Length and norm of the longest prefix of every CSR row whose norm stays below `least`; both (n_rows,)."""
    for row in range(starts.shape[0] - 1):
        squares = 0.0
        length = 0
        for entry in range(starts[row], starts[row + 1]):
            longer = squares + weights[entry] * weights[entry]
            if np.sqrt(longer) >= least:
                break
            squares = longer
            length += 1
        lengths[row] = length
        norms[row] = np.sqrt(squares)


@kernel
def pairs(
    starts: np.ndarray,
    rows: np.ndarray,
    weights: np.ndarray,
    prefix_starts: np.ndarray,
    prefix_columns: np.ndarray,
    prefix_weights: np.ndarray,
    prefix_norms: np.ndarray,
    query_starts: np.ndarray,
    query_columns: np.ndarray,
    query_weights: np.ndarray,
    first: int,
    last: int,
    threshold: float,
    earlier_only: bool,
    accumulator: np.ndarray,
    touched: np.ndarray,
    dense: np.ndarray,
    found_queries: np.ndarray,
    found_rows: np.ndarray,
    found_scores: np.ndarray,
) -> tuple[int, int]:
    """Find the rows that reach `threshold` with queries `first`, `first + 1`, ...; returns (next query, pairs found).

    The indexed part of the rows is `rows[starts[c]:starts[c + 1]]` for column c, ascending, with `weights`;
    `starts` is (n_columns + 1,). Their prefixes are CSR; `prefix_norms` (n_rows,). Queries are CSR. With
    `earlier_only` row r counts for query q where r < q. `accumulator` (n_rows,) holds NaN, `dense` (n_columns,) zeros,
    both again at the end; `touched` (n_rows,) is scratch. It stops before `last` where the arrays for what is found,
    of one length that is at least n_rows, might overflow.
    """
    n_found = 0
    query = first
    while query < last and n_found + accumulator.shape[0] <= found_queries.shape[0]:
        begin, end = query_starts[query], query_starts[query + 1]
        n_touched = 0
        for entry in range(begin, end):
            column = query_columns[entry]
            weight = query_weights[entry]
            dense[column] = weight
            for posting in range(starts[column], starts[column + 1]):
                row = rows[posting]
                if earlier_only and row >= query:
                    break
                if np.isnan(accumulator[row]):
                    touched[n_touched] = row
                    n_touched += 1
                    accumulator[row] = weight * weights[posting]
                else:
                    accumulator[row] += weight * weights[posting]
        for visit in range(n_touched):
            row = touched[visit]
            score = accumulator[row]
            accumulator[row] = np.nan
            if score + prefix_norms[row] < threshold:
                continue
            for entry in range(prefix_starts[row], prefix_starts[row + 1]):
                score += dense[prefix_columns[entry]] * prefix_weights[entry]
            if score >= threshold:
                found_queries[n_found] = query
                found_rows[n_found] = row
                found_scores[n_found] = score
                n_found += 1
        for entry in range(begin, end):
            dense[query_columns[entry]] = 0.0
        query += 1
    return query, n_found


def pairs_by_hand(rows: list[list[float]], threshold: float) -> list[tuple[int, int]]:
    """What the kernel finds within one set of unit rows, said plainly: (earlier, later) by row.

    >>> pairs_by_hand([[1.0, 0.0], [0.6, 0.8], [1.0, 0.0]], threshold=0.9)
    [(0, 2)]
    """
    n_rows = len(rows)
    return [
        (i, j)
        for i in range(n_rows)
        for j in range(i + 1, n_rows)
        if sum(a * b for a, b in zip(rows[i], rows[j], strict=True)) >= threshold
    ]
