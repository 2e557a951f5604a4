"""Batches of texts of like length: little padding, and as many rows as a token budget allows."""

import numpy as np


def token_batches(lengths: np.ndarray, budget: int) -> list[np.ndarray]:
    """Rows in batches of at most `budget` padded tokens (at least one row), longest texts first.

    `lengths` is (n_texts,), in tokens; returns arrays of row numbers that together hold each row once.
    Longest first, so that a budget the memory cannot hold shows at once.

    >>> [batch.tolist() for batch in token_batches(np.array([2, 7, 3, 2]), budget=8)]
    [[1], [2, 0], [3]]
    """
    order = np.argsort(-lengths, kind="stable")
    batches: list[np.ndarray] = []
    start = 0
    while start < len(order):
        rows = max(1, budget // max(1, int(lengths[order[start]])))
        batches.append(order[start : start + rows])
        start += rows
    return batches
