"""Word2Vec's rows: poolings by hand, unknown words, subwords, vectors from elsewhere."""

import logging
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from nlp_toolkit import Word2VecVectorizer
from nlp_toolkit.errors import UsageError
from nlp_toolkit.word_vectors.formats import write_text_vectors

from .words import SMALL, topic_texts, vectors_file


def test_poolings_worked_out_by_hand(axes: Path) -> None:
    stage = Word2VecVectorizer.from_file(axes, tokenizer="words")
    texts = ["red red green", "blue"]
    expected = {
        "mean": [[4 / 3, 2 / 3, 0.0], [0.0, 0.0, -2.0]],
        "max": [[2.0, 2.0, 0.0], [0.0, 0.0, -2.0]],
        "mean+max": [[4 / 3, 2 / 3, 0.0, 2.0, 2.0, 0.0], [0.0, 0.0, -2.0, 0.0, 0.0, -2.0]],
    }
    for pooling, rows in expected.items():
        np.testing.assert_allclose(stage.set_params(pooling=pooling).transform(texts), rows, rtol=1e-6)
        assert len(stage.get_feature_names_out()) == len(rows[0])


def test_idf_worked_out_by_hand(axes: Path) -> None:
    stage = Word2VecVectorizer(vectors=axes, epochs=0, pooling="idf", tokenizer="words")
    stage.fit(["red", "red green", "red blue"])
    red, green = np.log(4 / 4) + 1, np.log(4 / 2) + 1
    expected = [[2 * red / (red + green), 2 * green / (red + green), 0.0]]
    np.testing.assert_allclose(stage.transform(["red green"]), expected, rtol=1e-6)


def test_sif_worked_out_by_hand(axes: Path) -> None:
    stage = Word2VecVectorizer(vectors=axes, epochs=0, pooling="sif", sif_a=0.5, tokenizer="words")
    stage.fit(["red", "red", "red", "green"])
    # p(red) = 3/4: weight 0.5 / 1.25 = 0.4; p(green) = 1/4: weight 2/3. Rows along red (3 x 0.8) outweigh green (1.33).
    np.testing.assert_allclose(stage.component_, [1.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(stage.transform(["red", "green red"]), [[0, 0, 0], [0, 2 * (2 / 3) / 2, 0]], atol=1e-6)


def test_sif_component_is_that_of_the_singular_value_decomposition() -> None:
    stage = Word2VecVectorizer(pooling="sif", **SMALL).fit(texts := topic_texts())
    component = stage.component_
    stage.component_ = np.zeros(16)
    _, _, directions = np.linalg.svd(stage.transform(texts).astype(float))
    assert abs(directions[0] @ component) == pytest.approx(1.0, abs=1e-6)


def test_unknown_words_are_skipped_and_counted_and_a_text_without_words_is_flagged(axes: Path, caplog) -> None:
    stage = Word2VecVectorizer.from_file(axes, tokenizer="words")
    with caplog.at_level(logging.INFO, "nlp_toolkit"):
        rows = stage.transform(["red pink", "pink", "", "blue"])
    assert rows.tolist() == [[2, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, -2]]
    assert (stage.n_words_, stage.n_unknown_) == (4, 2)
    assert stage.zero_rows_.tolist() == [1, 2]
    assert "2 of 4 texts hold no known word" in caplog.text


def test_blocks_are_the_rows(axes: Path) -> None:
    stage = Word2VecVectorizer.from_file(axes, tokenizer=str.split)
    texts = ["red green", "blue", ""] * 200_000
    blocks = list(stage.transform_blocks(iter(texts)))
    assert len(blocks) > 1
    np.testing.assert_array_equal(np.concatenate(blocks)[-3:], stage.transform(texts[:3]))
    assert stage.transform([]).shape == (0, 3)


def test_mean_of_a_long_text_loses_no_digits(tmp_path: Path) -> None:
    stage = Word2VecVectorizer.from_file(vectors_file(tmp_path, ["aa", "bb"], [[0.1], [0.3]]), tokenizer="words")
    assert stage.transform(["aa bb " * 500_000])[0, 0] == pytest.approx(0.2, rel=1e-6)


def test_misspelt_word_is_near_the_right_one() -> None:
    settings = {**SMALL, "subwords": True, "bucket": 20_000, "min_n": 2, "max_n": 4}
    stage = Word2VecVectorizer("skip-gram", epochs=20, alpha=0.05, **settings).fit(topic_texts())
    row = stage.transform(["goldd"])[0]
    cosines = stage.words_.directions @ row / np.linalg.norm(row)
    assert stage.words_.words[int(cosines.argmax())] == "gold"
    assert stage.n_unknown_ == 0


def test_word_without_a_known_ngram_is_unknown() -> None:
    stage = Word2VecVectorizer(subwords=True, **SMALL).fit(topic_texts())
    assert not stage.transform(["뷁뚧"]).any()
    assert stage.n_unknown_ == 1 and stage.zero_rows_.tolist() == [0]


def test_known_words_are_pooled_alike_with_subwords_and_from_their_exported_vectors(tmp_path: Path) -> None:
    stage = Word2VecVectorizer(subwords=True, **SMALL).fit(topic_texts())
    write_text_vectors(tmp_path / "words.txt", stage.words_)
    exported = Word2VecVectorizer.from_file(tmp_path / "words.txt", tokenizer="words-all")
    texts = topic_texts(5, seed=1)
    np.testing.assert_allclose(exported.transform(texts), stage.transform(texts), atol=1e-7)


def test_both_spellings_of_hangul_are_the_word_of_a_file(tmp_path: Path) -> None:
    sky, sea = (unicodedata.normalize("NFD", word) for word in ("하늘", "바다"))
    (tmp_path / "vectors.vec").write_text(f"3 2\n{sky} 1 2\n바다 3 4\n{sea} 5 6\n", encoding="utf-8")
    stage = Word2VecVectorizer.from_file(tmp_path / "vectors.vec", tokenizer="words")
    assert stage.transform(["하늘", sky, "바다", sea]).tolist() == [[1, 2], [1, 2], [3, 4], [3, 4]]


def test_training_begins_from_vectors_of_a_file(axes: Path) -> None:
    stage = Word2VecVectorizer(vectors=axes, alpha=1e-6, min_alpha=1e-7, epochs=1, **SMALL)
    stage.fit(["red green cat", "cat blue"])
    assert stage.words_.words == ["red", "green", "blue", "cat"]
    np.testing.assert_allclose(stage.words_.vectors[:3], [[2, 0, 0], [0, 2, 0], [0, 0, -2]], atol=1e-4)
    assert stage.transform(["red"]).shape == (1, 3)


def test_tokenizer_auto_looks_at_the_words_of_a_file(tmp_path: Path) -> None:
    korean = Word2VecVectorizer.from_file(vectors_file(tmp_path, ["하늘/NNG", "땅/NNG"], [[1.0], [2.0]]))
    assert korean.tokenizer_.name == "korean"
    np.testing.assert_allclose(korean.transform(["하늘이"]), [[1.0]])
    assert korean.spell("하늘") == "하늘/NNG"
    assert korean.spell("바다") == "바다"


@pytest.mark.parametrize("pooling", ["idf", "sif"])
def test_weights_by_texts_need_texts(pooling: str, axes: Path) -> None:
    stage = Word2VecVectorizer.from_file(axes, pooling=pooling)
    with pytest.raises(UsageError, match=f"pooling='{pooling}' weighs words by the texts fitted, and none were"):
        stage.transform(["red"])


def test_keyed_vectors_hold_the_same_words_vectors_and_counts() -> None:
    pytest.importorskip("gensim.models", reason="needs the extra word2vec")
    stage = Word2VecVectorizer(**SMALL).fit(topic_texts())
    keyed = stage.word_vectors_
    assert type(keyed).__name__ == "KeyedVectors"
    assert keyed.index_to_key == stage.words_.words
    np.testing.assert_array_equal(keyed.vectors, stage.words_.vectors)
    assert keyed.get_vecattr("cat", "count") == stage.learned_.statistics.counts[stage.words_.row("cat")]
    assert keyed.most_similar("cat", topn=1)[0][0] == stage.words_.nearest("cat", 1)[0].word
