"""Explanations add up to the decision value, stand at the words of the text, and beat random ones."""

import json
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from corpora import ENGLISH, KOREAN, NUMBERS, PAIRS, SEVERAL

from nlp_toolkit import Corpus, read_corpus
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines import train
from nlp_toolkit_pipelines.explanation.explain import Explainer, explain
from nlp_toolkit_pipelines.explanation.results import Explanation
from nlp_toolkit_pipelines.explanation.words import grouped, with_the_rest, without

MIXED = "My Cat purrs, the CAR is fast!  cats don't drive; kitten"

UNION = {
    "task": "classification",
    "vectorizer": {
        "union": [
            {"kind": "tfidf", "ngram_range": [1, 2], "sublinear_tf": True, "stop_words": ["the"]},
            {"kind": "tfidf", "analyzer": "char_wb", "ngram_range": [1, 4]},
            {"kind": "count", "analyzer": "char", "ngram_range": [1, 3]},
        ]
    },
    "estimator": {"kind": "logreg"},
}


def _fitted(recipe, corpus: Corpus, overrides=()):
    return train(recipe, corpus, folds=0, overrides=overrides).model


def total(explanation: Explanation) -> float:
    return explanation.constant + explanation.elsewhere + sum(span.weight for span in explanation.spans)


@pytest.mark.parametrize(
    "overrides",
    [
        {"estimator": "logreg", "vectorizer": "count"},
        {"estimator": "logreg", "vectorizer": {"kind": "tfidf", "tokenizer": "english-stems", "ngram_range": [1, 3]}},
        {"estimator": "logreg", "vectorizer": {"kind": "tfidf", "token_pattern": r"\w+", "lowercase": False}},
        {"estimator": "logreg", "vectorizer": {"kind": "count", "tokenizer": "characters"}},
        {"estimator": "linear_svm", "vectorizer": {"kind": "tfidf", "analyzer": "char", "ngram_range": [2, 4]}},
        {"estimator": "sgd", "vectorizer": UNION["vectorizer"]},
        {"estimator": "logreg", "vectorizer": "tfidf", "reduce": {"kind": "pca", "components": 3}},
        {"estimator": "logreg", "vectorizer": "tfidf", "reduce": {"kind": "svd", "components": 3}},
    ],
    ids=lambda value: str(value)[:60],
)
def test_words_add_up_to_the_decision_value(overrides):
    model = _fitted(UNION, ENGLISH, overrides)
    decision = float(model.pipeline.decision_function([MIXED])[0])

    for label, expected in (("cat", decision), ("car", -decision)):
        found = explain(model, MIXED, label=label)
        assert found.method == "linear"
        sign = -1 if model.labels[0] == label else 1
        assert total(found) == pytest.approx(sign * decision, abs=1e-9)
        assert found.score == pytest.approx(total(found), abs=1e-12)
        assert abs(found.score) == pytest.approx(abs(expected), abs=1e-9)


def test_contributions_of_features_are_value_times_coefficient():
    model = _fitted({"task": "classification", "vectorizer": "count", "estimator": "logreg"}, ENGLISH)
    names = model.pipeline["vectorizer"].get_feature_names_out()
    coefficients = dict(zip(names, model.pipeline["estimator"].coef_[0], strict=True))

    found = explain(model, "cats cats drive", label=model.labels[1])

    by_name = {feature.name: feature for feature in found.features}
    assert by_name["cats"].value == 2.0
    assert by_name["cats"].weight == pytest.approx(2 * coefficients["cats"])
    first, second, drive = found.spans
    assert first.weight == second.weight == pytest.approx(coefficients["cats"])  # two occurrences share it
    assert drive.weight == pytest.approx(coefficients["drive"])
    assert found.constant == pytest.approx(float(model.pipeline["estimator"].intercept_[0]))


def test_several_classes_have_a_row_each():
    corpus = Corpus(texts=["red", "green", "blue"] * 4, labels=["r", "g", "b"] * 4)
    model = _fitted("tfidf-logreg", corpus)
    values = model.pipeline.decision_function(["red green"])[0]

    for column, label in enumerate(model.labels):
        assert explain(model, "red green", label=label).score == pytest.approx(values[column])


def test_naive_bayes_adds_up_to_its_joint_log_likelihood_against_the_mean_of_the_classes():
    model = _fitted("tfidf-nb", ENGLISH)
    joint = model.pipeline["estimator"].predict_joint_log_proba(model.pipeline["vectorizer"].transform([MIXED]))[0]

    for column, label in enumerate(model.labels):
        assert explain(model, MIXED, label=label).score == pytest.approx(joint[column] - joint.mean())


def test_regression_adds_up_to_the_number():
    model = _fitted("tfidf-ridge", NUMBERS)
    found = explain(model, MIXED)

    assert (found.label, found.scale, found.probability) == (None, "value", None)
    assert total(found) == pytest.approx(float(model.pipeline.predict([MIXED])[0]))
    with pytest.raises(UsageError, match="predicts a number, it has no label 'cat'"):
        explain(model, MIXED, label="cat")


def test_multilabel_model_is_asked_about_one_label_at_a_time():
    model = _fitted("tfidf-multilabel", SEVERAL)
    text = "a cat at night"
    odds = dict(zip(model.labels, model.pipeline.decision_function([text])[0], strict=True))

    for label in model.labels:
        assert explain(model, text, label=label).score == pytest.approx(odds[label], abs=1e-6)
    assert explain(model, text).label == max(odds, key=odds.get)


def test_korean_weights_stand_at_morphemes_and_the_particle_is_apart():
    model = _fitted("tfidf-svm", KOREAN, {"vectorizer.min_df": 1})
    found = explain(model, "서울에서 놀았다", label="seoul")

    assert [span.text for span in found.spans] == ["서울", "에서", "놀", "았", "다"]
    assert found.strongest(1)[0].text == "서울"
    assert total(found) == pytest.approx(found.score)


def test_character_ngrams_of_korean_are_shown_at_morphemes_too():
    model = _fitted("tfidf-char-svm", KOREAN, {"vectorizer.min_df": 1})
    found = explain(model, "서울에서 놀았다", label="seoul")

    assert found.method == "linear"
    assert found.strongest(1)[0].text == "서울"


def test_words_the_model_reads_whole_are_not_taken_apart():
    model = _fitted("tfidf-svm", KOREAN, {"vectorizer.min_df": 1, "vectorizer.tokenizer": "words"})

    assert [span.text for span in explain(model, "서울에서 놀았다").spans] == ["서울에서", "놀았다"]


def test_places_are_those_of_the_text_as_it_was_given():
    model = _fitted("tfidf-svm", KOREAN, {"vectorizer.min_df": 1})
    text = unicodedata.normalize("NFD", "서울에서 놀았다")
    composed = explain(model, "서울에서 놀았다", label="seoul")

    found = explain(model, text, label="seoul")

    assert [unicodedata.normalize("NFC", span.text) for span in found.spans] == [span.text for span in composed.spans]
    assert [text[span.start : span.end] for span in found.spans] == [span.text for span in found.spans]
    assert [span.weight for span in found.spans] == pytest.approx([span.weight for span in composed.spans])


@pytest.mark.parametrize("text", ["", "   ", "!!! 😀", "zzz", "a" * 5000, "İstanbul ΣΑΣ don't", "\u0301 \u0915\u093f"])
@pytest.mark.parametrize("method", ["linear", "occlusion"])
def test_odd_texts_are_explained(text: str, method):
    found = Explainer(_odd_model(), method=method).explain(text)

    assert all(np.isfinite([found.score, *(span.weight for span in found.spans)]))
    assert "".join(span.text for span in found.spans) == "".join(text.split())
    json.dumps(found.to_json(), allow_nan=False)


@cache
def _odd_model():
    return _fitted(UNION, ENGLISH)


def test_occlusion_is_what_the_probability_loses_without_the_word():
    model = _odd_model()
    found = explain(model, "my cat purrs", label="cat", method="occlusion")
    whole, *without_each = model.pipeline.predict_proba(["my cat purrs", " cat purrs", "my  purrs", "my cat "])[
        :, list(model.labels).index("cat")
    ]

    assert (found.method, found.scale, found.constant) == ("occlusion", "probability", None)
    assert found.score == found.probability == pytest.approx(whole)
    assert [span.text for span in found.spans] == ["my", "cat", "purrs"]
    assert [span.weight for span in found.spans] == pytest.approx([whole - each for each in without_each])


def test_models_that_are_not_linear_are_explained_by_occlusion():
    model = _fitted({"task": "classification", "vectorizer": "tfidf", "estimator": "knn"}, ENGLISH)

    assert explain(model, MIXED).method == "occlusion"
    with pytest.raises(UsageError, match=r"no exact linear explanation: its estimator KNeighborsClassifier.*occlusion"):
        explain(model, MIXED, method="linear")


def test_word_vectors_and_functions_are_explained_by_occlusion():
    for vectorizer in ({"kind": "word2vec", "vector_size": 8, "min_count": 1}, {"kind": "hashing"}, {"kind": "bm25"}):
        model = _fitted({"task": "classification", "vectorizer": vectorizer, "estimator": "logreg"}, ENGLISH)
        found = explain(model, "my cat", label="cat")
        assert (found.method, len(found.spans)) == ("occlusion", 2)


def test_pair_is_explained_on_both_sides():
    model = _fitted("tfidf-pair-logreg", PAIRS)
    found = explain(model, ("a cat sleeps", "my car is fast"))

    assert found.method == "occlusion"
    assert [(span.side, span.text) for span in found.spans] == [
        *((0, word) for word in ("a", "cat", "sleeps")),
        *((1, word) for word in ("my", "car", "is", "fast")),
    ]
    assert found.to_json()["texts"] == ["a cat sleeps", "my car is fast"]


def test_text_of_the_wrong_kind_is_refused():
    with pytest.raises(DataError, match="takes two texts, got str"):
        explain(_fitted("tfidf-pair-logreg", PAIRS), "one text")
    with pytest.raises(DataError, match=r"takes one text, got tuple .*Explainer"):
        explain(_odd_model(), ("a", "b"))
    with pytest.raises(UsageError, match="the model has no label 'dog'; its labels: car, cat"):
        explain(_odd_model(), "a", label="dog")
    with pytest.raises(UsageError, match="unknown method 'shap'; known: auto, linear, occlusion"):
        explain(_odd_model(), "a", method="shap")


def test_long_text_is_left_out_in_a_bounded_number_of_runs():
    text = " ".join(["my cat purrs and the car is fast"] * 200)
    found = explain(_odd_model(), text, method="occlusion")

    assert 200 < len(found.spans) <= 256
    assert "".join(span.text.replace(" ", "") for span in found.spans) == text.replace(" ", "")


def test_groups_keep_every_place():
    assert grouped([], 3) == []
    assert grouped([(n, n + 1) for n in range(7)], 3) == [(0, 3), (3, 6), (6, 7)]


def test_rest_is_everything_that_is_no_space():
    assert with_the_rest("ab cd!", [(0, 1)]) == [(0, 1), (1, 2), (3, 6)]


REVIEWS = Path(__file__).parents[3] / "examples"


def _reviews(name: str, language: str) -> tuple[list[str], list[str]]:
    corpus = read_corpus(REVIEWS / name, text_column="text", label_column="topic", metadata=["language:str"])
    kept = [row for row, found in enumerate(corpus.metadata["language"]) if found == language]
    return [corpus.texts[row] for row in kept], [corpus.labels[row] for row in kept]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("method", ["linear", "occlusion"])
def test_removing_explained_words_costs_more_than_removing_random_ones(language, method):
    texts, labels = _reviews("reviews_train.csv", language)
    model = train("tfidf-word-char-svm", Corpus(texts=texts, labels=labels), folds=0).model
    explainer = Explainer(model, method=method)
    random = np.random.default_rng(0)
    explained, by_chance = [], []
    for text in _reviews("reviews_test.csv", language)[0]:
        found = explainer.explain(text)
        strongest = [(span.start, span.end) for span in found.strongest(2)]
        column = [str(label) for label in model.labels].index(found.label)
        draws = [random.choice(len(found.spans), len(strongest), replace=False) for _ in range(5)]
        drawn = [[(found.spans[at].start, found.spans[at].end) for at in draw] for draw in draws]
        variants = [without(text, places) for places in (strongest, *drawn)]
        lost = found.probability - model.pipeline.predict_proba(variants)[:, column]
        explained.append(lost[0])
        by_chance.append(lost[1:].mean())

    assert len(explained) == 24
    assert np.mean(explained) > 2 * np.mean(by_chance) + 0.05
    assert np.mean(np.array(explained) > np.array(by_chance)) > 0.8
