"""Encoded texts on disk: word numbers one after another, -1 behind each text, read a chunk at a time."""

import tempfile
import threading
from typing import Self

import numpy as np
import numpy.typing as npt

from nlp_toolkit.errors import ResourceError

Ints = npt.NDArray[np.int32]

CHUNK_WORDS = 10_000
"""Numbers trained in one go, as many as gensim's; a chunk ends with a text."""
LONGEST_CHUNK = 2**17
"""A text longer than this is trained in pieces: no word is left out, only windows end where a piece does."""
_BYTES = np.dtype(np.int32).itemsize


class WordStream:
    """A temporary file of int32 word numbers that is written once, then read from several threads.

    `chunks` holds where chunks end, in numbers; the file goes with the object.
    """

    def __init__(self) -> None:
        # Unbuffered, because blocks are large; without a name where the system allows it, so a kill leaves nothing.
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - kept open as long as the object lives
        self._lock = threading.Lock()
        self.length = 0
        self.chunks: list[int] = []

    def append(self, numbers: Ints) -> None:
        """Write more numbers behind the last ones; a full disk raises `ResourceError`."""
        left = np.ascontiguousarray(numbers, dtype=np.int32).data.cast("B")
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise ResourceError(
                f"could not keep {self.length + len(numbers)} word numbers in {tempfile.gettempdir()} "
                f"({error.strerror}); free space there or set TMPDIR"
            ) from error
        self._cut(numbers)
        self.length += len(numbers)

    def read(self, begin: int, end: int) -> Ints:
        """The numbers from `begin` up to `end`."""
        numbers = np.empty(end - begin, dtype=np.int32)
        left = numbers.data.cast("B")
        with self._lock:
            self._file.seek(begin * _BYTES)
            while left:
                left = left[self._file.readinto(left) :]
        return numbers

    def pieces(self) -> list[tuple[int, int]]:
        """Where each chunk begins and ends."""
        return list(zip([0, *self.chunks], self.chunks, strict=False))

    def close(self) -> None:
        """Give the disk space back at once."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def finish(self) -> None:
        """End the last chunk; nothing is appended after this."""
        if self.length > (self.chunks[-1] if self.chunks else 0):
            self.chunks.append(self.length)

    def _cut(self, numbers: Ints) -> None:
        """Note the chunks that end within `numbers`, which begin at `length`."""
        text_ends = np.flatnonzero(numbers < 0) + self.length + 1
        last = self.chunks[-1] if self.chunks else 0
        end = self.length + len(numbers)
        while True:
            at = np.searchsorted(text_ends, last + CHUNK_WORDS)
            found = int(text_ends[at]) if at < text_ends.size else end + 1
            cut = min(found, last + LONGEST_CHUNK)
            if cut > end:
                return
            self.chunks.append(cut)
            last = cut
