"""`class_weight` finds its labels however either is written, in every estimator, and after a model is loaded."""

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp_toolkit import BertClassifier, Corpus, load
from nlp_toolkit.errors import RecipeError, UsageError
from nlp_toolkit.estimators.class_weights import keys_for_scikit_learn, weights_of_labels
from nlp_toolkit.estimators.heads import HEADS, make_head
from nlp_toolkit_pipelines import load_recipe, predict, train
from nlp_toolkit_pipelines.fitting import fit_pipeline

TEXTS = ["red apple", "green pear", "red car", "blue car", "apple pie", "fast car", "a thing", "a thing"] * 2
LABELS = ["0", "0", "1", "1", "0", "1", "0", "1"] * 2


@pytest.mark.parametrize(
    ("weights", "labels", "expected"),
    [
        ({0: 2.0, 1: 1.0}, ["0", "1"], {"0": 2.0, "1": 1.0}),
        ({"0": 2.0, "1": 1.0}, [0, 1], {0: 2.0, 1: 1.0}),
        ({0.0: 2.0, "1": 1.0}, ["0", "1"], {"0": 2.0, "1": 1.0}),
        ({np.int64(0): 2.0}, ["0", "1"], {"0": 2.0}),
        ({"1": 2.0}, [1.0, 2.0], {1.0: 2.0}),
        ({True: 2.0, False: 1.0}, ["true", "false"], {"true": 2.0, "false": 1.0}),
        ({"true": 2.0}, [False, True], {True: 2.0}),
        ({1: 3.0, 1.5: 2.0}, ["1", "1.5"], {"1": 3.0, "1.5": 2.0}),
        ({"1.0": 3.0, "1": 2.0}, ["1", "1.0"], {"1": 2.0, "1.0": 3.0}),
        ({"\u1100\u1161": 2.0}, ["\uac00", "b"], {"\uac00": 2.0}),
    ],
)
def test_a_key_is_its_label_however_it_is_written(weights: Any, labels: Any, expected: Any) -> None:
    found = weights_of_labels(weights, labels)
    assert found == expected
    assert {key: type(key) for key in found} == {key: type(key) for key in expected}


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({2: 1.0}, "class_weight has the key 2, which is no label; the labels: '0', '1'"),
        ({0: 1.0, 1: 1.0, "other": 2.0}, "class_weight has the key 'other', which is no label"),
        ({0: 1.0, "0": 2.0}, "class_weight has two keys for the label '0': 0 and '0'"),
    ],
)
def test_a_key_that_is_no_label_of_its_own_is_refused(weights: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        weights_of_labels(weights, ["0", "1"])


@pytest.mark.parametrize("key", [0, 0.0, "0", np.int64(0), np.str_("0")])
def test_a_recipe_takes_keys_of_any_type(key: Any) -> None:
    recipe = {
        "task": "classification",
        "vectorizer": "count",
        "estimator": {"kind": "logreg", "class_weight": {key: 9}},
    }
    assert load_recipe(recipe).to_dict()["estimator"]["class_weight"] == {"0": 9}


def test_labels_that_scikit_learn_takes_for_one_number_are_refused_for_its_estimators() -> None:
    with pytest.raises(UsageError, match="scikit-learn reads the labels '1' and '01' as one number"):
        keys_for_scikit_learn({"1": 1.0, "01": 2.0})


def test_labels_that_a_part_of_the_rows_lacks_have_no_weight_there() -> None:
    assert weights_of_labels({0: 2.0, 1: 3.0}, ["0", "1"], present=["1"]) == {"1": 3.0}


def _kinds() -> list[str]:
    kinds = [kind for kind, head in HEADS.items() if head.classification is not None and kind != "bert"]
    made = {kind: make_head(kind, {}, task="classification", seed=0) for kind in kinds}
    return [kind for kind, head in made.items() if "class_weight" in inspect.signature(type(head)).parameters]


def _recipe(kind: str, weights: Any) -> dict[str, Any]:
    small = {"embedding_dim": 4, "hidden": 4, "training": {"epochs": 1}, "device": "cpu"} if kind == "neural" else {}
    return {
        "task": "classification",
        "vectorizer": None if kind == "neural" else {"kind": "count"},
        "estimator": {"kind": kind, "class_weight": weights, **small},
    }


def _probabilities(model: Any) -> list[Any]:
    return [[*prediction.probabilities.values()] for prediction in predict(model, ["a thing", "red car"])]


@pytest.mark.parametrize("kind", _kinds())
def test_every_estimator_takes_weights_of_labels_that_look_like_integers(kind: str, tmp_path: Path) -> None:
    corpus = Corpus(texts=TEXTS, labels=LABELS)
    by_number = train(_recipe(kind, {0: 8.0, 1: 1.0}), corpus, folds=2, output=tmp_path / "model", n_jobs=1)
    by_name = train(json.loads(json.dumps(_recipe(kind, {"0": 8.0, "1": 1.0}))), corpus, folds=2, n_jobs=1)
    of_numbers = train(_recipe(kind, {"0": 8.0}), Corpus(texts=TEXTS, labels=[*map(int, LABELS)]), folds=0, n_jobs=1)
    found = _probabilities(by_number)
    assert found == _probabilities(by_name) == _probabilities(of_numbers)
    assert found[0][0] > _probabilities(train(_recipe(kind, None), corpus, folds=0, n_jobs=1))[0][0]

    loaded: Any = load(tmp_path / "model")
    kept = loaded["estimator"].class_weight
    assert kept == ({0: 8.0, 1: 1.0} if kind in ("logreg", "sgd") else {"0": 8.0, "1": 1.0})
    assert loaded.fit(TEXTS, LABELS).predict_proba(["a thing"])[0].tolist() == pytest.approx(found[0])


@pytest.mark.parametrize("kind", _kinds())
def test_a_weight_of_no_label_is_refused_by_every_estimator(kind: str) -> None:
    with pytest.raises(UsageError, match="class_weight has the key '7', which is no label; the labels: '0', '1'"):
        train(_recipe(kind, {0: 2.0, 1: 1.0, 7: 1.0}), Corpus(texts=TEXTS, labels=LABELS), n_jobs=1)


def test_a_fold_without_a_rare_class_leaves_its_weight_out() -> None:
    recipe = load_recipe(_recipe("logreg", {"0": 2.0, "1": 1.0, "2": 3.0}))
    fitted = fit_pipeline(recipe, TEXTS, np.array(LABELS), None, labels=("0", "1", "2"))
    assert fitted["estimator"].class_weight == {0: 2.0, 1: 1.0}


def test_a_recipe_keeps_the_names_of_its_weights() -> None:
    recipe = load_recipe(_recipe("logreg", {0: 2.0, True: 1.0}))
    assert recipe.to_dict()["estimator"]["class_weight"] == {"0": 2.0, "true": 1.0}
    with pytest.raises(RecipeError, match="class_weight has two keys for one label among 0, '0'"):
        load_recipe(_recipe("logreg", {0: 2.0, "0": 1.0}))


def test_the_bert_classifier_takes_them_where_every_network_does() -> None:
    assert BertClassifier._one is type(make_head("neural", {}, task="classification", seed=0))._one
