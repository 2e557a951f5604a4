"""Memory is bounded by a block, however long the file is."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from nlp_toolkit.corpus import iter_corpus, write_vectors

N_ROWS = 15_000
SENTENCE = "문장 하나 " * 20


def _peak(run: Callable[[], int], n_rows: int = N_ROWS) -> int:
    """The most bytes held at once while `run` went over all rows."""
    tracemalloc.start()
    try:
        assert run() == n_rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "row"),
    [("a.csv", f'"{SENTENCE}",1\n'), ("a.jsonl", f'{{"text": "{SENTENCE}"}}\n'), ("a.txt", f"{SENTENCE}\n")],
    ids=["csv", "jsonl", "txt"],
)
def test_reading_in_blocks_holds_a_block(name: str, row: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(("text,label\n" if name == "a.csv" else "") + row * N_ROWS, encoding="utf-8")

    def run(block_rows: int) -> Callable[[], int]:
        return lambda: sum(len(block) for block in iter_corpus(path, block_rows=block_rows))

    whole, in_blocks = _peak(run(N_ROWS)), _peak(run(1000))
    assert in_blocks < whole / 3
    assert in_blocks < 2_500_000


@pytest.mark.parametrize("name", ["v.npz", "v.npy", "v.parquet", "v.jsonl"])
def test_writing_vectors_holds_a_block(name: str, tmp_path: Path) -> None:
    dense = np.random.default_rng(0).random((200, 64))
    block = sp.csr_matrix(dense * (dense > 0.5))

    write_vectors([block], tmp_path / f"first{name}")  # what it imports is no part of the count

    def run() -> int:
        return write_vectors((block for _ in range(60)), tmp_path / name)

    # The whole is 6 MB dense and 4 MB sparse.
    assert _peak(run, 12_000) < 2_000_000
