"""The terms of a fitted stage, by column, as UTF-8: small, quick to load, and made into Python strings when asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class TermList:
    """Terms in the order they were first met: `pool` holds their UTF-8 one after another, `ends` where each stops.

    `columns` (n_terms) says which column each has; None where they come by column.
    """

    pool: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return int(self.ends.size)

    def strings(self) -> list[str]:
        """The terms as str, by column."""
        strings = self._strings()
        if self.columns is None:
            return strings
        by_column = np.empty(len(strings), dtype=object)
        by_column[self.columns] = strings
        return list(by_column)

    def vocabulary(self) -> dict[str, int]:
        """Term -> column, in the order the terms were first met."""
        strings = self._strings()
        return dict(zip(strings, range(len(strings)) if self.columns is None else self.columns.tolist(), strict=True))

    def _strings(self) -> list[str]:
        text = self.pool.tobytes().decode("utf-8", "surrogatepass")
        ends = self.ends
        if len(text) != self.pool.size:
            starts_character = (self.pool & 0xC0) != 0x80
            ends = np.concatenate([[0], np.cumsum(starts_character)])[ends]
        stops = ends.tolist()
        return [text[begin:end] for begin, end in zip([0, *stops], stops, strict=False)]


def term_list(terms: Sequence[str]) -> TermList:
    """Terms given as str, by column."""
    pool, ends = encoded(terms)
    return TermList(pool, ends)


def encoded(terms: Sequence[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The UTF-8 of `terms` one after another, and where each stops."""
    raw = [term.encode("utf-8", "surrogatepass") for term in terms]
    ends = np.cumsum(np.fromiter(map(len, raw), dtype=np.int64, count=len(raw)), dtype=np.int64)
    # A copy, because numba compiles anew for arrays that cannot be written to.
    return np.frombuffer(b"".join(raw), dtype=np.uint8).copy(), ends
