"""Nearest neighbours: a worked cosine, Korean particles, rows with nothing in them."""

import math

import pytest

from nlp_toolkit import CountVectorizer
from nlp_toolkit.errors import DataError
from nlp_toolkit_pipelines import nearest


def test_cosine_by_hand():
    [found] = nearest(CountVectorizer(), ["red car", "red red car car", "blue sea"], ["red bus car"], k=3)

    # The query's known words are red and car: cosine 1 with both car texts, first come first served.
    assert [(hit.rank, hit.row) for hit in found] == [(1, 0), (2, 1)]
    assert [hit.score for hit in found] == pytest.approx([1.0, 1.0])
    [[hit]] = nearest(CountVectorizer(), ["red car on road"], ["red"], k=1)
    assert hit.score == pytest.approx(1 / math.sqrt(4))


def test_seoul_finds_seoul_with_a_particle():
    [found] = nearest("tfidf", ["부산에 갔다", "서울은 넓다", "바다가 좋다"], ["서울"], k=1)

    assert [hit.text for hit in found] == ["서울은 넓다"]


def test_query_without_a_known_word_finds_nothing():
    assert nearest("count", ["a red car", "a blue sea"], ["zebra", ""]) == [[], []]


def test_no_texts_are_an_error():
    with pytest.raises(DataError, match="expected texts to search in"):
        nearest("count", [], ["x"])
