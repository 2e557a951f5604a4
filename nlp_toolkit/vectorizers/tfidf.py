"""TF-IDF: scikit-learn's `TfidfVectorizer`, with Unicode normalization and tokenizers by name."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction import text as reference

from nlp_toolkit.errors import ArtefactError
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.vectorizers.count import Analyzer
from nlp_toolkit.vectorizers.documents import EXTRA_CONSTRAINTS, Documents
from nlp_toolkit.vectorizers.storing import (
    check_parameters,
    column_order,
    read_parameters,
    read_vocabulary,
    write_parameters,
    write_vocabulary,
)


class TfidfVectorizer(Documents, reference.TfidfVectorizer):
    """Texts to a sparse matrix of TF-IDF weights, (n_texts, n_terms), float64, rows of unit length.

    Parameters, attributes, results and errors are scikit-learn's: `TfidfVectorizer(...).fit_transform(texts)` is
    scikit-learn's matrix of the NFC-normalized texts, bit for bit. Beyond scikit-learn: `tokenizer` by name,
    `normalization` and `n_jobs`, as `CountVectorizer` has them. A text without a known term gives a zero row.

    >>> vectorizer = TfidfVectorizer(norm=None).fit(["a cat and a dog", "two cat tails"])
    >>> vectorizer.get_feature_names_out().tolist()
    ['and', 'cat', 'dog', 'tails', 'two']
    >>> vectorizer.transform(["cat"]).toarray().tolist()
    [[0.0, 1.0, 0.0, 0.0, 0.0]]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **reference.TfidfVectorizer._parameter_constraints,
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
        analyzer: Analyzer | Callable[[Any], Iterable[Any]] = "word",
        stop_words: Literal["english"] | list[str] | None = None,
        token_pattern: str | None = r"(?u)\b\w\w+\b",
        ngram_range: tuple[int, int] = (1, 1),
        max_df: float | int = 1.0,
        min_df: float | int = 1,
        max_features: int | None = None,
        vocabulary: Mapping[str, int] | Iterable[str] | None = None,
        binary: bool = False,
        dtype: npt.DTypeLike = np.float64,
        norm: Literal["l1", "l2"] | None = "l2",
        use_idf: bool = True,
        smooth_idf: bool = True,
        sublinear_tf: bool = False,
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
            analyzer=analyzer,
            stop_words=stop_words,
            token_pattern=token_pattern,
            ngram_range=ngram_range,
            max_df=max_df,
            min_df=min_df,
            max_features=max_features,
            vocabulary=vocabulary,
            binary=binary,
            dtype=dtype,
            norm=norm,
            use_idf=use_idf,
            smooth_idf=smooth_idf,
            sublinear_tf=sublinear_tf,
        )
        self.normalization = normalization
        self.n_jobs = n_jobs

    def check_storable(self) -> None:
        """Raise `UsageError` naming the parameter that cannot be saved (an unregistered callable, say)."""
        check_parameters(self)

    def save_files(self, folder: Path) -> None:
        """Write the parameters as JSON, the vocabulary as text in column order, and the idf as safetensors."""
        from nlp_toolkit.artefact.files import write_arrays

        self._check_vocabulary()
        write_parameters(self, folder)
        write_vocabulary(column_order(self.vocabulary_), folder)
        if self.use_idf:
            write_arrays(folder / "idf.safetensors", {"idf": self.idf_})

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote."""
        from nlp_toolkit.artefact.files import read_arrays

        terms = read_vocabulary(folder)
        stage = read_parameters(cls, folder, terms)
        stage.vocabulary_ = {term: column for column, term in enumerate(terms)}
        stage.fixed_vocabulary_ = stage.vocabulary is not None
        stage._tfidf = stage._weighting()
        if stage.use_idf:
            path = folder / "idf.safetensors"
            idf = read_arrays(path).get("idf")
            if idf is None or idf.shape != (len(terms),) or not np.isfinite(idf).all():
                raise ArtefactError(f"{path}: expected {len(terms)} finite idf weights; the file is damaged")
            stage._tfidf.idf_ = idf
        return stage

    def _weighting(self) -> reference.TfidfTransformer:
        return reference.TfidfTransformer(
            norm=self.norm, use_idf=self.use_idf, smooth_idf=self.smooth_idf, sublinear_tf=self.sublinear_tf
        )
