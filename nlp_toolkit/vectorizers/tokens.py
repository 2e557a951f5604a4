"""Tokens a tokenizer made, as numbers: the way named tokenizers reach the counting kernels."""

from array import array
from collections.abc import Iterable, Iterator

import numpy as np

from nlp_toolkit.vectorizers.blocks import TokenBlock
from nlp_toolkit.vectorizers.tables import TermTable
from nlp_toolkit.vectorizers.termlist import TermList, encoded

BLOCK_TOKENS = 2**18


class UnevenTokenError(Exception):
    """A token whose n-grams the kernels would number or sort wrongly: one that holds a space or a control character."""


class TokenNumbers(dict[str, int]):
    """Token -> number; unknown tokens get the next one, or -1 where `learn` is false.

    N-grams join tokens by a space. So that equal n-grams have equal numbers and sort as their tokens do, no token may
    hold a space or a character below it: `strict` refuses such tokens.
    """

    def __init__(self, known: Iterable[str], *, learn: bool, strict: bool) -> None:
        super().__init__((token, number) for number, token in enumerate(known))
        self.learn = learn
        self.strict = strict
        self.new: list[str] = []

    def __missing__(self, token: str) -> int:
        if self.strict and any(character <= " " for character in token):
            raise UnevenTokenError(token)
        if not self.learn:
            return -1
        number = self[token] = len(self)
        self.new.append(token)
        return number


def known_tokens(table: TermTable) -> list[str]:
    """The tokens of a table by number."""
    return TermList(table.pool[: table.n_bytes], table.ends[: table.n]).strings()


def number_tokens(
    token_lists: Iterable[list[str]], numbers: TokenNumbers, n_stop: int, table: TermTable
) -> Iterator[TokenBlock]:
    """Blocks of token numbers, without stop words (the first `n_stop` numbers); new tokens are entered in `table`."""
    stream, ends, block = array("i"), array("q"), 0
    number_of = numbers.__getitem__
    for tokens in token_lists:
        stream.extend(map(number_of, tokens))
        ends.append(len(stream))
        if len(stream) >= BLOCK_TOKENS:
            yield _block(block, stream, ends, n_stop, numbers, table)
            stream, ends, block = array("i"), array("q"), block + 1
    if ends:
        yield _block(block, stream, ends, n_stop, numbers, table)


def _block(
    number: int, stream: "array[int]", ends: "array[int]", n_stop: int, numbers: TokenNumbers, table: TermTable
) -> TokenBlock:
    table.insert(*encoded(numbers.new))
    numbers.new.clear()
    data = np.array(stream, dtype=np.int32)
    stops = np.array(ends, dtype=np.int64)
    if n_stop:
        kept = (data < 0) | (data >= n_stop)
        stops = np.concatenate([[0], np.cumsum(kept)])[stops]
        data = data[kept]
    return TokenBlock(number, data, stops)
