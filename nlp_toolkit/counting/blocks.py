"""Texts in blocks of UTF-8, so that kernels count one block while the next is prepared."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.characters import UNEVEN
from nlp_toolkit.text.normalize import Normalization, normalize

BLOCK_CHARACTERS = 2**19
CHUNK = 32  # texts taken at once: enough to keep Python's overhead low, few enough for texts of 10 MB
_DOTTED_I, _SIGMA = UNEVEN[0], UNEVEN[1]


@dataclass(frozen=True)
class Block:
    """The texts of one block as UTF-8, one after another; `ends` (n_texts) says where each stops."""

    number: int
    data: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]


@dataclass(frozen=True)
class TokenBlock:
    """The token numbers of one block's texts, one after another; `ends` (n_texts) says where each text stops.

    Where `part_ends` is not empty, token t stands for the symbols parts[part_ends[t-1]:part_ends[t]].
    """

    number: int
    data: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int64]
    parts: npt.NDArray[np.int32]
    part_ends: npt.NDArray[np.int64]


def encode_blocks(
    texts: Iterable[str],
    lowercase: bool,
    normalization: Normalization | None,
    block_characters: int = BLOCK_CHARACTERS,
) -> Iterator[Block]:
    """Normalize `texts` and cut them into blocks of about `block_characters` (a text is never cut), in order.

    The kernels lower-case one character at a time. Where `lowercase` says they will, texts with a character for which
    that is not enough are lower-cased here; doing it twice changes nothing.
    """
    texts = iter(texts)
    block: list[str] = []
    size = number = 0
    while chunk := list(islice(texts, CHUNK)):
        block += chunk
        size += sum(map(len, chunk))
        if size >= block_characters:
            yield _encode(number, block, lowercase, normalization)
            block, size, number = [], 0, number + 1
    if block:
        yield _encode(number, block, lowercase, normalization)


def _encode(number: int, texts: list[str], lowercase: bool, normalization: Normalization | None) -> Block:
    """Questions are asked of all texts beyond ASCII as one, which is normalized only if each is, and rarely changed."""
    beyond_ascii = "".join([text for text in texts if not text.isascii()])
    if normalization is not None and not unicodedata.is_normalized(normalization, beyond_ascii):
        texts = [normalize(text, normalization) for text in texts]
        beyond_ascii = "".join(texts)  # "I" and a dot above have become one of UNEVEN
    if lowercase and (_SIGMA in beyond_ascii or _DOTTED_I in beyond_ascii):
        texts = [text.lower() if _SIGMA in text or _DOTTED_I in text else text for text in texts]
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    ends = np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded))
    return Block(number, data, np.cumsum(ends, out=ends))
