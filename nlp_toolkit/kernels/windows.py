"""What one centre word is trained with: the words around it and the rows it is told apart from.

numba's cache knows the file of a compiled kernel only: after a change here, or in simd.py, touch those that import it.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_toolkit.kernels.simd import LANES, prefetch

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

TILE = 6
"""Output rows trained side by side: a word and gensim's five negatives; more take several tiles."""


@njit(inline="always")
def gather_contexts(words: Ints, centre: int, start: int, reach: int, stride: int, contexts: Longs) -> int:
    """Write where the rows of the words around `centre` begin to `contexts`; returns how many there are.

    `words` are row numbers, -1 behind each text; the text of `centre` begins at `start`. `reach` words count on
    either side, none beyond the text.
    """
    n_contexts = 0
    for other in range(max(start, centre - reach), centre):
        contexts[n_contexts] = words[other] * stride
        n_contexts += 1
    for other in range(centre + 1, min(words.size, centre + reach + 1)):
        if words[other] < 0:
            break
        contexts[n_contexts] = words[other] * stride
        n_contexts += 1
    return n_contexts


@njit(inline="always")
def gather_targets(words: Ints, negatives: Ints, centre: int, stride: int, blank: int, targets: Longs) -> int:
    """Write where the output rows of `centre` and of its negatives begin to `targets`; returns how many count.

    A negative that is the word itself, or was drawn before, counts no further; the rest of `targets` is filled with
    the row `blank`, which holds zeros and weighs nothing.
    """
    targets[0] = words[centre] * stride
    n_targets = 1
    for r in range(negatives.shape[1]):
        place = np.int64(negatives[centre, r]) * stride
        fresh = True
        for known in range(n_targets):
            fresh = fresh and targets[known] != place
        if fresh:
            targets[n_targets] = place
            n_targets += 1
    for r in range(n_targets, targets.size):
        targets[r] = blank * stride
    return n_targets


@njit(inline="always")
def prefetch_targets(words: Ints, negatives: Ints, centre: int, outputs: Floats, stride: int) -> None:
    """Ask for the output rows `centre` will be trained with: drawn at random, they are in no cache yet."""
    if centre < words.size and words[centre] >= 0:
        place = words[centre] * stride
        for k in range(0, stride, LANES):
            prefetch(outputs, place + k)
        for r in range(negatives.shape[1]):
            place = np.int64(negatives[centre, r]) * stride
            for k in range(0, stride, LANES):
                prefetch(outputs, place + k)


def windows_of(words: Ints, windows: Ints) -> list[tuple[int, list[int]]]:
    """(centre, its contexts) as positions in `words`, in the order they are trained; centres alone are left out."""
    pairs = []
    start = 0
    for centre, word in enumerate(words.tolist()):
        if word < 0:
            start = centre + 1
            continue
        end = next((at for at in range(centre, len(words)) if words[at] < 0), len(words))
        reach = int(windows[centre])
        around = range(max(start, centre - reach), min(end, centre + reach + 1))
        contexts = [other for other in around if other != centre]
        if contexts:
            pairs.append((centre, contexts))
    return pairs


def targets_of(word: int, negatives: Ints) -> list[int]:
    """The word and its negatives, each once: the output rows its windows are trained with."""
    return list(dict.fromkeys([word, *negatives.tolist()]))
