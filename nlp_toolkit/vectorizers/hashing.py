"""Hashed term counts: scikit-learn's `HashingVectorizer` on kernels, with normalization and tokenizers by name."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction import text as reference

from nlp_toolkit.compat import aligned, constraints_of, hasher_of
from nlp_toolkit.counting.documents import EXTRA_CONSTRAINTS, Documents
from nlp_toolkit.counting.stage import BLOCK_TEXTS
from nlp_toolkit.counting.storing import check_parameters, read_parameters, write_parameters
from nlp_toolkit.counting.weighting import weigh
from nlp_toolkit.protocols import Matrix, Tokenizer
from nlp_toolkit.threads import effective_jobs
from nlp_toolkit.vectorizers.count import Analyzer


def _hashable(terms: Iterable[Any]) -> Iterator[Any]:
    """Terms as scikit-learn's hasher takes them: it makes UTF-8 of a str itself, but fails at a lone surrogate."""
    return (term.encode("utf-8", "surrogatepass") if isinstance(term, str) else term for term in terms)


class HashingVectorizer(Documents, reference.HashingVectorizer):
    """Texts to a sparse matrix of hashed term counts, (n_texts, n_features), float64, rows of unit length.

    No vocabulary is kept, so memory does not grow with the texts; columns have no terms, and several terms can share
    one. Parameters and results are scikit-learn's, over NFC; beyond scikit-learn: `tokenizer` by name, `normalization`
    and `n_jobs`, as `CountVectorizer` has them. `fit` learns nothing but what `tokenizer="auto"` stands for.
    Weinberger et al. 2009.

    >>> vectorizer = HashingVectorizer(n_features=8, norm=None, alternate_sign=False)
    >>> vectorizer.fit_transform(["a cat and a dog", "two cats"]).toarray().sum(axis=1).tolist()
    [3.0, 2.0]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **constraints_of(reference.HashingVectorizer),
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
        n_features: int = 2**20,
        binary: bool = False,
        norm: Literal["l1", "l2"] | None = "l2",
        alternate_sign: bool = True,
        dtype: npt.DTypeLike = np.float64,
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
            n_features=n_features,
            binary=binary,
            norm=norm,
            alternate_sign=alternate_sign,
            dtype=dtype,
        )
        self.normalization = normalization
        self.n_jobs = n_jobs

    def fit(self, raw_documents: Iterable[Any], y: object = None) -> Self:
        """Check the parameters and settle the tokenizer; `y` is not used."""
        self._settle(raw_documents)
        return self

    def partial_fit(self, raw_documents: Iterable[Any], y: object = None) -> Self:
        """The same as `fit`, but a tokenizer that is settled stays."""
        if hasattr(self, "tokenizer_"):
            self.check_settings()
            return self
        return self.fit(raw_documents)

    def fit_transform(self, raw_documents: Iterable[Any], y: object = None) -> Any:
        """`fit(raw_documents).transform(raw_documents)`, reading an iterator only once."""
        return self._transform(self._settle(raw_documents))

    def transform(self, raw_documents: Iterable[Any]) -> Any:
        """Count the hashed terms, one row a text."""
        self.check_settings()
        documents = self._checked(raw_documents)
        return self._transform(documents if hasattr(self, "tokenizer_") else self._resolve_tokenizer(documents))

    def transform_blocks(self, texts: Iterable[str], *, block_texts: int = BLOCK_TEXTS) -> Iterator[Matrix]:
        """Rows of `block_texts` texts at a time, in order: for more texts than memory holds."""
        documents = iter(self._checked(texts))
        while block := list(islice(documents, block_texts)):
            yield self.transform(block)

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """hashing0, hashing1, ...: a hashed column has no term. `input_features` is not used."""
        return np.array([f"hashing{column}" for column in range(self.n_features)], dtype=object)

    @property
    def _n_features_out(self) -> int:
        return int(self.n_features)

    def check_storable(self) -> None:
        """Raise `UsageError` naming the parameter that cannot be saved (an unregistered callable, say)."""
        check_parameters(self)

    def save_files(self, folder: Path) -> None:
        """Write the parameters as JSON; there is nothing else."""
        write_parameters(self, folder)

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote."""
        return read_parameters(cls, folder)

    def _settle(self, raw_documents: Iterable[Any]) -> Iterable[Any]:
        self.check_settings()
        self._warn_for_unused_params()
        return self._resolve_tokenizer(self._checked(raw_documents))

    def _transform(self, documents: Iterable[Any]) -> Any:
        from nlp_toolkit.counting.blocks import encode_blocks
        from nlp_toolkit.counting.hashed import count_hashed
        from nlp_toolkit.counting.plan import analysis_of, is_known_dtype

        analysis = analysis_of(self)
        if analysis is None or analysis.kind == "tokens" or not is_known_dtype(self.dtype):
            counted = hasher_of(self).transform(map(_hashable, self._analyzed(documents)))
        else:
            self.build_analyzer()  # for its warnings
            counted = count_hashed(
                encode_blocks(self._texts(documents), analysis.lowercase, self._form()),
                analysis,
                self.n_features,
                self.dtype,
                effective_jobs(self.n_jobs),
                alternate_sign=self.alternate_sign,
            )
        if self.binary:
            counted.data.fill(1)
        return aligned(counted if self.norm is None else weigh(counted, None, norm=self.norm, sublinear=False))
