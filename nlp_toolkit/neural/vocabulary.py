"""Words to numbers and back: learned from the training part, with numbers for padding and for unknown words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.transformer.batching import padded_rows

PADDING = 0
UNKNOWN = 1
FIRST_WORD = 2


@dataclass(frozen=True)
class Numbered:
    """Texts as word numbers, and which of them (bool, (n,)) lost words behind the length limit."""

    ids: list[list[int]]
    truncated: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Words of each text, int64 (n,)."""
        return np.fromiter(map(len, self.ids), dtype=np.int64, count=len(self.ids))


def learn_words(texts: Iterable[Sequence[str]], *, min_count: int, max_words: int | None) -> list[str]:
    """The words that occur `min_count` times in the tokenized `texts`, the most frequent first, at most `max_words`.

    >>> learn_words([["b", "a"], ["a", "c"], ["b", "a"]], min_count=2, max_words=None)
    ['a', 'b']
    """
    counts = Counter(word for words in texts for word in words)
    frequent = (word for word, count in counts.items() if count >= min_count)
    kept = sorted(frequent, key=lambda word: (-counts[word], word))
    if not kept:
        raise DataError(
            f"no word occurs {min_count} times in the training texts ({len(counts)} different words); "
            "lower min_count or take another tokenizer"
        )
    return kept[:max_words]


def number_words(texts: Iterable[Sequence[str]], words: Sequence[str], *, max_length: int) -> Numbered:
    """Tokenized `texts` as numbers, the first `max_length` of each; words not in `words` are `UNKNOWN`.

    >>> number_words([["a", "x", "b"], []], ["b", "a"], max_length=2)
    Numbered(ids=[[3, 1], []], truncated=array([ True, False]))
    """
    number = {word: place for place, word in enumerate(words, start=FIRST_WORD)}
    ids: list[list[int]] = []
    truncated: list[bool] = []
    for tokens in texts:
        ids.append([number.get(word, UNKNOWN) for word in tokens[:max_length]])
        truncated.append(len(tokens) > max_length)
    return Numbered(ids, np.array(truncated, dtype=bool))


def padded(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """Rows of word numbers as one int64 matrix (n_rows, longest, at least 1), filled up with `PADDING`.

    >>> padded([[5, 6], []]).tolist()
    [[5, 6], [0, 0]]
    """
    return padded_rows([row or [PADDING] for row in rows], PADDING)
