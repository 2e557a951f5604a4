"""Every vectorizer and estimator that fit together: saved, loaded in a fresh process, the same decision values."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpora import OF_TASK

from nlp_toolkit.errors import RecipeError
from nlp_toolkit.estimators.heads import HEADS, head_kinds
from nlp_toolkit.estimators.reduce import REDUCERS
from nlp_toolkit_pipelines import Corpus, load_recipe, train

VECTORIZERS: dict[str, Any] = {
    "count": {"kind": "count", "tokenizer": "words"},
    "tfidf": {"kind": "tfidf", "tokenizer": "words", "sublinear_tf": True},
    "char": {"kind": "tfidf", "analyzer": "char_wb", "ngram_range": [1, 3]},
    "union": {"union": [{"kind": "count", "binary": True}, {"kind": "tfidf", "analyzer": "char_wb"}]},
}
PROBES = ["my cat", "a fast car at night", "", "words never seen"]

# Runs in a fresh process: answers of every model in the folder, as JSON.
ANSWER = """
import json, sys
from pathlib import Path
from nlp_toolkit_pipelines import load_model
probes = json.loads(sys.argv[2])
answers = {}
for folder in sorted(Path(sys.argv[1]).iterdir()):
    model = load_model(folder)
    rows = [(text, text) for text in probes] if model.task.startswith("pair-") else probes
    ask = next(name for name in ("decision_function", "predict_proba", "predict") if hasattr(model.pipeline, name))
    answers[folder.name] = [list(model.labels), getattr(model.pipeline, ask)(rows).tolist()]
print(json.dumps(answers))
"""


def recipes() -> dict[str, dict[str, Any]]:
    """Every combination of the grid by name, whether it fits together or not."""
    grid: dict[str, dict[str, Any]] = {}
    for task in OF_TASK:
        # What takes texts instead of rows has its round trip in test_bert_recipes.py.
        for estimator in (kind for kind in head_kinds(task) if not HEADS[kind].takes_texts):
            for name, vectorizer in VECTORIZERS.items():
                if task not in ("classification", "regression") and name != "tfidf":
                    continue
                reductions = [None, *REDUCERS] if name == "tfidf" and task == "classification" else [None]
                for reduce in reductions:
                    parameters = {"n_neighbors": 2} if estimator == "knn" else {}
                    grid[f"{task}.{name}.{reduce}.{estimator}"] = {
                        "task": task,
                        "vectorizer": vectorizer,
                        "reduce": reduce and {"kind": reduce, "components": 3},
                        "estimator": {"kind": estimator, **parameters},
                    }
    return grid


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path, list[str]]:
    """Models that fit together, the folder they are saved in, and the names of those refused."""
    folder = tmp_path_factory.mktemp("models")
    models, refused = {}, []
    for name, recipe in recipes().items():
        try:
            load_recipe(recipe)
        except RecipeError:
            refused.append(name)
            continue
        corpus: Corpus = OF_TASK[recipe["task"]]
        models[name] = train(recipe, corpus, folds=0, output=folder / name).model
    return models, folder, refused


def test_every_estimator_fits_some_vectorizer(trained):
    models, _, refused = trained

    assert {name.rpartition(".")[2] for name in models} == {kind for kind in HEADS if not HEADS[kind].takes_texts}
    # Only what takes no negative numbers is refused, and only on reduced rows.
    assert refused
    assert all(name.endswith(("complement_nb", "multinomial_nb")) and ".None." not in name for name in refused)


def test_decision_values_are_identical_in_a_fresh_process(trained):
    models, folder, _ = trained
    fresh = subprocess.run(
        [sys.executable, "-c", ANSWER, str(folder), json.dumps(PROBES)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        timeout=240,
    )
    answers = json.loads(fresh.stdout)

    assert answers.keys() == models.keys()
    for name, model in models.items():
        rows = [(text, text) for text in PROBES] if model.task.startswith("pair-") else PROBES
        pipeline = model.pipeline
        ask = next(each for each in ("decision_function", "predict_proba", "predict") if hasattr(pipeline, each))
        labels, values = answers[name]
        assert labels == list(model.labels), name
        assert values == np.asarray(getattr(pipeline, ask)(rows)).tolist(), name
