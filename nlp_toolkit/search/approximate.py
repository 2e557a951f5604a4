"""Approximate top-k over dense rows: faiss's HNSW graph, its search width chosen by recall measured when it is built.

Malkov and Yashunin 2018 (arXiv 1603.09320). The graph is walked over 8-bit copies of the vectors, a quarter of the
memory traffic, and what it finds is scored again with the vectors themselves. It is kept as plain arrays, never as
a faiss file: faiss reads its own format without checking what it points at.
"""

import logging
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.protocols import Matrix
from nlp_toolkit.search.dense import DenseRows, held_to, rescore
from nlp_toolkit.search.top_k import TopK
from nlp_toolkit.threads import limit

_log = logging.getLogger("nlp_toolkit")

GRAPH_FROM_ROWS = 2_000
"""Fewer rows than this are searched exactly: a graph would not be faster."""

_WIDTHS = (16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 128, 192, 256, 384, 512, 768, 1024, 2048)
# Where a filter leaves fewer rows than this share, looking at each of them beats walking the graph past the others.
_FEW = 0.1


@dataclass(frozen=True)
class GraphOptions:
    """How an approximate index is built.

    `neighbors` is the number of links of a row (HNSW's M), `build_width` how many candidates are looked at to
    choose them (efConstruction). The search width (efSearch) is the smallest that reaches `recall` at 10 on
    `sample` rows of the index, each searched for without itself.
    """

    neighbors: int = 16
    build_width: int = 80
    recall: float = 0.985
    sample: int = 500

    def check(self) -> None:
        """Raise `UsageError` where a value has no meaning."""
        if not 2 <= self.neighbors <= 256 or not 8 <= self.build_width <= 4096:
            raise UsageError(f"expected 2 to 256 neighbors and a build_width of 8 to 4096, got {self}")
        if not 0 < self.recall <= 1 or self.sample < 1:
            raise UsageError(f"expected a recall above 0 and up to 1 and a sample of 1 or more, got {self}")


@dataclass(frozen=True)
class HnswRows:
    """Dense rows under a graph.

    `vectors` is (n_rows, n_columns) float32; `ranges` (2 n_columns,) float32 holds the least value of each column and
    the span of its values, between which 8 bits count; `levels` (n_rows,) int32 says on how many levels a row is, 1 or
    more; `links` int32 holds 2 x `neighbors` links of each row on the lowest level and `neighbors` on each level above,
    row after row, -1 where there are fewer. `recall` at 10 was measured with `search_width` when it was built.
    """

    vectors: np.ndarray
    ranges: np.ndarray
    levels: np.ndarray
    links: np.ndarray
    entry: int
    neighbors: int
    search_width: int
    recall: float
    _graph: list[Any] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def of(cls, matrix: Matrix, options: GraphOptions, *, n_jobs: int | None = -1) -> Self:
        """Build the graph over dense rows and choose its search width; what was chosen is told (logging, INFO)."""
        faiss = require("faiss")
        vectors = np.ascontiguousarray(matrix, dtype=np.float32)
        with limit(n_jobs):
            graph = _empty_graph(vectors.shape[1], options.neighbors)
            graph.hnsw.efConstruction = options.build_width
            graph.train(vectors)
            graph.add(vectors)
            width, recall = _choose_width(graph, vectors, options)
        hnsw = graph.hnsw
        _log.info(
            "HNSW over %d rows: %d neighbors, build width %d, search width %d: recall@10 %.3f",
            *(len(vectors), options.neighbors, options.build_width, width, recall),
        )
        if recall < options.recall:
            _log.warning(
                "the approximate index reaches recall@10 %.3f, asked for %.3f; use kind='exact' or more neighbors",
                *(recall, options.recall),
            )
        rows = cls(
            vectors=vectors,
            ranges=faiss.vector_to_array(faiss.downcast_index(graph.storage).sq.trained),
            levels=faiss.vector_to_array(hnsw.levels),
            links=faiss.vector_to_array(hnsw.neighbors),
            entry=int(hnsw.entry_point),
            neighbors=options.neighbors,
            search_width=width,
            recall=recall,
        )
        rows._graph.append(graph)
        return rows

    @property
    def n_rows(self) -> int:
        return int(self.vectors.shape[0])

    @property
    def n_columns(self) -> int:
        return int(self.vectors.shape[1])

    def matrix(self) -> np.ndarray:
        """The vectors themselves, not a copy."""
        return self.vectors

    def arrays(self) -> dict[str, np.ndarray]:
        entry = np.array([self.entry])
        graph = {"ranges": self.ranges, "levels": self.levels, "links": self.links, "entry": entry}
        return {"vectors": self.vectors, **graph}

    def top_k(self, queries: Matrix, k: int, allowed: np.ndarray | None = None, *, n_jobs: int | None = -1) -> TopK:
        """About the k best rows of each query; exactly these where a filter leaves few rows, or few near the query."""
        wanted = np.ascontiguousarray(queries, dtype=np.float32)
        if allowed is not None:
            return self._best_allowed(wanted, k, allowed, n_jobs)
        k = min(k, self.n_rows)
        if len(wanted) == 0 or k == 0:
            return DenseRows(self.vectors).top_k(wanted, k)
        positions = self._nearest(wanted, _candidates(k), max(self.search_width, 2 * k), n_jobs)
        return rescore(self.vectors, wanted, positions, (positions >= 0).sum(axis=1), k)

    def _best_allowed(self, queries: np.ndarray, k: int, allowed: np.ndarray, n_jobs: int | None) -> TopK:
        """The k best rows that a filter leaves, found among about as many nearest rows as should hold them.

        A filter may leave nothing near a query, and a walk through the graph ends before it comes to what is far away:
        queries with too few allowed rows near them are answered exactly.
        """
        rows = np.flatnonzero(allowed)
        wanted = _candidates(k)
        n_near = 2 * wanted * self.n_rows // max(1, len(rows))
        if len(queries) == 0 or len(rows) <= max(_FEW * self.n_rows, GRAPH_FROM_ROWS) or n_near > _FEW * self.n_rows:
            return _exactly_among(self.vectors, queries, k, rows, n_jobs)
        positions = self._nearest(queries, n_near, max(self.search_width, 2 * n_near), n_jobs)
        kept = (positions >= 0) & allowed[positions]
        found = np.minimum(kept.sum(axis=1), wanted)
        nearest_first = np.argsort(~kept, axis=1, kind="stable")[:, :wanted]
        best = rescore(self.vectors, queries, np.take_along_axis(positions, nearest_first, axis=1), found, k)
        few = np.flatnonzero(found < wanted)
        if len(few):
            exact = _exactly_among(self.vectors, queries[few], k, rows, n_jobs)
            best.positions[few], best.scores[few], best.found[few] = exact.positions, exact.scores, exact.found
        return best

    def _nearest(self, queries: np.ndarray, n: int, width: int, n_jobs: int | None) -> np.ndarray:
        """About the n nearest rows of each query, (n_queries, n), by 8-bit copies; -1 where fewer are found."""
        faiss = require("faiss")
        with held_to(n_jobs):
            options = faiss.SearchParametersHNSW(efSearch=width)
            positions: np.ndarray = self._faiss_index().search(queries, n, params=options)[1]
        return positions

    def _faiss_index(self) -> Any:
        if not self._graph:
            self._graph.append(_rebuilt(self))
        return self._graph[0]


def check_graph(rows: HnswRows) -> None:
    """Raise `ArtefactError` where the graph would make faiss read outside its arrays."""
    n_rows = rows.n_rows
    if rows.ranges.dtype != np.float32 or rows.ranges.shape != (2 * rows.n_columns,):
        raise ArtefactError("expected the range of every column as float32; the file is damaged")
    if not np.isfinite(rows.ranges).all():
        raise ArtefactError("the ranges of the columns hold NaN or infinity; the file is damaged")
    if rows.levels.dtype != np.int32 or rows.levels.shape != (n_rows,) or rows.links.dtype != np.int32:
        raise ArtefactError("expected levels and links of the graph as int32; the file is damaged")
    if rows.links.ndim != 1 or n_rows == 0 or rows.levels.min() < 1 or rows.levels.max() > 32:
        raise ArtefactError("the graph has rows on no level or on too many; the file is damaged or hostile")
    starts = _starts(rows.levels, rows.neighbors)
    if len(rows.links) != starts[-1] or rows.links.min() < -1 or rows.links.max() >= n_rows:
        raise ArtefactError("the graph links to rows that are not there; the file is damaged or hostile")
    if not 0 <= rows.entry < n_rows or rows.levels[rows.entry] != rows.levels.max():
        raise ArtefactError("the graph is entered at a row that is not on its top level; the file is damaged")
    for row in np.flatnonzero(rows.levels > 1):
        for level in range(1, rows.levels[row]):
            start = starts[row] + (level + 1) * rows.neighbors
            linked = rows.links[start : start + rows.neighbors]
            if (rows.levels[linked[linked >= 0]] <= level).any():
                raise ArtefactError("the graph links to a row on a level it is not on; the file is damaged or hostile")


def _starts(levels: np.ndarray, neighbors: int) -> np.ndarray:
    """Where the links of each row start, (n_rows + 1,): 2 x neighbors on the lowest level, neighbors on each above."""
    return np.concatenate([[0], np.cumsum((levels.astype(np.int64) + 1) * neighbors)])


def _empty_graph(n_columns: int, neighbors: int) -> Any:
    faiss = require("faiss")
    return faiss.IndexHNSWSQ(n_columns, faiss.ScalarQuantizer.QT_8bit, neighbors, faiss.METRIC_INNER_PRODUCT)


def _candidates(k: int) -> int:
    """How many rows are scored again for the k best: 8 bits may swap those near the last place."""
    return k + max(6, k // 2)


def _rebuilt(rows: HnswRows) -> Any:
    faiss = require("faiss")
    graph = _empty_graph(rows.n_columns, rows.neighbors)
    if rows.levels.max() > graph.hnsw.assign_probas.size():
        raise ArtefactError("the graph has more levels than faiss makes; the file is damaged or hostile")
    storage = faiss.downcast_index(graph.storage)
    faiss.copy_array_to_vector(rows.ranges, storage.sq.trained)
    graph.is_trained = storage.is_trained = True
    storage.add(rows.vectors)
    graph.ntotal = rows.n_rows
    faiss.copy_array_to_vector(rows.levels, graph.hnsw.levels)
    faiss.copy_array_to_vector(_starts(rows.levels, rows.neighbors).astype(np.uint64), graph.hnsw.offsets)
    faiss.copy_array_to_vector(rows.links, graph.hnsw.neighbors)
    graph.hnsw.entry_point = rows.entry
    graph.hnsw.max_level = int(rows.levels.max()) - 1
    return graph


def _choose_width(graph: Any, vectors: np.ndarray, options: GraphOptions) -> tuple[int, float]:
    """The smallest search width that reaches the recall asked for (else the largest), and its recall at 10."""
    n_rows = len(vectors)
    sample = np.random.default_rng(0).choice(n_rows, size=min(options.sample, n_rows), replace=False)
    k = min(11, n_rows)
    truth = _without_itself(DenseRows(vectors).top_k(vectors[sample], k).positions, sample)
    recall = 0.0
    for width in _WIDTHS:
        graph.hnsw.efSearch = width
        positions = graph.search(vectors[sample], _candidates(k))[1]
        best = rescore(vectors, vectors[sample], positions, (positions >= 0).sum(axis=1), k)
        found = _without_itself(best.positions, sample)
        hits = [len(set(ours) & set(true)) / max(1, len(true)) for ours, true in zip(found, truth, strict=True)]
        recall = float(np.mean(hits))
        if recall >= options.recall:
            return width, recall
    return _WIDTHS[-1], recall


def _without_itself(positions: np.ndarray, sample: np.ndarray) -> list[list[int]]:
    others = [[p for p in row if p not in (-1, own)] for row, own in zip(positions.tolist(), sample, strict=True)]
    return [row[:10] for row in others]


def _exactly_among(vectors: np.ndarray, queries: np.ndarray, k: int, rows: np.ndarray, n_jobs: int | None) -> TopK:
    """The k best of a few rows of many."""
    best = DenseRows(vectors[rows]).top_k(queries, k, n_jobs=n_jobs)
    positions = np.where(best.positions < 0, -1, np.append(rows, -1)[best.positions])
    return TopK(positions, best.scores, best.found)
