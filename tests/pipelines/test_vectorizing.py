"""Vectorize: what a stage argument means, rows in order, one pass or two with the same numbers."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from corpora import ENGLISH, PAIRS

from nlp_toolkit import CountVectorizer, TfidfVectorizer
from nlp_toolkit.errors import DataError, RecipeError, UsageError
from nlp_toolkit_pipelines import Corpus, load, resolve_stage, train, vectorize, vectorizing


def test_kind_is_fitted_and_written_with_its_shape(tmp_path: Path):
    ticks = iter([10.0, 12.5])

    result = vectorize("tfidf", ENGLISH, tmp_path / "rows.npz", clock=lambda: next(ticks))

    rows = sp.load_npz(tmp_path / "rows.npz")
    expected = TfidfVectorizer(tokenizer="words").fit_transform(ENGLISH.texts)
    assert abs(rows - expected).max() == 0
    assert result.to_json() == {
        "rows": 32,
        "columns": expected.shape[1],
        "output": str(tmp_path / "rows.npz"),
        "seconds": 2.5,
    }


def test_large_input_in_two_passes_gives_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    blocks = [ENGLISH.select(range(start, start + 4)) for start in range(0, 32, 4)]
    vectorize("tfidf", blocks, tmp_path / "one.npz")
    monkeypatch.setattr(vectorizing, "HELD_CHARACTERS", 100)
    monkeypatch.setattr(vectorizing, "BLOCK_ROWS", 3)

    vectorize("tfidf", blocks, tmp_path / "two.npz")

    one, two = sp.load_npz(tmp_path / "one.npz"), sp.load_npz(tmp_path / "two.npz")
    # fit_transform and transform may add up the squares of a row in another order.
    assert abs(one - two).max() < 1e-15


def test_one_shot_blocks_are_held_where_two_passes_are_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vectorizing, "HELD_CHARACTERS", 100)

    result = vectorize("count", iter([ENGLISH, ENGLISH]), tmp_path / "rows.npz")

    assert result.rows == 64


def test_saved_stage_only_transforms(tmp_path: Path):
    vectorize("count", ENGLISH, tmp_path / "rows.npz", save_stage=tmp_path / "stage")

    new = Corpus(texts=["cat cat unknownword"])
    result = vectorize(tmp_path / "stage", new, tmp_path / "new.npz")

    names = load(tmp_path / "stage").get_feature_names_out().tolist()
    row = sp.load_npz(tmp_path / "new.npz").toarray()[0]
    assert result.columns == len(names)
    assert row.sum() == row[names.index("cat")] == 2


def test_model_gives_its_features(tmp_path: Path):
    model = train("tfidf-svd-logreg", ENGLISH, folds=0, overrides={"reduce.components": 3}, output=tmp_path / "model")

    vectorize(tmp_path / "model", ENGLISH, tmp_path / "rows.npy")

    assert np.array_equal(np.load(tmp_path / "rows.npy"), model.pipeline[:-1].transform(ENGLISH.texts))


def test_ids_and_names_go_along(tmp_path: Path):
    import json

    corpus = Corpus(texts=["my cat", "my car"], ids=["x", "y"])

    vectorize("count", corpus, tmp_path / "rows.jsonl")

    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows == [{"id": "x", "vector": {"cat": 1, "my": 1}}, {"id": "y", "vector": {"car": 1, "my": 1}}]


def test_file_in_file_out(tmp_path: Path):
    (tmp_path / "texts.txt").write_text("one cat\ntwo cars\n", encoding="utf-8")

    assert vectorize("count", tmp_path / "texts.txt", tmp_path / "rows.parquet").rows == 2


def test_parameters_of_a_kind_need_no_prefix():
    assert resolve_stage("count", ["min_df=3"]).stage.min_df == 3
    assert resolve_stage("count", ["vectorizer.min_df=3"]).stage.min_df == 3
    assert resolve_stage("count").stage.tokenizer == "auto"


def test_recipe_name_and_file_and_fitted_stage_resolve(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text("task: regression\nvectorizer: count\nestimator: ols\n")
    fitted = CountVectorizer().fit(["a text"])

    assert type(resolve_stage("tfidf-svm").stage).__name__ == "TfidfVectorizer"
    assert type(resolve_stage("tfidf-word-char-svm").stage).__name__ == "FeatureUnion"
    assert type(resolve_stage(tmp_path / "mine.yaml").stage).__name__ == "CountVectorizer"
    assert resolve_stage(fitted).stage is fitted
    assert (resolve_stage(fitted).fitted, resolve_stage(CountVectorizer()).fitted) == (True, False)


def test_pairs_go_through_a_pair_recipe(tmp_path: Path):
    assert vectorize("tfidf-pair-logreg", PAIRS, tmp_path / "rows.npz").rows == len(PAIRS)


def test_what_is_no_stage_says_what_was_meant(tmp_path: Path):
    with pytest.raises(UsageError, match="no stage, recipe or directory is called tfdif; did you mean 'tfidf'"):
        resolve_stage("tfdif")
    with pytest.raises(RecipeError, match="tfidf has no parameter 'mindf'; did you mean 'min_df'"):
        resolve_stage("tfidf", ["mindf=3"])
    with pytest.raises(UsageError, match="is made already, its parameters cannot be changed"):
        resolve_stage(CountVectorizer(), ["min_df=3"])


def test_existing_output_is_kept(tmp_path: Path):
    (tmp_path / "rows.npz").write_text("mine")

    with pytest.raises(UsageError, match="exists; name another file, or overwrite it"):
        vectorize("count", ENGLISH, tmp_path / "rows.npz")

    assert (tmp_path / "rows.npz").read_text() == "mine"
    assert vectorize("count", ENGLISH, tmp_path / "rows.npz", overwrite=True).rows == 32


@pytest.mark.parametrize(
    ("name", "said"), [("no/rows.npz", "no: no such directory"), ("rows.foo", "cannot tell the format")]
)
def test_an_output_that_cannot_be_written_is_refused_before_the_texts_are_read(tmp_path: Path, name: str, said: str):
    def unread():
        raise AssertionError("the texts were read")
        yield

    with pytest.raises(UsageError, match=said):
        vectorize("count", unread(), tmp_path / name)


def test_nothing_to_vectorize_is_an_error(tmp_path: Path):
    fitted = CountVectorizer().fit(["a text"])

    with pytest.raises(DataError, match="no texts to vectorize"):
        vectorize(fitted, Corpus(texts=[]), tmp_path / "rows.npz")
