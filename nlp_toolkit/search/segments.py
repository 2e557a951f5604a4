"""Several segments seen as one list of texts: positions count through them in order."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from nlp_toolkit.protocols import Matrix
from nlp_toolkit.search.documents import Document
from nlp_toolkit.search.hits import Hit, hits_from_columns
from nlp_toolkit.search.metadata import MetadataTypes
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
    for segment, start, end in zip(segments, starts[:-1], starts[1:], strict=True):
        here = np.flatnonzero((positions >= start) & (positions < end))
        found = segment.documents.fetch((positions[here] - start).tolist())
        places += here.tolist()
        hits += hits_from_columns(
            ranks[here].tolist(), found.ids, scores[here].tolist(), found.texts, found.metadata_dicts(types)
        )
    if len(segments) > 1:
        hits = [hits[at] for at in np.argsort(places).tolist()]
    ends = np.cumsum(taken.sum(axis=1)).tolist()
    return [hits[first:last] for first, last in zip([0, *ends], ends, strict=False)]


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
