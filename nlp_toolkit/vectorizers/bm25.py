"""BM25 as a stage: a weighting of counts, so that the dot product of a query's and a document's row is the score."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.compat import constraints_of
from nlp_toolkit.constraints import check_options, number, one_of
from nlp_toolkit.counting.documents import SAMPLE, sample_of
from nlp_toolkit.counting.storing import check_parameters, read_parameters, write_parameters
from nlp_toolkit.errors import ArtefactError
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.text.korean import CONTENT_TAGS, KoreanTokenizer
from nlp_toolkit.text.language import KOREAN_SHARE, hangul_share
from nlp_toolkit.text.tokenizers import EnglishStemTokenizer, resolve_tokenizer
from nlp_toolkit.validation import check_texts
from nlp_toolkit.vectorizers.count import CountVectorizer

_log = logging.getLogger("nlp_toolkit")


def lucene_idf(document_frequency: np.ndarray, n_documents: int) -> np.ndarray:
    """ln(1 + (N - df + 0.5) / (df + 0.5)): never negative. Kamphuis et al. 2020, table 1, "Lucene (accurate)"."""
    return np.log1p((n_documents - document_frequency + 0.5) / (document_frequency + 0.5))


def atire_idf(document_frequency: np.ndarray, n_documents: int) -> np.ndarray:
    """ln(N / df): zero for a term of every document. Trotman et al. 2012; Kamphuis et al. 2020, table 1, "ATIRE"."""
    return np.log(n_documents / document_frequency)


def lucene_saturation(counts: np.ndarray, relative_lengths: np.ndarray, k1: float, b: float) -> np.ndarray:
    """tf / (tf + k1 (1 - b + b |d| / avgdl)): grows with tf towards 1, slower in long documents."""
    return counts / (counts + k1 * (1 - b + b * relative_lengths))


def atire_saturation(counts: np.ndarray, relative_lengths: np.ndarray, k1: float, b: float) -> np.ndarray:
    """The same times (k1 + 1), so that one occurrence in a document of average length weighs 1."""
    return (k1 + 1) * lucene_saturation(counts, relative_lengths, k1, b)


@dataclass(frozen=True)
class Bm25Formula:
    """The two factors of a term's weight in a document."""

    idf: Callable[[np.ndarray, int], np.ndarray]
    saturation: Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]


FORMULAS: dict[str, Bm25Formula] = {
    "lucene": Bm25Formula(lucene_idf, lucene_saturation),
    "atire": Bm25Formula(atire_idf, atire_saturation),
}


_COUNTED = (
    "lowercase", "stop_words", "ngram_range", "max_df", "min_df", "max_features", "normalization", "n_jobs",
)  # fmt: skip


class Bm25Vectorizer(TransformerMixin, BaseEstimator):
    """Texts to a sparse matrix of BM25 weights, (n_texts, n_terms), float64; queries to their term counts.

    The score of document d for query q is the dot product of their rows,

        sum over the terms t of q of  count(t, q) * idf(t) * tf(t, d) / (tf(t, d) + k1 (1 - b + b |d| / avgdl))

    with idf(t) = ln(1 + (N - df(t) + 0.5) / (df(t) + 0.5)) for `variant="lucene"`. `variant="atire"` has
    idf(t) = ln(N / df(t)) and k1 + 1 as a factor. |d| counts the terms of d that are in the vocabulary; N, df and
    the average length avgdl are those of the texts fitted, also for documents that come later. Robertson and
    Zaragoza 2009, section 3; Kamphuis, de Vries, Boytsov and Lin 2020 ("Which BM25 do you mean?"), table 1.

    `tokenizer` is a name, a `Tokenizer`, or "auto": the forms of Korean content morphemes (`CONTENT_TAGS`) where at
    least a tenth of the letters is Hangul, else English Snowball stems; what it came to is `tokenizer_`. The other
    parameters are `CountVectorizer`'s. Search with it by dot product (`similarity` says so to `SimilarityIndex`).

    >>> stage = Bm25Vectorizer().fit(["cats chase mice", "dogs chase cats", "mice sleep"])
    >>> scores = stage.transform_query(["sleeping mice"]) @ stage.transform(["mice sleep", "dogs"]).T
    >>> scores.toarray().round(3).tolist()
    [[0.654, 0.0]]
    """

    similarity: ClassVar[Literal["dot", "cosine"]] = "dot"
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "variant": [one_of(FORMULAS)],
        "k1": [number(0)],
        "b": [number(0, 1)],
        "tokenizer": [str, Tokenizer],
        **{name: constraints_of(CountVectorizer)[name] for name in _COUNTED},
    }

    def __init__(
        self,
        *,
        variant: Literal["lucene", "atire"] = "lucene",
        k1: float = 1.5,
        b: float = 0.75,
        tokenizer: str | Tokenizer = "auto",
        lowercase: bool = True,
        stop_words: Literal["english"] | list[str] | None = None,
        ngram_range: tuple[int, int] = (1, 1),
        max_df: float | int = 1.0,
        min_df: float | int = 1,
        max_features: int | None = None,
        normalization: Literal["NFC"] | None = "NFC",
        n_jobs: int | None = -1,
    ) -> None:
        self.variant = variant
        self.k1 = k1
        self.b = b
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.stop_words = stop_words
        self.ngram_range = ngram_range
        self.max_df = max_df
        self.min_df = min_df
        self.max_features = max_features
        self.normalization = normalization
        self.n_jobs = n_jobs

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        """Learn vocabulary, idf and average length; `y` is not used."""
        self._fit_counts(texts)
        return self

    def fit_transform(self, texts: Iterable[str], y: object = None) -> sp.csr_matrix:
        """`fit(texts).transform(texts)`, counting once."""
        return self._weigh(self._fit_counts(texts))

    def transform(self, texts: Iterable[str]) -> sp.csr_matrix:
        """Document rows; terms that were not fitted count for nothing, not even for the length."""
        check_is_fitted(self, "counter_")
        return self._weigh(self.counter_.transform(check_texts(texts)))

    def transform_query(self, texts: Iterable[str]) -> sp.csr_matrix:
        """Query rows: how often each known term occurs."""
        check_is_fitted(self, "counter_")
        return self.counter_.transform(check_texts(texts)).astype(np.float64)

    def query_rows(self, token_lists: Iterable[Sequence[str]]) -> sp.csr_matrix:
        """Query rows of texts that are tokens already, as `tokenizer_` would give them; no n-grams are made."""
        check_is_fitted(self, "counter_")
        queries = list(token_lists)
        vocabulary = self.counter_.vocabulary_
        columns = np.fromiter((vocabulary.get(token, -1) for token in chain.from_iterable(queries)), dtype=np.int32)
        rows = np.repeat(np.arange(len(queries)), np.fromiter(map(len, queries), dtype=np.int64, count=len(queries)))
        known = columns >= 0
        starts = np.searchsorted(rows[known], np.arange(len(queries) + 1))
        matrix = sp.csr_matrix(
            (np.ones(len(starts) and int(known.sum())), columns[known], starts), shape=(len(queries), len(vocabulary))
        )
        matrix.sum_duplicates()
        return matrix

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """The terms, by column."""
        check_is_fitted(self, "counter_")
        names: np.ndarray = self.counter_.get_feature_names_out()
        return names

    @property
    def _n_features_out(self) -> int:
        return len(self.idf_)

    def check_storable(self) -> None:
        """Raise `UsageError` naming the parameter that cannot be saved."""
        check_parameters(self)

    def save_files(self, folder: Path) -> None:
        """Write the parameters as JSON, the fitted counter in its own folder, idf and average length as safetensors."""
        from nlp_toolkit.artefact.files import write_arrays

        check_is_fitted(self, "counter_")
        write_parameters(self, folder)
        (folder / "counter").mkdir()
        self.counter_.save_files(folder / "counter")
        statistics = {"idf": self.idf_, "average_length": np.array([self.average_length_])}
        write_arrays(folder / "statistics.safetensors", statistics)

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote."""
        from nlp_toolkit.artefact.stored_arrays import StoredArrays

        stage = read_parameters(cls, folder)
        stage.counter_ = CountVectorizer.load_files(folder / "counter")
        path = folder / "statistics.safetensors"
        statistics = StoredArrays(path)
        stage.idf_ = statistics.take("idf", np.float64, len(stage.counter_.vocabulary_))
        stage.average_length_ = float(statistics.take("average_length", np.float64, 1)[0])
        if (stage.idf_ < 0).any() or not stage.average_length_ > 0:
            raise ArtefactError(f"{path}: expected idf of 0 or more and an average length above 0; it is damaged")
        if not hasattr(stage, "tokenizer_") or stage.counter_.tokenizer != stage.tokenizer_:
            raise ArtefactError(f"{folder}: its counter has another tokenizer than the stage; the model is damaged")
        return stage

    def _fit_counts(self, texts: Iterable[str]) -> sp.csr_matrix:
        check_options(self)
        texts = self._resolve_tokenizer(check_texts(texts))
        self.counter_ = CountVectorizer(
            tokenizer=self.tokenizer_,
            lowercase=self.lowercase,
            stop_words=self.stop_words,
            ngram_range=self.ngram_range,
            max_df=self.max_df,
            min_df=self.min_df,
            max_features=self.max_features,
            normalization=self.normalization,
            n_jobs=self.n_jobs,
        )
        counts = self.counter_.fit_transform(texts)
        n_documents, n_terms = counts.shape
        document_frequency = np.bincount(counts.indices, minlength=n_terms)
        self.idf_ = FORMULAS[self.variant].idf(document_frequency, n_documents)
        self.average_length_ = float(counts.sum() / n_documents)
        return counts

    def _weigh(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        weighted = counts.astype(np.float64)  # scipy may sort the terms of a row here
        relative = np.repeat(lengths / self.average_length_, np.diff(weighted.indptr))
        saturation = FORMULAS[self.variant].saturation(weighted.data, relative, self.k1, self.b)
        weighted.data = saturation * self.idf_[weighted.indices]
        return weighted

    def _resolve_tokenizer(self, texts: Iterable[str]) -> Iterable[str]:
        """Set `tokenizer_` for the texts about to be fitted; returns all of them."""
        if isinstance(self.tokenizer, Tokenizer):
            self.tokenizer_: Tokenizer = self.tokenizer
        elif self.tokenizer != "auto":
            self.tokenizer_ = resolve_tokenizer(self.tokenizer, [])
        else:
            sample, texts = sample_of(texts, SAMPLE)
            share = hangul_share(sample)
            korean = share >= KOREAN_SHARE
            # Forms without tags: a noun alone in a query often gets another tag than in its sentence.
            self.tokenizer_ = KoreanTokenizer(form="form", tags=CONTENT_TAGS) if korean else EnglishStemTokenizer()
            _log.info(
                "tokenizer auto chose %s for BM25: %.0f %% of the letters are Hangul",
                "Korean content morphemes" if korean else "English stems",
                100 * share,
            )
        return texts

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


__all__ = ["FORMULAS", "Bm25Formula", "Bm25Vectorizer"]
