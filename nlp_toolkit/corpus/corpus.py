"""The corpus: texts (or pairs of texts) with whatever columns came along, in file order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nlp_toolkit.protocols import TextPair


@dataclass(frozen=True)
class Cleaning:
    """What reading had to change or leave out; every count is in rows except where named otherwise."""

    encoding: str | None = None
    control_characters: int = 0
    lone_surrogates: int = 0
    skipped_rows: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """Texts with their labels, ids, weights, groups and metadata; every column has one entry a row.

    `texts` holds one string a row; for pair tasks `pairs` holds the two texts of each row and
    `texts` is empty. Labels are strings as read (lists of strings when multi-label).
    """

    texts: Sequence[str] = ()
    pairs: Sequence[TextPair] | None = None
    labels: Sequence[str] | Sequence[Sequence[str]] | None = None
    ids: Sequence[str] | None = None
    weights: np.ndarray | None = None
    groups: Sequence[str] | None = None
    metadata: Mapping[str, Sequence[object]] = field(default_factory=dict)
    cleaning: Cleaning = field(default_factory=Cleaning)

    @property
    def rows(self) -> Sequence[str] | Sequence[TextPair]:
        """What a stage is given: the pairs of a pair corpus, else the texts."""
        return self.texts if self.pairs is None else self.pairs

    def __len__(self) -> int:
        return len(self.rows)
