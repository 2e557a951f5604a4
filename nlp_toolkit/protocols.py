"""What the rest of the toolkit asks of texts, tokenizers and stages."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
import scipy.sparse as sp

Text: TypeAlias = str
TextPair: TypeAlias = tuple[str, str]
"""Premise and hypothesis, question and passage, sentence and sentence."""

Matrix: TypeAlias = "np.ndarray | sp.csr_matrix | sp.csr_array"
"""(n_texts, n_features); the sparse class is the one scikit-learn's `sparse_interface` setting names."""


@runtime_checkable
class Vectorizer(Protocol):
    """A stage: a scikit-learn transformer over texts, one row per text, in order."""

    def fit(self, texts: Iterable[str], y: object = None) -> Self: ...

    def transform(self, texts: Iterable[str]) -> Matrix: ...

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray: ...


@runtime_checkable
class QueryVectorizer(Vectorizer, Protocol):
    """A stage that weighs a query unlike a document (BM25, query prefixes)."""

    def transform_query(self, texts: Iterable[str]) -> Matrix: ...


@runtime_checkable
class Storable(Protocol):
    """A stage that can write itself into a folder of a model directory and be read back from it.

    Checksums, sizes and the manifest are the model directory's business (`nlp_toolkit.artefact`).
    """

    def save_files(self, folder: Path) -> None: ...

    @classmethod
    def load_files(cls, folder: Path) -> Self: ...


@runtime_checkable
class Tokenizer(Protocol):
    """A small picklable callable from one text to its tokens, with a batch form and a version.

    `name` is what recipes call it and `version` changes whenever its tokens can change; both are
    saved with a model. `batch` returns, lazily and in order, what calling it on each text would.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def __call__(self, text: str) -> list[str]: ...

    def batch(self, texts: Iterable[str]) -> Iterable[list[str]]: ...


def transform_query(stage: Vectorizer, texts: Sequence[str]) -> Matrix:
    """Rows for queries: the stage's own `transform_query` where it has one, else `transform`."""
    if isinstance(stage, QueryVectorizer):
        return stage.transform_query(texts)
    return stage.transform(texts)
