"""Small stages for the tests of search: dense ones without a model behind them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from nlp_toolkit.artefact.files import read_json, write_json


class LetterVectorizer(TransformerMixin, BaseEstimator):
    """How often each letter a to z occurs, dense float32; nothing to fit but the number of texts."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        self.n_texts_ = len(list(texts))
        return self

    def transform(self, texts: Iterable[str]) -> np.ndarray:
        rows = [[text.count(letter) * self.scale for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(-1, 26)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return np.array(list("abcdefghijklmnopqrstuvwxyz"), dtype=object)

    def save_files(self, folder: Path) -> None:
        write_json(folder / "letters.json", {"scale": self.scale, "n_texts": self.n_texts_})

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        stored = read_json(folder / "letters.json")
        assert isinstance(stored, dict)
        stage = cls(float(stored["scale"]))
        stage.n_texts_ = int(stored["n_texts"])
        return stage
