"""Documents as the counting stages read them: scikit-learn's ways, plus NFC and tokenizers by name."""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from numbers import Integral
from typing import Any, ClassVar

from sklearn.feature_extraction import text as reference

from nlp_toolkit.compat import count_terms, word_ngrams
from nlp_toolkit.constraints import check_options, one_of
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.text.normalize import Normalization, in_canonical_order, normalize
from nlp_toolkit.validation import check_texts

EXTRA_CONSTRAINTS: dict[str, Any] = {
    "tokenizer": [str, callable, None],
    "normalization": [one_of({"NFC"}), None],
    "n_jobs": [Integral, None],
}
DEFAULT_PATTERN = r"(?u)\b\w\w+\b"
SAMPLE = 1000  # texts looked at to resolve tokenizer="auto"
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


def sample_of(documents: Iterable[Any], size: int) -> tuple[list[Any], Iterable[Any]]:
    """Some of the documents, and all of them again.

    A list or tuple is sampled evenly, since files are often sorted by language; of anything else the first ones are
    taken, and an iterator gets them put back in front.
    """
    if isinstance(documents, Iterator):
        head = list(islice(documents, size))
        return head, chain(head, documents)
    step = max(1, -(-len(documents) // size)) if isinstance(documents, list | tuple) else 1
    return list(islice(documents, 0, size * step, step)), documents


def as_is(document: Any) -> Any:
    """The analyzer of documents that are analyzed already."""
    return document


class Documents:
    """What the counting stages add to scikit-learn's reading of documents.

    A mixin before one of scikit-learn's text vectorizers, whose methods it extends.
    """

    _parameter_constraints: ClassVar[dict[str, Any]]
    input: str
    analyzer: Any
    tokenizer: Any
    token_pattern: str | None
    preprocessor: Any
    strip_accents: Any
    stop_words: Any
    normalization: Normalization | None

    def check_settings(self) -> None:
        """Raise `UsageError` for parameters that no fit could use, before there is anything to fit on."""
        check_options(self)
        if self.analyzer == "word" and self.tokenizer is None and self.token_pattern is None:
            raise UsageError("token_pattern=None needs a tokenizer; name one, such as words")

    def decode(self, doc: Any) -> Any:
        """One document as a normalized str, read and decoded as `input` and `encoding` say."""
        text = super().decode(doc)  # type: ignore[misc]
        if not isinstance(text, str):
            if callable(self.analyzer) or self.preprocessor is not None:
                return text  # whatever these make of it
            raise DataError(f"expected a text (str), got {type(text).__name__}; convert or drop missing values first")
        return normalize(text, self.normalization)

    def build_preprocessor(self) -> Callable[[str], str]:
        """scikit-learn's preprocessor; one that strips accents warns when it takes Hangul apart."""
        preprocess: Callable[[str], str] = super().build_preprocessor()  # type: ignore[misc]
        if self.preprocessor is not None or self.strip_accents not in ("ascii", "unicode"):
            return preprocess
        return warn_about_hangul(preprocess, self.strip_accents)

    def build_tokenizer(self) -> Callable[[str], list[str]]:
        """The tokenizer that was resolved at `fit`, or scikit-learn's."""
        if isinstance(self.tokenizer, str):
            from nlp_toolkit.text.tokenizers import resolve_tokenizer

            fitted: Tokenizer | None = getattr(self, "tokenizer_", None)
            return fitted if fitted is not None else resolve_tokenizer(self.tokenizer, [])
        try:
            tokenize: Callable[[str], list[str]] = super().build_tokenizer()  # type: ignore[misc]
        except re.error as error:
            raise UsageError(f"token_pattern={self.token_pattern!r} is no regular expression: {error}") from error
        return tokenize

    def _resolve_tokenizer(self, documents: Iterable[Any]) -> Iterable[Any]:
        """Set `tokenizer_` for the documents about to be fitted; returns all of them."""
        self.__dict__.pop("tokenizer_", None)
        if isinstance(self.tokenizer, Tokenizer):
            self.tokenizer_ = self.tokenizer
        elif isinstance(self.tokenizer, str):
            from nlp_toolkit.text.tokenizers import resolve_tokenizer

            sample: list[Any] = []
            if self.tokenizer == "auto" and self.input != "file":  # a file object can be read only once
                sample, documents = sample_of(documents, SAMPLE)
            self.tokenizer_ = resolve_tokenizer(self.tokenizer, [self.decode(document) for document in sample])
        return documents

    def _checked(self, raw_documents: Iterable[Any]) -> Iterable[Any]:
        """The documents, or an error naming what is wrong with them; what callables take is theirs to check."""
        if isinstance(raw_documents, str):
            # The first words are scikit-learn's, for code that looks for them.
            raise DataError(
                "Iterable over raw text documents expected, string object received; wrap it in a list: [text]"
            )
        if self.input != "content" or callable(self.analyzer) or self.preprocessor is not None:
            return raw_documents
        return check_texts(raw_documents, allow_bytes=True)

    def _texts(self, documents: Iterable[Any]) -> Iterable[str]:
        """Documents as `encode_blocks` takes them: read, and stripped of accents, but not always normalized."""
        if self.strip_accents:
            return self._preprocessed(documents)
        if isinstance(documents, list | tuple) and set(map(type, documents)) == {str}:
            return documents
        return map(self.decode, documents)

    def _form(self) -> Normalization | None:
        """How `encode_blocks` has to normalize `_texts`; accents are stripped after normalizing."""
        return None if self.strip_accents else self.normalization

    def _preprocessed(self, documents: Iterable[Any]) -> Iterator[str]:
        preprocess = self.build_preprocessor()
        return (preprocess(self.decode(document)) for document in documents)

    def _token_lists(self, documents: Iterable[Any]) -> Iterable[list[str]]:
        """The tokens of each document; a tokenizer with a batch form gets all documents at once."""
        tokenizer = self.build_tokenizer()
        texts = self._preprocessed(documents)
        return tokenizer.batch(texts) if isinstance(tokenizer, Tokenizer) else map(tokenizer, texts)

    def _analyzed(self, documents: Iterable[Any]) -> Iterable[Any]:
        """The terms of each document."""
        if self.analyzer != "word" or not isinstance(getattr(self, "tokenizer_", None), Tokenizer):
            return map(self.build_analyzer(), documents)  # type: ignore[attr-defined]
        stop_words = self.get_stop_words()  # type: ignore[attr-defined]
        return (word_ngrams(self, tokens, stop_words) for tokens in self._token_lists(documents))

    def _count_vocab(self, raw_documents: Iterable[Any], fixed_vocab: bool) -> tuple[dict[Any, int], Any]:
        """Count the terms of the documents with scikit-learn's own loop."""
        counter = reference.CountVectorizer(analyzer=as_is, dtype=self.dtype)  # type: ignore[attr-defined]
        if fixed_vocab:
            counter.vocabulary_ = self.vocabulary_  # type: ignore[attr-defined]
        return count_terms(counter, self._analyzed(raw_documents), fixed_vocab)

    def _warn_for_unused_params(self) -> None:
        """scikit-learn's warnings, without one that a tokenizer by name would always cause."""
        if isinstance(self.tokenizer, str | Tokenizer) and self.token_pattern == DEFAULT_PATTERN:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "The parameter 'token_pattern' will not be used since 'tokenizer'")
                super()._warn_for_unused_params()  # type: ignore[misc]
        else:
            super()._warn_for_unused_params()  # type: ignore[misc]


def warn_about_hangul(preprocess: Callable[[str], str], how: str) -> Callable[[str], str]:
    """`preprocess`, warning once when it is given Hangul, whose syllables stripping takes apart or drops."""
    warned = False

    def preprocess_and_warn(text: str) -> str:
        nonlocal warned
        if not warned and _HANGUL.search(text):
            warned = True
            warnings.warn(
                f"strip_accents={how!r} breaks Hangul: its syllables are taken apart or dropped; "
                "use strip_accents=None for Korean",
                stacklevel=2,
            )
        return preprocess(in_canonical_order(text))

    return preprocess_and_warn
