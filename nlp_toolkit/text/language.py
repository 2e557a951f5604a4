"""Which language a text is in, told by its letters alone: enough to choose a tokenizer."""

import re
from collections.abc import Iterable
from typing import Literal

from nlp_toolkit.text.normalize import normalize

Language = Literal["ko", "en", "other"]

KOREAN_SHARE = 0.1
"""From this share of Hangul among the letters on, texts are treated as Korean.

Korean reviews and news mix in Latin names freely, and a Korean tokenizer keeps Latin words whole,
whereas a word tokenizer loses Korean nouns behind their particles. So the threshold is low.
"""

_ENGLISH_SHARE = 0.9
# Jamo, compatibility jamo, extended A, syllables, extended B, half-width.
_hangul_runs = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb\uffa1-\uffdc]+").findall
_letter_runs = re.compile(r"[^\W\d_]+").findall
_latin_runs = re.compile("[A-Za-z]+").findall


def _count(runs: Iterable[str]) -> int:
    return sum(map(len, runs))


def hangul_share(texts: Iterable[str]) -> float:
    """Share of Hangul (syllables and jamo) among all letters of `texts`; 0.0 where there is no letter.

    Texts are composed (NFC) first, so that a syllable counts once however it is spelt.

    >>> hangul_share(["서울 seoul", "1, 2, 3!"])
    0.2857142857142857
    """
    hangul = letters = 0
    for text in texts:
        composed = normalize(text, "NFC")
        letters += _count(_letter_runs(composed))
        hangul += 0 if composed.isascii() else _count(_hangul_runs(composed))
    return hangul / letters if letters else 0.0


def language(text: str) -> Language:
    """Guess the language from the script: "ko", "en" or "other".

    "ko" from a tenth of Hangul among the letters on, "en" where nine in ten letters are plain A to Z
    (so other languages written that way are called "en"), "other" for the rest and for texts without letters.

    >>> language("서울에서 K-pop 공연"), language("A concert in Seoul"), language("ソウル"), language("123")
    ('ko', 'en', 'other', 'other')
    """
    if hangul_share([text]) >= KOREAN_SHARE:
        return "ko"
    letters = _count(_letter_runs(text))
    if letters and _count(_latin_runs(text)) / letters >= _ENGLISH_SHARE:
        return "en"
    return "other"
