"""What a search answers with."""

from collections.abc import Mapping
from dataclasses import dataclass

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
