"""One character at a time from and to UTF-8; lone surrogates take three bytes as any character of their size."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, kernel


@kernel
def decode(data: npt.NDArray[np.uint8], i: Int) -> tuple[Int, Int]:
    """The code point that starts at byte `i` of valid UTF-8, and how many bytes it takes."""
    byte = np.int64(data[i])
    if byte < 0x80:
        return byte, 1
    if byte < 0xE0:
        return ((byte & 0x1F) << 6) | (data[i + 1] & 0x3F), 2
    if byte < 0xF0:
        return ((byte & 0x0F) << 12) | ((data[i + 1] & 0x3F) << 6) | (data[i + 2] & 0x3F), 3
    return (
        ((byte & 0x07) << 18) | ((data[i + 1] & 0x3F) << 12) | ((data[i + 2] & 0x3F) << 6) | (data[i + 3] & 0x3F),
        4,
    )


@kernel
def encode(point: Int) -> tuple[Int, Int]:
    """The UTF-8 bytes of a code point as one number, first byte highest, and how many they are."""
    if point < 0x80:
        return point, 1
    if point < 0x800:
        return 0xC080 | ((point >> 6) << 8) | (point & 0x3F), 2
    if point < 0x10000:
        return 0xE08080 | ((point >> 12) << 16) | (((point >> 6) & 0x3F) << 8) | (point & 0x3F), 3
    return (
        0xF0808080
        | ((point >> 18) << 24)
        | (((point >> 12) & 0x3F) << 16)
        | (((point >> 6) & 0x3F) << 8)
        | (point & 0x3F)
    ), 4


@kernel
def to_byte_ends(data: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> None:
    """In place: `ends` as numbers of characters of the UTF-8 in `data` become numbers of bytes."""
    i = np.int64(0)
    n_characters = np.int64(0)
    for text in range(ends.size):
        while n_characters < ends[text]:
            i += 1
            while i < data.size and (data[i] & 0xC0) == 0x80:
                i += 1
            n_characters += 1
        ends[text] = i


def byte_ends(texts: Sequence[str]) -> list[int]:
    """Where each text stops in the UTF-8 of all of them: what `to_byte_ends` finds."""
    return list(accumulate(len(text.encode("utf-8", "surrogatepass")) for text in texts))
