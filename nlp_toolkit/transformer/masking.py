"""Which tokens a model must guess, and what it sees in their place: a pure function of (seed, epoch, row)."""

from dataclasses import dataclass

import numpy as np

IGNORED = -100
"""Label of a token that is not to be guessed (torch's `ignore_index`)."""


@dataclass(frozen=True)
class Masking:
    """15 % of the tokens are guessed: of those 80 % are shown as [MASK], 10 % as any token, 10 % as they are.

    Devlin et al. 2019, section 3.1. `whole_words` chooses whole words (eojeol in Korean) at the same
    rates. `ordinary_ids` are the tokens that may stand in for another, all but the special ones.
    """

    mask_id: int
    ordinary_ids: np.ndarray
    rate: float = 0.15
    shown_masked: float = 0.8
    shown_random: float = 0.1
    whole_words: bool = False


def mask_row(
    ids: np.ndarray,
    maskable: np.ndarray,
    starts: np.ndarray,
    masking: Masking,
    *,
    seed: int,
    epoch: int,
    row: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels of one block, both (tokens,) int64; labels are `IGNORED` where nothing is guessed.

    The same (seed, epoch, row) gives the same masks in any process and after any resume. At least one
    token is guessed where there is one.
    """
    random = np.random.default_rng((seed, epoch, row))
    chosen = _choose_words if masking.whole_words else _choose_tokens
    guessed = chosen(random, maskable, starts, masking.rate)
    inputs, labels = ids.astype(np.int64), np.full(len(ids), IGNORED, dtype=np.int64)
    labels[guessed] = inputs[guessed]
    draw = random.random(len(guessed))
    inputs[guessed[draw < masking.shown_masked]] = masking.mask_id
    others = guessed[(draw >= masking.shown_masked) & (draw < masking.shown_masked + masking.shown_random)]
    inputs[others] = random.choice(masking.ordinary_ids, size=len(others))
    return inputs, labels


def _choose_tokens(random: np.random.Generator, maskable: np.ndarray, starts: np.ndarray, rate: float) -> np.ndarray:
    """Positions of the tokens to guess: `rate` of the maskable ones, rounded at random so that the mean is exact."""
    places = np.flatnonzero(maskable)
    return np.sort(random.permutation(places)[: _count(random, len(places), rate)])


def _choose_words(random: np.random.Generator, maskable: np.ndarray, starts: np.ndarray, rate: float) -> np.ndarray:
    """Positions of whole words, drawn until `rate` of the maskable tokens is reached, one that exceeds it left out.

    Where no word fits (text without white space is one long word), tokens are chosen.
    """
    places = np.flatnonzero(maskable)
    word_of = np.cumsum(starts | ~maskable)[places]
    words, first, sizes = np.unique(word_of, return_index=True, return_counts=True)
    wanted = _count(random, len(places), rate)
    taken: list[np.ndarray] = []
    for word in random.permutation(len(words)):
        if sizes[word] <= wanted:
            taken.append(places[first[word] : first[word] + sizes[word]])
            wanted -= int(sizes[word])
        if wanted <= 0:
            break
    return np.sort(np.concatenate(taken)) if taken else _choose_tokens(random, maskable, starts, rate)


def _count(random: np.random.Generator, n_tokens: int, rate: float) -> int:
    if n_tokens == 0:
        return 0
    return max(1, int(n_tokens * rate + random.random()))
