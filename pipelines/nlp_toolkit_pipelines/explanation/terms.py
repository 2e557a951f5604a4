"""From the terms a counting stage finds in a text back to the places they were read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nlp_toolkit.text.korean import KoreanTokenizer
from nlp_toolkit.text.offsets import PlacedText, composed, lowered, placed, spaces_joined
from nlp_toolkit.text.spans import TokenSpan, char_wb_spans, has_spans, pattern_spans, token_spans
from nlp_toolkit_pipelines.explanation.words import Place


@dataclass(frozen=True)
class Occurrence:
    """A term of the vocabulary and the places it was read at once: its words, or its characters that are no space."""

    term: str
    places: tuple[Place, ...]


def why_untraceable(stage: Any) -> str | None:
    """What keeps the terms of `stage` from being found again in a text; None where nothing does."""
    from nlp_toolkit import CountVectorizer, TfidfVectorizer

    if type(stage) not in (CountVectorizer, TfidfVectorizer):
        return f"{type(stage).__name__} does not say which columns a word has"
    if stage.input != "content" or stage.preprocessor is not None or stage.strip_accents:
        return "the texts are changed by input, preprocessor or strip_accents before they are counted"
    if stage.analyzer not in ("word", "char", "char_wb"):
        return "its analyzer is a function"
    if stage.analyzer == "word" and stage.tokenizer is not None and not has_spans(_tokenizer(stage)):
        return f"its tokenizer {_tokenizer(stage)!r:.60} is not one of the toolkit's own"
    return None


def is_word_stage(stage: Any) -> bool:
    """Whether the stage counts words, not characters."""
    return bool(stage.analyzer == "word")


def korean_tokenizer(stage: Any) -> KoreanTokenizer | None:
    """The Korean tokenizer of the stage, if that is what it counts."""
    found = _tokenizer(stage) if is_word_stage(stage) else None
    return found if isinstance(found, KoreanTokenizer) else None


def occurrences(stage: Any, text: str) -> Iterator[Occurrence]:
    """Every term the stage finds in `text`, as often as it counts it, in the vocabulary or not."""
    ready = _prepared(stage, text)
    shortest, longest = stage.ngram_range
    if stage.analyzer == "word":
        tokens = _tokens(stage, ready)
        for size in range(shortest, longest + 1):
            for at in range(len(tokens) - size + 1):
                gram = tokens[at : at + size]
                places = tuple(ready.source_span(token.start, token.end) for token in gram)
                yield Occurrence(" ".join(token.token for token in gram), places)
        return
    joined = spaces_joined(ready)
    for term, start, end in _character_ngrams(stage.analyzer, joined.text, shortest, longest):
        inside = (at for at in range(start, end) if not joined.text[at].isspace())
        yield Occurrence(term, tuple(joined.source_span(at, at + 1) for at in inside))


def token_places(stage: Any, text: str) -> list[Place]:
    """Places of the words a word stage reads, stop words left out."""
    ready = _prepared(stage, text)
    return [ready.source_span(token.start, token.end) for token in _tokens(stage, ready)]


def _prepared(stage: Any, text: str) -> PlacedText:
    ready = placed(text) if stage.normalization is None else composed(placed(text))
    return lowered(ready) if stage.lowercase else ready


def _tokenizer(stage: Any) -> Any:
    return getattr(stage, "tokenizer_", stage.tokenizer)


def _tokens(stage: Any, ready: PlacedText) -> Sequence[TokenSpan]:
    tokenizer = _tokenizer(stage)
    if tokenizer is None:
        tokens = list(pattern_spans(stage.token_pattern, ready.text))
    else:
        tokens = token_spans(tokenizer, ready.text) or []
    # A place without characters (a pattern that matches nothing much) has nowhere to be shown.
    stopped = stage.get_stop_words() or ()
    return [token for token in tokens if token.token not in stopped and token.end > token.start]


def _character_ngrams(analyzer: str, text: str, shortest: int, longest: int) -> Iterator[TokenSpan]:
    if analyzer == "char_wb":
        yield from char_wb_spans(text, shortest, longest)
        return
    for size in range(shortest, min(longest, len(text)) + 1):
        for at in range(len(text) - size + 1):
            yield TokenSpan(text[at : at + size], at, at + size)
