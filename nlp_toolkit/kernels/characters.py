"""What the kernels know about characters: tables over all code points, taken from Python's own `re` and `str.lower`."""

import re
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

Folding = npt.NDArray[np.int32]
CharacterClass = Literal["word", "not-space", "any"]

N_CODE_POINTS = 0x110000
# Lower-casing these two is not one character to one character, or depends on what stands around them.
UNEVEN = "\u0130\u03a3"
_PATTERNS: dict[CharacterClass, str] = {"word": r"\w+", "not-space": r"\S+", "any": r"(?s:.+)"}


@lru_cache(maxsize=8)
def folding(kind: CharacterClass, lowercase: bool) -> Folding:
    """For every code point: what it becomes (itself, or its lower case), or -1 where that is not of the class.

    Shape (0x110000,), int32. Texts that hold a character of `UNEVEN` are to be lower-cased before.
    """
    characters = all_characters()
    of_class = np.zeros(N_CODE_POINTS, dtype=bool)
    for run in re.finditer(_PATTERNS[kind], characters):
        of_class[run.start() : run.end()] = True
    if lowercase:
        characters = characters.replace(UNEVEN[0], " ").replace(UNEVEN[1], " ").lower()
    becomes = code_points(characters)
    table = np.where(of_class[becomes], becomes, np.int32(-1)).astype(np.int32)
    table.flags.writeable = False
    return table


def all_characters() -> str:
    """Every code point in order, surrogates among them."""
    return np.arange(N_CODE_POINTS, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")


def code_points(text: str) -> npt.NDArray[np.int32]:
    """The code points of `text`, lone surrogates among them."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<i4").astype(np.int32)
