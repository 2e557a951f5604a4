"""The terms of a fitted stage, by column, as UTF-8: small, quick to load, and made into Python strings when asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_AT_ONCE = 2**15
_SEPARATORS = (0x1F, *range(0x1F))  # control characters, of which terms hardly ever hold one


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
        strings = [term for start in self._starts() for term in self._part(start)]
        if self.columns is None:
            return strings
        by_column = np.empty(len(strings), dtype=object)
        by_column[self.columns] = strings
        return list(by_column)

    def vocabulary(self) -> dict[str, int]:
        """Term -> column, in the order the terms were first met."""
        columns = np.arange(len(self)) if self.columns is None else self.columns
        found: dict[str, int] = {}
        for start in self._starts():
            found.update(zip(self._part(start), columns[start : start + _AT_ONCE].tolist(), strict=True))
        return found

    def _starts(self) -> range:
        return range(0, len(self), _AT_ONCE)

    def _part(self, start: int) -> list[str]:
        """The terms from `start` on, at most `_AT_ONCE`, cut apart by one `split` and not by a slice each."""
        begin = int(self.ends[start - 1]) if start else 0
        ends = self.ends[start : start + _AT_ONCE] - begin
        pool = self.pool[begin : begin + int(ends[-1])]
        separator = next((byte for byte in _SEPARATORS if not (pool == byte).any()), None)
        if separator is None:
            stops = ends.tolist()
            return [_text(pool[begin:end]) for begin, end in zip([0, *stops], stops, strict=False)]
        return _text(np.insert(pool, ends[:-1], separator)).split(chr(separator))


def _text(utf8: npt.NDArray[np.uint8]) -> str:
    return utf8.tobytes().decode("utf-8", "surrogatepass")


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
