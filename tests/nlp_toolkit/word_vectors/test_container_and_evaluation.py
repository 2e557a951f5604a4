"""Nearest words, analogies and how well vectors agree with people: worked examples and gensim as the reference."""

import numpy as np
import pytest
from scipy.stats import binomtest

from nlp_toolkit.errors import DataError
from nlp_toolkit.word_vectors.container import WordVectors
from nlp_toolkit.word_vectors.evaluation import (
    WordPair,
    evaluate_analogies,
    evaluate_similarity,
    read_analogies,
    read_word_pairs,
)

ROYALS = WordVectors(
    ["man", "king", "woman", "queen", "apple", "nothing"],
    np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [-1, -1, -1], [0, 0, 0]], dtype=np.float32),
)


def test_nearest_words_worked_out_by_hand():
    found = ROYALS.nearest("king", 2)
    assert [neighbour.word for neighbour in found] == ["man", "queen"]  # 1/sqrt(2) and 1/2
    assert [neighbour.similarity for neighbour in found] == pytest.approx([0.5**0.5, 0.5])


def test_queen_is_to_woman_as_king_is_to_man():
    assert ROYALS.analogy("man", "king", "woman", 1)[0].word == "queen"


def test_no_more_neighbours_than_words():
    assert len(ROYALS.nearest("king", 100)) == 5
    assert ROYALS.nearest("king", 0) == []


def test_cosine_of_a_word_without_length_is_zero():
    assert ROYALS.similarity("king", "nothing") == 0.0


def test_unknown_word_is_named():
    with pytest.raises(DataError, match="the word 'pear' has no vector here"):
        ROYALS.nearest("pear")


@pytest.fixture(scope="module")
def random_vectors():
    return WordVectors([f"w{k}" for k in range(60)], np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32))


@pytest.fixture(scope="module")
def keyed(random_vectors):
    gensim = pytest.importorskip("gensim.models", reason="parity with gensim needs the extra word2vec")
    found = gensim.KeyedVectors(8)
    found.add_vectors(list(random_vectors.words), random_vectors.vectors)
    return found


def test_neighbours_and_analogies_are_gensims(random_vectors, keyed):
    ours = [(found.word, found.similarity) for found in random_vectors.nearest("w3", 10)]
    theirs = keyed.most_similar("w3", topn=10)
    assert [word for word, _ in ours] == [word for word, _ in theirs]
    assert [value for _, value in ours] == pytest.approx([value for _, value in theirs], abs=1e-6)
    analogy = random_vectors.analogy("w1", "w2", "w3", 5)
    expected = keyed.most_similar(positive=["w2", "w3"], negative=["w1"], topn=5)
    assert [found.word for found in analogy] == [word for word, _ in expected]


def test_correlations_are_gensims(random_vectors, keyed, tmp_path):
    scores = np.random.default_rng(1).random(30).round(2)
    rows = [f"W{k}\tw{k + 20}\t{score}" for k, score in enumerate(scores)]
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join([*rows, "w1\tunknown\t1.0"]) + "\n")

    found = evaluate_similarity(random_vectors, read_word_pairs(path))

    pearson, spearman, unknown = keyed.evaluate_word_pairs(str(path))
    assert found.spearman == pytest.approx(spearman.statistic, abs=1e-6)
    assert found.pearson == pytest.approx(pearson.statistic, abs=1e-6)
    assert found.spearman_low < found.spearman < found.spearman_high
    assert found.pearson_low < found.pearson < found.pearson_high
    assert (found.n, found.unknown) == (30, 1) and unknown == pytest.approx(100 / 31)


def test_analogy_accuracy_is_gensims(random_vectors, keyed, tmp_path):
    generator = np.random.default_rng(2)
    lines = [": first"]
    for k in range(200):
        if k == 100:
            lines.append(": second")
        a, b, c = (f"w{number}" for number in generator.choice(60, 3, replace=False))
        answer = random_vectors.analogy(a, b, c, 1)[0].word if k % 3 == 0 else "w0"
        lines.append(f"{a} {b} {c} {answer}")
    lines.append("w1 w2 w3 unknown")
    path = tmp_path / "analogies.txt"
    path.write_text("\n".join(lines) + "\n")

    found = evaluate_analogies(random_vectors, read_analogies(path))

    accuracy, sections = keyed.evaluate_word_analogies(str(path))
    assert found.accuracy == pytest.approx(accuracy)
    assert found.n == sum(len(part["correct"]) + len(part["incorrect"]) for part in sections[:2])
    assert found.unknown == 1
    assert list(found.sections) == ["first", "second"]
    ends = binomtest(round(found.accuracy * found.n), found.n).proportion_ci(method="wilson")
    assert (found.accuracy_low, found.accuracy_high) == pytest.approx((ends.low, ends.high))
    assert all(found.section_intervals[name][0] < share for name, share in found.sections.items())


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_pairs_with_and_without_header(delimiter, tmp_path):
    path = tmp_path / "pairs"
    path.write_text(
        delimiter.join(["word_a", "word_b", "score"]) + "\n" + delimiter.join(["돈", "현금", "9.15"]) + "\n"
    )
    assert read_word_pairs(path) == [WordPair("돈", "현금", 9.15)]


def test_row_without_a_score_is_named(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("a,b,1\nc,d,much\n")
    with pytest.raises(DataError, match=r"pairs.csv, row 2: expected word, word, score"):
        read_word_pairs(path)


def test_score_that_is_no_number_is_named(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("a,b,1\nc,d,nan\n")
    with pytest.raises(DataError, match=r"pairs.csv, row 2: expected word, word, score"):
        read_word_pairs(path)


def test_pairs_and_analogies_as_korean_spreadsheets_save_them_are_read(tmp_path, caplog):
    path = tmp_path / "questions.txt"
    path.write_bytes("돈,현금,9.15\n".encode("cp949"))
    assert read_word_pairs(path) == [WordPair("돈", "현금", 9.15)]
    path.write_bytes(": 수도\n한국 서울 일본 도쿄\n".encode("cp949"))
    assert read_analogies(path) == {"수도": [("한국", "서울", "일본", "도쿄")]}
    assert "read as CP949" in caplog.text


def test_line_of_three_words_is_named(tmp_path):
    path = tmp_path / "analogies.txt"
    path.write_text(": capitals\nAthens Greece Oslo\n")
    with pytest.raises(DataError, match=r"analogies.txt, row 2: expected four words, got 3"):
        read_analogies(path)


def test_too_few_known_pairs_is_an_error():
    with pytest.raises(DataError, match="only 0 of 2 pairs have two known words"):
        evaluate_similarity(ROYALS, [WordPair("x", "king", 1.0), WordPair("y", "z", 2.0)])


def test_analogies_all_unknown_is_an_error():
    with pytest.raises(DataError, match="every one of 1 analogies holds an unknown word"):
        evaluate_analogies(ROYALS, {"": [("a", "b", "c", "d")]})
