"""Streams renumbered, n-grams hashed, words pooled: each against its twin or a worked example."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit.kernels.streams import count_words, renumber, renumbered_texts
from nlp_toolkit.kernels.subwords import bucket_of, ngrams_of
from nlp_toolkit.kernels.word_pooling import maximum_of_words, rows_by_hand, sum_words
from nlp_toolkit.word_vectors.subwords import SubwordSettings, bucket_numbers

TEXTS = st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=6)
RANKS = [2, -1, 0, 1, -1, 3]


def _stream(texts: list[list[int]]) -> np.ndarray:
    return np.array([number for text in texts for number in [*text, -1]], dtype=np.int32)


@given(TEXTS)
def test_renumbering_is_its_twin(texts: list[list[int]]) -> None:
    stream = _stream(texts)
    last, frequencies, out = np.full(4, -1), np.zeros(4, dtype=np.int64), np.zeros(stream.size, dtype=np.int32)

    n = renumber(stream, np.array(RANKS, dtype=np.int32), 0, last, frequencies, out)

    kept, expected = renumbered_texts(texts, RANKS)
    assert out[:n].tolist() == _stream(kept).tolist()
    assert {word: count for word, count in enumerate(frequencies.tolist()) if count} == expected


@given(TEXTS)
def test_words_are_counted(texts: list[list[int]]) -> None:
    counts = np.zeros(6, dtype=np.int64)
    count_words(_stream(texts), counts)
    assert counts.tolist() == [sum(text.count(word) for text in texts) for word in range(6)]


@given(st.lists(st.text(min_size=1, max_size=8), max_size=5), st.integers(1, 3), st.integers(0, 3))
def test_ngrams_are_hashed_as_their_twin_does(words: list[str], min_n: int, more: int) -> None:
    settings = SubwordSettings(min_n, min_n + more, 1000)
    buckets, ends = bucket_numbers(words, settings)
    expected = [[bucket_of(ngram, 1000) for ngram in ngrams_of(word, min_n, min_n + more)] for word in words]
    assert buckets.tolist() == [bucket for found in expected for bucket in found]
    assert ends.tolist() == np.cumsum([len(found) for found in expected]).tolist()


@pytest.mark.parametrize("word", ["where", "서울은", "naïve", "a", "😀x"])
def test_ngrams_and_their_hashes_are_gensims(word: str) -> None:
    inner = pytest.importorskip("gensim.models.fasttext_inner", reason="parity with gensim needs the extra word2vec")
    hashes = [int(inner.ft_hash_bytes(ngram)) for ngram in inner.compute_ngrams_bytes(word, 3, 6)]
    assert [bucket_of(ngram, 2**32) for ngram in ngrams_of(word, 3, 6)] == hashes


@given(st.lists(st.lists(st.integers(-1, 8), max_size=6), max_size=5))
def test_pooling_is_its_twin(texts: list[list[int]]) -> None:
    generator = np.random.default_rng(0)
    table = generator.normal(size=(9, 4)).astype(np.float32)
    weights = generator.random(9).astype(np.float32)
    numbers = np.array([number for text in texts for number in text], dtype=np.int32)
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    sums, shares, known = np.empty((len(texts), 4)), np.empty(len(texts)), np.empty(len(texts), dtype=np.int64)
    maxima = np.empty((len(texts), 4), dtype=np.float32)

    sum_words(numbers, ends, table[:6], table[6:], weights, sums, shares, known)
    maximum_of_words(numbers, ends, table[:6], table[6:], maxima)

    expected = rows_by_hand(texts, table, weights)
    assert known.tolist() == [sum(number >= 0 for number in text) for text in texts]
    np.testing.assert_allclose(sums, np.reshape(expected[0], (-1, 4)), atol=1e-12)
    np.testing.assert_allclose(shares, expected[1], atol=1e-12)
    np.testing.assert_array_equal(maxima, np.reshape(expected[2], (-1, 4)))
