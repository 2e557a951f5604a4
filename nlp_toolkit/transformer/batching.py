"""Batches of texts of like length: little padding, as many rows as a token budget allows, each on a core of its own."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from nlp_toolkit.errors import ResourceError
from nlp_toolkit.extras import require
from nlp_toolkit.threads import limit

if TYPE_CHECKING:
    import torch

_CPU_BATCH_TOKENS = 2_048  # what a layer makes of more does not stay in a core's cache
_LEAST_CPU_BATCH_TOKENS = 256  # below this a core's matrix products are slow
_CUDA_BATCH_TOKENS = 65_536

_log = logging.getLogger("nlp_toolkit")


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
    forward: Callable[[np.ndarray], np.ndarray],
    lengths: np.ndarray,
    *,
    columns: int,
    device: "torch.device",
    budget: int | None = None,
) -> np.ndarray:
    """Rows (n_texts, columns) float32 that `forward` makes of row numbers, batch by batch, without gradients.

    `lengths` (n_texts,) and `budget` are in tokens; None is what suits the device. On a processor each core takes
    batches of its own; a batch too large for the GPU is halved.
    """
    torch = require("torch")
    rows = np.zeros((len(lengths), columns), dtype=np.float32)
    with limit(-1) as threads, torch.inference_mode():
        own = _CUDA_BATCH_TOKENS if device.type == "cuda" else _share(int(lengths.sum()), threads)
        batches = token_batches(lengths, budget or own)
        if device.type == "cpu" and 1 < threads <= len(batches):
            _side_by_side(forward, batches, rows, threads)
        else:
            _one_after_another(forward, batches, lengths, rows)
    return rows


def _share(n_tokens: int, threads: int) -> int:
    """Tokens of a batch where `threads` share `n_tokens`."""
    return min(_CPU_BATCH_TOKENS, max(_LEAST_CPU_BATCH_TOKENS, -(-n_tokens // threads)))


def _side_by_side(
    forward: Callable[[np.ndarray], np.ndarray], batches: list[np.ndarray], rows: np.ndarray, threads: int
) -> None:
    """Fill `rows` with a batch on each thread: cores that work on the same batch wait for each other at every step."""
    torch = require("torch")

    def fill(batch: np.ndarray) -> None:
        with torch.inference_mode():  # it holds for one thread
            rows[batch] = forward(batch)

    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    try:
        for done in [pool.submit(fill, batch) for batch in batches]:
            done.result()
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)  # threads to come begin with what was set last


def _one_after_another(
    forward: Callable[[np.ndarray], np.ndarray], batches: list[np.ndarray], lengths: np.ndarray, rows: np.ndarray
) -> None:
    """Fill `rows` batch by batch; where one has no room on the GPU, all that wait are halved."""
    torch = require("torch")
    waiting = batches[::-1]
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
