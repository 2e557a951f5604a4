"""Unicode normalization (every stage, by default) and cleaning of characters no text should hold (reading, once)."""

import re
import unicodedata
from typing import Literal, NamedTuple

from nlp_toolkit.errors import UsageError

Normalization = Literal["NFC"]

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # category Cc without tab, line feed and carriage return
_SURROGATE = r"\ud800-\udfff"
_find_dirt = re.compile(f"[{_CONTROL}{_SURROGATE}]").search
_replace_control = re.compile(f"[{_CONTROL}]").subn
# Combining marks are no word characters and none is below U+0300. Shorter runs are quickly sorted by whatever way.
_replace_runs = re.compile(r"[^\w\x00-\u02ff]{32,}").sub
_replace_surrogates = re.compile(f"[{_SURROGATE}]").subn


class Cleaned(NamedTuple):
    """A cleaned text and how many characters of either kind were replaced in it."""

    text: str
    control_characters: int
    lone_surrogates: int


def normalize(text: str, form: Normalization | None) -> str:
    """Return `text` in Unicode form `form`, or unchanged where `form` is None.

    >>> decomposed = "\\u1109\\u1165\\u110b\\u116e\\u11af"
    >>> normalize(decomposed, "NFC"), normalize(decomposed, None) == decomposed
    ('서울', True)
    """
    if form is None:
        return text
    if form != "NFC":
        raise UsageError(f"unknown normalization {form!r}; known: 'NFC', None")
    return text if text.isascii() else unicodedata.normalize("NFC", in_canonical_order(text))


def in_canonical_order(text: str) -> str:
    """Return an equivalent text in which long runs of combining marks are in canonical order.

    `unicodedata.normalize` sorts a run by insertion, which takes the square of its length: 41 s for 400 KB of marks.
    What is in order already it passes in linear time, and the result is the same.
    """
    return _replace_runs(_ordered, text)


def _ordered(found: re.Match[str]) -> str:
    """A run decomposed, and the marks between two starters sorted by their combining class, equal ones as they were."""
    ordered: list[str] = []
    marks: list[str] = []
    # One at a time: the marks of a single character are few. Three Tibetan vowel signs become two marks each.
    for character in "".join([unicodedata.normalize("NFD", each) for each in found[0]]):
        if unicodedata.combining(character):
            marks.append(character)
        else:
            ordered += sorted(marks, key=unicodedata.combining)
            ordered.append(character)
            marks.clear()
    return "".join([*ordered, *sorted(marks, key=unicodedata.combining)])


def clean(text: str) -> Cleaned:
    """Replace NUL and control characters by spaces and lone surrogates by U+FFFD, and count both.

    Tab, line feed and carriage return stay. A Python string holds surrogates only when something was
    decoded wrongly, so each one counts as lone.

    >>> clean("one\\x00two\\x1b")
    Cleaned(text='one two ', control_characters=2, lone_surrogates=0)
    """
    # isprintable is several times faster than the pattern and true for nearly every one-line text.
    if text.isprintable() or _find_dirt(text) is None:
        return Cleaned(text, 0, 0)
    text, control_characters = _replace_control(" ", text)
    text, lone_surrogates = _replace_surrogates("\ufffd", text)
    return Cleaned(text, control_characters, lone_surrogates)


def without_surrogates(text: str) -> str:
    """Return `text` with each lone surrogate as U+FFFD, so that it can be encoded.

    >>> without_surrogates("a\\ud800b")
    'a�b'
    """
    return _replace_surrogates("\ufffd", text)[0]
