"""Words and their numbers: frequent words first, unknown ones and long texts counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit.errors import DataError
from nlp_toolkit.neural.vocabulary import FIRST_WORD, PADDING, UNKNOWN, learn_words, number_words, padded

TEXTS = [["하늘", "바다", "하늘"], ["바다", "산"], ["a", "하늘"]]


def test_frequent_words_come_first_and_ties_in_the_order_of_letters() -> None:
    assert learn_words(TEXTS, min_count=1, max_words=None) == ["하늘", "바다", "a", "산"]
    assert learn_words(TEXTS, min_count=2, max_words=None) == ["하늘", "바다"]
    assert learn_words(TEXTS, min_count=1, max_words=1) == ["하늘"]


def test_no_word_at_all_is_an_error_that_says_what_to_lower() -> None:
    with pytest.raises(DataError, match=r"no word occurs 4 times in the training texts \(4 different words\); lower"):
        learn_words(TEXTS, min_count=4, max_words=None)


@given(st.lists(st.lists(st.sampled_from("abcdef"))), st.integers(1, 4))
def test_numbers_spell_the_words_back(texts: list[list[str]], max_length: int) -> None:
    words = ["a", "b", "c"]
    numbered = number_words(texts, words, max_length=max_length)
    spelled = [[words[number - FIRST_WORD] if number != UNKNOWN else "?" for number in row] for row in numbered.ids]
    assert spelled == [[word if word in words else "?" for word in text[:max_length]] for text in texts]
    assert numbered.truncated.tolist() == [len(text) > max_length for text in texts]
    if texts:
        matrix = padded(numbered.ids)
        assert (matrix != PADDING).sum(axis=1).tolist() == numbered.lengths.tolist()
