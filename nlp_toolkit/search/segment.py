"""A segment: the rows of some documents, the documents, and which of them are deleted since. Never changed in place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.protocols import Matrix
from nlp_toolkit.search.documents import Document, Documents
from nlp_toolkit.search.metadata import MetadataTypes
from nlp_toolkit.search.top_k import Rows, TopK
from nlp_toolkit.search.where import compile_where

FANOUT = 4
"""Segments of like size are merged when there are this many at the end of the list."""


@dataclass(frozen=True)
class Segment:
    """`dead` is (n_rows,) bool. `folder` is where the rows lie in the index directory, None while they are new.

    `dead_file` names the file there that holds `dead`; it is None where nothing is deleted or where
    `dead` is newer than any file.
    """

    rows: Rows
    documents: Documents
    dead: np.ndarray
    folder: str | None = None
    dead_file: str | None = None
    generation: int = 0

    @classmethod
    def of(cls, rows: Rows, documents: Documents) -> Self:
        return cls(rows, documents, np.zeros(rows.n_rows, dtype=bool))

    @property
    def n_alive(self) -> int:
        return int(len(self.dead) - np.count_nonzero(self.dead))

    def top_k(
        self, queries: Matrix, k: int, where: str | None, types: MetadataTypes, *, n_jobs: int | None = -1
    ) -> TopK:
        """The k best living rows that fulfil `where`; `types` are the metadata of the whole index."""
        allowed = None if not self.dead.any() else ~self.dead
        if where is not None:
            present = {name: number for number, name in enumerate(self.documents.types)}
            fulfilled = self.documents.allowed(compile_where(where, types, present))
            allowed = fulfilled if allowed is None else fulfilled & allowed
        return self.rows.top_k(queries, k, allowed, n_jobs=n_jobs)

    def living_rows_of(self, ids: Sequence[str]) -> dict[str, int]:
        """Row of each of the ids that is here and not deleted."""
        return {name: row for name, row in self.documents.rows_of(ids).items() if not self.dead[row]}

    def without(self, rows: Sequence[int]) -> "Segment":
        """The same segment with these rows deleted."""
        dead = self.dead.copy()
        dead[list(rows)] = True
        return replace(self, dead=dead, dead_file=None)

    def living(self) -> Iterator[Document]:
        """The documents that are not deleted, by row."""
        return (document for document in self.documents if not self.dead[document.row])


def merged(segments: Sequence[Segment], types: MetadataTypes, make_rows: Callable[[Matrix], Rows]) -> Segment:
    """One segment with the living rows of several, in order."""
    kept = [segment.rows.matrix()[~segment.dead] for segment in segments]
    matrix = sp.vstack(kept, format="csr") if sp.issparse(kept[0]) else np.concatenate(kept)
    documents = (document for segment in segments for document in segment.living())
    renumbered = (document._replace(row=row) for row, document in enumerate(documents))
    used = {name: kind for name, kind in types.items() if any(name in segment.documents.types for segment in segments)}
    return Segment.of(make_rows(matrix), Documents.create(renumbered, used))


def to_merge(segments: Sequence[Segment]) -> slice | None:
    """Which segments should become one; None if the list is fine as it is.

    Sizes are told apart by powers of `FANOUT`: `FANOUT` segments at the end, none larger than a power they all lie
    within, become one. So a row is copied once a power, and few segments are of like size. A segment whose rows
    are mostly deleted is copied without them.
    """
    tiers = [_tier(segment.n_alive) for segment in segments]
    for tier in range(max(tiers, default=0) + 1):
        start = len(tiers)
        while start > 0 and tiers[start - 1] <= tier:
            start -= 1
        if len(tiers) - start >= FANOUT:
            return slice(start, len(tiers))
    mostly_dead = (at for at, each in enumerate(segments) if 2 * each.n_alive < len(each.dead))
    return next((slice(at, at + 1) for at in mostly_dead), None)


def _tier(n_rows: int) -> int:
    tier = 0
    while n_rows >= 256 * FANOUT**tier:
        tier += 1
    return tier
