"""What the counting tests share: texts of every kind, and equality down to the bits."""

import unicodedata
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

ENGLISH = [
    "The quick brown fox jumps over the lazy dog; the dog sleeps.",
    "A cat, two cats and THE dog: it's 2 o'clock!",
    "",
    "the and of to",
    "   ",
    "Naïve café-owners résumé x y z",
    "the dog",
]
KOREAN = [
    "서울은 대한민국의 수도이다. 책 한 권을 읽었다",
    "나는 서울에서 책을 샀다 ㅋㅋㅋ ㅠㅠ",
    unicodedata.normalize("NFD", "서울은 춥다"),
    "책",
    "나는 서울에서 산다",
]
MIXED = [
    "AI가 만든 그림 No.1 — ΣΊΣΥΦΟΣ İstanbul ǅ",
    "naïve\u0301 cafe\u0301 \x85 next\x1cline\u2028end\xa0no-break  two",
    "😀 emoji 👨‍👩‍👧 and 漢字かな混じり文",
    "nul\x00inside a\x00\x00b \ud800 lone \udc80surrogate",
    "K Å Ω ﬁ ẞ ᾈ a\u0345",
    "ab" * 40 + " " + "나" * 30 + " ab" * 5,
    "\u0928\u093f \u0e01\u0e33 ０１２ Ⅷ ⅷ",
]
CORPORA = {"english": ENGLISH, "korean": KOREAN, "mixed": [*MIXED, *ENGLISH, *KOREAN]}


def assert_same_matrix(ours: Any, theirs: Any) -> None:
    """Same class, shape, types, and bits, in the same places."""
    assert type(ours) is type(theirs)
    assert ours.shape == theirs.shape
    for part in ("indptr", "indices", "data"):
        mine, reference = getattr(ours, part), getattr(theirs, part)
        assert mine.dtype == reference.dtype, part
        np.testing.assert_array_equal(mine, reference, err_msg=part)


def nfc(texts: list[str]) -> list[str]:
    return [unicodedata.normalize("NFC", text) for text in texts]


def outcome(call: Callable[[], Any]) -> Any:
    """What `call` returns, or the class and first words of the ValueError it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call()
        except ValueError as error:
            return f"ValueError: {str(error)[:45]}"


def assert_same_fit(ours: Any, theirs: Any, texts: list[str], others: list[str]) -> None:
    """Fit both, ours on `texts` and scikit-learn's on their NFC: same matrix, terms, rows of `others`, or error."""
    mine = outcome(lambda: ours.fit_transform(texts))
    reference = outcome(lambda: theirs.fit_transform(nfc(texts)))
    if isinstance(reference, str):
        assert mine == reference
        return
    assert not isinstance(mine, str), mine
    assert_same_matrix(mine, reference)
    assert_same_matrix(ours.transform(others), theirs.transform(nfc(others)))
    assert list(ours.vocabulary_.items()) == list(theirs.vocabulary_.items())
    np.testing.assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())
