"""What a search answers with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from nlp_toolkit.search.metadata import Value


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer to a query; `rank` starts at 1, a higher `score` is better (cosine: 1 minus the distance)."""

    rank: int
    id: str
    score: float
    text: str
    metadata: Mapping[str, Value]

    def to_json(self) -> dict[str, object]:
        """The hit as JSON values."""
        return {
            "rank": self.rank,
            "id": self.id,
            "score": self.score,
            "text": self.text,
            "metadata": dict(self.metadata),
        }


class _UnfrozenHit:
    """A hit with slots that can still be written: a quarter of the time `Hit.__init__` takes to get past the freeze."""

    __slots__ = ("id", "metadata", "rank", "score", "text")

    rank: int
    id: str
    score: float
    text: str
    metadata: Mapping[str, Value]


def hits_from_columns(
    ranks: Sequence[int],
    ids: Sequence[str],
    scores: Sequence[float],
    texts: Sequence[str],
    metadata: Sequence[Mapping[str, Value]],
) -> list[Hit]:
    """One hit a row of the columns: what `Hit(...)` of each row gives, for queries by the thousand.

    >>> hits_from_columns([1, 2], ["a", "b"], [0.5, 0.25], ["first", "second"], [{}, {}])[1]
    Hit(rank=2, id='b', score=0.25, text='second', metadata={})
    """
    hits: list[_UnfrozenHit] = []
    for rank, name, score, text, values in zip(ranks, ids, scores, texts, metadata, strict=True):
        hit = _UnfrozenHit()
        hit.rank = rank
        hit.id = name
        hit.score = score
        hit.text = text
        hit.metadata = values
        hit.__class__ = Hit  # type: ignore[assignment]  # the same slots, so the same layout
        hits.append(hit)
    return cast(list[Hit], hits)
