"""Files of word vectors: round trips, gensim's files, and every way in which a file can be wrong."""

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.word_vectors.container import WordVectors
from nlp_toolkit.word_vectors.formats import (
    read_binary_vectors,
    read_text_vectors,
    read_vectors,
    with_underscores,
    write_binary_vectors,
    write_text_vectors,
    write_vectors,
)

WORDS = ["서울", "book", "naïve", "책/NNG", "2"]
VECTORS = WordVectors(WORDS, np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32))
FORMATS = {"text": (write_text_vectors, read_text_vectors), "binary": (write_binary_vectors, read_binary_vectors)}

words = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1).filter(
    lambda word: word == word.strip()
)


@pytest.mark.parametrize(("write", "read"), FORMATS.values(), ids=FORMATS)
@given(
    known=st.lists(words, min_size=1, max_size=5, unique=True),
    numbers=arrays(np.float32, (5, 3), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)),
)
def test_what_is_written_is_read(write, read, known, numbers, tmp_path_factory):
    path = tmp_path_factory.mktemp("vectors") / "vectors"
    write(path, WordVectors(known, numbers[: len(known)]))
    found = read(path)
    assert found.words == known
    np.testing.assert_array_equal(found.vectors, numbers[: len(known)])


@pytest.mark.parametrize("suffix", [".txt", ".vec", ".bin"])
def test_text_and_binary_are_told_apart(suffix, tmp_path):
    write_vectors(tmp_path / f"vectors{suffix}", VECTORS)
    found = read_vectors(tmp_path / f"vectors{suffix}")
    assert found.words == WORDS
    np.testing.assert_array_equal(found.vectors, VECTORS.vectors)


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_reads_our_files_and_we_read_gensims(binary, tmp_path):
    gensim = pytest.importorskip("gensim.models", reason="parity with gensim needs the extra word2vec")
    write_vectors(tmp_path / ("ours.bin" if binary else "ours.txt"), VECTORS)
    theirs = gensim.KeyedVectors.load_word2vec_format(
        str(tmp_path / ("ours.bin" if binary else "ours.txt")), binary=binary
    )
    assert theirs.index_to_key == WORDS
    np.testing.assert_array_equal(theirs.vectors, VECTORS.vectors)

    theirs.save_word2vec_format(str(tmp_path / "theirs"), binary=binary)
    found = read_vectors(tmp_path / "theirs")
    assert found.words == WORDS
    np.testing.assert_allclose(found.vectors, VECTORS.vectors, rtol=1e-6)


def test_fasttext_rows_that_end_with_a_space_are_read(tmp_path):
    path = tmp_path / "cc.vec"
    path.write_text("2 3\n, 0.1 -0.2 3e-1 \n하늘 1 2 3 \n", encoding="utf-8")
    found = read_vectors(path)
    assert found.words == [",", "하늘"]
    np.testing.assert_allclose(found.vectors, [[0.1, -0.2, 0.3], [1, 2, 3]], rtol=1e-6)


TEXT_FAULTS = {
    "empty": ("", "expected a first line of two numbers"),
    "no header": ("cat 1 2\ndog 3 4\n", "expected a first line of two numbers, words and dimensions, got b'cat 1 2"),
    "nothing announced": ("0 3\n", "nothing to read"),
    "more announced than the file can hold": (
        "9999999999999 300\ncat 1\n",
        "announces 9999999999999 words .* but 6 follow",
    ),
    "dimensions beyond any file": (f"2 {'9' * 30}\ncat 1\n", "announces 2 words of 9+ dimensions"),
    "cut off": ("3 2\ncat 1.000 2.000\ndog 3.000 4.000\n", "ends after 2 of the 3 words"),
    "too many rows": ("1 2\ncat 1 2\ndog 3 4\n", "row 3: more rows than the 1"),
    "a number missing": ("2 2\ncat 1 2.0000\ndog 3\n", "row 3: expected a word and 2 numbers, got 1"),
    "a number too many": ("1 2\ncat 1 2 3\n", "row 2: expected a word and 2 numbers, got 3"),
    "not a number": ("1 2\ncat 1 two\n", "row 2: .*expected a word and 2 numbers"),
    "NaN": ("2 2\ncat 1 2\ndog nan 4\n", "row 3: holds NaN or infinity"),
    "infinity": ("2 2\ncat 1 2\ndog inf 4\n", "row 3: holds NaN or infinity"),
    "too large for float32": ("2 2\ncat 1 2\ndog 1e39 4\n", "row 3: holds NaN or infinity"),
    "a word twice": (
        "3 2\ncat 1 2\ndog 3 4\ncat 5 6\n",
        r"row 4: the word 'cat' stands there twice \(first as number 1\)",
    ),
}


@pytest.mark.parametrize(("content", "message"), TEXT_FAULTS.values(), ids=TEXT_FAULTS)
def test_damaged_text_file_is_refused_by_row(content, message, tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=f"vectors.txt.*{message}"):
        read_text_vectors(path)


def test_word_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_bytes("1 2\n하늘 1 2\n".encode("cp949"))
    with pytest.raises(DataError, match="row 2: the word is not UTF-8"):
        read_text_vectors(path)


def _binary(*rows: tuple[bytes, list[float]], header: bytes) -> bytes:
    return header + b"".join(word + b" " + np.array(row, dtype="<f4").tobytes() for word, row in rows)


BINARY_FAULTS = {
    "more announced than the file can hold": (b"99999999 300\ncat \0\0\0\0", "announces 99999999 words"),
    "cut off": (_binary((b"a-long-word-to-fill-the-bytes", [1, 2]), header=b"2 2\n"), "ends within word 2"),
    "NaN": (_binary((b"cat", [1, float("nan")]), header=b"1 2\n"), "word 1: holds NaN or infinity"),
    "a word twice": (_binary((b"cat", [1, 2]), (b"cat", [3, 4]), header=b"2 2\n"), "word 2: the word 'cat' .* twice"),
    "goes on": (_binary((b"cat", [1, 2]), (b"dog", [3, 4]), header=b"1 2\n"), "goes on behind the 1 words"),
    "no word": (_binary((b"", [1, 2]), (b"dog", [3, 4]), header=b"2 2\n"), "word 1: has no word"),
    "no space": (b"1 2\n" + b"x" * 70_000, "no space within 65536 bytes"),
}


@pytest.mark.parametrize(("content", "message"), BINARY_FAULTS.values(), ids=BINARY_FAULTS)
def test_damaged_binary_file_is_refused_by_word(content, message, tmp_path):
    path = tmp_path / "vectors.bin"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"vectors.bin.*{message}"):
        read_binary_vectors(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"none\.txt: no such file"):
        read_vectors(tmp_path / "none.txt")


@pytest.mark.parametrize("word", ["two words", "", "a\tb", "a\ud800b"])
@pytest.mark.parametrize("write", [write_text_vectors, write_binary_vectors])
def test_word_the_format_cannot_hold_is_refused_before_anything_is_written(write, word, tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        write(tmp_path / "vectors", WordVectors(["good", word], np.zeros((2, 3), dtype=np.float32)))
    assert not (tmp_path / "vectors").exists()


def test_white_space_in_words_becomes_an_underscore_and_is_told(caplog):
    with caplog.at_level(logging.INFO, "nlp_toolkit"):
        found = with_underscores(WordVectors(["콘라트 2세/NNP", "책"], np.eye(2, dtype=np.float32)))
    assert found.words == ["콘라트_2세/NNP", "책"]
    assert "1 of 2 words hold white space" in caplog.text


def test_words_that_become_one_are_named():
    with pytest.raises(DataError, match="two words become 'a_b'"):
        with_underscores(WordVectors(["a b", "a_b"], np.eye(2, dtype=np.float32)))


def test_unknown_suffix_names_the_known_ones(tmp_path):
    with pytest.raises(UsageError, match=r"expected a file that ends in \.txt, \.vec, \.bin, got vectors\.model"):
        write_vectors(Path(tmp_path / "vectors.model"), VECTORS)


def test_header_is_checked_before_memory_is_taken(tmp_path):
    path = tmp_path / "huge.bin"
    path.write_bytes(b"2000000000 1000\n" + b"x" * 100)  # 8 TB, were it believed
    with pytest.raises(DataError, match="the file is cut off or damaged"):
        read_vectors(path)
