"""Texts in blocks of UTF-8, so that kernels count one block while the next is prepared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.characters import UNEVEN

BLOCK_BYTES = 2**20
_CHUNK = 32  # texts encoded at once: enough to keep Python's overhead low, few enough for texts of 10 MB
_DOTTED_I, _SIGMA = (character.encode() for character in UNEVEN)


@dataclass(frozen=True)
class Block:
    """The texts of one block as UTF-8, one after another; `ends` (n_texts) says where each stops."""

    number: int
    data: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]


@dataclass(frozen=True)
class TokenBlock:
    """The token numbers of one block's texts, one after another; `ends` (n_texts) says where each text stops."""

    number: int
    data: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int64]


def encode_blocks(texts: Iterable[str], lowercase: bool, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """Cut `texts` into blocks of about `block_bytes` of UTF-8 (a text is never cut), in order.

    The kernels lower-case one character at a time. Where `lowercase` says they will, texts with a character for which
    that is not enough are lower-cased here; doing it twice changes nothing.
    """
    texts = iter(texts)
    encoded: list[bytes] = []
    size = number = 0
    while chunk := [text.encode("utf-8", "surrogatepass") for text in islice(texts, _CHUNK)]:
        encoded += chunk
        size += sum(map(len, chunk))
        if size >= block_bytes:
            yield _block(number, encoded, lowercase)
            encoded, size, number = [], 0, number + 1
    if encoded:
        yield _block(number, encoded, lowercase)


def _block(number: int, encoded: list[bytes], lowercase: bool) -> Block:
    joined = b"".join(encoded)
    if lowercase and (_SIGMA in joined or _DOTTED_I in joined):
        encoded = [_lowered(raw) if _SIGMA in raw or _DOTTED_I in raw else raw for raw in encoded]
        joined = b"".join(encoded)
    ends = np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)))
    return Block(number, np.frombuffer(joined, dtype=np.uint8), ends)


def _lowered(raw: bytes) -> bytes:
    return raw.decode("utf-8", "surrogatepass").lower().encode("utf-8", "surrogatepass")
