"""Recipes with small networks: each of them trains, answers, and gives the same answers once saved and loaded."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpora import ENGLISH, KOREAN, OF_TASK

from nlp_toolkit import Augmentation, TfidfVectorizer
from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines import build_pipeline, inspect_model, load_recipe, predict, recipe_names, train
from nlp_toolkit_pipelines.augmenting import with_variants
from nlp_toolkit_pipelines.comparison.defaults import family_of

pytestmark = pytest.mark.usefixtures("one_thread")

LITTLE = {
    "estimator.embedding_dim": 8,
    "estimator.hidden": 8,
    "estimator.training": {"epochs": 2, "batch_size": 8},
}
RECIPES = [name for name in recipe_names() if name.startswith("neural-")]


def test_there_is_a_recipe_for_every_architecture() -> None:
    architectures = [load_recipe(name).estimator.parameters["architecture"] for name in RECIPES]
    assert RECIPES == ["neural-bag", "neural-cnn", "neural-gru", "neural-mlp", "neural-transformer"]
    assert [f"neural-{name}" for name in architectures] == RECIPES
    assert [family_of(load_recipe(name)) for name in RECIPES] == [f"neural {name}" for name in architectures]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains_and_answers_the_same_once_saved(name: str, tmp_path: Path) -> None:
    result = train(name, KOREAN, folds=2, overrides=LITTLE, output=tmp_path / "model")
    said = list(predict(result, KOREAN))
    assert list(predict(tmp_path / "model", KOREAN)) == said
    assert json.loads(json.dumps(result.to_json(), allow_nan=False))["n"] == len(KOREAN)
    assert inspect_model(tmp_path / "model").task == "classification"


@pytest.mark.parametrize("task", ["multilabel", "regression"])
def test_other_tasks_are_one_word_apart(task: str) -> None:
    recipe = load_recipe("neural-bag", LITTLE).to_dict() | {"task": task}
    corpus = OF_TASK[task]
    result = train(recipe, corpus, folds=0)
    assert len(list(predict(result, corpus))) == len(corpus)


def test_augment_varies_the_training_rows_of_any_recipe_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    fit = TfidfVectorizer.fit_transform
    monkeypatch.setattr(
        TfidfVectorizer, "fit_transform", lambda self, texts, y: seen.append(texts) or fit(self, texts, y)
    )
    overrides = {"augment.drop_words": 0.4, "augment.copies": 2, "vectorizer.tokenizer": "words"}

    result = train("tfidf-logreg", ENGLISH, test=ENGLISH, overrides=overrides)

    (texts,) = seen
    n = len(ENGLISH)
    assert texts[:n] == list(ENGLISH.texts)
    assert len(texts) == 3 * n
    assert all(set(text.split()) <= set(texts[place % n].split()) for place, text in enumerate(texts))
    assert sum(len(text.split()) for text in texts[n:]) < 0.8 * 2 * sum(len(text.split()) for text in texts[:n])
    assert (result.rows, result.n) == (n, n)
    assert load_recipe(result.model.recipe.to_dict()) == result.model.recipe


def test_augment_of_pairs_varies_both_texts_and_keeps_labels_and_weights_beside_them() -> None:
    recipe = load_recipe("tfidf-pair-logreg", {"augment.drop_words": 0.5, "augment.copies": 1})
    rows, y, weights = with_variants(recipe, [("a b c d", "a b c d")], np.array(["x"]), np.array([2.0]))
    assert (y.tolist(), list(weights)) == (["x", "x"], [2.0, 2.0])
    assert rows[0] == ("a b c d", "a b c d")
    assert rows[1][0] != rows[1][1]


def test_a_network_that_varies_its_texts_itself_is_told_to() -> None:
    estimator = build_pipeline(load_recipe("neural-cnn", {"augment.close_spaces": 0.1})).named_steps["estimator"]
    assert estimator.augmentation == Augmentation(close_spaces=0.1)


def test_what_training_depends_on_is_set_from_outside() -> None:
    recipe = load_recipe("neural-cnn", ["estimator.training.dropout=0.25", "estimator.augmentation.drop_words=0.1"])
    assert recipe.estimator.parameters["training"] == {"dropout": 0.25}
    assert recipe.estimator.parameters["augmentation"] == {"drop_words": 0.1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vectorizer": {"kind": "tfidf"}}, "estimator 'neural' takes the texts themselves; write vectorizer: null"),
        ({"task": "pair-classification"}, "estimator 'neural' does not serve pair-classification; these do: bert"),
        ({"augment": {"drop": 0.1}}, "recipe: augment: no setting is called 'drop'; known: drop_words"),
        ({"augment": {"copies": 3}}, "recipe: augment.*give drop_words, close_spaces or open_spaces a share above 0"),
        (
            {"augment": {"drop_words": 0.1}, "estimator": {"kind": "bert"}},
            "augment: estimator 'bert' cannot vary its texts; leave augment out",
        ),
        (
            {"augment": {"drop_words": 0.1}, "estimator": {"kind": "neural", "augmentation": {"drop_words": 0.2}}},
            "augment and estimator.augmentation say the same of 'neural'; leave one out",
        ),
        ({"estimator": {"kind": "neural", "architecture": "lstm"}}, "'architecture' parameter .* Got 'lstm'"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused(changes: dict[str, Any], message: str) -> None:
    recipe = {"task": "classification", "vectorizer": None, "estimator": {"kind": "neural"}, **changes}
    with pytest.raises(RecipeError, match=message):
        load_recipe(recipe)
