"""The sparse top-k kernel against its twin, scipy and a hand-worked example."""

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_toolkit.kernels.sparse_top_k import top_k_by_hand
from nlp_toolkit.search.sparse import SparseRows


def hits_of(rows: SparseRows, queries: sp.csr_matrix, k: int, **options: object) -> list[list[tuple[int, float]]]:
    best = rows.top_k(queries, k, **options)  # type: ignore[arg-type]
    return [
        list(zip(best.positions[q, :n].tolist(), best.scores[q, :n].tolist(), strict=True))
        for q, n in enumerate(best.found)
    ]


def test_scores_and_order_worked_by_hand() -> None:
    #          cat  dog  fish
    rows = SparseRows.of(sp.csr_matrix(np.array([[1.0, 0.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 3.0], [0.0, 4.0, 0.0]])))
    query = sp.csr_matrix(np.array([[2.0, 1.0, 0.0]]))
    # row 0: 2*1 = 2; row 1: 2*2 + 1*1 = 5; row 2 shares nothing; row 3: 1*4 = 4
    assert hits_of(rows, query, k=4) == [[(1, 5.0), (3, 4.0), (0, 2.0)]]


def test_equal_scores_come_in_the_order_of_their_rows() -> None:
    rows = SparseRows.of(sp.csr_matrix(np.ones((50, 1))))
    assert hits_of(rows, sp.csr_matrix([[1.0]]), k=7) == [[(row, 1.0) for row in range(7)]]


def test_terms_that_cancel_leave_no_hit_and_no_second_visit() -> None:
    rows = SparseRows.of(sp.csr_matrix(np.array([[1.0, -1.0, 2.0], [1.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])))
    query = sp.csr_matrix(np.array([[1.0, 1.0, 1.0]]))
    # row 0 is 1 - 1 = 0 on the way and 2 in the end; row 2 is negative
    assert hits_of(rows, query, k=3) == [[(0, 2.0), (1, 2.0)]]


def test_rows_that_are_not_allowed_are_never_hits() -> None:
    rows = SparseRows.of(sp.csr_matrix(np.arange(1.0, 6.0).reshape(5, 1)))
    allowed = np.array([True, False, True, False, False])
    assert hits_of(rows, sp.csr_matrix([[1.0]]), k=5, allowed=allowed) == [[(2, 3.0), (0, 1.0)]]


def test_empty_queries_and_an_empty_index_have_no_hits() -> None:
    rows = SparseRows.of(sp.csr_matrix(np.ones((3, 2))))
    assert hits_of(rows, sp.csr_matrix((2, 2)), k=3) == [[], []]
    assert hits_of(SparseRows.of(sp.csr_matrix((0, 2))), sp.csr_matrix([[1.0, 0.0]]), k=3) == [[]]


def test_rows_come_back_as_they_were() -> None:
    matrix = sp.random(40, 30, density=0.1, format="csr", random_state=0)
    assert (SparseRows.of(matrix).matrix() != matrix).nnz == 0


def test_threads_do_not_change_the_answer() -> None:
    matrix = sp.random(500, 80, density=0.05, format="csr", random_state=0)
    queries = sp.random(200, 80, density=0.05, format="csr", random_state=1)
    rows = SparseRows.of(matrix)
    assert hits_of(rows, queries, k=10, n_jobs=1) == hits_of(rows, queries, k=10, n_jobs=4)


cells = st.sampled_from([0.0, 0.0, 0.0, 1.0, -1.0, 0.5, 2.0])
tables = st.integers(1, 6).flatmap(
    lambda width: st.tuples(
        st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=12),
        st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=3),
    )
)


@given(tables, st.integers(1, 14), st.lists(st.booleans(), min_size=12, max_size=12), st.booleans())
@settings(max_examples=150, deadline=None)
def test_kernel_equals_its_twin(
    table: tuple[list[list[float]], list[list[float]]], k: int, flags: list[bool], filtered: bool
) -> None:
    rows, queries = np.array(table[0]), np.array(table[1])
    allowed = np.array(flags[: len(rows)]) if filtered else None
    answers = hits_of(SparseRows.of(sp.csr_matrix(rows)), sp.csr_matrix(queries), k, allowed=allowed)
    as_dicts = [{column: value for column, value in enumerate(row) if value} for row in rows.tolist()]
    for query, hits in zip(queries.tolist(), answers, strict=True):
        wanted = {column: value for column, value in enumerate(query) if value}
        mask = None if allowed is None else allowed.tolist()
        assert hits == top_k_by_hand(as_dicts, wanted, k, mask)
