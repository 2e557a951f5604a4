"""The four files vectors go into, each written from a stream of blocks: npz, npy, parquet, jsonl."""

import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO, Literal, TypeAlias

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.errors import UsageError
from nlp_toolkit.text.visible import json_text

VectorFormat = Literal["npz", "npy", "parquet", "jsonl"]

_DENSE_VALUES = 1 << 20
"""How many values of a sparse block are made dense at a time."""

_COPIED_VALUES = 1 << 15
"""How many spooled values are copied at a time."""

_WIDEST_DENSE = 1 << 16
"""Columns up to which a sparse matrix may be written into a dense format."""

_INT32_MAX = 2**31 - 1


@dataclass(frozen=True)
class VectorBlock:
    """Rows (n_rows, n_features), of one type throughout a file, with their ids if they have any.

    `first_row` is the number of the first of them in the file, from 0.
    """

    matrix: "np.ndarray | sp.csr_array"
    ids: list[str] | None
    first_row: int


VectorWriter: TypeAlias = Callable[[BinaryIO, Iterable[VectorBlock], Sequence[str] | None], int]
"""Writes blocks (at least one) with the feature names to a stream and returns the number of rows."""


def write_npz(stream: BinaryIO, blocks: Iterable[VectorBlock], feature_names: Sequence[str] | None) -> int:
    """A CSR matrix as `scipy.sparse.save_npz` writes it, without time stamps; dense blocks become CSR."""
    with ExitStack() as stack:
        data, indices, indptr, ids = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(4))
        indptr.write(np.zeros(1, dtype=np.int64).tobytes())
        n_rows = n_values = n_columns = 0
        dtype = np.dtype(np.float64)
        opening = ""
        for block in blocks:
            matrix = sp.csr_array(block.matrix)
            n_columns, dtype = matrix.shape[1], matrix.dtype
            data.write(np.ascontiguousarray(matrix.data).tobytes())
            indices.write(matrix.indices.astype(np.int64).tobytes())
            indptr.write((matrix.indptr[1:].astype(np.int64) + n_values).tobytes())
            if block.ids is not None and not opening:
                opening = "["
            for name in block.ids or ():
                ids.write(f"{opening}{json.dumps(name)}".encode())
                opening = ", "
            n_rows += matrix.shape[0]
            n_values += matrix.nnz
        index = np.dtype(np.int32 if max(n_values, n_columns) <= _INT32_MAX else np.int64)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            _add_array(archive, "indices", indices, np.dtype(np.int64), index, n_values)
            _add_array(archive, "indptr", indptr, np.dtype(np.int64), index, n_rows + 1)
            _add_whole(archive, "format", np.array(b"csr"))
            _add_whole(archive, "shape", np.array([n_rows, n_columns]))
            _add_array(archive, "data", data, dtype, dtype, n_values)
            if opening:
                ids.write(b"[]" if opening == "[" else b"]")
                ids.seek(0)
                with archive.open(_entry("ids.json"), "w", force_zip64=True) as out:
                    shutil.copyfileobj(ids, out)
            if feature_names is not None:
                archive.writestr(_entry("feature_names.json"), json.dumps(list(feature_names)))
    return n_rows


def write_npy(stream: BinaryIO, blocks: Iterable[VectorBlock], feature_names: Sequence[str] | None) -> int:
    """A dense array as `numpy.save` writes it; `stream` is seekable, its header is set right at the end."""
    n_rows = 0
    header = b""
    for block in blocks:
        dtype, n_columns = block.matrix.dtype, block.matrix.shape[1]
        if not header:
            # numpy leaves room in the header for any number of rows, so the last one takes the first one's place.
            header = _npy_header(dtype, (0, n_columns))
            stream.write(header)
        for piece in _dense_pieces(block.matrix):
            stream.write(np.ascontiguousarray(piece).tobytes())
            n_rows += piece.shape[0]
    stream.seek(0)
    stream.write(_npy_header(dtype, (n_rows, n_columns)))
    return n_rows


def write_parquet(stream: BinaryIO, blocks: Iterable[VectorBlock], feature_names: Sequence[str] | None) -> int:
    """Columns `id` (or `row`) and `vector`, a list of numbers of the matrix's type."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    n_rows = 0
    try:
        for block in blocks:
            for piece in _dense_pieces(block.matrix):
                values = pa.array(np.ascontiguousarray(piece).reshape(-1))
                offsets = pa.array(np.arange(piece.shape[0] + 1, dtype=np.int32) * piece.shape[1], pa.int32())
                start = n_rows - block.first_row
                if block.ids is None:
                    key, keys = "row", pa.array(np.arange(n_rows, n_rows + piece.shape[0], dtype=np.int64))
                else:
                    key, keys = "id", pa.array(block.ids[start : start + piece.shape[0]], pa.string())
                table = pa.table({key: keys, "vector": pa.ListArray.from_arrays(offsets, values)})
                writer = writer or pq.ParquetWriter(stream, table.schema, compression="zstd")
                writer.write_table(table)
                n_rows += piece.shape[0]
    finally:
        if writer is not None:
            writer.close()
    return n_rows


def write_jsonl(stream: BinaryIO, blocks: Iterable[VectorBlock], feature_names: Sequence[str] | None) -> int:
    """One object a line; numbers are the shortest that read back as the same value of the matrix's type."""
    n_rows = 0
    keys = None if feature_names is None else [json_text(name) for name in feature_names]
    for block in blocks:
        ids = block.ids or range(block.first_row, block.first_row + block.matrix.shape[0])
        key = "row" if block.ids is None else "id"
        for name, vector in zip(ids, _json_vectors(block.matrix, keys), strict=True):
            line = f'{{"{key}": {json_text(name)}, "vector": {vector}}}\n'
            stream.write(line.encode("utf-8"))
        n_rows += block.matrix.shape[0]
    return n_rows


WRITERS: dict[VectorFormat, VectorWriter] = {
    "npz": write_npz,
    "npy": write_npy,
    "parquet": write_parquet,
    "jsonl": write_jsonl,
}


def _json_vectors(matrix: "np.ndarray | sp.csr_array", keys: Sequence[str] | None) -> Iterator[str]:
    if isinstance(matrix, np.ndarray):
        for row in matrix:
            yield f"[{', '.join(_numbers(row))}]"
        return
    for start, end in pairwise(matrix.indptr.tolist()):
        features = matrix.indices[start:end].tolist()
        named = (f'"{feature}"' if keys is None else keys[feature] for feature in features)
        cells = (f"{name}: {value}" for name, value in zip(named, _numbers(matrix.data[start:end]), strict=True))
        yield f"{{{', '.join(cells)}}}"


def _numbers(values: np.ndarray) -> list[str]:
    if values.dtype == np.bool_:
        return ["true" if value else "false" for value in values.tolist()]
    if values.dtype == np.float64 or np.issubdtype(values.dtype, np.integer):
        return list(map(repr, values.tolist()))
    return values.astype(str).tolist()  # type: ignore[no-any-return]


def _dense_pieces(matrix: "np.ndarray | sp.csr_array") -> Iterator[np.ndarray]:
    if isinstance(matrix, np.ndarray):
        yield matrix
        return
    n_rows, n_columns = matrix.shape
    if n_columns > _WIDEST_DENSE:
        raise UsageError(
            f"{n_columns} sparse columns are too many for a dense file (at most {_WIDEST_DENSE}); write .npz or .jsonl"
        )
    step = max(1, _DENSE_VALUES // max(n_columns, 1))
    for start in range(0, max(n_rows, 1), step):
        yield matrix[start : start + step].toarray()


def _npy_header(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    buffer = io.BytesIO()
    description = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, description)
    return buffer.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """A member with a fixed date, so that equal content gives equal bytes."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _add_whole(archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
    with archive.open(_entry(f"{name}.npy"), "w", force_zip64=True) as out:
        np.lib.format.write_array(out, array, version=(1, 0), allow_pickle=False)


def _add_array(
    archive: zipfile.ZipFile, name: str, spooled: BinaryIO, stored: np.dtype, dtype: np.dtype, length: int
) -> None:
    """Add `length` values spooled as `stored` as a one-dimensional array of `dtype`, a piece at a time."""
    spooled.seek(0)
    with archive.open(_entry(f"{name}.npy"), "w", force_zip64=True) as out:
        out.write(_npy_header(dtype, (length,)))
        while piece := spooled.read(_COPIED_VALUES * stored.itemsize):
            out.write(np.frombuffer(piece, dtype=stored).astype(dtype, copy=False).tobytes())
