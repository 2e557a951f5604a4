"""What Count and TF-IDF share: learning a vocabulary and counting over one, on the kernels wherever they can."""

import warnings
from collections.abc import Iterable, Iterator
from itertools import islice
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import TransformerMixin, clone
from sklearn.feature_extraction import text as reference

from nlp_toolkit.compat import aligned, take_given_vocabulary
from nlp_toolkit.counting.documents import Documents
from nlp_toolkit.counting.termlist import term_list
from nlp_toolkit.counting.vocabulary import LazyVocabulary
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.protocols import Matrix, Tokenizer
from nlp_toolkit.threads import effective_jobs

if TYPE_CHECKING:
    from nlp_toolkit.counting.blocks import Block, TokenBlock
    from nlp_toolkit.counting.counters import Analysis
    from nlp_toolkit.counting.lookup import Lookup
    from nlp_toolkit.counting.tables import TermTable
    from nlp_toolkit.counting.termlist import TermList

BLOCK_TEXTS = 8192
# Up to here scikit-learn's path is done before the kernels are loaded and their tables made.
FEW_TEXTS = 8
FEW_CHARACTERS = 20_000
FEW_TERMS = 300_000


class Counting(LazyVocabulary, Documents, TransformerMixin):
    """A mixin before scikit-learn's `CountVectorizer` or `TfidfVectorizer`.

    What the kernels cannot know (see `plan.py`) takes scikit-learn's path; results are the same.
    """

    lowercase: bool
    ngram_range: tuple[int, int]
    max_df: float | int
    min_df: float | int
    max_features: int | None
    vocabulary: Any
    binary: bool
    dtype: npt.DTypeLike
    n_jobs: int | None
    fixed_vocabulary_: bool
    tokenizer_: Tokenizer
    _documents: npt.NDArray[np.int64]
    _n_documents: int

    def transform_blocks(self, texts: Iterable[str], *, block_texts: int = BLOCK_TEXTS) -> Iterator[Matrix]:
        """Rows of `block_texts` texts at a time, in order: for more texts than memory holds."""
        documents = iter(self._checked(texts))
        while block := list(islice(documents, block_texts)):
            yield self.transform(block)

    def partial_fit(self, raw_documents: Iterable[Any], y: object = None) -> Self:
        """Learn from more texts: new terms become new columns at the end, sorted among themselves.

        Columns keep their terms, and document frequencies count all texts fitted so far. `min_df`, `max_df` and
        `max_features` need all texts at once and are refused. `y` is not used.
        """
        from nlp_toolkit.counting.learning import NoTermsError

        # 1 and 1.0 are equal, but one is a number of texts and the other a share of them.
        drops_rare = self.min_df > (1 if isinstance(self.min_df, Integral) else 0)
        if drops_rare or self.max_df != 1.0 or isinstance(self.max_df, Integral) or self.max_features:
            raise UsageError(
                "partial_fit cannot drop terms by min_df, max_df or max_features, which need all texts at once; "
                "leave them at their defaults, or use fit"
            )
        is_first = not hasattr(self, "fixed_vocabulary_")
        if not is_first and "_documents" not in self.__dict__:
            raise UsageError("partial_fit cannot go on: how many texts hold each term is not known here; use fit")
        batch = clone(self)
        if not is_first and isinstance(self.tokenizer, str):
            batch.set_params(tokenizer=self.tokenizer_)
        try:
            batch._fit_counts(raw_documents, rows=False)
        except NoTermsError as error:
            nothing = np.zeros(0, dtype=np.int64)
            batch.__dict__.update(_terms=term_list([]), _documents=nothing, _n_documents=error.n_texts)
        if is_first:
            parameters = self.get_params(deep=False)
            self.__dict__.update({name: value for name, value in batch.__dict__.items() if name not in parameters})
        else:
            self._add(batch)
        return self

    def _add(self, batch: "Counting") -> None:
        """Add the terms and frequencies of a fitted `batch`."""
        vocabulary = self.vocabulary_
        names = batch.get_feature_names_out().tolist()
        for term in names:
            vocabulary.setdefault(term, len(vocabulary))
        documents = np.zeros(len(vocabulary), dtype=np.int64)
        documents[: self._documents.size] = self._documents
        documents[[vocabulary[term] for term in names]] += batch._documents
        n_documents = self._n_documents + batch._n_documents
        self.vocabulary_ = vocabulary
        self._documents, self._n_documents = documents, n_documents

    def _fit_counts(self, raw_documents: Iterable[Any], *, rows: bool) -> Any:
        """scikit-learn's `CountVectorizer.fit_transform`; without `rows` the matrix may be left out."""
        from nlp_toolkit.counting.plan import analysis_of, is_known_dtype

        self.check_settings()
        documents = self._resolve_tokenizer(self._checked(raw_documents))
        analysis = analysis_of(self)
        self._forget()
        if analysis is None or not is_known_dtype(self.dtype) or not _can_start_over(analysis, documents):
            return self._fit_by_reference(documents)
        self._warn_for_unused_params()
        take_given_vocabulary(self)
        self.build_analyzer()  # for its warnings
        if self.fixed_vocabulary_:
            self._warn_about_upper_case()
            counted = self._count(documents)
            self._note_frequencies(counted)
            return counted
        return self._learn(documents, analysis, rows)

    def _fit_by_reference(self, documents: Iterable[Any]) -> Any:
        from nlp_toolkit.counting.learning import NoTermsError

        n_texts = 0

        def numbered() -> Iterator[Any]:
            nonlocal n_texts
            for document in documents:
                n_texts += 1
                yield document

        try:
            counted = reference.CountVectorizer.fit_transform(self, numbered())
        except ValueError as error:
            if str(error).startswith("empty vocabulary;"):
                raise NoTermsError(n_texts) from error
            if str(error).startswith("After pruning,"):
                raise DataError(f"{error} ({n_texts} texts, min_df={self.min_df}, max_df={self.max_df})") from error
            raise
        self._note_frequencies(counted)
        return counted

    def _note_frequencies(self, counted: Any) -> None:
        self._n_documents, n_terms = counted.shape
        self._documents = np.bincount(counted.indices, minlength=n_terms)

    def _learn(self, documents: Iterable[Any], analysis: "Analysis", rows: bool) -> Any:
        from nlp_toolkit.counting.learning import learn
        from nlp_toolkit.counting.limits import Limits
        from nlp_toolkit.counting.tables import TermTable
        from nlp_toolkit.counting.tokens import UnevenTokenError

        tokens = TermTable() if analysis.kind == "tokens" else None
        limits = Limits(self.max_df, self.min_df, self.max_features, self.binary, self.dtype)
        try:
            blocks = self._blocks(documents, analysis, tokens, None)
            learned = learn(blocks, analysis, limits, effective_jobs(self.n_jobs), rows=rows, tokens=tokens)
        except UnevenTokenError:
            return self._fit_by_reference(documents)
        self._terms: TermList = learned.terms
        self._documents, self._n_documents = learned.documents, learned.n_texts
        if learned.lookup is not None:
            self.__dict__["_lookup"] = analysis, learned.lookup
        return None if learned.matrix is None else aligned(learned.matrix)

    def _count(self, raw_documents: Iterable[Any]) -> Any:
        """scikit-learn's `CountVectorizer.transform`."""
        documents = self._checked(raw_documents)
        self._check_vocabulary()
        if not hasattr(self, "tokenizer_"):
            documents = self._resolve_tokenizer(documents)
        terms = self._known_terms()
        if terms is not None and "_lookup" not in self.__dict__ and _are_few(documents, terms):
            return reference.CountVectorizer.transform(self, documents)
        from nlp_toolkit.counting.plan import analysis_of, is_known_dtype

        analysis = analysis_of(self)
        if analysis is None or terms is None or not is_known_dtype(self.dtype):
            return reference.CountVectorizer.transform(self, documents)
        return self._count_known(documents, analysis, terms)

    def _count_known(self, documents: Iterable[Any], analysis: "Analysis", terms: "TermList") -> Any:
        from nlp_toolkit.counting.blocks import CHUNK
        from nlp_toolkit.counting.learning import count
        from nlp_toolkit.counting.lookup import build

        known: tuple[Analysis, Lookup] | None = self.__dict__.get("_lookup")
        if known is None or known[0] != analysis:
            known = analysis, build(terms, analysis)
            self.__dict__["_lookup"] = known
        lookup = known[1]
        if lookup.nodes is not None:
            lookup.nodes.recall_entries()
        blocks = self._blocks(documents, analysis, lookup.terms, lookup.symbols)
        # Texts of one block: asking how many threads may run takes longer than counting them.
        n_jobs = 1 if isinstance(documents, list | tuple) and len(documents) <= CHUNK else effective_jobs(self.n_jobs)
        counted = count(blocks, analysis, lookup, len(terms), self.dtype, n_jobs, binary=self.binary)
        return aligned(counted)

    def _blocks(
        self,
        documents: Iterable[Any],
        analysis: "Analysis",
        table: "TermTable | None",
        known: "dict[str, int] | None",
    ) -> "Iterator[Block] | Iterator[TokenBlock]":
        """The documents as the kernels take them; tokens are numbered here, as `known` or anew in `table`."""
        from nlp_toolkit.counting.blocks import encode_blocks
        from nlp_toolkit.counting.tokens import TokenNumbers, number_tokens

        if analysis.kind != "tokens" or table is None:
            return encode_blocks(self._texts(documents), analysis.lowercase, self._form())
        numbers = TokenNumbers(analysis.stop_words, in_parts=analysis.has_nodes, known=known)
        return number_tokens(self._token_lists(documents), numbers, table)

    def _warn_about_upper_case(self) -> None:
        """scikit-learn's warning, given inside its `fit_transform`."""
        if self.lowercase and any(any(map(str.isupper, term)) for term in self.vocabulary):
            warnings.warn(
                "Upper case characters found in vocabulary while 'lowercase' is True."
                " These entries will not be matched with any documents",
                stacklevel=3,
            )


def _are_few(documents: Iterable[Any], terms: "TermList") -> bool:
    """Whether these are a few short texts, and terms that are soon in a dictionary."""
    if not isinstance(documents, list | tuple) or len(documents) > FEW_TEXTS or len(terms) > FEW_TERMS:
        return False
    texts = [text for text in documents if isinstance(text, str)]
    return len(texts) == len(documents) and sum(map(len, texts)) <= FEW_CHARACTERS


def _can_start_over(analysis: "Analysis", documents: Iterable[Any]) -> bool:
    """Whether a token the kernels cannot take (see `UnevenTokenError`) could still be dealt with when it comes."""
    return analysis.kind != "tokens" or analysis.max_n == 1 or not isinstance(documents, Iterator)
