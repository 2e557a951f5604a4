"""Masks: their rates counted, whole words kept whole, the same for the same (seed, epoch, row)."""

import numpy as np
import pytest

from nlp_toolkit.transformer.masking import IGNORED, Masking, mask_row

MASK = 4
LENGTH = 128


def _block(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A block of token 10 to 99 in words of 1 to 4 tokens, [CLS] (2) and [SEP] (3) at its ends."""
    random = np.random.default_rng(seed)
    ids = random.integers(10, 100, LENGTH)
    ids[0], ids[-1] = 2, 3
    maskable = np.ones(LENGTH, dtype=bool)
    maskable[[0, -1]] = False
    starts = random.random(LENGTH) < 0.5
    starts[[0, 1, -1]] = True
    return ids, maskable, starts


@pytest.mark.parametrize("whole_words", [False, True], ids=["tokens", "words"])
def test_rates_are_15_percent_and_of_those_80_10_10(whole_words: bool) -> None:
    masking = Masking(MASK, np.arange(10, 100), whole_words=whole_words)
    maskable_tokens = guessed = shown_masked = kept = 0
    for row in range(600):
        ids, maskable, starts = _block(row)
        inputs, labels = mask_row(ids, maskable, starts, masking, seed=0, epoch=0, row=row)
        chosen = labels != IGNORED
        maskable_tokens += int(maskable.sum())
        guessed += int(chosen.sum())
        shown_masked += int((inputs[chosen] == MASK).sum())
        kept += int((inputs[chosen] == ids[chosen]).sum())
    # 600 rows of 126: standard errors are about 0.0013 of all and 0.004 of the guessed tokens.
    assert guessed / maskable_tokens == pytest.approx(0.15, abs=0.003)
    assert shown_masked / guessed == pytest.approx(0.80, abs=0.015)
    # One in ten as it is, and one in ninety of the random ones.
    assert kept / guessed == pytest.approx(0.10 + 0.10 / 90, abs=0.012)


def test_only_maskable_tokens_change_and_labels_are_the_true_tokens() -> None:
    ids, maskable, starts = _block(1)
    inputs, labels = mask_row(ids, maskable, starts, Masking(MASK, np.arange(10, 100)), seed=3, epoch=2, row=1)
    chosen = labels != IGNORED
    assert chosen[~maskable].sum() == 0
    assert (inputs[~chosen] == ids[~chosen]).all()
    assert (labels[chosen] == ids[chosen]).all()


def test_whole_words_are_guessed_whole() -> None:
    masking = Masking(MASK, np.arange(10, 100), whole_words=True)
    for row in range(50):
        ids, maskable, starts = _block(row)
        _, labels = mask_row(ids, maskable, starts, masking, seed=0, epoch=0, row=row)
        word = np.cumsum(starts | ~maskable)
        chosen = labels != IGNORED
        for each in np.unique(word[chosen]):
            assert chosen[(word == each) & maskable].all()


def test_a_block_that_is_one_long_word_is_guessed_token_by_token() -> None:
    ids, maskable, starts = _block(0)
    starts[2:-1] = False  # text without white space
    masking = Masking(MASK, np.arange(10, 100), whole_words=True)
    guessed = [
        int((mask_row(ids, maskable, starts, masking, seed=0, epoch=0, row=row)[1] != IGNORED).sum())
        for row in range(100)
    ]
    assert set(guessed) == {18, 19}  # 15 % of 126 is 18.9
    assert np.mean(guessed) == pytest.approx(18.9, abs=0.15)


def test_masks_are_a_function_of_seed_epoch_and_row() -> None:
    block, masking = _block(0), Masking(MASK, np.arange(10, 100))
    first = mask_row(*block, masking, seed=1, epoch=2, row=3)
    again = mask_row(*block, masking, seed=1, epoch=2, row=3)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    for other in (
        {"seed": 2, "epoch": 2, "row": 3},
        {"seed": 1, "epoch": 3, "row": 3},
        {"seed": 1, "epoch": 2, "row": 4},
    ):
        assert (mask_row(*block, masking, **other)[1] != first[1]).any()


def test_random_tokens_are_ordinary_ones() -> None:
    # A vocabulary whose mask token is the last, as RoBERTa's: no range of numbers is free of special tokens.
    ids, maskable, starts = _block(0)
    masking = Masking(99, np.array([50, 60]), rate=0.9)
    inputs, labels = mask_row(ids, maskable, starts, masking, seed=0, epoch=0, row=0)
    changed = inputs[(labels != IGNORED) & (inputs != ids) & (inputs != 99)]
    assert set(changed.tolist()) == {50, 60}


def test_a_row_with_nothing_to_guess_is_left_alone() -> None:
    ids = np.array([2, 3, 3])
    nothing = np.zeros(3, dtype=bool)
    inputs, labels = mask_row(ids, nothing, ~nothing, Masking(MASK, np.arange(10, 20)), seed=0, epoch=0, row=0)
    assert inputs.tolist() == [2, 3, 3]
    assert (labels == IGNORED).all()
