"""A stage with a path among its parameters, for the rules about paths in recipes; a whole model to damage."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin

from nlp_toolkit import registry

from .whole_model import whole_model


class StageWithPath(TransformerMixin, BaseEstimator):
    """One column of ones."""

    path_parameters: ClassVar[tuple[str, ...]] = ("model",)

    def __init__(self, model: str = "") -> None:
        self.model = model

    def fit(self, texts: list[str], y: object = None) -> Self:
        return self

    def transform(self, texts: list[str]) -> np.ndarray:
        return np.ones((len(texts), 1), dtype=np.float32)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return np.array(["one"], dtype=object)


@pytest.fixture
def path_stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The kind under which `StageWithPath` is registered during a test."""
    monkeypatch.setattr(registry, "_registered", {})
    registry.register_stage("with-path", StageWithPath)
    yield "with-path"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small, whole model directory with every kind of file."""
    whole_model(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[Path]:
    """A file that the hostile models here would create if their code ran."""
    path = tmp_path / "code-ran"
    yield path
    assert not path.exists()
