"""Near-duplicate pairs against the plain way, sparse and dense, within one set and across two."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import normalize

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.kernels.near_duplicates import pairs_by_hand
from nlp_toolkit.search import duplicates
from nlp_toolkit.search.duplicates import near_duplicates, nearest_duplicates


def found(rows: object, threshold: float, others: object = None) -> list[tuple[int, int]]:
    pairs = near_duplicates(rows, threshold, others)  # type: ignore[arg-type]
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def test_pairs_worked_by_hand() -> None:
    rows = sp.csr_matrix(
        np.array([[3.0, 4.0, 0.0], [4.0, 3.0, 0.0], [0.0, 0.0, 1.0], [6.0, 8.0, 0.0], [0.0, 0.0, 0.0]])
    )
    # cosine of the first two is (12 + 12) / 25 = 0.96; rows 0 and 3 are parallel; the empty row is nobody's duplicate
    pairs = near_duplicates(rows, 0.95)
    assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == [(0, 1), (0, 3), (1, 3)]
    np.testing.assert_allclose(pairs.scores, [0.96, 1.0, 0.96], rtol=1e-12)
    assert found(rows, 0.97) == [(0, 3)]


def test_equal_rows_reach_a_threshold_of_one() -> None:
    row = np.random.default_rng(0).random((1, 40))
    rows = np.repeat(row, 5, axis=0)
    every = [(i, j) for i in range(5) for j in range(i + 1, 5)]
    assert found(rows, 1.0) == every
    assert found(sp.csr_matrix(rows), 1.0) == every


def test_more_pairs_than_the_buffer_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "_BUFFER", 3)
    rows = sp.csr_matrix(np.ones((60, 2)))
    assert len(found(rows, 0.9)) == 60 * 59 // 2


cells = st.sampled_from([0.0, 0.0, 1.0, 2.0, -1.0, 0.5])
sets = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=2, max_size=14)
)


@given(sets, st.sampled_from([0.3, 0.5, 0.75, 0.9, 0.99]))
@settings(max_examples=150, deadline=None)
def test_sparse_and_dense_pairs_are_those_of_the_twin(table: list[list[float]], threshold: float) -> None:
    rows = normalize(np.array(table))
    near = np.abs(rows @ rows.T - threshold).min() < 1e-9
    if near:
        return  # which side of the threshold rounding falls on is not the claim
    expected = pairs_by_hand(rows.tolist(), threshold)
    assert found(sp.csr_matrix(np.array(table)), threshold) == expected
    assert found(np.array(table), threshold) == expected


def test_pairs_across_two_sets_equal_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "DENSE_BLOCK", 17)
    ours = sp.random(120, 30, density=0.1, format="csr", random_state=0)
    theirs = sp.vstack([ours[::3] * 2.0, sp.random(40, 30, density=0.1, format="csr", random_state=1)], format="csr")
    cosines = (normalize(ours) @ normalize(theirs).T).toarray()
    expected = [tuple(pair) for pair in np.argwhere(cosines >= 0.8 - 1e-12).tolist()]
    assert len(expected) > 40
    assert found(ours, 0.8, theirs) == expected
    assert found(ours.toarray(), 0.8, theirs.toarray()) == expected


def test_threads_do_not_change_the_pairs() -> None:
    rows = sp.random(300, 40, density=0.1, format="csr", random_state=3)
    one, many = near_duplicates(rows, 0.6, n_jobs=1), near_duplicates(rows, 0.6, n_jobs=3)
    assert one.first.tolist() == many.first.tolist() and one.second.tolist() == many.second.tolist()
    assert one.scores.tolist() == many.scores.tolist()
    assert len(one) > 10


def test_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(UsageError, match="expected a threshold above 0 and up to 1, got 0"):
        near_duplicates(np.eye(2), 0)
    with pytest.raises(UsageError, match="expected rows of one stage, got 2 and 3 columns"):
        near_duplicates(np.eye(2), 0.5, np.eye(3))
    with pytest.raises(DataError, match=r"NaN or infinity in row 2 \(counted from 1\)"):
        near_duplicates(np.array([[1.0], [np.nan]]))


@given(st.integers(0, 10_000), st.sampled_from([0.3, 0.6, 0.9]))
def test_the_nearest_is_the_best_of_all_pairs(seed: int, threshold: float) -> None:
    random = np.random.default_rng(seed)
    rows, others = (sp.csr_matrix(random.integers(0, 3, (n, 6)) * 1.0) for n in (12, 15))
    found, best = nearest_duplicates(rows, threshold, others), {}
    pairs = near_duplicates(rows, threshold, others)
    for first, score in zip(pairs.first.tolist(), pairs.scores.tolist(), strict=True):
        best[first] = max(score, best.get(first, 0.0))
    assert found.first.tolist() == sorted(best)
    assert found.scores == pytest.approx([best[row] for row in sorted(best)])


def test_memory_for_the_nearest_does_not_grow_with_the_pairs() -> None:
    rows = sp.csr_matrix(np.column_stack([np.ones(2_000), np.linspace(0, 0.1, 2_000)]))
    nearest_duplicates(rows[:2], 0.9, rows[:2])  # compiled
    tracemalloc.start()
    found = nearest_duplicates(rows, 0.9, rows, n_jobs=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 2_000
    assert peak < 20e6  # 4 million pairs are 96 MB
