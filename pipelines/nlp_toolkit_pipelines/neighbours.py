"""Nearest neighbours by cosine: which texts of a corpus are most like a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_toolkit.errors import DataError
from nlp_toolkit.protocols import transform_query
from nlp_toolkit.validation import as_list
from nlp_toolkit_pipelines.vectorizing import resolve_stage


@dataclass(frozen=True)
class Neighbour:
    """One found text: its rank from 1, its row from 0, and its cosine with the query."""

    rank: int
    row: int
    score: float
    text: str


def nearest(
    stage: str | Path | Any, texts: Sequence[str], queries: Sequence[str], *, k: int = 5
) -> list[list[Neighbour]]:
    """For each query the `k` texts with the highest cosine, best first; ties go by row.

    `stage` is what `resolve_stage` takes; one that is not fitted yet is fitted on `texts`. A query or
    text without a known term has cosine 0 with everything and is never found.

    >>> [[found]] = nearest("count", ["a red car", "the blue sea"], ["blue"], k=1)
    >>> found.text, round(found.score, 3)
    ('the blue sea', 0.577)
    """
    import numpy as np
    from sklearn.neighbors import NearestNeighbors

    texts, queries = as_list(texts), as_list(queries)
    if not texts:
        raise DataError("expected texts to search in, got none")
    resolved = resolve_stage(stage)
    rows = resolved.stage.transform(texts) if resolved.fitted else resolved.stage.fit(texts).transform(texts)
    index = NearestNeighbors(n_neighbors=min(k, len(texts)), metric="cosine", algorithm="brute").fit(rows)
    distances, found = index.kneighbors(transform_query(resolved.stage, queries))
    results = []
    for distance, position in zip(distances, found, strict=True):
        order = np.lexsort((position, np.round(distance, 12)))
        hits = [(int(position[i]), 1.0 - float(distance[i])) for i in order if distance[i] < 1.0]
        results.append([Neighbour(rank, row, score, texts[row]) for rank, (row, score) in enumerate(hits, start=1)])
    return results
