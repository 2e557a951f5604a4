"""Arrays of a safetensors file, each checked for type, shape and size of its numbers when it is taken out."""

from pathlib import Path

import numpy as np

from nlp_toolkit.artefact.files import read_arrays
from nlp_toolkit.errors import ArtefactError

LARGEST_WEIGHT = 1e18
"""Nothing that was learned is as large; the square of anything larger is infinite in float32."""


class StoredArrays:
    """The arrays of the file at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._arrays = read_arrays(path)

    def find(self, name: str, dtypes: type | tuple[type, ...], *shape: int | None) -> np.ndarray | None:
        """The array, of one of these types and of this shape (None: any size), or None where there is none.

        Its numbers must be finite and no larger than `LARGEST_WEIGHT`; else it is an `ArtefactError`.
        """
        array = self._arrays.get(name)
        if array is None:
            return None
        fits = len(shape) == array.ndim and all(
            size in (None, found) for size, found in zip(shape, array.shape, strict=True)
        )
        wanted = dtypes if isinstance(dtypes, tuple) else (dtypes,)
        if array.dtype not in wanted or not fits or not _is_usable(array):
            raise ArtefactError(
                f"{self._path}: expected finite {name} of shape {shape} (None: any) and type "
                f"{' or '.join(each.__name__ for each in wanted)}, got {array.dtype} of shape {array.shape}; "
                "the file is damaged"
            )
        return array

    def take(self, name: str, dtypes: type | tuple[type, ...], *shape: int | None) -> np.ndarray:
        """The array; none is an error."""
        array = self.find(name, dtypes, *shape)
        if array is None:
            raise ArtefactError(f"{self._path}: {name} is missing; the file is damaged")
        return array


def _is_usable(array: np.ndarray) -> bool:
    # NaN is no larger than anything, so the comparison is false for it.
    return array.dtype.kind != "f" or bool((np.abs(array) <= LARGEST_WEIGHT).all())
