"""Which parts of a text match a query, and a short piece of the text around them, for people to look at."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline

from nlp_toolkit.protocols import Tokenizer, Vectorizer
from nlp_toolkit.text.normalize import normalize

_words = re.compile(r"\w+").finditer
_LOOKED_AT = 5_000  # characters of a text, from its beginning: a snippet need not wait for a whole book

Analyzer = Callable[[str], list[str]]


@dataclass(frozen=True)
class Snippet:
    """A piece of a text on one line, and the (start, end) of what matches in it, in order."""

    text: str
    marks: tuple[tuple[int, int], ...]


def analyzer_of(stage: Vectorizer) -> Analyzer:
    """What splits a text for this stage: its tokenizer, its analyzer, or words where it has neither."""
    first: Any = stage.steps[0][1] if isinstance(stage, Pipeline) else stage
    tokenizer = getattr(first, "tokenizer_", None)
    if isinstance(tokenizer, Tokenizer):
        return lambda text: tokenizer(text.lower())
    if hasattr(first, "build_analyzer") and getattr(first, "analyzer", "word") == "word":
        built: Analyzer = first.build_analyzer()
        return built
    return lambda text: [match.group() for match in _words(text.lower())]


def snippet(text: str, query: str, analyze: Analyzer, width: int = 160) -> Snippet:
    """The `width` characters of `text` with the most matches in them, and the matches.

    A word matches where it shares a token with the query; of a Korean word only the morpheme is marked.

    >>> found = snippet("The cat sat; other cats ran.", "cats", lambda text: text.lower().rstrip("s").split())
    >>> [found.text[start:end] for start, end in found.marks]
    ['cat', 'cats']
    """
    line = " ".join(normalize(text[:_LOOKED_AT], "NFC").split())
    marks = _marks(line, _telling(analyze(normalize(query, "NFC"))), analyze)
    start, end = _window(line, marks, width)
    inside = tuple((max(a, start) - start, min(b, end) - start) for a, b in marks if a < end and b > start)
    return Snippet(line[start:end], inside)


def _telling(tokens: Sequence[str]) -> set[str]:
    """The tokens worth a mark: the Korean copula and auxiliary verbs match everywhere and say nothing."""
    return {token for token in tokens if token != "이" and not token.endswith(("/VCP", "/VX"))}


def _marks(line: str, wanted: set[str], analyze: Analyzer) -> list[tuple[int, int]]:
    shared = {word: wanted.intersection(analyze(word)) for word in {match.group() for match in _words(line)}}
    return [
        _within(match.group(), match.start(), shared[match.group()]) for match in _words(line) if shared[match.group()]
    ]


def _within(word: str, offset: int, tokens: set[str]) -> tuple[int, int]:
    """Where in the word the longest of the tokens stands, without its tag; the whole word if it is changed there."""
    for form in sorted((token.partition("/")[0] for token in tokens), key=len, reverse=True):
        at = word.lower().find(form) if any("가" <= character <= "힣" for character in form) else -1
        if at >= 0:
            return offset + at, offset + at + len(form)
    return offset, offset + len(word)


def _window(line: str, marks: Sequence[tuple[int, int]], width: int) -> tuple[int, int]:
    """The stretch of `width` characters that has the most marks, beginning a little before the first of them."""
    if len(line) <= width or not marks:
        return 0, min(width, len(line))
    lead = width // 8
    starts = [max(0, min(a - lead, len(line) - width)) for a, _ in marks]
    best = max(starts, key=lambda start: (sum(start <= a and b <= start + width for a, b in marks), -start))
    return best, best + width
