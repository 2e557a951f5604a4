"""Recipes with BERT: each of them trains, answers, and gives the same answers once saved and loaded."""

import json
from pathlib import Path
from typing import Any

import pytest
from corpora import ENGLISH, OF_TASK, SEVERAL

from nlp_toolkit import BertVectorizer, save
from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines import inspect_model, load_recipe, predict, recipe_names, train

pytestmark = pytest.mark.usefixtures("one_thread")

MLM = {"epochs": 1, "block_length": 32, "batch_size": 4, "vocabulary_size": 300}
TRAINING = {"epochs": 2, "batch_size": 8}
RECIPES = [name for name in recipe_names() if name.startswith("bert-")]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A little BERT, its weights as they were drawn."""
    folder = tmp_path_factory.mktemp("model") / "stage"
    stage = BertVectorizer("scratch-tiny", mlm={**MLM, "epochs": 0}, device="cpu")
    save(stage.fit(list(ENGLISH.texts)), folder)
    return str(folder)


def _little(name: str, model: str) -> dict[str, Any]:
    """Overrides that make a recipe quick."""
    recipe = load_recipe(name)
    key, part = ("estimator", recipe.estimator) if recipe.vectorizer is None else ("vectorizer", recipe.vectorizer)
    parameters: dict[str, Any] = part.parameters
    changes = {f"{key}.model": "scratch-tiny" if "scratch" in parameters["model"] else model}
    if "mlm" in parameters:
        changes[f"{key}.mlm"] = MLM
    if "training" in parameters:
        changes[f"{key}.training"] = TRAINING
    return changes


def test_there_are_recipes_for_every_way() -> None:
    assert RECIPES == [
        "bert-cls-logreg",
        "bert-finetune",
        "bert-mean-logreg",
        "bert-mlm-cls-logreg",
        "bert-mlm-finetune",
        "bert-pair-regression",
        "bert-scratch-cls-logreg",
        "bert-scratch-finetune",
    ]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains_and_answers_the_same_once_saved(name: str, model: str, tmp_path: Path) -> None:
    task = load_recipe(name).task
    corpus = OF_TASK[task]
    result = train(name, corpus, test=corpus, overrides=_little(name, model), output=tmp_path / "model")
    said = list(predict(result, corpus))
    assert list(predict(tmp_path / "model", corpus)) == said
    assert json.loads(json.dumps(result.to_json(), allow_nan=False))["n"] == len(corpus)
    assert inspect_model(tmp_path / "model").task == task


@pytest.mark.parametrize("task", ["multilabel", "pair-classification", "regression"])
def test_other_tasks_are_one_word_apart(task: str, model: str) -> None:
    estimator = {"kind": "bert", "model": model, "frozen": True, "training": TRAINING}
    corpus = OF_TASK[task]
    result = train({"task": task, "vectorizer": None, "estimator": estimator}, corpus, folds=2)
    assert result.rows == len(corpus)
    assert len(list(predict(result, corpus))) == len(corpus)


def test_the_threshold_of_an_estimator_decides_what_is_given(model: str) -> None:
    estimator = {"kind": "bert", "model": model, "frozen": True, "training": TRAINING, "threshold": 0.01}
    result = train({"task": "multilabel", "vectorizer": None, "estimator": estimator}, SEVERAL, folds=0)
    assert next(predict(result, SEVERAL)).labels == ("car", "cat", "night")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vectorizer": {"kind": "tfidf"}}, "estimator 'bert' takes the texts themselves; write vectorizer: null"),
        ({"reduce": {"kind": "svd"}}, "estimator 'bert' takes the texts themselves; write vectorizer: null"),
        ({"estimator": {"kind": "bert", "mdel": "x"}}, "estimator 'bert' has no parameter 'mdel'; known: model"),
        ({"estimator": {"kind": "bert", "training": {"epochs": "3"}}}, "training.epochs: input should be a valid num"),
        ({"estimator": {"kind": "bert", "model": "scratch-vast"}}, "unknown size 'vast' in 'scratch-vast'"),
        (
            {"vectorizer": {"kind": "bert", "mlm": {"epoch": 1}}, "estimator": {"kind": "logreg"}},
            "vectorizer: mlm: no setting is called 'epoch'; known: epochs",
        ),
        (
            {"vectorizer": {"kind": "bert"}, "estimator": {"kind": "complement_nb"}},
            "estimator 'complement_nb' takes no negative numbers, which vectorizer 'bert' gives",
        ),
    ],
)
def test_a_recipe_that_cannot_work_is_refused(changes: dict[str, Any], message: str) -> None:
    recipe = {"task": "classification", "vectorizer": None, "estimator": {"kind": "bert"}, **changes}
    with pytest.raises(RecipeError, match=message):
        load_recipe(recipe)


def test_a_model_in_a_recipe_stays_in_its_folder(tmp_path: Path) -> None:
    recipe = tmp_path / "own.yaml"
    recipe.write_text("task: classification\nvectorizer: null\nestimator: {kind: bert, model: ../elsewhere}\n")
    with pytest.raises(RecipeError, match=r"estimator.model: '../elsewhere' leads out of the recipe's folder"):
        load_recipe(recipe)
    (tmp_path / "little").mkdir()
    recipe.write_text("task: classification\nvectorizer: null\nestimator: {kind: bert, model: little}\n")
    assert load_recipe(recipe).estimator.parameters["model"] == str(tmp_path / "little")
