"""Noise for training texts, each a function of (seed, copy, row) alone: words left out, spaces closed and opened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from nlp_toolkit.errors import UsageError
from nlp_toolkit.settings import Count, Share

if TYPE_CHECKING:
    import numpy as np

Token = TypeVar("Token")

_FIRST_SYLLABLE, _LAST_SYLLABLE = "가", "힣"


@dataclass(frozen=True)
class Augmentation:
    """How training texts are varied; validation and test texts never are.

    `drop_words` is the share of words (between white space) left out, but never all of them (Iyyer et al. 2015).
    `close_spaces` is the share of spaces that vanish, `open_spaces` of places between two Hangul syllables of a word
    where one appears: Korean is often written so. There are `copies` variants of each text beside the text itself.
    """

    drop_words: Share = 0.0
    close_spaces: Share = 0.0
    open_spaces: Share = 0.0
    copies: Count = 4

    def check(self) -> None:
        """Raise `UsageError` where nothing would be varied."""
        if not (self.drop_words or self.close_spaces or self.open_spaces):
            raise UsageError(
                "augmentation: give drop_words, close_spaces or open_spaces a share above 0, or leave it out"
            )


def augmented(text: str, how: Augmentation, *, seed: int, copy: int, row: int) -> str:
    """Variant number `copy` of the text of row `row`; copy 0 is the text itself.

    >>> how = Augmentation(drop_words=0.3, close_spaces=0.3, open_spaces=0.1)
    >>> [augmented("오늘은 날씨가 참 좋다", how, seed=0, copy=copy, row=0) for copy in (0, 1, 1, 2)]
    ['오늘은 날씨가 참 좋다', '오늘 은날씨가 참좋다', '오늘 은날씨가 참좋다', '날씨가 참']
    """
    if copy == 0:
        return text
    # Recipes know this module; listing them should not load NumPy.
    import numpy as np

    random = np.random.default_rng((seed, copy, row))
    text = " ".join(drop_some(text.split(), how.drop_words, random))
    return open_spaces(close_spaces(text, how.close_spaces, random), how.open_spaces, random)


def augmented_texts(texts: Iterable[str], how: Augmentation, *, seed: int, copy: int) -> list[str]:
    """`augmented` of each text, its place being its row."""
    return [augmented(text, how, seed=seed, copy=copy, row=row) for row, text in enumerate(texts)]


def drop_some(tokens: Sequence[Token], share: float, random: "np.random.Generator") -> list[Token]:
    """The tokens without about a `share` of them, in order; at least one stays where there is one.

    >>> import numpy as np
    >>> drop_some(["a", "b", "c"], 0.0, np.random.default_rng(0))
    ['a', 'b', 'c']
    """
    if not tokens:
        return []
    stays = random.random(len(tokens)) >= share
    if not stays.any():
        stays[random.integers(len(tokens))] = True
    return [token for token, kept in zip(tokens, stays, strict=True) if kept]


def close_spaces(text: str, share: float, random: "np.random.Generator") -> str:
    """The words of `text`, about a `share` of the spaces between them gone and each other run of them one space.

    >>> import numpy as np
    >>> close_spaces("영화를  봤다", 0.0, np.random.default_rng(0))
    '영화를 봤다'
    """
    words = text.split()
    closed = random.random(len(words)) < share
    joined = [word if at == 0 or closed[at] else f" {word}" for at, word in enumerate(words)]
    return "".join(joined)


def open_spaces(text: str, share: float, random: "np.random.Generator") -> str:
    """`text` with a space at about a `share` of the places where two Hangul syllables meet.

    >>> import numpy as np
    >>> open_spaces("영화 film", 0.99, np.random.default_rng(0))
    '영 화 film'
    """
    opened = random.random(len(text)) < share
    return "".join(
        f" {character}" if opened[at] and at and _is_syllable(character) and _is_syllable(text[at - 1]) else character
        for at, character in enumerate(text)
    )


def _is_syllable(character: str) -> bool:
    return _FIRST_SYLLABLE <= character <= _LAST_SYLLABLE
