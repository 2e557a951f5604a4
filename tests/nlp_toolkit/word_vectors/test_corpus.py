"""Texts as word numbers on disk: every tokenizer's words, every text, whatever its length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit.errors import DataError
from nlp_toolkit.text.analysis import TextAnalysis
from nlp_toolkit.text.tokenizers import AllWordsTokenizer, CharacterTokenizer, WordTokenizer
from nlp_toolkit.word_vectors import stream as stream_module
from nlp_toolkit.word_vectors.corpus import encode_corpus
from nlp_toolkit.word_vectors.numbering import make_numbering
from nlp_toolkit.word_vectors.stream import CHUNK_WORDS, WordStream

WORDS = TextAnalysis(AllWordsTokenizer(), lowercase=True, normalization="NFC")


def _texts_of(corpus) -> list[list[str]]:
    numbers = corpus.stream.read(0, corpus.stream.length).tolist()
    texts: list[list[str]] = [[]]
    for number in numbers:
        if number < 0:
            texts.append([])
        else:
            texts[-1].append(corpus.words[number])
    return texts[:-1]


def test_words_are_numbered_by_frequency_and_rare_ones_left_out():
    corpus = encode_corpus(["b a a", "c b a", "", "A d"], WORDS, [], 2)
    assert corpus.words == ["a", "b"]
    assert corpus.counts.tolist() == [4, 2]
    assert corpus.text_frequencies.tolist() == [3, 2]
    assert corpus.n_texts == 4
    assert _texts_of(corpus) == [["b", "a", "a"], ["b", "a"], [], ["a"]]


def test_words_known_keep_their_numbers():
    corpus = encode_corpus(["x b b x x y"], WORDS, ["a", "b"], 2)
    assert corpus.words == ["a", "b", "x"]
    assert corpus.counts.tolist() == [0, 2, 3]


def test_no_new_words_when_none_are_wanted():
    assert encode_corpus(["x b x"], WORDS, ["a", "b"], None).words == ["a", "b"]


@given(st.lists(st.text(max_size=30), max_size=8), st.sampled_from([AllWordsTokenizer(), WordTokenizer()]))
def test_kernels_number_the_words_the_tokenizer_finds(texts, tokenizer):
    analysis = TextAnalysis(tokenizer, lowercase=True, normalization="NFC")
    slowly = TextAnalysis(tokenizer.__call__, lowercase=True, normalization="NFC")
    found = []
    for way in (analysis, slowly):
        numbering = make_numbering(way, ["known"], learn=True)
        blocks = [(block.data.tolist(), block.ends.tolist()) for block in numbering.blocks(texts)]
        found.append((blocks, numbering.spelled(np.arange(numbering.n_words))))
    assert found[0] == found[1]


def test_unknown_words_have_no_number_where_nothing_is_learned():
    for tokenizer in (AllWordsTokenizer(), CharacterTokenizer()):
        numbering = make_numbering(TextAnalysis(tokenizer, True, "NFC"), ["a", "c"], learn=False)
        (block,) = numbering.blocks(["a b c" if isinstance(tokenizer, AllWordsTokenizer) else "abc"])
        assert block.data.tolist() == [0, -1, 1]
        assert numbering.n_words == 2


def test_empty_vocabulary_says_what_there_was_and_what_to_lower():
    with pytest.raises(
        DataError,
        match=r"of 3 words in 2 texts \(3 different ones\) none occurs min_count=5 times; lower min_count",
    ):
        encode_corpus(["a b", "c"], WORDS, [], 5)


def test_no_word_with_a_vector_says_so():
    with pytest.raises(DataError, match="none of the 2 words in 1 texts has a vector"):
        encode_corpus(["x y"], WORDS, ["a"], None)


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(1, 50))
def test_chunks_end_with_texts_and_hold_everything(lengths, longest):
    stream = WordStream()
    numbers = [number for length in lengths for number in [*range(length), -1]]
    monkeypatched = stream_module.CHUNK_WORDS, stream_module.LONGEST_CHUNK
    stream_module.CHUNK_WORDS, stream_module.LONGEST_CHUNK = 10, 10 + longest
    try:
        for begin in range(0, len(numbers), 7):
            stream.append(np.array(numbers[begin : begin + 7], dtype=np.int32))
        stream.finish()
    finally:
        stream_module.CHUNK_WORDS, stream_module.LONGEST_CHUNK = monkeypatched
    pieces = [stream.read(begin, end) for begin, end in stream.pieces()]
    assert [number for piece in pieces for number in piece.tolist()] == numbers
    for piece in pieces[:-1]:
        assert 10 <= len(piece) <= 10 + longest
        assert piece[-1] == -1 or len(piece) == 10 + longest


def test_long_text_is_kept_whole():
    corpus = encode_corpus(["a b " * 25_000, "c c"], WORDS, [], 1)
    assert corpus.stream.length == 50_000 + 1 + 2 + 1
    assert corpus.stream.chunks == [50_001, 50_004]
    assert corpus.stream.chunks[0] > CHUNK_WORDS


def test_blocks_are_the_texts_again():
    corpus = encode_corpus(["a b", "", "b a a"], WORDS, [], 1)
    (block,) = corpus.blocks()
    assert [corpus.words[number] for number in block.data] == ["a", "b", "b", "a", "a"]
    assert block.ends.tolist() == [2, 2, 5]
