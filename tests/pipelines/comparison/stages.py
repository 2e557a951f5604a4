"""Stages that tell on whoever fits them: what they were fitted on, and failures on demand."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from nlp_toolkit.errors import DataError


class Spy(TransformerMixin, BaseEstimator):
    """Remembers, for the whole process, every list of texts an instance was fitted on."""

    fitted_on: ClassVar[list[tuple[str, tuple[str, ...]]]] = []

    def __init__(self, mark: str = "") -> None:
        self.mark = mark

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        type(self).fitted_on.append((self.mark, tuple(texts)))
        self.fitted_ = True
        return self

    def transform(self, texts: Iterable[str]) -> np.ndarray:
        return np.array([[len(text), text.count("a")] for text in texts], dtype=np.float32)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return np.array(["length", "a"], dtype=object)


class Moody(Spy):
    """Cannot be fitted without a certain text."""

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        given = list(texts)
        if self.mark not in given:
            raise DataError(f"the text {self.mark!r} is missing; add it")
        return super().fit(given, y)


def spying(name: str, mark: str = "", kind: str = "spy") -> dict[str, Any]:
    """A recipe with such a stage."""
    estimator = {"kind": "logreg"}
    return {"name": name, "task": "classification", "vectorizer": {"kind": kind, "mark": mark}, "estimator": estimator}
