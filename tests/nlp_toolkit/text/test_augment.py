"""Augmentation: noise that is a function of (seed, copy, row), of about the share asked for, and never of the rest."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit import Augmentation
from nlp_toolkit.errors import UsageError
from nlp_toolkit.text.augment import augmented, augmented_texts, close_spaces, drop_some, open_spaces

HOW = Augmentation(drop_words=0.3, close_spaces=0.3, open_spaces=0.1)
TEXT = "오늘은 날씨가 참 좋아서 강가를 오래 걸었다"


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_variant_depends_on_seed_copy_and_row_and_on_nothing_else() -> None:
    texts = [TEXT, "다른 글", TEXT]
    found = augmented_texts(texts, HOW, seed=1, copy=2)
    assert found == augmented_texts(texts, HOW, seed=1, copy=2)
    assert found[2] == augmented(TEXT, HOW, seed=1, copy=2, row=2) != found[0]
    assert augmented_texts([TEXT, "another neighbour", TEXT], HOW, seed=1, copy=2)[::2] == found[::2]
    variants = {augmented(TEXT, HOW, seed=seed, copy=copy, row=0) for seed in range(3) for copy in range(1, 4)}
    assert len(variants) > 6


def test_copy_0_is_the_text_itself() -> None:
    assert augmented("  a\tb ", HOW, seed=0, copy=0, row=0) == "  a\tb "


@given(st.text(), st.integers(0, 99), st.floats(0, 0.99))
def test_spaces_are_all_that_spacing_noise_changes(text: str, seed: int, share: float) -> None:
    letters = "".join(text.split())
    random = np.random.default_rng(seed)
    assert "".join(close_spaces(text, share, random).split()) == letters
    assert "".join(open_spaces(text, share, random).split()) == letters


@given(st.lists(st.integers(), min_size=1), st.integers(0, 99), st.floats(0, 0.99))
def test_some_tokens_stay_in_order(tokens: list[int], seed: int, share: float) -> None:
    left = drop_some(tokens, share, np.random.default_rng(seed))
    assert left
    remaining = iter(tokens)
    assert all(token in remaining for token in left)


def test_shares_are_kept_on_the_whole() -> None:
    words = ["하나둘"] * 4_000
    assert len(drop_some(words, 0.25, generator())) == pytest.approx(3_000, abs=100)
    text = " ".join(words)
    assert len(close_spaces(text, 0.25, generator()).split()) == pytest.approx(3_000, abs=100)
    # Each word has two places between syllables.
    assert len(open_spaces(text, 0.1, generator()).split()) == pytest.approx(4_800, abs=100)


def test_only_hangul_words_are_opened() -> None:
    assert open_spaces("film 12 3편", 0.999, generator()) == "film 12 3편"
    assert open_spaces("가나다", 0.999, generator()) == "가 나 다"


@pytest.mark.parametrize("text", ["", "   ", "하나", "\n"])
def test_texts_with_nothing_to_change_do_not_fail(text: str) -> None:
    assert augmented(text, replace(HOW, open_spaces=0.0), seed=0, copy=1, row=0) == text.strip()


def test_noise_that_changes_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="give drop_words, close_spaces or open_spaces a share above 0"):
        Augmentation().check()
