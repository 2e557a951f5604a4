"""Words and their vectors, with the questions people ask of them: nearest words, analogies, similarities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nlp_toolkit.errors import DataError

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Neighbour:
    """A word and its cosine similarity to what was asked for."""

    word: str
    similarity: float


@dataclass(frozen=True)
class WordVectors:
    """`words` (n_words) and their `vectors` (n_words, dimensions) float32, row by row."""

    words: Sequence[str]
    vectors: Floats

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Word -> row."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def directions(self) -> Floats:
        """The vectors at length 1; a vector of zeros stays one."""
        lengths = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        directions: Floats = np.divide(self.vectors, lengths, out=np.zeros_like(self.vectors), where=lengths > 0)
        return directions

    def row(self, word: str) -> int:
        """The row of `word`; an unknown one raises `DataError`."""
        if word not in self.index:
            raise DataError(f"the word {word!r} has no vector here ({len(self.words)} words have one)")
        return self.index[word]

    def similarity(self, first: str, second: str) -> float:
        """Cosine similarity of two words."""
        return float(self.directions[self.row(first)] @ self.directions[self.row(second)])

    def nearest(self, word: str, n: int = 10) -> list[Neighbour]:
        """The `n` words most similar to `word`, without itself."""
        return self._nearest(self.directions[self.row(word)], [self.row(word)], n)

    def nearest_to(self, vector: Floats, n: int = 10) -> list[Neighbour]:
        """The `n` words whose vectors are most similar to `vector` (dimensions)."""
        return self._nearest(vector, [], n)

    def analogy(self, a: str, b: str, c: str, n: int = 10) -> list[Neighbour]:
        """What is to `c` as `b` is to `a` (man : king = woman : queen), without the three themselves.

        The words nearest to b - a + c, each at length 1 (3CosAdd, Mikolov et al. 2013).
        """
        rows = [self.row(a), self.row(b), self.row(c)]
        first, second, third = self.directions[rows]
        return self._nearest(second - first + third, rows, n)

    def _nearest(self, direction: Floats, without: list[int], n: int) -> list[Neighbour]:
        length = float(np.linalg.norm(direction))
        cosines = self.directions @ direction / (length or 1.0)
        cosines[without] = -np.inf
        n = max(0, min(n, len(self.words) - len(set(without))))
        best = np.argpartition(-cosines, n - 1)[:n] if n else np.empty(0, dtype=np.int64)
        order = best[np.lexsort((best, -cosines[best]))]
        return [Neighbour(self.words[row], float(cosines[row])) for row in order.tolist()]
