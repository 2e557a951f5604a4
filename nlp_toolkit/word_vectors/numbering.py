"""Texts to word numbers: through the counting kernels where they know the tokenizer, else through a dictionary."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from nlp_toolkit.counting.blocks import Block, encode_blocks
from nlp_toolkit.counting.tables import TermTable
from nlp_toolkit.counting.termlist import encoded
from nlp_toolkit.kernels.characters import folding
from nlp_toolkit.kernels.words import BATCH, number_words
from nlp_toolkit.text.analysis import TextAnalysis
from nlp_toolkit.text.tokenizers import AllWordsTokenizer, WordTokenizer

Longs = npt.NDArray[np.int64]

BLOCK_TOKENS = 2**18
# Tokenizers the kernels know, and the characters their shortest word has.
_SHORTEST: dict[type, int] = {WordTokenizer: 2, AllWordsTokenizer: 1}


@dataclass(frozen=True)
class NumberedTexts:
    """The word numbers of some texts, one after another; `ends` (n_texts) says where each text stops."""

    data: npt.NDArray[np.int32]
    ends: Longs


class Numbering(Protocol):
    """A vocabulary that numbers the words of texts; the words it began with have the first numbers."""

    def blocks(self, texts: Iterable[str]) -> Iterator[NumberedTexts]:
        """The word numbers of `texts`, many texts at a time; -1 for a word that is unknown and stays so."""
        ...

    @property
    def n_words(self) -> int:
        """How many words have a number."""
        ...

    def spelled(self, numbers: Longs) -> list[str]:
        """The words with these numbers."""
        ...


def make_numbering(analysis: TextAnalysis, known: Sequence[str], *, learn: bool) -> Numbering:
    """A numbering that knows the words `known`; it numbers new words as they come where `learn` is true."""
    shortest = _SHORTEST.get(type(analysis.tokenizer))
    if shortest is not None:
        return _KernelNumbering(analysis, shortest, known, learn)
    return _DictionaryNumbering(analysis, known, learn)


class _KernelNumbering:
    def __init__(self, analysis: TextAnalysis, min_characters: int, known: Sequence[str], learn: bool) -> None:
        self._analysis = analysis
        self._min_characters = min_characters
        self._learn = learn
        self._table = TermTable()
        if known:
            self._table.insert(*encoded(known))

    def blocks(self, texts: Iterable[str]) -> Iterator[NumberedTexts]:
        return map(self._number, encode_blocks(texts, self._analysis.lowercase, self._analysis.normalization))

    @property
    def n_words(self) -> int:
        return self._table.n

    def spelled(self, numbers: Longs) -> list[str]:
        table = self._table
        raw = table.pool[: table.n_bytes].tobytes()
        ends = table.ends[: table.n]
        begins = np.concatenate([[0], ends[:-1]]) if table.n else ends
        places = zip(begins[numbers].tolist(), ends[numbers].tolist(), strict=True)
        return [raw[begin:end].decode("utf-8", "surrogatepass") for begin, end in places]

    def _number(self, block: Block) -> NumberedTexts:
        table = self._table
        folded = folding("word", self._analysis.lowercase)
        ends = np.empty(block.ends.size, dtype=np.int64)
        numbers = np.empty(block.data.size // 2 + block.ends.size + 1, dtype=np.int32)
        longest = int(np.diff(block.ends, prepend=0).max(initial=0))
        word = np.empty(2 * longest + 4, dtype=np.uint8)
        batch = np.empty((BATCH, 4), dtype=np.uint64)
        done = n = 0
        while True:
            done, table.n, n = number_words(
                block.data, block.ends, done, folded, self._min_characters, 0, self._learn,
                table.entries, table.pool, table.ends, table.n, word, batch, numbers, ends, n,
            )  # fmt: skip
            if done == block.ends.size:
                return NumberedTexts(numbers[:n].copy(), ends)
            length = int(block.ends[done] - (block.ends[done - 1] if done else 0))
            needed = table.n_bytes + 2 * length
            if needed > table.pool.size:
                table.make_room(0, needed - table.n_bytes)
            else:
                table.make_room(max(table.n, 1), 0)


class _Numbers(dict[str, int]):
    def __init__(self, known: Iterable[str], learn: bool) -> None:
        super().__init__((word, number) for number, word in enumerate(known))
        self._learn = learn

    def __missing__(self, word: str) -> int:
        if not self._learn:
            return -1
        number = self[word] = len(self)
        return number


class _DictionaryNumbering:
    def __init__(self, analysis: TextAnalysis, known: Sequence[str], learn: bool) -> None:
        self._analysis = analysis
        self._numbers = _Numbers(known, learn)

    def blocks(self, texts: Iterable[str]) -> Iterator[NumberedTexts]:
        stream, ends = array("i"), array("q")
        number_of = self._numbers.__getitem__
        for tokens in self._analysis.tokens(texts):
            stream.extend(map(number_of, tokens))
            ends.append(len(stream))
            if len(stream) >= BLOCK_TOKENS:
                yield NumberedTexts(np.array(stream, dtype=np.int32), np.array(ends, dtype=np.int64))
                stream, ends = array("i"), array("q")
        if ends:
            yield NumberedTexts(np.array(stream, dtype=np.int32), np.array(ends, dtype=np.int64))

    @property
    def n_words(self) -> int:
        return len(self._numbers)

    def spelled(self, numbers: Longs) -> list[str]:
        words = list(self._numbers)
        return [words[number] for number in numbers.tolist()]


def blocks_with_unknown(
    texts: Iterable[str], analysis: TextAnalysis, index: Mapping[str, int]
) -> Iterator[tuple[NumberedTexts, list[str]]]:
    """Blocks of word numbers where an unknown word has one as well: the words beside each block follow `index`."""
    stream, ends, unknown = array("i"), array("q"), dict[str, int]()
    n_known = len(index)
    for tokens in analysis.tokens(texts):
        for token in tokens:
            number = index.get(token)
            stream.append(unknown.setdefault(token, n_known + len(unknown)) if number is None else number)
        ends.append(len(stream))
        if len(stream) >= BLOCK_TOKENS:
            yield NumberedTexts(np.array(stream, dtype=np.int32), np.array(ends, dtype=np.int64)), list(unknown)
            stream, ends, unknown = array("i"), array("q"), {}
    if ends:
        yield NumberedTexts(np.array(stream, dtype=np.int32), np.array(ends, dtype=np.int64)), list(unknown)
