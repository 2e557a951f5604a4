"""Texts as UTF-8 bytes to code points, for character n-grams over whole texts (`char`)."""

import re

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import kernel
from nlp_toolkit.kernels.utf8 import decode

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


@kernel
def fold_characters(data: Bytes, ends: Longs, folding: Ints, not_space: Ints, points: Ints, point_ends: Longs) -> None:
    """The folded code points of each text, runs of two or more white spaces as one space.

    `data` (bytes) holds the texts one after another and `ends` (n_texts) where each stops. `folding` maps every
    character; `not_space` is below 0 for white space. `points` is as long as `data`; where each text's code points
    stop goes to `point_ends`. A single white space stays what it is, as scikit-learn leaves it.
    """
    n_points = 0
    i = np.int64(0)
    for text in range(ends.size):
        run = 0
        while i < ends[text]:
            point, size = decode(data, i)
            i += size
            if not_space[point] >= 0:
                run = 0
                points[n_points] = folding[point]
                n_points += 1
                continue
            run += 1
            if run == 1:
                points[n_points] = point
                n_points += 1
            elif run == 2:
                points[n_points - 1] = 0x20
        point_ends[text] = n_points


def list_characters(text: str) -> list[str]:
    """The characters of one lower-cased text, whose code points `fold_characters` writes."""
    return list(re.sub(r"\s\s+", " ", text))
