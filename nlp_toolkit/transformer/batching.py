"""Batches of texts of like length: little padding, as many rows as a token budget allows, halved where they fail."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nlp_toolkit.errors import ResourceError
from nlp_toolkit.extras import require
from nlp_toolkit.threads import limit

if TYPE_CHECKING:
    import torch

CPU_BATCH_TOKENS = 4_096
_CUDA_BATCH_TOKENS = 65_536

_log = logging.getLogger("nlp_toolkit")


def batch_budget(device: "torch.device") -> int:
    """Padded tokens of a batch that keep `device` busy."""
    return _CUDA_BATCH_TOKENS if device.type == "cuda" else CPU_BATCH_TOKENS


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


def padded_rows(rows: Sequence[Sequence[int]], filling: int) -> np.ndarray:
    """`rows` as one int64 matrix (n_rows, longest), shorter ones filled up at the end.

    >>> padded_rows([[5, 6], [7]], 0).tolist()
    [[5, 6], [7, 0]]
    """
    padded = np.full((len(rows), max(map(len, rows))), filling, dtype=np.int64)
    for row, numbers in enumerate(rows):
        padded[row, : len(numbers)] = numbers
    return padded


def run_batches(
    forward: Callable[[np.ndarray], np.ndarray], lengths: np.ndarray, *, budget: int, columns: int
) -> np.ndarray:
    """Rows (n_texts, columns) float32 that `forward` makes of row numbers, batch by batch, without gradients.

    `lengths` (n_texts,) and `budget` are in tokens. A batch too large for the GPU is halved.
    """
    torch = require("torch")
    rows = np.zeros((len(lengths), columns), dtype=np.float32)
    waiting = token_batches(lengths, budget)[::-1]
    with limit(-1), torch.inference_mode():
        while waiting:
            batch = waiting.pop()
            try:
                rows[batch] = forward(batch)
            except torch.cuda.OutOfMemoryError as error:
                if len(batch) == 1:
                    raise ResourceError(
                        f"the GPU has no room for one text of {lengths[batch[0]]} tokens; "
                        "set a smaller max_length, or device cpu"
                    ) from error
                torch.cuda.empty_cache()
                _log.warning("the GPU has no room for a batch of %d texts: batches are halved", len(batch))
                # All of them hold about as many tokens, so all that wait would fail alike.
                waiting = [half for each in [*waiting, batch] for half in np.array_split(each, 2)[::-1] if len(half)]
    return rows
