"""Keeping the best of blocks of dense scores, against the plain way."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_toolkit.kernels.dense_top_k import keep_best, keep_best_by_hand
from nlp_toolkit.kernels.sparse_top_k import best_first


def kept(scores: list[float], k: int, block: int, allowed: list[bool] | None) -> list[tuple[int, float]]:
    rows, best = np.zeros((1, k), dtype=np.int32), np.zeros((1, k), dtype=np.float32)
    found = np.zeros(1, dtype=np.int64)
    mask = np.zeros(0, dtype=bool) if allowed is None else np.array(allowed)
    for base in range(0, len(scores), block):
        here = np.array([scores[base : base + block]], dtype=np.float32)
        keep_best(here, base, mask, 0, 1, rows, best, found)
    best_first(rows, best, 0, found[0])
    return list(zip(rows[0, : found[0]].tolist(), best[0, : found[0]].tolist(), strict=True))


def test_equal_scores_across_blocks_come_in_the_order_of_their_rows() -> None:
    assert kept([1.0] * 200, k=3, block=70, allowed=None) == [(0, 1.0), (1, 1.0), (2, 1.0)]


def test_a_late_row_replaces_the_worst_one() -> None:
    assert kept([3.0, 1.0, 2.0, -1.0, 2.5], k=3, block=2, allowed=None) == [(0, 3.0), (4, 2.5), (2, 2.0)]


@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=150),
    st.integers(1, 20),
    st.integers(1, 100),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_kernel_equals_its_twin(scores: list[float], k: int, block: int, filtered: bool) -> None:
    allowed = [row % 3 != 1 for row in range(len(scores))] if filtered else None
    assert kept(scores, k, block, allowed) == keep_best_by_hand(scores, k, allowed)
