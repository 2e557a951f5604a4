"""Which stages the kernels can count for: their parameters in the kernels' words, or None."""

from typing import Any

import numpy as np

from nlp_toolkit.compat import ANALYSIS
from nlp_toolkit.counting.counters import Analysis
from nlp_toolkit.counting.documents import DEFAULT_PATTERN
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.text.tokenizers import AllWordsTokenizer, WordTokenizer

# Patterns the kernels know, and the fewest characters of a word.
_PATTERNS = {
    DEFAULT_PATTERN: 2,
    r"\b\w\w+\b": 2,
    r"(?u)\w\w+": 2,
    r"\w\w+": 2,
    r"(?u)\b\w+\b": 1,
    r"\b\w+\b": 1,
    r"(?u)\w+": 1,
    r"\w+": 1,
}
_WORD_TOKENIZERS: dict[type, int] = {WordTokenizer: 2, AllWordsTokenizer: 1}
_DTYPES = (np.int64, np.float64, np.float32, np.int32)
# A subclass that redefines one of these means its own analysis.
_HOOKS = ("build_analyzer", "build_tokenizer", "build_preprocessor", "get_stop_words", "decode", *ANALYSIS)


def analysis_of(stage: Any) -> Analysis | None:
    """How `stage` makes terms of a text, or None where only scikit-learn's path knows.

    Those are callables, patterns the kernels have no table for, and subclasses with methods of their own.
    """
    min_n, max_n = stage.ngram_range
    if min_n < 1 or stage.preprocessor is not None or callable(stage.strip_accents) or _is_overridden(type(stage)):
        return None
    lowercase = bool(stage.lowercase) and not stage.strip_accents  # stripped texts come lower-cased
    if stage.analyzer in ("char", "char_wb"):
        return Analysis(stage.analyzer, min_n, max_n, lowercase)
    if stage.analyzer != "word":
        return None
    stop_words = frozenset(word for word in stage.get_stop_words() or () if isinstance(word, str))
    tokenizer = getattr(stage, "tokenizer_", stage.tokenizer)
    if tokenizer is not None and isinstance(tokenizer, Tokenizer) and type(tokenizer) not in _WORD_TOKENIZERS:
        return Analysis("tokens", min_n, max_n, stop_words=stop_words)
    if tokenizer is None:
        shortest = _PATTERNS.get(stage.token_pattern)
    else:
        shortest = _WORD_TOKENIZERS.get(type(tokenizer))
    return None if shortest is None else Analysis("word", min_n, max_n, lowercase, shortest, stop_words)


def is_known_dtype(dtype: object) -> bool:
    """Whether the kernels can write counts of this type as scikit-learn would."""
    return any(dtype is known or dtype == np.dtype(known) for known in _DTYPES)


def _is_overridden(cls: type) -> bool:
    ours = next(base for base in cls.__mro__ if base.__module__.startswith("nlp_toolkit."))
    return any(getattr(cls, hook, None) is not getattr(ours, hook, None) for hook in _HOOKS)
