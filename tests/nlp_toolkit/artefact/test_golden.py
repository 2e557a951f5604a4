import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from nlp_toolkit.artefact import read_model

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden"
MODELS = sorted(path.parent for path in GOLDEN.glob("format-*/*/expected.json"))


def test_there_is_a_golden_model_of_format_1() -> None:
    assert [path.name for path in MODELS if path.parent.name == "format-1"] == ["svd-svm", "union-logreg"]


@pytest.mark.parametrize("folder", MODELS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_golden_model_answers_as_on_the_day_it_was_saved(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    contents = read_model(folder / "model")
    model, questions = contents.model, expected["questions"]
    assert isinstance(model, Pipeline)
    # Another machine's matrix products may round the last digits differently.
    np.testing.assert_allclose(model.decision_function(questions), expected["decision_values"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.predict_proba(questions), expected["probabilities"], rtol=1e-9, atol=1e-12)
    assert model.predict(questions).tolist() == expected["labels"]
    assert contents.labels == model.classes_.tolist() == ["맑음", "비"]
    assert (contents.task, contents.seed, contents.deterministic) == ("classification", 0, True)
    assert contents.metrics == {"accuracy": 1.0}
    assert contents.training_texts is not None
    assert len(contents.training_texts) == 8
