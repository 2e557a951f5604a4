"""Predictions: in order, in blocks, the most probable label, and the JSON line of each task."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from corpora import ENGLISH, KOREAN, NUMBERS, PAIRS, SEVERAL

from nlp_toolkit.errors import ArtefactError, DataError, UsageError
from nlp_toolkit_pipelines import Corpus, iter_corpus, predict, train


@pytest.fixture(scope="module")
def model():
    return train("tfidf-svm", ENGLISH, folds=0)


def test_json_of_each_task(model):
    [answer] = predict(model, ["my cat"])
    [number] = predict(train("tfidf-ridge", NUMBERS, folds=0), ["my cat"])
    [several] = predict(train("tfidf-multilabel", SEVERAL, folds=0), ["cats chase mice at night"])
    [pair] = predict(train("tfidf-pair-logreg", PAIRS, folds=0), [("my cat", "a car")])

    assert answer.to_json().keys() == {"row", "label", "probabilities"}
    assert (answer.to_json()["row"], answer.to_json()["label"]) == (0, "cat")
    assert list(answer.to_json()["probabilities"]) == ["car", "cat"]
    assert sum(answer.probabilities.values()) == pytest.approx(1.0)
    assert number.to_json().keys() == {"row", "value"}
    assert several.to_json()["labels"] == ["cat", "night"]
    assert pair.label in ("same", "other")


def test_label_is_the_most_probable_one_and_what_the_pipeline_predicts(model):
    texts = [*ENGLISH.texts, "", "🙂", "words never seen"]

    answers = list(predict(model, texts))

    assert [answer.label for answer in answers] == model.pipeline.predict(texts).tolist()
    for answer in answers:
        assert answer.label == max(answer.probabilities, key=answer.probabilities.get)


def test_blocks_do_not_change_anything(model):
    whole = list(predict(model, ENGLISH))

    assert list(predict(model, ENGLISH, block_size=5)) == whole
    assert list(predict(model, iter(ENGLISH.texts))) == whole
    assert list(predict(model, np.array(ENGLISH.texts, dtype=object))) == whole
    assert list(predict(model, [ENGLISH.select(range(20)), ENGLISH.select(range(20, 32))])) == whole


def test_ids_stand_in_for_rows(model):
    corpus = Corpus(texts=["my cat", "my car"], ids=["x7", "x9"])

    assert [answer.to_json()["id"] for answer in predict(model, corpus)] == ["x7", "x9"]
    assert "row" not in next(predict(model, corpus)).to_json()


def test_file_is_read_in_blocks(model, tmp_path: Path):
    path = tmp_path / "texts.txt"
    path.write_text("my cat\nmy car\n", encoding="utf-8")

    assert [answer.label for answer in predict(model, path)] == ["cat", "car"]
    assert [answer.label for answer in predict(model, iter_corpus(path))] == ["cat", "car"]


def test_nothing_is_read_ahead_of_a_block(model):
    taken = 0

    def texts() -> Iterator[str]:
        nonlocal taken
        for text in ENGLISH.texts * 1000:
            taken += 1
            yield text

    next(predict(model, texts()))

    assert taken < 5000


@pytest.mark.parametrize(("recipe", "corpus"), [("tfidf-logreg", ENGLISH), ("tfidf-ridge", NUMBERS)])
def test_an_answer_that_is_no_number_is_refused(recipe, corpus):
    trained = train(recipe, corpus, folds=0)
    trained.pipeline[-1].coef_[:] = np.nan
    with (
        np.errstate(all="ignore"),
        pytest.raises(ArtefactError, match=r"answer to row 2 \(counted from 1\).* is NaN or inf"),
    ):
        list(predict(trained, ["", corpus.texts[0]]))


def test_no_texts_give_no_answers(model):
    assert list(predict(model, [])) == []


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one text", "got one str; wrap it in a list"),
        (None, "got None"),
        (3, "got int"),
        (["a", None], r"row 2 \(counted from 1\) is missing"),
        ([b"a"], "bytes"),
        ([("a", "b")], "takes one text a row, got pairs"),
    ],
)
def test_what_is_no_sequence_of_texts_is_refused(model, texts, message):
    with pytest.raises(DataError, match=message):
        list(predict(model, texts))


def test_data_frame_is_refused(model):
    pandas = pytest.importorskip("pandas", reason="pandas is optional")

    with pytest.raises(DataError, match="pass one column"):
        list(predict(model, pandas.DataFrame({"text": ["a"]})))


def test_seoul_is_found_in_every_form_end_to_end(tmp_path: Path):
    train("tfidf-logreg", KOREAN, folds=0, output=tmp_path / "model")

    answers = list(predict(tmp_path / "model", ["서울", "서울은", "서울에서는", "부산", "부산처럼"]))

    assert [answer.label for answer in answers] == ["seoul", "seoul", "seoul", "busan", "busan"]


def test_block_of_no_rows_is_refused(model):
    with pytest.raises(UsageError, match="block_size=0 is no number of rows"):
        next(predict(model, ["a cat"], block_size=0))


def test_labels_are_those_the_model_was_trained_on_and_strings_in_json() -> None:
    numbers = Corpus(texts=ENGLISH.texts, labels=[int(label == "cat") for label in ENGLISH.labels])
    first = next(predict(train("tfidf-logreg", numbers, folds=0), ENGLISH.texts[:1]))
    assert first.label in (0, 1) and isinstance(first.label, int)
    assert set(first.probabilities) == {0, 1}
    assert first.to_json()["label"] == str(first.label)
    assert set(first.to_json()["probabilities"]) == {"0", "1"}
