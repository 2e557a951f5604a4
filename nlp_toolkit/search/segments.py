"""Several segments seen as one list of texts: positions count through them in order."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain

import numpy as np

from nlp_toolkit.protocols import Matrix
from nlp_toolkit.search.documents import Document
from nlp_toolkit.search.hits import Hit
from nlp_toolkit.search.metadata import MetadataTypes, Value
from nlp_toolkit.search.segment import Segment
from nlp_toolkit.search.top_k import TopK, merge_top_k


def top_k_of(
    segments: Sequence[Segment],
    rows: Matrix,
    k: int,
    where: str | None,
    types: MetadataTypes,
    *,
    n_jobs: int | None = -1,
) -> TopK:
    """The k best positions over all segments."""
    parts = [segment.top_k(rows, k, where, types, n_jobs=n_jobs) for segment in segments]
    return merge_top_k(parts, _offsets(segments), k)


def hits_of(segments: Sequence[Segment], best: TopK, types: MetadataTypes) -> list[list[Hit]]:
    """The hits at the best positions, with their documents and all metadata of `types`, None where there is none."""
    taken = best.positions >= 0
    positions, scores, ranks = best.positions[taken], best.scores[taken], np.nonzero(taken)[1] + 1
    places: list[int] = []
    hits: list[Hit] = []
    starts = [*_offsets(segments), np.iinfo(np.int64).max]
    nothing: dict[str, Value] = dict.fromkeys(types)
    for segment, start, end in zip(segments, starts[:-1], starts[1:], strict=True):
        here = np.flatnonzero((positions >= start) & (positions < end))
        entries = segment.documents.fetch((positions[here] - start).tolist())
        names = segment.documents.types
        places += here.tolist()
        with _no_collecting():
            hits += [
                # A dict of its own: what a caller does to it is no business of the index.
                Hit(rank, name, score, text, nothing | dict(zip(names, values, strict=True)) if types else {})
                for rank, score, (name, text, values) in zip(
                    ranks[here].tolist(), scores[here].tolist(), entries, strict=True
                )
            ]
    if len(segments) > 1:
        hits = [hits[at] for at in np.argsort(places).tolist()]
    ends = np.cumsum(taken.sum(axis=1)).tolist()
    return [hits[first:last] for first, last in zip([0, *ends], ends, strict=False)]


@contextmanager
def _no_collecting() -> Iterator[None]:
    """No garbage collection meanwhile: thousands of hits make no cycle, and set it off again and again.

    A third of the time a thousand queries spend on their hits would go into walking through objects that stay.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def living_rows(segments: Sequence[Segment], ids: Sequence[str]) -> Mapping[int, Mapping[str, int]]:
    """Where the ids are: number of the segment -> id -> row; deleted ones are nowhere."""
    found = {number: segment.living_rows_of(ids) for number, segment in enumerate(segments)}
    return {number: rows for number, rows in found.items() if rows}


def without(segments: Sequence[Segment], found: Mapping[int, Mapping[str, int]]) -> tuple[Segment, ...]:
    """The segments with the rows that `living_rows` found deleted."""
    return tuple(
        segment.without(list(found[number].values())) if number in found else segment
        for number, segment in enumerate(segments)
    )


def living_documents(segments: Sequence[Segment]) -> Iterator[Document]:
    """All documents that are not deleted, in order."""
    return chain.from_iterable(segment.living() for segment in segments)


def _offsets(segments: Sequence[Segment]) -> list[int]:
    sizes = [segment.rows.n_rows for segment in segments]
    return [sum(sizes[:number]) for number in range(len(sizes))]
