"""Labels: one spelling of Hangul, numbers from Python and strings from files, what no model could keep."""

import unicodedata

import pandas as pd
import pytest
from corpora import ENGLISH, SEVERAL

from nlp_toolkit.errors import DataError
from nlp_toolkit_pipelines import Corpus, evaluate, load_recipe, train
from nlp_toolkit_pipelines.fitting import prepare_rows
from nlp_toolkit_pipelines.folds import make_folds

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


@pytest.mark.parametrize("large", ["1e155", "-1e200", 2e140])
def test_a_target_whose_square_overflows_is_refused_with_its_row(large: object):
    corpus = Corpus(texts=["a", "b", "c"], labels=["1", large, "3"])
    with pytest.raises(DataError, match=r"expected labels between .* in row 2 \(counted from 1\); fix or leave out"):
        train("tfidf-ridge", corpus, folds=0)


@pytest.mark.parametrize("missing", [None, "", float("nan")])
def test_a_row_without_a_group_is_refused(missing: object):
    corpus = Corpus(texts=["a", "b"] * 2, labels=["x", "y"] * 2, groups=["1", "2", missing, "3"])
    with pytest.raises(DataError, match=r"no group in row 3 \(counted from 1\)"):
        train("count-logreg", corpus, folds=2)


def test_groups_of_a_series_stay_whole_whatever_its_index():
    groups = pd.Series(list("abcd") * 4, index=range(16)[::-1])
    corpus = Corpus(texts=[f"text {n}" for n in range(16)], labels=["x", "y"] * 8, groups=groups)
    rows = prepare_rows(load_recipe("count-logreg"), corpus)
    for train_rows, test_rows in make_folds(load_recipe("count-logreg"), rows.target, rows.groups, 2).splits:
        assert {groups.iloc[row] for row in train_rows}.isdisjoint(groups.iloc[row] for row in test_rows)
