"""Labels: one spelling of Hangul, numbers from Python and strings from files, what no model could keep."""

import unicodedata

import pytest
from corpora import ENGLISH, SEVERAL

from nlp_toolkit.errors import DataError
from nlp_toolkit_pipelines import Corpus, evaluate, train

COUNTS = {"task": "classification", "vectorizer": "count", "estimator": "logreg"}


def relabelled(names: dict[str, object]) -> Corpus:
    return Corpus(texts=ENGLISH.texts, labels=[names[label] for label in ENGLISH.labels])


def test_both_spellings_of_hangul_are_one_label():
    decomposed = {"cat": unicodedata.normalize("NFD", "고양이"), "car": "자동차"}
    model = train(COUNTS, relabelled(decomposed), folds=0)

    result = evaluate(model, relabelled({"cat": "고양이", "car": unicodedata.normalize("NFD", "자동차")}))

    assert model.model.labels == ("고양이", "자동차")
    assert (result.n, result.metrics["accuracy"], result.unknown_labels) == (32, 1.0, {})


@pytest.mark.parametrize("in_file", [{"cat": "1", "car": "0"}, {"cat": "1.0", "car": "0.0"}, {"cat": 1, "car": 0}])
def test_whole_floats_from_python_meet_the_labels_of_a_file(in_file: dict[str, object]):
    model = train(COUNTS, relabelled({"cat": 1.0, "car": 0.0}), folds=0)

    assert evaluate(model, relabelled(in_file)).metrics["accuracy"] == 1.0


def test_labels_of_a_file_meet_whole_floats_from_python():
    model = train(COUNTS, relabelled({"cat": "1", "car": "0"}), folds=0)

    assert evaluate(model, relabelled({"cat": 1.0, "car": 0.0})).metrics["accuracy"] == 1.0


@pytest.mark.parametrize("label", ["x" * 1001, "a\0", "\ud800", 2**63])
def test_label_that_no_model_could_keep_is_refused_with_its_row(label: object):
    labels = [0, label, 1] if isinstance(label, int) else ["a", label, "b"]

    with pytest.raises(DataError, match=r"expected labels of at most 1000 characters .* in row 2 "):
        train(COUNTS, Corpus(texts=["aa", "bb", "cc"], labels=labels), folds=0)


def test_class_weight_is_written_by_name_where_labels_are_numbers():
    heavy = {"estimator.class_weight": {"1": 1000.0, "0": 1.0}}
    numbers = relabelled({"cat": 1, "car": 0})

    model = train(COUNTS, numbers, folds=0, overrides=heavy)

    assert model.pipeline.predict(["unheard of"]).tolist() == [1]
    assert train(COUNTS, numbers, folds=0).pipeline.predict_proba(["unheard of"])[0, 1] < 0.6


def test_label_on_one_row_is_named_before_anything_is_fitted():
    labels = [*SEVERAL.labels[:-1], ["rare"]]

    with pytest.raises(DataError, match="label 'rare' is on one row only, or on all but one"):
        train("tfidf-multilabel", Corpus(texts=SEVERAL.texts, labels=labels), overrides={"estimator": "linear_svm"})


def test_fold_without_any_label_is_named():
    corpus = Corpus(texts=["aa bb", "cc dd", "ee ff"], labels=[["a"], [], []])

    with pytest.raises(DataError, match="cannot cross-validate: a training part has no label at all"):
        train({**COUNTS, "task": "multilabel"}, corpus)
