"""`SimilarityIndex`: texts with ids and metadata, found again through the rows of any stage."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.artefact.lock import writing
from nlp_toolkit.corpus.columns import MetadataType
from nlp_toolkit.errors import ArtefactError, DataError, UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.protocols import Matrix, Vectorizer
from nlp_toolkit.search.approximate import GRAPH_FROM_ROWS, GraphOptions, HnswRows
from nlp_toolkit.search.dense import DenseRows
from nlp_toolkit.search.documents import Document, Documents
from nlp_toolkit.search.hits import Hit
from nlp_toolkit.search.ids import checked_ids, last_of_each, names_for
from nlp_toolkit.search.index_files import KINDS, IndexState, WrittenIndex, read_index, write_index
from nlp_toolkit.search.metadata import as_columns, checked, type_of
from nlp_toolkit.search.segment import Segment, merged, to_merge
from nlp_toolkit.search.segments import hits_of, living_documents, living_rows, top_k_of, without
from nlp_toolkit.search.sparse import SparseRows
from nlp_toolkit.search.stages import (
    METRICS,
    Metric,
    check_unchanged,
    document_rows,
    fresh_copy,
    is_fitted,
    metric_of,
    query_rows,
    state_of,
)
from nlp_toolkit.search.store import LOCK_TIMEOUT, Home, InForce, publish, reading
from nlp_toolkit.search.top_k import Rows, TopK
from nlp_toolkit.validation import as_list

Kind = Literal["exact", "approximate"]
OnDuplicate = Literal["refuse", "replace"]
Progress = Callable[[str, int, int], None]
"""Called with what is being done ("fit" or "add"), how many texts are done, and how many there are."""

BLOCK = 4_096  # texts a stage transforms at a time, and between two calls of `progress`


class SimilarityIndex:
    """Texts found by the similarity of their rows to a query's row.

    `vectorizer` is any stage, or a pipeline of a stage and a reduction; one that is not fitted is copied, and the
    copy fitted on the first texts added (`vectorizer_`); its statistics then stay as they are until `refit()`.
    `kind="exact"` gives the true best rows, "approximate" (dense rows only, extra `search`) those a HNSW graph finds,
    built as `graph` says. `metric` is "cosine" (a score is 1 minus scikit-learn's cosine distance), "dot", or
    None for what the stage asks for: BM25 dot, all others cosine. Equal scores come in the order of adding.

    >>> from nlp_toolkit import Bm25Vectorizer
    >>> index = SimilarityIndex(Bm25Vectorizer(tokenizer="english-stems"))
    >>> index.add(["a cat sleeps", "two dogs bark", "the cats and the dog"], metadata={"year": [2020, 2021, 2022]})
    ['0', '1', '2']
    >>> [(hit.id, round(hit.score, 3)) for hit in index.query(["sleeping dogs"])[0]]
    [('0', 0.478), ('1', 0.197), ('2', 0.153)]
    >>> [hit.id for hit in index.query(["sleeping dogs"], where="year > 2020")[0]]
    ['1', '2']
    """

    def __init__(
        self,
        vectorizer: Vectorizer,
        kind: Kind = "exact",
        metric: Metric | None = None,
        *,
        graph: GraphOptions | None = None,
        n_jobs: int | None = -1,
    ) -> None:
        self.vectorizer = vectorizer
        self.kind = kind
        self.metric = metric
        self.graph = graph
        self.n_jobs = n_jobs
        self._state: IndexState | None = None
        self._home: Home | None = None

    def __len__(self) -> int:
        """How many texts can be found."""
        return sum(segment.n_alive for segment in self._segments)

    def __contains__(self, name: object) -> bool:
        """Whether a text with this id can be found."""
        return isinstance(name, str) and bool(living_rows(self._segments, [name]))

    @property
    def vectorizer_(self) -> Vectorizer:
        """The fitted stage."""
        stage = self._current().stage
        if stage is None:
            raise UsageError("the stage of this index is not fitted yet; add texts first")
        return stage

    @property
    def metadata_types(self) -> dict[str, MetadataType]:
        """Metadata name -> "str", "int", "float" or "bool"."""
        return dict(self._current().types)

    @property
    def state(self) -> IndexState:
        """What the index consists of now; it never changes, a change of the index makes another."""
        return self._current()

    def restore(self, state: IndexState) -> None:
        """Go back to a `state` this index had."""
        self._state = state

    def move_to(self, state: IndexState) -> None:
        """Take on a `state` that another index directory now holds: this index has no directory of its own."""
        self._state = state
        self._home = None

    def add(
        self,
        texts: Iterable[str],
        ids: Sequence[str] | None = None,
        metadata: Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]] | None = None,
        *,
        on_duplicate: OnDuplicate = "refuse",
        progress: Progress | None = None,
    ) -> list[str]:
        """Add texts and return their ids; an unfitted stage is fitted on them first.

        `ids` are strings, by default numbers that are never given twice. An id that is there already, or comes twice,
        is a `DataError`, or with `on_duplicate="replace"` its last text takes the place of the others. `metadata`
        is a column of values a name, or a dict a text; a name keeps the type (str, int, float, bool) of its
        first values, None is a missing value. Whatever fails, the index stays as it was.
        """
        if on_duplicate not in ("refuse", "replace"):
            raise UsageError(f"unknown on_duplicate {on_duplicate!r}; known: refuse, replace")
        state = self._current()
        if state.kind == "approximate":
            require("faiss")  # before the texts are analysed, and also where a graph is not worth it yet
        rows = as_list(texts)
        names, next_id = names_for(rows, ids, state.next_id)
        columns = as_columns(metadata, len(rows))
        types = dict(state.types) | {
            name: type_of(name, values) for name, values in columns.items() if name not in state.types
        }
        values = {name: checked(name, types[name], column) for name, column in columns.items()}
        kept = last_of_each(names, on_duplicate)
        taken = living_rows(state.segments, names)
        if taken and on_duplicate == "refuse":
            found = min((name for rows_of in taken.values() for name in rows_of), key=names.index)
            raise DataError(f"the id {found!r} is in the index; pass on_duplicate='replace' to replace its text")
        if not rows:
            return []
        state = self._with_stage(state, rows, progress)
        matrix = self._rows(state, [rows[at] for at in kept], [names[at] for at in kept], progress)
        documents = (
            Document(row, names[at], rows[at], {name: column[at] for name, column in values.items()})
            for row, at in enumerate(kept)
        )
        stored = Documents.create(documents, {name: types[name] for name in values})
        fresh = Segment.of(self._searchable(matrix), stored)
        state = replace(state, types=types, next_id=next_id, n_columns=matrix.shape[1])
        self._state = self._tidied(replace(state, segments=(*without(state.segments, taken), fresh)))
        return names

    def delete(self, ids: Iterable[str]) -> int:
        """Delete texts by id and return how many; an id that is not there raises `DataError` and deletes nothing."""
        state = self._current()
        names = list(dict.fromkeys(checked_ids(ids)))
        found = living_rows(state.segments, names)
        known = {name for rows_of in found.values() for name in rows_of}
        missing = [name for name in names if name not in known]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise DataError(f"no text with id {missing[0]!r}{more} is in the index; nothing was deleted")
        self._state = self._tidied(replace(state, segments=without(state.segments, found)))
        return len(names)

    def query(self, texts: Iterable[str], k: int = 10, where: str | None = None) -> list[list[Hit]]:
        """The best hits of each query, at most `k`, best first.

        `where` is a filter over metadata and `id`, applied before the best are chosen: `year >= 2020 and
        label = 'news'` (see `nlp_toolkit.search.where`). Sparse rows that have nothing in common with the query
        are no hits, so a list may be shorter; over dense rows it has min(k, texts that fulfil `where`) hits.
        """
        state = self._current()
        queries = as_list(texts)
        check_k(k)
        if not state.segments or not queries:
            return [[] for _ in queries]
        check_unchanged(state.fitted)
        rows = query_rows(self.vectorizer_, queries, state.metric)
        best = top_k_of(state.segments, rows, k, where, state.types, n_jobs=self.n_jobs)
        return hits_of(state.segments, best, state.types)

    def top_k(self, rows: Matrix, k: int = 10, where: str | None = None) -> TopK:
        """The best positions and scores for query rows that are ready (cosine: of unit length), without documents.

        A position counts the texts in the order they were added, deleted ones included until their segment is merged.
        """
        check_k(k)
        state = self._current()
        return top_k_of(state.segments, rows, k, where, state.types, n_jobs=self.n_jobs)

    def refit(self, progress: Progress | None = None) -> None:
        """Fit the stage again on all texts that are in the index now, and make every row anew."""
        state = self._current()
        documents = list(living_documents(state.segments))
        if not documents:
            return
        texts = [document.text for document in documents]
        state = self._with_stage(replace(state, stage=None, checksum=None, stage_folder=None), texts, progress)
        matrix = self._rows(state, texts, [document.id for document in documents], progress)
        whole = merged(state.segments, state.types, lambda _: self._searchable(matrix))
        self._state = replace(state, segments=(whole,), n_columns=matrix.shape[1])

    def texts(self) -> Iterator[Document]:
        """All texts that can be found, with id and metadata, in the order of adding."""
        return living_documents(self._segments)

    def matrix(self) -> Matrix:
        """The rows of all texts that can be found, in the order of `texts()`."""
        kept = [segment.rows.matrix()[~segment.dead] for segment in self._segments]
        if not kept:
            raise UsageError("the index is empty; add texts first")
        return sp.vstack(kept, format="csr") if sp.issparse(kept[0]) else np.concatenate(kept)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the index to the directory `path`; where it lies there already, only what changed.

        A process killed at any moment leaves the old state or the new one. Another index there needs `overwrite`
        (`UsageError`); one that changed since this was loaded from it, or that another writer holds, raises
        `ResourceError`.
        """
        self._save(path, overwrite=overwrite, locked=False)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], vectorizer: Vectorizer | None = None, *, n_jobs: int | None = -1
    ) -> Self:
        """Open the index at `path`; every file is verified first, `ArtefactError` names the one that is at fault.

        `vectorizer` saves loading a stage that is at hand; another one than made the rows is refused.
        """
        return reading(path, lambda home: cls._opened(home, vectorizer, n_jobs))

    @classmethod
    @contextmanager
    def editing(
        cls, path: str | os.PathLike[str], *, timeout: float = LOCK_TIMEOUT, n_jobs: int | None = -1
    ) -> Iterator[Self]:
        """Load the index, let the `with` block change it, and save it, all while holding its lock.

        Programs that change one index this way do so one after the other; who waits longer than `timeout`
        seconds gets a `ResourceError`. A block that raises changes nothing on disk.
        """
        target = Path(os.path.abspath(path))  # noqa: PTH100 - as the store names it
        if not target.exists():
            raise UsageError(f"{target}: no such index directory")
        with writing(target, timeout=timeout):
            index = cls.load(target, n_jobs=n_jobs)
            yield index
            index._save(target, overwrite=False, locked=True)

    @classmethod
    def of(cls, state: IndexState, *, n_jobs: int | None = -1) -> Self:
        """The index that has this state."""
        if state.stage is None:
            raise UsageError("the state has no stage; make a new SimilarityIndex instead")
        kind: Kind = "approximate" if state.kind == "approximate" else "exact"
        index = cls(state.stage, kind, state.metric, graph=state.graph, n_jobs=n_jobs)
        index._state = replace(state, fitted=state_of(state.stage))
        return index

    @classmethod
    def _opened(cls, home: Home, vectorizer: Vectorizer | None, n_jobs: int | None) -> Self:
        if home.manifest.kind != "index":
            raise ArtefactError(f"{home.path}: holds a {home.manifest.kind}; open it with HybridIndex.load")
        state = read_index(home.path, home.manifest.fields.get("index"), home.manifest.files, vectorizer)
        index = cls.of(state, n_jobs=n_jobs)
        index._home = home
        return index

    @property
    def _segments(self) -> tuple[Segment, ...]:
        return self._current().segments

    def _current(self) -> IndexState:
        """The state, made from the constructor's parameters when it is first asked for."""
        if self._state is None:
            if self.kind not in KINDS:
                raise UsageError(f"unknown kind {self.kind!r} of index; known: {', '.join(KINDS)}")
            metric = metric_of(self.vectorizer) if self.metric is None else self.metric
            if metric not in METRICS:
                raise UsageError(f"unknown metric {metric!r}; known: {', '.join(METRICS)}")
            graph = self.graph or GraphOptions()
            graph.check()
            self._state = IndexState(self.kind, metric, graph)
        return self._state

    def _with_stage(self, state: IndexState, texts: Sequence[str], progress: Progress | None) -> IndexState:
        """The state with a stage fitted for it: the one it has, the one given, or a copy fitted on `texts`."""
        if state.stage is not None:
            check_unchanged(state.fitted)
            return state
        stage = self.vectorizer
        if not is_fitted(stage) or state.segments:
            _tell(progress, "fit", 0, len(texts))
            stage = fresh_copy(stage).fit(texts)
            _tell(progress, "fit", len(texts), len(texts))
        return replace(state, stage=stage, fitted=state_of(stage), n_columns=0)

    def _rows(self, state: IndexState, texts: Sequence[str], ids: Sequence[str], progress: Progress | None) -> Matrix:
        """Rows of texts, block by block."""
        blocks = []
        for start in range(0, len(texts), BLOCK):
            here = slice(start, start + BLOCK)
            assert state.stage is not None
            blocks.append(document_rows(state.stage, texts[here], state.metric, ids[here]))
            _tell(progress, "add", min(start + BLOCK, len(texts)), len(texts))
        matrix = sp.vstack(blocks, format="csr") if sp.issparse(blocks[0]) else np.concatenate(blocks)
        if state.n_columns and matrix.shape[1] != state.n_columns:
            raise DataError(f"the stage gave {matrix.shape[1]} columns, the index has {state.n_columns}; call refit()")
        return matrix

    def _searchable(self, matrix: Matrix) -> Rows:
        """The rows in the form that the kind of index and the matrix ask for."""
        state = self._current()
        if sp.issparse(matrix):
            if state.kind == "approximate":
                raise UsageError(
                    "kind='approximate' needs dense rows, and this stage gives sparse ones, for which kind='exact' is "
                    "fast; or reduce them first (a pipeline with truncated SVD)"
                )
            return SparseRows.of(matrix)
        if state.kind == "approximate" and matrix.shape[0] >= GRAPH_FROM_ROWS:
            return HnswRows.of(matrix, state.graph, n_jobs=self.n_jobs)
        return DenseRows.of(matrix)

    def _tidied(self, state: IndexState) -> IndexState:
        """The state with segments merged where there are too many of a size, or too many deleted rows."""
        segments = [segment for segment in state.segments if segment.n_alive]
        while (run := to_merge(segments)) is not None:
            segments[run] = [merged(segments[run], state.types, self._searchable)]
        return replace(state, segments=tuple(segments))

    def _save(self, path: str | os.PathLike[str], *, overwrite: bool, locked: bool) -> None:
        state = self._current()
        written: list[WrittenIndex] = []

        def write(root: Path, generation: int, reuse: bool) -> InForce:
            written[:] = [write_index(root, "", generation, state if reuse else state.moved())]
            fields = {"index": written[0].fields, "deterministic": written[0].deterministic}
            return InForce(fields, written[0].files)

        self._home = publish(path, "index", write, home=self._home, overwrite=overwrite, locked=locked)
        self._state = written[0].state


def check_k(k: int) -> None:
    """Raise `UsageError` where `k` is no number of hits."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise UsageError(f"expected k of 1 or more, got {k!r}")


def _tell(progress: Progress | None, what: str, done: int, total: int) -> None:
    if progress is not None:
        progress(what, done, total)
