"""Search over a corpus: build an index from a file, change it, look into it, ask it."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nlp_toolkit import Corpus, GraphOptions, HybridIndex, SimilarityIndex
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.registry import stage_kind
from nlp_toolkit.search.approximate import HnswRows
from nlp_toolkit.search.duplicates import near_duplicates
from nlp_toolkit.search.hybrid import Method
from nlp_toolkit.search.index import Kind, OnDuplicate, Progress
from nlp_toolkit.search.stages import Metric
from nlp_toolkit.search.store import LOCK_TIMEOUT, check_new, reading
from nlp_toolkit.threads import limit

if TYPE_CHECKING:
    from nlp_toolkit_pipelines.overrides import Overrides

Index: TypeAlias = SimilarityIndex | HybridIndex


@dataclass(frozen=True)
class IndexResult:
    """What a change left: how many texts can be found in the index at `output`, and how long it took."""

    texts: int
    added: int
    deleted: int
    output: Path
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """`{"texts", "added", "deleted", "output", "seconds"}`."""
        return {**asdict(self), "output": str(self.output), "seconds": round(self.seconds, 3)}


@dataclass(frozen=True)
class PartInfo:
    """One index, or one half of a hybrid one."""

    stage: str
    kind: str
    metric: str
    columns: int
    segments: int
    deleted: int
    recall: float | None
    """recall@10 measured when the graph was built, the lowest of all segments; None where search is exact."""


@dataclass(frozen=True)
class IndexInfo:
    """What an index is: its parts, how many texts can be found, its metadata, generation and size on disk."""

    path: Path
    texts: int
    parts: tuple[PartInfo, ...]
    method: str | None
    metadata: dict[str, str]
    generation: int
    bytes: int

    def to_json(self) -> dict[str, Any]:
        """All of it as one JSON object."""
        return {**asdict(self), "path": str(self.path), "parts": [asdict(part) for part in self.parts]}


@dataclass(frozen=True)
class DuplicatePair:
    """Two texts of an index whose rows have a cosine of `score`; the first was added earlier."""

    first: str
    second: str
    score: float
    first_text: str
    second_text: str

    def to_json(self) -> dict[str, Any]:
        """The pair as one JSON object."""
        return asdict(self)


def build_index(
    stage: Any,
    corpus: Corpus,
    output: str | os.PathLike[str],
    *,
    also: Sequence[Any] = (),
    method: Method = "rrf",
    weights: Sequence[float] | None = None,
    kind: Kind = "exact",
    metric: Metric | None = None,
    graph: GraphOptions | None = None,
    overrides: "Overrides" = (),
    seed: int | None = None,
    on_duplicate: OnDuplicate = "refuse",
    overwrite: bool = False,
    n_jobs: int | None = -1,
    progress: Progress | None = None,
) -> IndexResult:
    """Index the texts of `corpus` with a stage (what `resolve_stage` takes) and save the index at `output`.

    `also` names further stages: then it is a hybrid index of all of them, fused by `method` and `weights`.
    Ids and metadata are the corpus's.
    """
    started = time.perf_counter()
    check_new(output, overwrite=overwrite)
    # Recipes are read where an index is built; a query should not wait for them.
    from nlp_toolkit_pipelines.vectorizing import resolve_stage

    stages = [resolve_stage(stage, overrides, seed).stage, *(resolve_stage(each, (), seed).stage for each in also)]
    parts = [SimilarityIndex(each, kind, metric, graph=graph, n_jobs=n_jobs) for each in stages]
    index: Index = HybridIndex(parts, method, weights) if also else parts[0]
    with limit(n_jobs):
        added = _add(index, corpus, on_duplicate, progress)
    index.save(output, overwrite=overwrite)
    return IndexResult(len(index), added, 0, Path(output), time.perf_counter() - started)


def add_to_index(
    path: str | os.PathLike[str],
    corpus: Corpus,
    *,
    on_duplicate: OnDuplicate = "refuse",
    refit: bool = False,
    timeout: float = LOCK_TIMEOUT,
    n_jobs: int | None = -1,
    progress: Progress | None = None,
) -> IndexResult:
    """Add the texts of `corpus` to the index at `path`; with `refit` the stage is fitted again on all texts after."""
    started = time.perf_counter()
    with limit(n_jobs), _index_class(path).editing(path, timeout=timeout, n_jobs=n_jobs) as index:
        added = _add(index, corpus, on_duplicate, progress)
        if refit:
            index.refit(progress)
    return IndexResult(len(index), added, 0, Path(path), time.perf_counter() - started)


def delete_from_index(
    path: str | os.PathLike[str], ids: Iterable[str], *, timeout: float = LOCK_TIMEOUT
) -> IndexResult:
    """Delete texts by id from the index at `path`; an id that is not there raises `DataError` and nothing changes."""
    started = time.perf_counter()
    with _index_class(path).editing(path, timeout=timeout) as index:
        deleted = index.delete(ids)
    return IndexResult(len(index), 0, deleted, Path(path), time.perf_counter() - started)


def open_index(path: str | os.PathLike[str], *, n_jobs: int | None = -1) -> Index:
    """The index at `path`, plain or hybrid."""
    return _index_class(path).load(path, n_jobs=n_jobs)


def inspect_index(path: str | os.PathLike[str]) -> IndexInfo:
    """What the index at `path` is."""
    index, home = open_index(path), reading(path, lambda home: home)
    halves = list(index.indexes) if isinstance(index, HybridIndex) else [index]
    return IndexInfo(
        path=Path(path),
        texts=len(index),
        parts=tuple(map(_part_info, halves)),
        method=index.method if isinstance(index, HybridIndex) else None,
        metadata=dict(halves[0].metadata_types),
        generation=int(home.manifest.generation),
        bytes=sum(entry.size for entry in home.manifest.files.values()),
    )


def index_duplicates(index: Index, threshold: float = 0.9, *, n_jobs: int | None = -1) -> Iterator[DuplicatePair]:
    """All pairs of texts whose rows have a cosine of `threshold` or more, whatever the metric of the index.

    A hybrid index is looked at through its first half.
    """
    half = index.indexes[0] if isinstance(index, HybridIndex) else index
    if not len(half):
        return
    pairs = near_duplicates(half.matrix(), threshold, n_jobs=n_jobs)
    wanted = {*np.unique(pairs.first).tolist(), *np.unique(pairs.second).tolist()}
    documents = {at: document for at, document in enumerate(half.texts()) if at in wanted}
    for first, second, score in zip(pairs.first, pairs.second, pairs.scores, strict=True):
        one, two = documents[first], documents[second]
        yield DuplicatePair(one.id, two.id, min(1.0, float(score)), one.text, two.text)


def _index_class(path: str | os.PathLike[str]) -> type[SimilarityIndex] | type[HybridIndex]:
    from nlp_toolkit.artefact import read_manifest

    if not Path(path).exists():
        raise UsageError(f"{path}: no such index directory")
    return HybridIndex if read_manifest(Path(path)).kind == "hybrid-index" else SimilarityIndex


def _add(index: Index, corpus: Corpus, on_duplicate: OnDuplicate, progress: Progress | None) -> int:
    if corpus.pairs is not None:
        raise UsageError("expected texts to index, got pairs of texts; leave out the pair column")
    if not len(corpus):
        raise DataError("the corpus has no texts to index")
    added = index.add(corpus.texts, corpus.ids, corpus.metadata, on_duplicate=on_duplicate, progress=progress)
    return len(set(added))


def _part_info(index: SimilarityIndex) -> PartInfo:
    state = index.state
    graphs = [segment.rows.recall for segment in state.segments if isinstance(segment.rows, HnswRows)]
    steps = [step for _, step in getattr(index.vectorizer_, "steps", [("", index.vectorizer_)])]
    return PartInfo(
        stage=" + ".join(stage_kind(type(step)) or type(step).__name__ for step in steps if not isinstance(step, str)),
        kind=state.kind,
        metric=state.metric,
        columns=state.n_columns,
        segments=len(state.segments),
        deleted=sum(int(segment.dead.sum()) for segment in state.segments),
        recall=min(graphs, default=None),
    )
