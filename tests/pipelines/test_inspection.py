"""Inspection: what a model is, and which features speak for which class."""

import json
from pathlib import Path

import pytest
from corpora import ENGLISH, NUMBERS, OF_TASK

from nlp_toolkit import Corpus, TfidfVectorizer, save
from nlp_toolkit_pipelines import inspect_model, train


def test_description_of_a_model(tmp_path: Path):
    train("tfidf-svm", ENGLISH, folds=2, output=tmp_path / "model")

    described = inspect_model(tmp_path / "model")

    assert (described.kind, described.task, described.labels) == ("pipeline", "classification", ("car", "cat"))
    assert described.recipe["name"] == "tfidf-svm"
    assert list(described.parts) == ["vectorizer", "reduce", "estimator"]
    assert described.training_rows == 32
    assert described.metrics["folds"] == 2
    assert described.bytes > 1000
    assert described.versions["nlp-toolkit"]
    assert json.loads(json.dumps(described.to_json())) == described.to_json()


@pytest.mark.parametrize("recipe", ["tfidf-svm", "tfidf-logreg", "tfidf-char-svm", "tfidf-sgd", "tfidf-word-char-svm"])
def test_telling_features_speak_for_their_class(tmp_path: Path, recipe: str):
    train(recipe, ENGLISH, folds=0, output=tmp_path / "model")

    features = inspect_model(tmp_path / "model", n_features=5).features

    assert features.keys() == {"car", "cat"}
    assert all(len(row) == 5 and row[0].weight > 0 for row in features.values())
    assert any("cat" in feature.name for feature in features["cat"])


def test_features_of_two_classes_are_the_two_ends_of_one_row(tmp_path: Path):
    model = train("count-logreg", ENGLISH, folds=0, output=tmp_path / "model").model
    weights = dict(
        zip(model.pipeline["vectorizer"].get_feature_names_out(), model.pipeline["estimator"].coef_[0], strict=True)
    )

    features = inspect_model(tmp_path / "model", n_features=1).features

    assert features["cat"][0].name == max(weights, key=weights.get)
    assert features["car"][0].name == min(weights, key=weights.get)
    assert features["car"][0].weight == -min(weights.values())


def test_reduced_weights_are_carried_back_to_the_words(tmp_path: Path):
    train("tfidf-svd-logreg", ENGLISH, folds=0, overrides={"reduce.components": 4}, output=tmp_path / "model")

    features = inspect_model(tmp_path / "model").features

    assert "cat" in {feature.name for feature in features["cat"]}


def test_every_task_has_features_by_label_or_one_row_for_the_number(tmp_path: Path):
    train("tfidf-multilabel", OF_TASK["multilabel"], folds=0, output=tmp_path / "several")
    train("tfidf-ridge", NUMBERS, folds=0, output=tmp_path / "number")

    assert inspect_model(tmp_path / "several").features.keys() == {"car", "cat", "night"}
    assert list(inspect_model(tmp_path / "number").features) == [""]


def test_estimator_that_is_not_linear_has_none(tmp_path: Path):
    train("count-logreg", ENGLISH, folds=0, overrides={"estimator": "knn"}, output=tmp_path / "model")

    assert inspect_model(tmp_path / "model").features is None


def test_stage_is_described_too(tmp_path: Path):
    save(TfidfVectorizer().fit(ENGLISH.texts), tmp_path / "stage")

    described = inspect_model(tmp_path / "stage")

    assert (described.kind, described.task, described.features) == ("stage", None, None)
    assert described.columns == len(TfidfVectorizer().fit(ENGLISH.texts).vocabulary_)


@pytest.mark.parametrize("estimator", ["complement_nb", "multinomial_nb"])
def test_naive_bayes_is_linear_too(tmp_path: Path, estimator: str):
    corpus = Corpus(texts=["cat the", "cat the", "car the", "car the"], labels=["c", "c", "v", "v"])
    train("count-logreg", corpus, folds=0, overrides={"estimator": estimator}, output=tmp_path / "model")

    features = inspect_model(tmp_path / "model").features

    # "the" says nothing: it is as frequent in both classes.
    assert {label: [each.name for each in told] for label, told in features.items()} == {"c": ["cat"], "v": ["car"]}


def test_label_that_every_row_has_leaves_the_others_their_features(tmp_path: Path):
    corpus = Corpus(texts=ENGLISH.texts, labels=[[label, "all"] for label in ENGLISH.labels])
    for estimator in ("logreg", "complement_nb"):
        train("tfidf-multilabel", corpus, folds=0, overrides={"estimator": estimator}, output=tmp_path / estimator)

        features = inspect_model(tmp_path / estimator).features

        assert features["all"] == ()
        assert "car" in {feature.name for feature in features["car"]}
