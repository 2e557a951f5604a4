"""Segments as files of an index directory: rows as safetensors, documents as SQLite; everything checked when read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from nlp_toolkit.artefact.files import read_arrays, write_arrays
from nlp_toolkit.errors import ArtefactError
from nlp_toolkit.search.approximate import HnswRows, check_graph
from nlp_toolkit.search.dense import DenseRows
from nlp_toolkit.search.documents import Documents
from nlp_toolkit.search.metadata import KNOWN_TYPES, MetadataTypes
from nlp_toolkit.search.segment import Segment
from nlp_toolkit.search.sparse import SparseRows
from nlp_toolkit.search.top_k import Rows

ROWS = "rows.safetensors"
DOCUMENTS = "documents.sqlite"


def write_segment(segment: Segment, root: Path, prefix: str, name: str, generation: int, stage: str) -> Segment:
    """Write what of the segment is not yet below `root / prefix`; returns the segment as it then lies there."""
    folder, saved = segment.folder, segment
    if folder is None:
        folder = f"{prefix}segments/{name}"
        (root / folder).mkdir(parents=True)
        write_arrays(root / folder / ROWS, segment.rows.arrays())
        segment.documents.write(root / folder / DOCUMENTS, generation, stage)
        saved = replace(segment, folder=folder, dead_file=None, generation=generation)
    if saved.dead_file is None and saved.dead.any():
        dead_file = f"dead-{generation:06d}.safetensors"
        write_arrays(root / folder / dead_file, {"dead": np.flatnonzero(saved.dead).astype(np.int32)})
        saved = replace(saved, dead_file=dead_file)
    return saved


def describe(segment: Segment) -> dict[str, object]:
    """What the manifest says of a segment that is written."""
    rows = segment.rows
    found: dict[str, object] = {
        "folder": segment.folder,
        "dead_file": segment.dead_file,
        "generation": segment.generation,
        "rows": rows.n_rows,
        "kind": _KINDS[type(rows)],
        "metadata": [[name, kind] for name, kind in segment.documents.types.items()],
    }
    if isinstance(rows, HnswRows):
        found["graph"] = {"neighbors": rows.neighbors, "search_width": rows.search_width, "recall": rows.recall}
    return found


def files_of(segment: Segment) -> list[str]:
    """The files of a written segment, relative to the index directory."""
    names = [ROWS, DOCUMENTS, *([segment.dead_file] if segment.dead_file else [])]
    return [f"{segment.folder}/{name}" for name in names]


def read_segment(root: Path, entry: Mapping[str, object], n_columns: int, stage: str) -> Segment:
    """Open the segment that `describe` described; `ArtefactError` names the file that does not fit."""
    missing = _KEYS - entry.keys()
    if missing:
        raise ArtefactError(f"{root}: a segment without {', '.join(sorted(missing))}; the manifest is damaged")
    folder, dead_file = str(entry["folder"]), entry["dead_file"]
    place = root / folder / ROWS
    arrays = read_arrays(place)
    try:
        n_rows, generation = _count(entry["rows"]), _count(entry["generation"])
        types = _types(entry["metadata"])
        rows = _READERS[str(entry["kind"])](arrays, n_rows, n_columns, entry)
    except (LookupError, ValueError, TypeError, OverflowError) as error:
        raise ArtefactError(f"{place}: {error if isinstance(error, ArtefactError) else repr(error)}") from error
    documents = Documents.open(root / folder / DOCUMENTS, types, n_rows, generation, stage)
    dead = np.zeros(n_rows, dtype=bool)
    if dead_file is not None:
        deleted = read_arrays(root / folder / str(dead_file)).get("dead")
        if deleted is None or deleted.dtype != np.int32 or not _within(deleted, n_rows):
            raise ArtefactError(f"{root / folder / str(dead_file)}: expected rows that are there; the file is damaged")
        dead[deleted] = True
    return Segment(rows, documents, dead, folder, None if dead_file is None else str(dead_file), generation)


def _read_sparse(
    arrays: Mapping[str, np.ndarray], n_rows: int, n_columns: int, entry: Mapping[str, object]
) -> SparseRows:
    """Sparse rows whose every index is in its range: the kernel does not look."""
    columns, starts, rows, weights = (arrays[name] for name in ("columns", "starts", "rows", "weights"))
    if columns.dtype != np.int32 or rows.dtype != np.int32 or starts.dtype != np.int64:
        raise ArtefactError("expected columns and rows as int32 and starts as int64; the file is damaged")
    if weights.dtype not in (np.float32, np.float64) or not np.isfinite(weights).all():
        raise ArtefactError("expected finite weights; the file is damaged")
    if any(array.ndim != 1 for array in (columns, starts, rows, weights)) or len(starts) != len(columns) + 1:
        raise ArtefactError("expected one start a column and one more; the file is damaged")
    if not _within(columns, n_columns) or (np.diff(columns) <= 0).any():
        raise ArtefactError(f"expected ascending columns below {n_columns}; the file is damaged or hostile")
    if starts[0] != 0 or starts[-1] != len(rows) or len(rows) != len(weights) or (np.diff(starts) < 0).any():
        raise ArtefactError("the starts of the columns do not fit their rows; the file is damaged or hostile")
    if not _within(rows, n_rows):
        raise ArtefactError(f"expected rows below {n_rows}; the file is damaged or hostile")
    return SparseRows(n_rows, n_columns, columns, starts, rows, weights)


def _read_dense(
    arrays: Mapping[str, np.ndarray], n_rows: int, n_columns: int, entry: Mapping[str, object]
) -> DenseRows:
    vectors = arrays["vectors"]
    if vectors.dtype != np.float32 or vectors.shape != (n_rows, n_columns):
        raise ArtefactError(f"expected {n_rows} x {n_columns} float32, got {vectors.shape} {vectors.dtype}")
    if not np.isfinite(vectors).all():
        raise ArtefactError("the vectors hold NaN or infinity; the file is damaged")
    return DenseRows(vectors)


def _read_graph(arrays: Mapping[str, np.ndarray], n_rows: int, n_columns: int, entry: Mapping[str, object]) -> HnswRows:
    graph = entry["graph"]
    vectors = _read_dense(arrays, n_rows, n_columns, entry).vectors
    if not isinstance(graph, Mapping) or arrays["entry"].shape != (1,):
        raise ArtefactError("the graph is not described; the manifest is damaged")
    neighbors, width = _count(graph["neighbors"]), _count(graph["search_width"])
    if not 2 <= neighbors <= 256 or not 1 <= width <= 100_000:
        raise ArtefactError(f"the graph has {neighbors} neighbors and search width {width}; the manifest is damaged")
    rows = HnswRows(
        vectors=vectors,
        ranges=arrays["ranges"],
        levels=arrays["levels"],
        links=arrays["links"],
        entry=int(arrays["entry"][0]),
        neighbors=neighbors,
        search_width=width,
        recall=float(graph["recall"]),
    )
    check_graph(rows)
    return rows


_KEYS = frozenset({"folder", "dead_file", "generation", "rows", "kind", "metadata"})
_KINDS: dict[type, str] = {SparseRows: "sparse", DenseRows: "dense", HnswRows: "hnsw"}
_READERS: dict[str, Callable[[Mapping[str, np.ndarray], int, int, Mapping[str, object]], Rows]] = {
    "sparse": _read_sparse,
    "dense": _read_dense,
    "hnsw": _read_graph,
}


def _within(numbers: np.ndarray, end: int) -> bool:
    return numbers.ndim == 1 and (len(numbers) == 0 or (numbers.min() >= 0 and bool(numbers.max() < end)))


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ArtefactError(f"expected a count, got {value!r}; the manifest is damaged")
    return value


def _types(entries: object) -> MetadataTypes:
    if not isinstance(entries, list) or any(
        not isinstance(each, list) or len(each) != 2 or each[1] not in KNOWN_TYPES for each in entries
    ):
        raise ArtefactError(f"expected metadata as [name, type] pairs, got {entries!r}; the manifest is damaged")
    return {str(name): kind for name, kind in entries}
