"""What was learned about words: their vectors and counts, and what is needed to go on learning."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nlp_toolkit.text.analysis import TextAnalysis
from nlp_toolkit.text.normalize import Normalization, normalize
from nlp_toolkit.word_vectors.container import WordVectors
from nlp_toolkit.word_vectors.numbering import NumberedTexts, blocks_with_unknown
from nlp_toolkit.word_vectors.pooling import WordStatistics
from nlp_toolkit.word_vectors.subwords import Subwords

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Learned:
    """Input rows (n_words, and behind them those of `subwords`) and output rows (n_words), dimensions wide, float32.

    `outputs` is None for vectors from elsewhere, which are trained further from outputs of zero.
    """

    words: list[str]
    inputs: Floats
    outputs: Floats | None
    statistics: WordStatistics
    subwords: Subwords | None = None

    @property
    def dimensions(self) -> int:
        return int(self.inputs.shape[1])

    @cached_property
    def vectors(self) -> WordVectors:
        """Every word with its vector: its input row, or the mean over its units."""
        rows = self.inputs if self.subwords is None else self.subwords.compose(self.inputs)
        return WordVectors(self.words, rows)

    def unknown_vectors(self, words: list[str]) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Vectors of words that were never seen, from their n-grams, and which have one; none without subwords."""
        if self.subwords is None:
            return np.zeros((len(words), self.dimensions), dtype=np.float32), np.zeros(len(words), dtype=bool)
        return self.subwords.compose_unknown(words, self.inputs[len(self.words) :])


def blocks_with_vectors(
    texts: Iterable[str], analysis: TextAnalysis, learned: Learned
) -> Iterator[tuple[NumberedTexts, Floats]]:
    """Blocks of word numbers, each with the vectors (n_unknown, dimensions) its words outside the vocabulary have.

    A word without a vector has number -1.
    """
    for block, unknown in blocks_with_unknown(texts, analysis, learned.vectors.index):
        more, has_any = learned.unknown_vectors(unknown)
        is_known = np.append(np.ones(len(learned.words), dtype=bool), has_any)
        block.data[~is_known[block.data]] = -1
        yield block, more


def nothing_learned(dimensions: int) -> Learned:
    """Before the first text."""
    none = np.zeros(0, dtype=np.int64)
    return Learned([], np.empty((0, dimensions), dtype=np.float32), None, WordStatistics(none, none, 0))


def learned_elsewhere(vectors: WordVectors, normalization: Normalization | None) -> Learned:
    """Vectors somebody else trained: of the words' frequencies nothing is known.

    Words are normalized as the texts will be, but for one whose normal form has a vector already.
    """
    words = list(vectors.words)
    taken = set(words)
    for row, word in enumerate(words):
        normal = normalize(word, normalization)
        if normal not in taken:
            words[row] = normal
            taken.add(normal)
    unseen = np.zeros(len(words), dtype=np.int64)
    return Learned(words, vectors.vectors, None, WordStatistics(unseen, unseen, 0))
