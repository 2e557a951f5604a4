"""The ids of a source read in blocks, remembered by their hashes: enough to see that one comes again."""

from collections.abc import Sequence

import numpy as np


class SeenIds:
    """Ids met so far, at 8 bytes each.

    What is kept are 64-bit hashes, seeded anew in every process. So two different ids may be taken for
    one: among 100 million of them with a probability of 0.0003.
    """

    def __init__(self) -> None:
        # Sorted; each at least twice as long as the next, so that there are few to look into.
        self._runs: list[np.ndarray] = []

    def first_again(self, ids: Sequence[str]) -> int | None:
        """Position of the first of `ids` that an earlier call was given too, or None; remembers them all.

        >>> seen = SeenIds()
        >>> seen.first_again(["a", "b"]), seen.first_again(["c", "b"])
        (None, 1)
        """
        hashes = np.fromiter(map(hash, ids), dtype=np.int64, count=len(ids))
        again = np.zeros(len(ids), dtype=bool)
        for run in self._runs:
            places = np.searchsorted(run, hashes)
            again |= run[np.minimum(places, len(run) - 1)] == hashes
        self._remember(np.sort(hashes))
        return int(again.argmax()) if again.any() else None

    def _remember(self, run: np.ndarray) -> None:
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")  # merges sorted halves
        if len(run):
            self._runs.append(run)
