"""Two or more indexes over the same texts asked as one: their lists fused by rank or by weighted score."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

from nlp_toolkit.artefact.lock import writing
from nlp_toolkit.errors import ArtefactError, DataError, UsageError
from nlp_toolkit.search.hits import Hit
from nlp_toolkit.search.ids import checked_ids
from nlp_toolkit.search.index import OnDuplicate, Progress, SimilarityIndex, check_k
from nlp_toolkit.search.index_files import WrittenIndex, read_index, write_index
from nlp_toolkit.search.metadata import as_columns
from nlp_toolkit.search.store import LOCK_TIMEOUT, Home, InForce, publish, reading
from nlp_toolkit.series import optional_list, plain_numbers
from nlp_toolkit.validation import as_list

Method = Literal["rrf", "weighted"]

RANK_CONSTANT = 60
"""Cormack, Clarke and Büttcher 2009 fixed it by a pilot study; nothing here is tuned on a test set."""

DEPTH = 100
"""How many hits of each half are fused, at least."""


def reciprocal_ranks(hits: Sequence[Hit]) -> dict[str, float]:
    """id -> 1 / (60 + rank): only the order counts. Cormack, Clarke and Büttcher 2009."""
    return {hit.id: 1 / (RANK_CONSTANT + hit.rank) for hit in hits}


def scaled_scores(hits: Sequence[Hit]) -> dict[str, float]:
    """id -> its score where the best of the list is 1 and the worst 0: lists of different scales can be added.

    >>> scaled_scores([Hit(1, "a", 9.0, "", {}), Hit(2, "b", 6.0, "", {}), Hit(3, "c", 3.0, "", {})])
    {'a': 1.0, 'b': 0.5, 'c': 0.0}
    """
    if not hits:
        return {}
    low, span = hits[-1].score, hits[0].score - hits[-1].score
    return {hit.id: (hit.score - low) / span if span > 0 else 1.0 for hit in hits}


METHODS: dict[str, Callable[[Sequence[Hit]], dict[str, float]]] = {"rrf": reciprocal_ranks, "weighted": scaled_scores}


def fuse(lists: Sequence[Sequence[Hit]], method: Method, weights: Sequence[float], k: int) -> list[Hit]:
    """The k best of several lists for one query; equal sums come in the order of the first list that has them.

    >>> words, meaning = [Hit(1, "a", 3.0, "", {}), Hit(2, "b", 1.0, "", {})], [Hit(1, "b", 0.9, "", {})]
    >>> [(hit.id, round(hit.score, 4)) for hit in fuse([words, meaning], "rrf", [1, 1], k=2)]
    [('b', 0.0325), ('a', 0.0164)]
    """
    sums: dict[str, float] = {}
    found: dict[str, Hit] = {}
    for hits, weight in zip(lists, weights, strict=True):
        for name, score in METHODS[method](hits).items():
            sums[name] = sums.get(name, 0.0) + weight * score
        for hit in hits:
            found.setdefault(hit.id, hit)
    best = sorted(found, key=lambda name: -sums[name])[:k]  # stable: ties stay in order of appearance
    return [Hit(rank, name, sums[name], found[name].text, found[name].metadata) for rank, name in enumerate(best, 1)]


class HybridIndex:
    """Several indexes over the same texts, asked together: `HybridIndex([words, meaning])`.

    `method="rrf"` adds reciprocal ranks, "weighted" adds scores scaled to 0..1 within each half's list.
    `weights` (one a half, all 1 by default) are fixed when the index is made. Texts are added to
    and deleted from all halves at once, or not at all; each half keeps its own stage, metric and rows.
    """

    def __init__(
        self, indexes: Sequence[SimilarityIndex], method: Method = "rrf", weights: Sequence[float] | None = None
    ) -> None:
        self.indexes = list(indexes)
        self.method = method
        self.weights = optional_list(weights, "weights")
        self._home: Home | None = None

    def __len__(self) -> int:
        """How many texts can be found."""
        return len(self._halves()[0])

    def __contains__(self, name: object) -> bool:
        """Whether a text with this id can be found."""
        return name in self._halves()[0]

    def add(
        self,
        texts: Iterable[str],
        ids: Sequence[str] | None = None,
        metadata: Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]] | None = None,
        *,
        on_duplicate: OnDuplicate = "refuse",
        progress: Progress | None = None,
    ) -> list[str]:
        """Add texts to every half, as `SimilarityIndex.add` does; if one half refuses, none has changed."""
        # Read once: each half would find an iterator used up by the one before.
        rows = as_list(texts)
        given = None if ids is None else checked_ids(ids)
        columns = as_columns(metadata, len(rows))
        with self._all_or_none():
            names = [
                half.add(rows, given, columns, on_duplicate=on_duplicate, progress=progress) for half in self._halves()
            ]
            if any(other != names[0] for other in names):
                raise DataError("the halves number their texts differently; give ids")
        return names[0]

    def delete(self, ids: Iterable[str]) -> int:
        """Delete texts by id from every half and return how many; an unknown id raises `DataError`."""
        names = checked_ids(ids)
        with self._all_or_none():
            counts = [half.delete(names) for half in self._halves()]
        return counts[0]

    def query(self, texts: Iterable[str], k: int = 10, where: str | None = None) -> list[list[Hit]]:
        """The best fused hits of each query, at most `k`; `where` as for `SimilarityIndex.query`."""
        queries = as_list(texts)
        check_k(k)
        weights = self._checked_weights()
        answers = [half.query(queries, max(k, DEPTH), where) for half in self._halves()]
        return [fuse(lists, self.method, weights, k) for lists in zip(*answers, strict=True)]

    def refit(self, progress: Progress | None = None) -> None:
        """Fit the stage of every half again, as `SimilarityIndex.refit` does."""
        with self._all_or_none():
            for half in self._halves():
                half.refit(progress)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write all halves to one index directory, as `SimilarityIndex.save` does: all of them or none."""
        self._save(path, overwrite=overwrite, locked=False)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, n_jobs: int | None = -1) -> Self:
        """Open the hybrid index at `path`; every file is verified first."""
        return reading(path, lambda home: cls._opened(home, n_jobs))

    @classmethod
    @contextmanager
    def editing(
        cls, path: str | os.PathLike[str], *, timeout: float = LOCK_TIMEOUT, n_jobs: int | None = -1
    ) -> Iterator[Self]:
        """Load, let the `with` block change, and save, holding the lock; see `SimilarityIndex.editing`."""
        target = Path(os.path.abspath(path))  # noqa: PTH100 - as the store names it
        if not target.exists():
            raise UsageError(f"{target}: no such index directory")
        with writing(target, timeout=timeout):
            index: Self = cls.load(target, n_jobs=n_jobs)
            yield index
            index._save(target, overwrite=False, locked=True)

    @classmethod
    def _opened(cls, home: Home, n_jobs: int | None) -> Self:
        fields = home.manifest.fields.get("hybrid")
        if home.manifest.kind != "hybrid-index" or not isinstance(fields, dict):
            raise ArtefactError(f"{home.path}: holds a {home.manifest.kind}; open it with SimilarityIndex.load")
        method, weights, halves = fields.get("method"), fields.get("weights"), fields.get("halves")
        if method not in list(METHODS) or not isinstance(weights, list) or not isinstance(halves, list) or not halves:
            raise ArtefactError(f"{home.path}: the manifest does not describe a hybrid index; it is damaged")
        states = [read_index(home.path, half, home.manifest.files) for half in halves]
        index = cls([SimilarityIndex.of(state, n_jobs=n_jobs) for state in states], method, weights)
        try:
            index._checked_weights()
        except (UsageError, TypeError, ValueError, OverflowError) as error:
            raise ArtefactError(f"{home.path}: {error}; the manifest is damaged") from error
        index._home = home
        return index

    def _save(self, path: str | os.PathLike[str], *, overwrite: bool, locked: bool) -> None:
        halves = self._halves()
        weights = self._checked_weights()
        written: list[WrittenIndex] = []

        def write(root: Path, generation: int, reuse: bool) -> InForce:
            states = [half.state if reuse else half.state.moved() for half in halves]
            written[:] = [write_index(root, f"half-{n}/", generation, state) for n, state in enumerate(states)]
            described = {"method": self.method, "weights": weights, "halves": [dict(each.fields) for each in written]}
            return InForce(
                {"hybrid": described, "deterministic": all(each.deterministic for each in written)},
                frozenset().union(*(each.files for each in written)),
            )

        self._home = publish(path, "hybrid-index", write, home=self._home, overwrite=overwrite, locked=locked)
        for half, each in zip(halves, written, strict=True):
            half.move_to(each.state)

    def _halves(self) -> Sequence[SimilarityIndex]:
        if not self.indexes:
            raise UsageError("a hybrid index needs at least one index, got none")
        return self.indexes

    def _checked_weights(self) -> list[float]:
        if self.method not in METHODS:
            raise UsageError(f"unknown method {self.method!r} of fusing; known: {', '.join(METHODS)}")
        n = len(self._halves())
        weights = [1.0] * n if self.weights is None else plain_numbers(self.weights, "weights").tolist()
        if len(weights) != n or not all(0 <= each < float("inf") for each in weights):
            raise UsageError(f"expected {n} weights of 0 or more, got {self.weights!r}")
        return weights

    @contextmanager
    def _all_or_none(self) -> Iterator[None]:
        """Take every half back to where it was if the block fails."""
        before = [half.state for half in self._halves()]
        try:
            yield
        except BaseException:
            for half, state in zip(self._halves(), before, strict=True):
                half.restore(state)
            raise
