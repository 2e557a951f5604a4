"""One character at a time from and to UTF-8; lone surrogates take three bytes as any character of their size."""

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, inner


@inner
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


@inner
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
