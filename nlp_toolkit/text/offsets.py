"""A text that was normalized or lower-cased, with the place in the original that each of its characters comes from."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp_toolkit.text.normalize import normalize

_white_spaces = re.compile(r"\s\s+").finditer
_FIRST_THAT_COMPOSES = "\u0300"  # no character below joins the one before it


@dataclass(frozen=True)
class PlacedText:
    """A text whose character i stands for `source[starts[i]:ends[i]]` of the text it was made from."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]`, which is not empty, lies in the source."""
        return self.starts[start], self.ends[end - 1]


def placed(text: str) -> PlacedText:
    """The text as its own source.

    >>> placed("abc").source_span(1, 3)
    (1, 3)
    """
    return PlacedText(text, range(len(text)), range(1, len(text) + 1))


def composed(given: PlacedText) -> PlacedText:
    """The text in NFC; a composed character stands for all it was composed of.

    >>> composed(placed("\\u1109\\u1165\\u110b\\u116e\\u11af!")).source_span(1, 2)  # 울 of 서울! in five jamo
    (2, 5)
    """
    if unicodedata.is_normalized("NFC", given.text):
        return given
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for begin, end in _clusters(given.text):
        cluster = given.text[begin:end]
        made = normalize(cluster, "NFC")
        parts.append(made)
        if made == cluster:
            starts += given.starts[begin:end]
            ends += given.ends[begin:end]
        else:
            starts += [given.starts[begin]] * len(made)
            ends += [given.ends[end - 1]] * len(made)
    return PlacedText("".join(parts), starts, ends)


def lowered(given: PlacedText) -> PlacedText:
    """The text in lower case, as `str.lower` has it; İ becomes two characters that stand for the one.

    >>> made = lowered(placed("aİb"))
    >>> made.text == "aİb".lower(), made.source_span(3, 4)
    (True, (2, 3))
    """
    text = given.text.lower()
    if len(text) == len(given.text):
        return PlacedText(text, given.starts, given.ends)
    # What a character becomes may depend on its neighbours (final sigma), how many it becomes does not.
    origin = [at for at, character in enumerate(given.text) for _ in character.lower()]
    return PlacedText(text, [given.starts[at] for at in origin], [given.ends[at] for at in origin])


def spaces_joined(given: PlacedText) -> PlacedText:
    """The text with every run of white space as one space, as the character analyzers read it.

    >>> made = spaces_joined(placed("a  b"))
    >>> made.text, made.source_span(1, 2)
    ('a b', (1, 3))
    """
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    after = 0
    for run in _white_spaces(given.text):
        parts += [given.text[after : run.start()], " "]
        starts += [*given.starts[after : run.start()], given.starts[run.start()]]
        ends += [*given.ends[after : run.start()], given.ends[run.end() - 1]]
        after = run.end()
    parts.append(given.text[after:])
    return PlacedText("".join(parts), [*starts, *given.starts[after:]], [*ends, *given.ends[after:]])


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Pieces that composing never joins: each is composed by itself."""
    start = 0
    for at in range(1, len(text)):
        character = text[at]
        if character >= _FIRST_THAT_COMPOSES:
            alone = normalize(character, "NFC")
            if unicodedata.combining(alone[0]):  # of what it is composed to: three Tibetan signs become marks
                continue
            before = normalize(text[start:at], "NFC")
            if normalize(text[start : at + 1], "NFC") != before + alone:
                continue
        yield start, at
        start = at
    if text:
        yield start, len(text)
