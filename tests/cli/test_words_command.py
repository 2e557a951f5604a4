"""`nlp-toolkit words`: asked of a stage, of a trained model and of a file of vectors."""

import json
from pathlib import Path

import numpy as np
import pytest

from nlp_toolkit import CountVectorizer, Word2VecVectorizer, save
from nlp_toolkit.word_vectors.container import WordVectors
from nlp_toolkit.word_vectors.formats import read_vectors, write_text_vectors

WORDS = ["man", "king", "woman", "queen", "하늘/NNG", "바다/NNG"]
ROWS = [[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [-1, -2, 0], [-1, -1, 0]]


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.txt"
    write_text_vectors(path, WordVectors(WORDS, np.array(ROWS, dtype=np.float32)))
    return path


@pytest.fixture
def model(vectors: Path, tmp_path: Path) -> Path:
    save(Word2VecVectorizer.from_file(vectors, tokenizer="korean"), tmp_path / "model")
    return tmp_path / "model"


def test_nearest_finds_a_korean_word_by_its_plain_form(cli, model):
    outcome = cli("words", "nearest", model, "하늘", "-k", "1", "--json")
    assert outcome.code == 0
    assert outcome.json["word"] == "하늘"
    assert outcome.json["neighbours"] == [{"word": "바다/NNG", "similarity": pytest.approx(3 / 10**0.5)}]


def test_nearest_shows_a_table(cli, model):
    assert cli("words", "nearest", model, "King", "-k", "1").out.split() == ["word", "similarity", "man", "0.7071"]


def test_analogy_of_a_file_of_vectors(cli, vectors):
    outcome = cli("words", "analogy", vectors, "man", "king", "woman", "-k", "1", "--json")
    assert outcome.json["analogy"] == ["man", "king", "woman"]
    assert [found["word"] for found in outcome.json["neighbours"]] == ["queen"]


def test_evaluate_tells_pairs_from_analogies(cli, vectors, tmp_path):
    (tmp_path / "pairs.csv").write_text("man,king,5\nman,woman,1\nking,queen,3\nman,unheard,2\n")
    (tmp_path / "analogies.txt").write_text(": royal\nman king woman queen\nman king woman unheard\n")
    pairs = cli("words", "evaluate", vectors, tmp_path / "pairs.csv", "--json").json
    assert (pairs["spearman"], pairs["n"], pairs["unknown"]) == (pytest.approx(1.0), 3, 1)
    analogies = cli("words", "evaluate", vectors, tmp_path / "analogies.txt", "--json").json
    assert (analogies["accuracy"], analogies["accuracy_high"]) == (1.0, 1.0)
    assert analogies["section_intervals"] == {"royal": [analogies["accuracy_low"], 1.0]}
    assert {name: analogies[name] for name in ("n", "unknown", "sections")} == {
        "n": 1,
        "unknown": 1,
        "sections": {"royal": 1.0},
    }


def test_evaluate_shows_intervals(cli, vectors, tmp_path):
    (tmp_path / "pairs.csv").write_text("man,king,5\nman,woman,1\nking,queen,3\n")
    (tmp_path / "analogies.txt").write_text(": royal\nman king woman queen\n")

    pairs, analogies = (
        cli("words", "evaluate", vectors, tmp_path / name).out.splitlines() for name in ("pairs.csv", "analogies.txt")
    )

    assert [line.split()[0] for line in pairs] == ["spearman", "pearson", "n", "unknown"]
    assert pairs[0].split()[1] == "1.0000"
    assert analogies[0].split() == ["accuracy", "1.0000", "[0.2065,", "1.0000]"]  # Wilson's of 1 of 1
    assert analogies[-1].split() == ["royal", "1.0000", "0.2065", "1.0000"]


def test_export_is_read_again(cli, model, tmp_path):
    outcome = cli("words", "export", model, tmp_path / "out.bin", "--json")
    assert outcome.json == {"words": 6, "columns": 3, "output": str(tmp_path / "out.bin")}
    found = read_vectors(tmp_path / "out.bin")
    assert found.words == WORDS and found.vectors.tolist() == ROWS


def test_export_replaces_only_when_told(cli, model, tmp_path):
    (tmp_path / "out.txt").write_text("precious")
    assert cli("words", "export", model, tmp_path / "out.txt").code == 2
    assert (tmp_path / "out.txt").read_text() == "precious"
    assert cli("words", "export", model, tmp_path / "out.txt", "--overwrite").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "out.txt", "vectors.txt"]


def test_words_of_a_trained_model(cli, tmp_path):
    (tmp_path / "reviews.csv").write_text("text,label\n" + "good fine film,yes\nbad dull film,no\n" * 10)
    trained = cli(
        "train", "word2vec-cbow-logreg", tmp_path / "reviews.csv", "--label-column", "label",
        "-o", tmp_path / "model", "--set", "vectorizer.vector_size=8", "--set", "vectorizer.min_count=1",
    )  # fmt: skip
    assert trained.code == 0, trained.err
    outcome = cli("words", "nearest", tmp_path / "model", "film", "--json")
    assert {found["word"] for found in outcome.json["neighbours"]} == {"good", "fine", "bad", "dull"}


def test_misspelt_word_is_asked_for_by_its_ngrams(cli, tmp_path):
    texts = ["golden silver bronze", "golden bronze silver"] * 20
    settings = {"vector_size": 8, "min_count": 1, "sample": 0, "subwords": True, "bucket": 1000}
    save(Word2VecVectorizer(**settings).fit(texts), tmp_path / "model")
    outcome = cli("words", "nearest", tmp_path / "model", "goldenn", "-k", "1", "--json")
    assert outcome.json["neighbours"][0]["word"] == "golden"


FAULTS = {
    "unknown word": (["nearest", "{vectors}", "unheard"], 3, "the word 'unheard' has no vector here"),
    "no model": (["nearest", "{tmp}/none", "king"], 2, "none: no such model directory or file of word vectors"),
    "another stage": (["nearest", "{tmp}/count", "king"], 2, "holds CountVectorizer, which has no word vectors"),
    "no questions": (["evaluate", "{vectors}", "{tmp}/none.csv"], 2, "none.csv: no such file"),
    "questions in no known encoding": (["evaluate", "{vectors}", "{tmp}/binary.csv"], 3, "neither UTF-8"),
    "unknown suffix": (["export", "{vectors}", "{tmp}/out.model"], 2, ".txt, .vec, .bin, got out.model"),
    "no directory": (["export", "{vectors}", "{tmp}/none/out.txt"], 2, "none: no such directory; make it first"),
    "damaged vectors": (["nearest", "{tmp}/damaged.txt", "king"], 3, "ends after 1 of the 2 words"),
}


@pytest.mark.parametrize(("arguments", "code", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_is_told_in_one_line(cli, arguments, code, message, vectors, tmp_path):
    save(CountVectorizer().fit(["king"]), tmp_path / "count")
    (tmp_path / "binary.csv").write_bytes(b"king,queen,1\n\xff\xff\n")
    (tmp_path / "damaged.txt").write_text("2 2\nking 1.000 2.000\n")
    outcome = cli("words", *(argument.format(vectors=vectors, tmp=tmp_path) for argument in arguments), "--json")
    assert outcome.code == code
    error = json.loads(outcome.err.splitlines()[-1])["error"]
    assert error["code"] == code and message in error["message"]
