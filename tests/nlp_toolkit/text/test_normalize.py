"""Normalization composes, cleaning replaces what no text should hold and counts it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit.errors import UsageError
from nlp_toolkit.text.normalize import clean, normalize, without_surrogates

ANY_TEXT = st.text(st.characters(), max_size=50)  # surrogates included


def test_decomposed_hangul_is_composed() -> None:
    assert normalize("\u1109\u1165\u110b\u116e\u11af", "NFC") == "서울"


def test_no_form_changes_nothing() -> None:
    assert normalize("\u1109\u1165", None) == "\u1109\u1165"


def test_unknown_form_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown normalization 'NFD'; known: 'NFC', None"):
        normalize("text", "NFD")  # type: ignore[arg-type]


@given(ANY_TEXT)
def test_normalizing_is_idempotent_and_the_same_for_both_spellings(text: str) -> None:
    composed = normalize(text, "NFC")
    assert normalize(composed, "NFC") == composed
    assert normalize(unicodedata.normalize("NFD", text), "NFC") == composed


def test_control_characters_become_spaces_and_are_counted() -> None:
    assert clean("a\x00b\x07c\x7fd\x85e") == ("a b c d e", 4, 0)


def test_tab_and_line_ends_stay() -> None:
    assert clean("a\tb\r\nc") == ("a\tb\r\nc", 0, 0)


def test_lone_surrogates_become_replacement_characters_and_are_counted() -> None:
    assert clean("책\ud800 book\udfff") == ("책\ufffd book\ufffd", 0, 2)


@given(ANY_TEXT)
def test_cleaning_keeps_the_length_and_leaves_nothing_to_clean(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.text) == len(text)
    assert clean(cleaned.text) == (cleaned.text, 0, 0)
    assert sum(a != b for a, b in zip(text, cleaned.text, strict=True)) == (
        cleaned.control_characters + cleaned.lone_surrogates
    )
    assert cleaned.text.encode("utf-8").decode("utf-8") == cleaned.text


@given(ANY_TEXT)
def test_text_without_surrogates_can_be_encoded(text: str) -> None:
    assert len(without_surrogates(text).encode("utf-8").decode("utf-8")) == len(text)
