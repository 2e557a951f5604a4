"""Term counts: scikit-learn's `CountVectorizer`, with Unicode normalization and tokenizers by name."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction import text as reference

from nlp_toolkit.compat import constraints_of
from nlp_toolkit.counting.documents import EXTRA_CONSTRAINTS
from nlp_toolkit.counting.stage import Counting
from nlp_toolkit.counting.storing import (
    check_parameters,
    read_parameters,
    read_vocabulary,
    write_parameters,
    write_vocabulary,
)
from nlp_toolkit.counting.termlist import term_list
from nlp_toolkit.protocols import Tokenizer

Analyzer = Literal["word", "char", "char_wb"]


class CountVectorizer(Counting, reference.CountVectorizer):
    """Texts to a sparse matrix of term counts, (n_texts, n_terms), int64.

    Parameters, attributes, results and errors are scikit-learn's: `CountVectorizer(...).fit_transform(texts)` is
    scikit-learn's matrix of the NFC-normalized texts, bit for bit. Beyond scikit-learn:

    `tokenizer` may also be a name (`words`, `words-all`, `characters`, `char_wb`, `english-stems`, `korean`, `auto`)
    or a `Tokenizer`; what a name stood for is kept as `tokenizer_` when fitted. `normalization` is "NFC" or None.
    `n_jobs` is the number of threads (-1: all); the result never depends on it.

    >>> vectorizer = CountVectorizer().fit(["a cat and a dog", "two cats"])
    >>> vectorizer.get_feature_names_out().tolist()
    ['and', 'cat', 'cats', 'dog', 'two']
    >>> vectorizer.transform(["cat, cat and dog"]).toarray().tolist()
    [[1, 2, 0, 1, 0]]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **constraints_of(reference.CountVectorizer),
        **EXTRA_CONSTRAINTS,
    }

    def __init__(
        self,
        *,
        input: Literal["filename", "file", "content"] = "content",
        encoding: str = "utf-8",
        decode_error: Literal["strict", "ignore", "replace"] = "strict",
        strip_accents: Literal["ascii", "unicode"] | Callable[[str], str] | None = None,
        lowercase: bool = True,
        preprocessor: Callable[[str], str] | None = None,
        tokenizer: str | Tokenizer | Callable[[str], list[str]] | None = None,
        stop_words: Literal["english"] | list[str] | None = None,
        token_pattern: str | None = r"(?u)\b\w\w+\b",
        ngram_range: tuple[int, int] = (1, 1),
        analyzer: Analyzer | Callable[[Any], Iterable[Any]] = "word",
        max_df: float | int = 1.0,
        min_df: float | int = 1,
        max_features: int | None = None,
        vocabulary: Mapping[str, int] | Iterable[str] | None = None,
        binary: bool = False,
        dtype: npt.DTypeLike = np.int64,
        normalization: Literal["NFC"] | None = "NFC",
        n_jobs: int | None = -1,
    ) -> None:
        super().__init__(
            input=input,
            encoding=encoding,
            decode_error=decode_error,
            strip_accents=strip_accents,
            lowercase=lowercase,
            preprocessor=preprocessor,
            tokenizer=tokenizer,
            stop_words=stop_words,
            token_pattern=token_pattern,
            ngram_range=ngram_range,
            analyzer=analyzer,
            max_df=max_df,
            min_df=min_df,
            max_features=max_features,
            vocabulary=vocabulary,
            binary=binary,
            dtype=dtype,
        )
        self.normalization = normalization
        self.n_jobs = n_jobs

    def fit(self, raw_documents: Iterable[Any], y: object = None) -> Self:
        """Learn the vocabulary; an iterator is read once, and no more than a block of it is held. `y` is not used."""
        self._fit_counts(raw_documents, rows=False)
        return self

    def fit_transform(self, raw_documents: Iterable[Any], y: object = None) -> Any:
        """Learn the vocabulary and count, in one pass; `y` is not used.

        As scikit-learn's, these rows list their columns in the order the terms were first met; those of `transform`
        are sorted.
        """
        return self._fit_counts(raw_documents, rows=True)

    def transform(self, raw_documents: Iterable[Any]) -> Any:
        """Count the terms of the vocabulary, one row a text."""
        return self._count(raw_documents)

    def check_storable(self) -> None:
        """Raise `UsageError` naming the parameter that cannot be saved (an unregistered callable, say)."""
        check_parameters(self)

    def save_files(self, folder: Path) -> None:
        """Write the parameters as JSON and the vocabulary as text, one term a line in column order."""
        self._check_vocabulary()
        self.check_storable()
        write_parameters(self, folder)
        write_vocabulary(self.get_feature_names_out().tolist(), folder)

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote."""
        terms = read_vocabulary(folder)
        stage = read_parameters(cls, folder, terms)
        stage._terms = term_list(terms)
        stage.fixed_vocabulary_ = stage.vocabulary is not None
        return stage
