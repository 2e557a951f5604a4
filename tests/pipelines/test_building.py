"""Pipelines from recipes behave as scikit-learn's own: clone, search, cross-validation, weights, groups."""

import numpy as np
import pytest
from corpora import ENGLISH
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate

from nlp_toolkit import CountVectorizer, PairFeatures
from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines import build_pipeline

PLAIN = {"task": "classification", "vectorizer": {"kind": "count"}, "estimator": {"kind": "logreg"}}


def test_steps_are_what_the_recipe_says():
    pipeline = build_pipeline(PLAIN)

    assert isinstance(pipeline["vectorizer"], CountVectorizer)
    assert pipeline["reduce"] == "passthrough"
    assert type(pipeline["estimator"]).__name__ == "LogisticRegression"


def test_seed_reaches_every_part_that_has_one():
    pipeline = build_pipeline("tfidf-svd-logreg", {"seed": 5})

    assert pipeline["reduce"].random_state == 5
    assert pipeline["estimator"].random_state == 5


def test_pair_task_wraps_the_stage_in_pair_features():
    assert isinstance(build_pipeline("tfidf-pair-logreg")["vectorizer"], PairFeatures)


def test_clone_keeps_every_parameter():
    pipeline = build_pipeline("tfidf-word-char-svm")

    assert clone(pipeline).get_params().keys() == pipeline.get_params().keys()
    assert repr(clone(pipeline)) == repr(pipeline)


def test_set_params_reaches_every_step():
    pipeline = build_pipeline("tfidf-word-char-svm").set_params(vectorizer__tfidf1__min_df=7, estimator__C=2.0)

    assert pipeline["vectorizer"].transformer_list[1][1].min_df == 7
    assert pipeline["estimator"].C == 2.0


def test_grid_search_finds_the_parameter_that_separates():
    texts = ["a cat", "a dog"] * 10
    labels = ["cat", "dog"] * 10
    search = GridSearchCV(build_pipeline(PLAIN), {"vectorizer__analyzer": ["word"], "estimator__C": [1e-9, 1.0]}, cv=2)

    search.fit(texts, labels)

    assert search.best_score_ == 1.0
    assert search.predict(["one dog"]).tolist() == ["dog"]


def test_weights_and_groups_are_routed():
    groups = np.arange(len(ENGLISH)) // 8
    weights = np.where(np.asarray(ENGLISH.labels) == "cat", 1.0, 0.0) + 1e-9
    scored = cross_validate(
        build_pipeline(PLAIN),
        ENGLISH.texts,
        ENGLISH.labels,
        cv=GroupKFold(4),
        groups=groups,
        params={"estimator__sample_weight": weights},
        return_estimator=True,
    )

    # With nearly all weight on one class every text is taken for it.
    assert {label for model in scored["estimator"] for label in model.predict(ENGLISH.texts)} == {"cat"}


@pytest.mark.parametrize("estimator", ["complement_nb", "multinomial_nb"])
def test_naive_bayes_refuses_rows_with_negative_numbers(estimator: str):
    with pytest.raises(RecipeError, match=f"'{estimator}' takes no negative numbers"):
        build_pipeline(PLAIN | {"estimator": estimator, "reduce": {"kind": "svd", "components": 2}})
