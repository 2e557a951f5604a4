"""Models that older toolkits saved: each is read, holds the arrays it held, and answers as on the day it was saved."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from nlp_toolkit import load, save
from nlp_toolkit.artefact import read_manifest, read_model
from nlp_toolkit.artefact.manifest import FORMAT
from nlp_toolkit.estimators.heads import HEADS, head_kinds

from ...fixtures.golden.write_golden import ANSWERS, fitted_digests

pytestmark = pytest.mark.usefixtures("one_thread")

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden"
MODELS = sorted(path.parent for path in GOLDEN.glob("format-*/*/expected.json"))
EVERY_FORMAT = pytest.mark.parametrize("number", range(1, FORMAT + 1))


def _expected(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return found


@EVERY_FORMAT
def test_every_kind_of_head_has_a_golden_model_of_each_format(number: int) -> None:
    names = {path.name for path in MODELS if path.parent.name == f"format-{number}"}
    wanted = {f"{task}-{kind}" for task in ("classification", "regression") for kind in _heads(task)}
    wanted |= {f"multilabel-{kind}" for kind in ("logreg", "linear_svm")}
    wanted |= {f"texts-{name}" for name in ("bert-classifier", "bert-regressor")}
    wanted |= {f"texts-{name}" for name in ("neural-classifier", "neural-regressor")}
    wanted |= {"reduce-svd", "reduce-pca", "reduce-whiten", "pairs-logreg"}
    assert names >= wanted


def _heads(task: str) -> list[str]:
    return [kind for kind in head_kinds(task) if not HEADS[kind].takes_texts]


@pytest.mark.parametrize("folder", MODELS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_golden_model_answers_as_on_the_day_it_was_saved(folder: Path) -> None:
    expected = _expected(folder)
    contents = read_model(folder / "model")
    model = contents.model
    assert isinstance(model, Pipeline)
    if "arrays" in expected:
        assert [fitted_digests(step) for _, step in model.steps[1:]] == expected["arrays"]
    questions = expected["questions"]
    if "pair" in expected["task"]:
        questions = [tuple(pair) for pair in questions]
    # Another machine's exponentials and matrix products may round the last digits differently; a network's sums, more.
    tolerance = {"rtol": 1e-5, "atol": 1e-5} if expected["floats"] else {"rtol": 1e-9, "atol": 1e-12}
    for key, method in ANSWERS.items():
        if key == "labels" and key in expected:
            found = getattr(model, method)(questions)
            assert (found if isinstance(found, list) else found.tolist()) == expected[key]
        elif key in expected:
            np.testing.assert_allclose(getattr(model, method)(questions), expected[key], **tolerance)
    assert contents.labels == expected.get("classes")
    assert (contents.task, contents.seed, contents.deterministic) == (expected["task"], 0, True)
    assert contents.metrics == {"accuracy": 1.0}
    assert contents.training_texts is not None
    assert len(contents.training_texts) in {8, 24}


OLDER = [folder for folder in MODELS if folder.parent.name != f"format-{FORMAT}"]


@pytest.mark.parametrize("folder", OLDER, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_next_save_of_an_older_model_is_of_the_newest_format_and_keeps_every_bit(
    folder: Path, tmp_path: Path
) -> None:
    older = load(folder / "model")
    assert isinstance(older, Pipeline)
    save(older, tmp_path / "model")
    newer = load(tmp_path / "model")
    assert isinstance(newer, Pipeline)
    assert read_manifest(tmp_path / "model").format == FORMAT
    assert not list(tmp_path.rglob("*.skops"))
    questions = [tuple(each) if isinstance(each, list) else each for each in _expected(folder)["questions"]]
    method = "predict_proba" if hasattr(older, "predict_proba") else "predict"
    np.testing.assert_array_equal(getattr(newer, method)(questions), getattr(older, method)(questions))
    if "arrays" in _expected(folder):
        assert [fitted_digests(step) for _, step in newer.steps[1:]] == _expected(folder)["arrays"]
