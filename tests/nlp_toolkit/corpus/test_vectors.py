"""Vectors on disk: the same numbers, in order, whole or not there at all."""

import io
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit.corpus import write_vectors
from nlp_toolkit.corpus.vector_formats import VectorFormat
from nlp_toolkit.errors import DataError, ResourceError, UsageError

DENSE = np.array([[0.1, 0.0], [-2.5, 3.0], [1e-7, 0.0]], dtype=np.float32)
SPARSE = sp.csr_matrix(np.array([[0.0, 0.1, 0.0], [0.0, 0.0, 0.0], [2.0, 0.0, 1 / 3]]))
FORMATS: list[VectorFormat] = ["npz", "npy", "parquet", "jsonl"]


def _blocks(matrix: "np.ndarray | sp.csr_matrix", rows: int = 2) -> "Iterator[np.ndarray | sp.csr_matrix]":
    return (matrix[start : start + rows] for start in range(0, matrix.shape[0], rows))


def test_npz_is_what_scipy_loads(tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    assert write_vectors(_blocks(SPARSE), path, ids=["a", "나", "c\n"], feature_names=["x", "y", "특성"]) == 3
    loaded = sp.load_npz(path)
    assert loaded.format == "csr"
    assert loaded.dtype == np.float64
    assert loaded.indices.dtype == np.int32
    assert np.array_equal(loaded.toarray(), SPARSE.toarray())
    with np.load(path) as archive:
        assert json.loads(archive["ids.json"]) == ["a", "나", "c\n"]
        assert json.loads(archive["feature_names.json"]) == ["x", "y", "특성"]


def test_npz_of_counts_keeps_int64_and_of_dense_rows_is_csr(tmp_path: Path) -> None:
    counts = sp.csr_array(np.array([[0, 3], [1, 0]], dtype=np.int64))
    write_vectors([counts], tmp_path / "counts.npz")
    assert sp.load_npz(tmp_path / "counts.npz").dtype == np.int64
    write_vectors(_blocks(DENSE), tmp_path / "dense.npz")
    assert np.array_equal(sp.load_npz(tmp_path / "dense.npz").toarray(), DENSE)


@pytest.mark.parametrize("matrix", [DENSE, SPARSE], ids=["dense", "sparse"])
def test_npy_is_what_numpy_loads(matrix: "np.ndarray | sp.csr_matrix", tmp_path: Path) -> None:
    path = tmp_path / "v.npy"
    assert write_vectors(_blocks(matrix), path) == 3
    loaded = np.load(path, mmap_mode="r")
    assert loaded.dtype == matrix.dtype
    assert np.array_equal(loaded, matrix if isinstance(matrix, np.ndarray) else matrix.toarray())


@pytest.mark.parametrize("matrix", [DENSE, SPARSE], ids=["dense", "sparse"])
def test_parquet_has_id_and_vector(matrix: "np.ndarray | sp.csr_matrix", tmp_path: Path) -> None:
    path = tmp_path / "v.parquet"
    assert write_vectors(_blocks(matrix), path, ids=iter(["a", "b", "c"])) == 3
    table = pq.read_table(path).to_pydict()
    assert table["id"] == ["a", "b", "c"]
    assert table["vector"] == (matrix if isinstance(matrix, np.ndarray) else matrix.toarray()).tolist()
    write_vectors(_blocks(matrix), tmp_path / "rows.parquet")
    assert pq.read_table(tmp_path / "rows.parquet")["row"].to_pylist() == [0, 1, 2]


def test_jsonl_of_dense_rows_is_lists_of_the_shortest_numbers() -> None:
    stream = io.BytesIO()
    assert write_vectors(_blocks(DENSE), stream) == 3
    assert stream.getvalue() == (
        b'{"row": 0, "vector": [0.1, 0.0]}\n{"row": 1, "vector": [-2.5, 3.0]}\n{"row": 2, "vector": [1e-07, 0.0]}\n'
    )


def test_jsonl_of_sparse_rows_names_features() -> None:
    stream = io.BytesIO()
    write_vectors(_blocks(SPARSE), stream, ids=["a", "나", "\udc80"], feature_names=["x", '"y"', "특성"])
    rows = [json.loads(line) for line in stream.getvalue().decode().splitlines()]
    assert rows == [
        {"id": "a", "vector": {'"y"': 0.1}},
        {"id": "나", "vector": {}},
        {"id": "\udc80", "vector": {"x": 2.0, "특성": 1 / 3}},
    ]
    unnamed = io.BytesIO()
    write_vectors([SPARSE], unnamed)
    assert json.loads(unnamed.getvalue().splitlines()[2]) == {"row": 2, "vector": {"0": 2.0, "2": 1 / 3}}


@pytest.mark.parametrize("ids", [None, []])
def test_no_rows_are_a_file_of_no_rows(ids: list[str] | None, tmp_path: Path) -> None:
    for name in ("v.npz", "v.parquet", "v.jsonl"):
        assert write_vectors([SPARSE[:0]], tmp_path / name, ids=ids) == 0
    write_vectors([SPARSE[:0]], tmp_path / "v.npy")
    assert sp.load_npz(tmp_path / "v.npz").shape == (0, 3)
    assert np.load(tmp_path / "v.npy").shape == (0, 3)
    assert pq.read_table(tmp_path / "v.parquet").column_names == ["row" if ids is None else "id", "vector"]
    assert (tmp_path / "v.jsonl").read_bytes() == b""
    with np.load(tmp_path / "v.npz") as archive:
        assert archive.get("ids.json") == (None if ids is None else b"[]")


def test_stdout_is_jsonl(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_vectors([DENSE[:1]], "-")
    assert capfdbinary.readouterr().out == b'{"row": 0, "vector": [0.1, 0.0]}\n'


@given(st.lists(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=2, max_size=2)))
def test_every_float32_survives_jsonl_and_npy(rows: list[list[float]]) -> None:
    matrix = np.array(rows, dtype=np.float32).reshape(-1, 2)
    text, array = io.BytesIO(), io.BytesIO()
    write_vectors([matrix], text, format="jsonl")
    write_vectors([matrix], array, format="npy")
    read = [json.loads(line)["vector"] for line in text.getvalue().splitlines()]
    assert np.array_equal(np.array(read, dtype=np.float32).reshape(-1, 2), matrix)
    assert np.array_equal(np.load(io.BytesIO(array.getvalue())), matrix)


@pytest.mark.parametrize("name", FORMATS)
def test_equal_input_gives_equal_bytes_however_it_is_cut(name: VectorFormat, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.{name}" for number in range(3)]
    for path, rows in zip(paths, (1, 1, 3), strict=True):
        write_vectors(_blocks(SPARSE, rows), path)
    first, again, otherwise = (path.read_bytes() for path in paths)
    assert first == again
    if name != "parquet":  # whose row groups are the blocks
        assert first == otherwise


def test_order_in_which_a_row_holds_its_columns_does_not_matter() -> None:
    shuffled = sp.csr_matrix((np.array([1 / 3, 0.1, 2.0])[[1, 0, 2]], [1, 2, 0], [0, 1, 1, 3]), shape=(3, 3))
    ordered, other = io.BytesIO(), io.BytesIO()
    write_vectors([SPARSE], ordered, format="npz")
    write_vectors([shuffled], other, format="npz")
    assert not shuffled.has_sorted_indices
    assert other.getvalue() == ordered.getvalue()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused_and_nothing_is_left(
    name: VectorFormat, value: float, tmp_path: Path
) -> None:
    bad = DENSE.copy()
    bad[2, 1] = value
    with pytest.raises(DataError, match=r"NaN or infinity in row 3 \(counted from 1\)"):
        write_vectors(_blocks(bad), tmp_path / f"v.{name}")
    assert list(tmp_path.iterdir()) == []


def test_rows_that_are_not_finite_are_named_by_id() -> None:
    with pytest.raises(DataError, match="in rows c"):
        write_vectors([DENSE, DENSE * np.float32(np.nan)], io.BytesIO(), ids=["a", "b", "b2", "c", "d", "e"])


@pytest.mark.parametrize("name", FORMATS)
def test_interrupted_write_leaves_what_was_there(name: VectorFormat, tmp_path: Path) -> None:
    def interrupted() -> Iterator[np.ndarray]:
        yield DENSE
        raise KeyboardInterrupt

    path = tmp_path / f"v.{name}"
    write_vectors([DENSE], path)
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write_vectors(interrupted(), path, overwrite=True)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_existing_file_is_kept_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    def never() -> Iterator[np.ndarray]:
        raise AssertionError("the blocks are not even asked for")
        yield

    path = tmp_path / "v.npy"
    path.write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"v\.npy exists; name another file, or overwrite it"):
        write_vectors(never(), path)
    assert path.read_bytes() == b"mine"
    write_vectors([DENSE], path, overwrite=True)
    assert np.array_equal(np.load(path), DENSE)


@pytest.mark.parametrize(
    ("name", "message"),
    [("v.csv", "cannot tell the format"), ("missing/v.npy", "missing: no such directory"), ("", "is a directory")],
)
def test_place_that_cannot_be_written_is_a_usage_error(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        write_vectors([DENSE], tmp_path / name, format=None if name else "npy")


@pytest.mark.parametrize(
    ("blocks", "ids", "message"),
    [
        ([], None, "no vectors to write"),
        (
            [DENSE, DENSE[:, :1]],
            None,
            r"block from row 4 \(counted from 1\) on has 1 columns of float32, those before 2 columns of f",
        ),
        ([DENSE, DENSE.astype(np.float64)], None, "has 2 columns of float64"),
        ([DENSE[0]], None, r"expected blocks of shape \(n_rows, n_features\), got \(2,\)"),
        ([DENSE, DENSE], ["a"] * 5, "ids end after 5 rows, the vectors go on"),
        ([DENSE], ["a"] * 4, "more ids than the 3 vectors"),
    ],
)
def test_rows_and_ids_that_do_not_come_out_even_are_refused(
    blocks: list[np.ndarray], ids: list[str] | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        write_vectors(blocks, tmp_path / "v.jsonl", ids=ids)
    assert list(tmp_path.iterdir()) == []


def test_what_a_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="npy holds no ids"):
        write_vectors([DENSE], tmp_path / "v.npy", ids=["a", "b", "c"])
    with pytest.raises(UsageError, match="parquet holds no feature names"):
        write_vectors([DENSE], tmp_path / "v.parquet", feature_names=["x", "y"])
    with pytest.raises(UsageError, match="too many for a dense file"):
        write_vectors([sp.csr_matrix((1, 10**6))], tmp_path / "v.npy")
    with pytest.raises(DataError, match="3 feature names for 2 columns"):
        write_vectors([DENSE], tmp_path / "v.npz", feature_names=["x", "y", "z"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("name", FORMATS)
def test_full_disk_is_a_resource_error(name: VectorFormat) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(ResourceError, match="No space left"):
        write_vectors([DENSE], full, format=name)


@pytest.mark.skipif(sys.platform == "win32", reason="limits on file size are set differently there")
@pytest.mark.parametrize("name", FORMATS)
def test_file_that_may_not_grow_is_a_resource_error_and_nothing_is_left(name: VectorFormat, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    matrix = np.random.default_rng(0).standard_normal((4096, 16))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(ResourceError, match="File too large"):
            write_vectors([matrix], tmp_path / f"v.{name}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


_HOLD = """
import sys, numpy as np
from nlp_toolkit.corpus import write_vectors
def blocks():
    yield np.ones((1, 2))
    print("held", flush=True)
    sys.stdin.read()
write_vectors(blocks(), sys.argv[1])
"""


def test_second_writer_is_told_and_a_killed_one_is_cleared_away(tmp_path: Path) -> None:
    path = tmp_path / "v.npy"
    arguments = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        try:
            with pytest.raises(ResourceError, match="is being written by another process"):
                write_vectors([DENSE], path)
        finally:
            first.kill()
    assert not path.exists()
    assert write_vectors([DENSE], path) == 3
    assert list(tmp_path.iterdir()) == [path]
