"""Tokens a tokenizer made, as numbers: the way named tokenizers reach the counting kernels."""

from array import array
from collections.abc import Iterable, Iterator

import numpy as np

from nlp_toolkit.counting.blocks import TokenBlock
from nlp_toolkit.counting.tables import TermTable
from nlp_toolkit.counting.termlist import TermList, encoded

BLOCK_TOKENS = 2**18


class UnevenTokenError(Exception):
    """A token whose n-grams the kernels would sort wrongly: one that holds a control character."""


class TokenNumbers(dict[str, int]):
    """Token -> number, the next one for a new token; the first numbers are the `stop_words`'.

    Where n-grams are made (`in_parts`), tokens are cut at spaces: "a b" and the pair of "a" and "b" are one term,
    since scikit-learn joins tokens by a space. Token t then is the symbols parts[part_ends[t-1]:part_ends[t]], numbers
    in the vocabulary; else it is its own symbol.

    `known` are the symbols of a given vocabulary: no others are entered, and a token with another one is -1.
    """

    def __init__(self, stop_words: Iterable[str], *, in_parts: bool, known: dict[str, int] | None = None) -> None:
        super().__init__((word, number) for number, word in enumerate(sorted(stop_words)))
        self.n_stop = len(self)
        self.learn = known is None
        self.in_parts = in_parts
        self.symbols = {} if known is None else known
        self.new: list[str] = []  # symbols not yet in the table
        self.parts = array("i")
        self.part_ends = array("q", [0] * self.n_stop)
        if self.learn and not in_parts:
            self.new += self

    def __missing__(self, token: str) -> int:
        if not self.in_parts:
            return self._new_symbol(token) if self.learn else self.symbols.get(token, -1)
        symbols = [self._symbol(part) for part in token.split(" ")]
        if min(symbols) < 0:
            return -1
        self.parts.extend(symbols)
        self.part_ends.append(len(self.parts))
        number = self[token] = len(self)
        return number

    def _new_symbol(self, token: str) -> int:
        number = self[token] = len(self)
        self.new.append(token)
        return number

    def _symbol(self, part: str) -> int:
        number = self.symbols.get(part, -1)
        if number < 0 and self.learn:
            if any(character < " " for character in part):
                raise UnevenTokenError(part)
            number = self.symbols[part] = len(self.symbols)
            self.new.append(part)
        return number


def known_symbols(table: TermTable) -> dict[str, int]:
    """The words of a table, and their numbers."""
    words = TermList(table.pool[: table.n_bytes], table.ends[: table.n]).strings()
    return {word: number for number, word in enumerate(words)}


def number_tokens(token_lists: Iterable[list[str]], numbers: TokenNumbers, table: TermTable) -> Iterator[TokenBlock]:
    """Blocks of token numbers, without stop words; new symbols are entered in `table`."""
    stream, ends, block = array("i"), array("q"), 0
    number_of = numbers.__getitem__
    for tokens in token_lists:
        stream.extend(map(number_of, tokens))
        ends.append(len(stream))
        if len(stream) >= BLOCK_TOKENS:
            yield _block(block, stream, ends, numbers, table)
            stream, ends, block = array("i"), array("q"), block + 1
    if ends:
        yield _block(block, stream, ends, numbers, table)


def _block(
    number: int, stream: "array[int]", ends: "array[int]", numbers: TokenNumbers, table: TermTable
) -> TokenBlock:
    table.insert(*encoded(numbers.new))
    numbers.new.clear()
    data = np.array(stream, dtype=np.int32)
    stops = np.array(ends, dtype=np.int64)
    if numbers.n_stop:
        kept = (data < 0) | (data >= numbers.n_stop)
        stops = np.concatenate([[0], np.cumsum(kept)])[stops]
        data = data[kept]
    part_ends = numbers.part_ends if numbers.in_parts else ()
    return TokenBlock(number, data, stops, np.array(numbers.parts, dtype=np.int32), np.array(part_ends, dtype=np.int64))
