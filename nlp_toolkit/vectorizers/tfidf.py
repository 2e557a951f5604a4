"""TF-IDF: scikit-learn's `TfidfVectorizer`, with Unicode normalization and tokenizers by name."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction import text as reference
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.compat import aligned, check_tfidf_dtype, constraints_of, set_tfidf, tfidf_of
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
from nlp_toolkit.counting.weighting import idf_weights, weigh
from nlp_toolkit.errors import UsageError
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.validation import check_finite
from nlp_toolkit.vectorizers.count import Analyzer


class TfidfVectorizer(Counting, reference.TfidfVectorizer):
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
        **constraints_of(reference.TfidfVectorizer),
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

    def fit(self, raw_documents: Iterable[Any], y: object = None) -> Self:
        """Learn vocabulary and idf; an iterator is read once, a block at a time. `y` is not used."""
        check_tfidf_dtype(self)
        self._fit_counts(raw_documents, rows=False)
        self._learn_idf()
        return self

    def fit_transform(self, raw_documents: Iterable[Any], y: object = None) -> Any:
        """Learn vocabulary and idf and weigh the texts, counting once; `y` is not used.

        As scikit-learn's, these rows list their columns in the order the terms were first met; those of `transform`
        are sorted.
        """
        check_tfidf_dtype(self)
        counted = self._fit_counts(raw_documents, rows=True)
        self._learn_idf()
        return self._weigh(counted)

    def transform(self, raw_documents: Iterable[Any]) -> Any:
        """TF-IDF weights of the terms of the vocabulary, one row a text."""
        check_is_fitted(self, msg="The TF-IDF vectorizer is not fitted")
        return self._weigh(self._count(raw_documents))

    def partial_fit(self, raw_documents: Iterable[Any], y: object = None) -> Self:
        """Learn from more texts: new terms become new columns at the end, idf counts all texts fitted so far.

        `min_df`, `max_df` and `max_features` need all texts at once and are refused. `y` is not used.
        """
        super().partial_fit(raw_documents)
        self._learn_idf()
        return self

    def _learn_idf(self) -> None:
        transformer = self._transformer()
        transformer.n_features_in_ = self._documents.size
        if self.use_idf:
            dtype = np.float32 if self.dtype == np.float32 else np.float64
            transformer.idf_ = idf_weights(self._documents, self._n_documents, smooth=self.smooth_idf, dtype=dtype)
        set_tfidf(self, transformer)

    def _transformer(self) -> Any:
        return reference.TfidfTransformer(
            norm=self.norm, use_idf=self.use_idf, smooth_idf=self.smooth_idf, sublinear_tf=self.sublinear_tf
        )

    def _weigh(self, counted: Any) -> Any:
        fitted = tfidf_of(self)
        idf = getattr(fitted, "idf_", None)
        weights = weigh(counted, idf, norm=fitted.norm, sublinear=fitted.sublinear_tf)
        if idf is not None and not fitted.smooth_idf and not np.isfinite(idf).all():
            check_finite(weights, "TF-IDF by an idf without smooth_idf, of terms in no fitted text,")
        return aligned(weights)

    def check_storable(self) -> None:
        """Raise `UsageError` naming the parameter that cannot be saved (an unregistered callable, say)."""
        check_parameters(self)

    def save_files(self, folder: Path) -> None:
        """Write the parameters as JSON, the vocabulary as text in column order, and the idf as safetensors."""
        from nlp_toolkit.artefact.files import write_arrays

        self._check_vocabulary()
        self.check_storable()
        if self.use_idf and not np.isfinite(self.idf_).all():
            raise UsageError("cannot save an idf that is infinite: a term is in no fitted text; use smooth_idf=True")
        write_parameters(self, folder)
        write_vocabulary(self.get_feature_names_out().tolist(), folder)
        if self.use_idf:
            write_arrays(folder / "idf.safetensors", {"idf": self.idf_})

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote."""
        from nlp_toolkit.artefact.stored_arrays import StoredArrays

        terms = read_vocabulary(folder)
        stage = read_parameters(cls, folder, terms)
        stage._terms = term_list(terms)
        stage.fixed_vocabulary_ = stage.vocabulary is not None
        transformer = stage._transformer()
        if stage.use_idf:
            arrays = StoredArrays(folder / "idf.safetensors")
            transformer.idf_ = arrays.take("idf", (np.float64, np.float32), len(terms))
        set_tfidf(stage, transformer)
        return stage
