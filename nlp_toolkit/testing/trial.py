"""A stage on trial: how it is made, and the texts it is tried with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from nlp_toolkit.protocols import Matrix, Vectorizer

SENTENCES = (
    "서울은 한국의 수도이고 사람이 많다",
    "오늘 날씨가 맑아서 서울을 걸었다",
    "이 책은 재미있고 그림도 예쁘다",
    "책 한 권을 다 읽고 잠을 잤다",
    "영화가 지루해서 중간에 나왔다",
    "맛있는 커피를 마시며 영화를 봤다",
    "The weather in Seoul is clear today",
    "A good book and a cup of coffee",
    "The film was boring and far too long",
    "People walk in the city when it is warm",
    "Seoul 에서 coffee 한 잔과 book 한 권",
    "He read the book twice and liked it",
)
FIT_TEXTS = SENTENCES * 3
"""What stages are fitted on unless told otherwise: Korean, English and mixed sentences, each word at least thrice."""

ODD_TEXTS = {
    "empty": "",
    "white space": " \t\r\n\u3000",
    "emoji only": "😀👍🏽🇰🇷",
    "stop words only": "the of and is",
    "unknown words": "qwzx vbnk 뷁뚧",
    "one character": "책",
    "punctuation": "?!... ---",
    "lone jamo": "ㅋㅋㅋㅠㅠ",
    "control characters": "책\x00book\x1b",
    "lone surrogate": "book\ud800책",
    "a long word": "책" * 3_000,
}


@dataclass(frozen=True)
class Trial:
    """A stage on trial: `make_stage` gives it anew, unfitted, with any seed already set.

    `make_stage` is a class or function at the top level of a module, or a `functools.partial` of one with
    plain keywords (numbers, strings, tuples), so that other processes can make the stage too. `tolerance`
    is how far numbers may differ where rows are computed together (0.0: same bits). `long_text_bytes` is
    the size of the long text.
    """

    make_stage: Callable[[], Vectorizer]
    texts: Sequence[str] = FIT_TEXTS
    tolerance: float = 0.0
    long_text_bytes: int = 10_000_000

    @cached_property
    def fitted(self) -> Vectorizer:
        """One fitted stage for the checks that leave it as it is."""
        return self.make_stage().fit(list(self.texts))

    @cached_property
    def rows(self) -> Matrix:
        """Rows of the fitted texts."""
        return self.fitted.transform(list(self.texts))
