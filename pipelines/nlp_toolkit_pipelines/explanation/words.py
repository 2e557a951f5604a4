"""The words of a text, to be given weights or left out: words of English, morphemes of Korean."""

import re
from collections.abc import Iterable, Sequence

from nlp_toolkit.text.korean import KoreanTokenizer
from nlp_toolkit.text.language import hangul_share
from nlp_toolkit.text.offsets import composed, placed

Place = tuple[int, int]
"""Start and end in a text."""

_find_words = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]+").finditer
_find_runs = re.compile(r"\S+").finditer


def words_of(text: str, korean: KoreanTokenizer | None = None) -> list[Place]:
    """Places of the words of `text`, runs of signs included, in order and without overlap.

    Where there is Hangul they are morphemes, as `korean` (by default with no user words) finds them; those that
    share a syllable, such as 하 and 였 in 했다, are one.

    >>> [text[start:end] for text in ["It's good!"] for start, end in words_of(text)]
    ["It's", 'good', '!']
    >>> [text[start:end] for text in ["서울은 넓었다"] for start, end in words_of(text)]
    ['서울', '은', '넓', '었', '다']
    """
    if not hangul_share([text]):
        return [match.span() for match in _find_words(text)]
    tokenizer = KoreanTokenizer() if korean is None else KoreanTokenizer(user_words=korean.user_words)
    ready = composed(placed(text))
    morphemes = [ready.source_span(start, min(end, len(ready.text))) for _, start, end in tokenizer.spans(ready.text)]
    return with_the_rest(text, merged(morphemes))


def merged(places: Iterable[Place]) -> list[Place]:
    """Places in order, those that overlap as one.

    >>> merged([(3, 5), (0, 2), (1, 3)])
    [(0, 3), (3, 5)]
    """
    found: list[Place] = []
    for start, end in sorted(places):
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        elif end > start:
            found.append((start, end))
    return found


def with_the_rest(text: str, places: Sequence[Place]) -> list[Place]:
    """The places and, between them, every run of characters they leave out, white space excepted."""
    found: list[Place] = []
    before = 0
    for start, end in [*places, (len(text), len(text))]:
        found += [(before + run.start(), before + run.end()) for run in _find_runs(text[before:start])]
        if end > start:
            found.append((start, end))
        before = max(before, end)
    return found


def grouped(places: Sequence[Place], most: int) -> list[Place]:
    """At most `most` places: neighbours are joined, as many as that takes, evenly.

    >>> grouped([(0, 1), (2, 3), (4, 5)], 2)
    [(0, 3), (4, 5)]
    """
    size = -(-len(places) // most)
    return [(places[at][0], places[min(at + size, len(places)) - 1][1]) for at in range(0, len(places), size or 1)]


def without(text: str, places: Iterable[Place]) -> str:
    """The text with these places left out; where a sign stood between two words, a space keeps them apart.

    >>> without("good,bad film", [(4, 5)]), without("서울은 넓다", [(2, 3)])
    ('good bad film', '서울 넓다')
    """
    parts: list[str] = []
    before = 0
    for start, end in sorted(places):
        parts.append(text[before:start])
        is_sign = not any(character.isalnum() for character in text[start:end])
        between_words = start > 0 and end < len(text) and text[start - 1].isalnum() and text[end].isalnum()
        if is_sign and between_words:
            parts.append(" ")
        before = max(before, end)
    parts.append(text[before:])
    return "".join(parts)
