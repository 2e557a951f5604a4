"""Tokens with their places in the text, for showing people which words a model looked at."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from nlp_toolkit.text.korean import KoreanTokenizer
from nlp_toolkit.text.offsets import placed, spaces_joined
from nlp_toolkit.text.tokenizers import (
    AllWordsTokenizer,
    CharacterTokenizer,
    CharWbTokenizer,
    EnglishStemTokenizer,
    WordTokenizer,
)

_find_words = re.compile(r"(?u)\b\w\w+\b").finditer
_find_all_words = re.compile(r"(?u)\b\w+\b").finditer
_find_runs = re.compile(r"\S+").finditer


class TokenSpan(NamedTuple):
    """A token and where it was read: `text[start:end]`; spans may overlap, as those of 하 and 였 in 했다 do."""

    token: str
    start: int
    end: int


def token_spans(tokenizer: object, text: str) -> list[TokenSpan] | None:
    """The tokens of `text` in order, as `tokenizer(text)` gives them, with their places; None for one not built in.

    The text must be in NFC where the tokenizer is Korean.

    >>> token_spans(WordTokenizer(), "a red car")
    [TokenSpan(token='red', start=2, end=5), TokenSpan(token='car', start=6, end=9)]
    """
    find = _FIND.get(type(tokenizer))
    return None if find is None else list(find(tokenizer, text))


def has_spans(tokenizer: object) -> bool:
    """Whether `token_spans` knows the tokenizer."""
    return type(tokenizer) in _FIND


def pattern_spans(pattern: str, text: str) -> Iterator[TokenSpan]:
    """What scikit-learn's `token_pattern` finds: the match, or its one group.

    >>> [span.token for span in pattern_spans(r"#(\\w+)", "a #tag, #two")]
    ['tag', 'two']
    """
    compiled = re.compile(pattern)
    for match in compiled.finditer(text):
        yield TokenSpan(match[compiled.groups], *match.span(compiled.groups))


def char_wb_spans(text: str, shortest: int, longest: int) -> Iterator[TokenSpan]:
    """The n-grams inside words padded with a space; a span holds what the n-gram has of the word, not the padding.

    >>> [(span.token, span.start, span.end) for span in char_wb_spans("a bc", 3, 3)]
    [(' a ', 0, 1), (' bc', 2, 4), ('bc ', 2, 4)]
    """
    for run in _find_runs(text):
        word = f" {run[0]} "
        for size in range(shortest, longest + 1):
            for at in range(max(1, len(word) - size + 1)):
                start, end = max(at - 1, 0), min(at + size - 1, len(run[0]))
                yield TokenSpan(word[at : at + size], run.start() + start, run.start() + end)
            if len(word) <= size:
                break


def _of_words(tokenizer: Any, text: str) -> Iterator[TokenSpan]:
    return (TokenSpan(match[0], *match.span()) for match in _find_words(text))


def _of_all_words(tokenizer: Any, text: str) -> Iterator[TokenSpan]:
    return (TokenSpan(match[0], *match.span()) for match in _find_all_words(text))


def _of_characters(tokenizer: Any, text: str) -> Iterator[TokenSpan]:
    joined = spaces_joined(placed(text))
    return (TokenSpan(character, *joined.source_span(at, at + 1)) for at, character in enumerate(joined.text))


def _of_char_wb(tokenizer: CharWbTokenizer, text: str) -> Iterator[TokenSpan]:
    shortest, longest = tokenizer.ngram_range
    return char_wb_spans(text, shortest, longest)


def _of_english_stems(tokenizer: EnglishStemTokenizer, text: str) -> Iterator[TokenSpan]:
    for match in _find_words(text):  # word by word, so that each stem knows its word
        for stem in tokenizer(match[0]):
            yield TokenSpan(stem, *match.span())


def _of_korean(tokenizer: KoreanTokenizer, text: str) -> Iterator[TokenSpan]:
    return (TokenSpan(*found) for found in tokenizer.spans(text))


_FIND: dict[type, Callable[[Any, str], Iterator[TokenSpan]]] = {
    WordTokenizer: _of_words,
    AllWordsTokenizer: _of_all_words,
    CharacterTokenizer: _of_characters,
    CharWbTokenizer: _of_char_wb,
    EnglishStemTokenizer: _of_english_stems,
    KoreanTokenizer: _of_korean,
}
