"""The terms of a fitted stage, by column, as UTF-8: small, quick to load, and made into Python strings when asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class TermList:
    """Terms by column: `pool` holds their UTF-8 one after another, `ends` (n_terms) where each stops.

    `arrivals` (n_terms) says in which order they were first met, the order of scikit-learn's `vocabulary_`; None
    where that is the order of columns.
    """

    pool: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]
    arrivals: npt.NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return int(self.ends.size)

    def strings(self) -> list[str]:
        """The terms as str, by column."""
        text = self.pool.tobytes().decode("utf-8", "surrogatepass")
        ends = self.ends
        if len(text) != self.pool.size:
            starts_character = (self.pool & 0xC0) != 0x80
            ends = np.concatenate([[0], np.cumsum(starts_character)])[ends]
        stops = ends.tolist()
        return [text[begin:end] for begin, end in zip([0, *stops], stops, strict=False)]

    def vocabulary(self) -> dict[str, int]:
        """Term -> column, in the order the terms were first met."""
        strings = self.strings()
        if self.arrivals is None:
            return {term: column for column, term in enumerate(strings)}
        return {strings[column]: column for column in np.argsort(self.arrivals).tolist()}


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
