"""The share of Hangul and the language guessed from it."""

import unicodedata

import pytest

from nlp_toolkit.text.language import hangul_share, language


def test_share_counts_letters_only() -> None:
    # 4 Hangul letters of 10; digits, signs and spaces do not count.
    assert hangul_share(["서울, 2026!", "한국 seoul k"]) == 0.4


def test_share_of_texts_without_letters_is_zero() -> None:
    assert hangul_share(["123", "😀", ""]) == 0.0


def test_jamo_are_hangul() -> None:
    assert hangul_share(["ㅋㅋㅋㅠ"]) == 1.0


def test_both_spellings_of_hangul_have_one_share() -> None:
    text = "서울에서 coffee"
    assert hangul_share([unicodedata.normalize("NFD", text)]) == hangul_share([text]) == 0.4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("서울은 아름답다", "ko"),
        ("iPhone 15 Pro 샀다", "ko"),
        ("The quick brown fox", "en"),
        ("naïve café owners know it well", "en"),
        ("Москва слезам не верит", "other"),
        ("東京は夜の七時", "other"),
        ("12:30 😀", "other"),
        ("", "other"),
    ],
)
def test_language_is_told_by_the_letters(text: str, expected: str) -> None:
    assert language(text) == expected
