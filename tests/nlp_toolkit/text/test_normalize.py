"""Normalization composes, cleaning replaces what no text should hold and counts it."""

import ast
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlp_toolkit
import nlp_toolkit_pipelines
from nlp_toolkit import CountVectorizer
from nlp_toolkit.errors import UsageError
from nlp_toolkit.text.normalize import clean, in_canonical_order, normalize, without_surrogates

ANY_TEXT = st.text(st.characters(), max_size=50)  # surrogates included


def test_decomposed_hangul_is_composed() -> None:
    assert normalize("\u1109\u1165\u110b\u116e\u11af", "NFC") == "서울"


def test_no_form_changes_nothing() -> None:
    assert normalize("\u1109\u1165", None) == "\u1109\u1165"


def test_unknown_form_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown normalization 'NFD'; known: 'NFC', None"):
        normalize("text", "NFD")  # type: ignore[arg-type]


@given(ANY_TEXT)
def test_normalizing_is_idempotent_and_the_same_for_both_spellings(text: str) -> None:
    composed = normalize(text, "NFC")
    assert normalize(composed, "NFC") == composed
    assert normalize(unicodedata.normalize("NFD", text), "NFC") == composed


# Marks of several classes, marks that decompose into marks (the Tibetan ones have class 0 themselves), starters that
# compose or decompose, composition exclusions, jamo and syllables, and what is neither.
PIECES = [
    *("\u0301", "\u0323", "\u0327", "\u0345", "\u0334", "\u05b0", "\u302e", "\U0001d165", "\u0344", "\u0340", "\u0343"),
    *("\u0f71", "\u0f72", "\u0f74", "\u0f73", "\u0f75", "\u0f81", "\u0fb2", "\u0f76", "\u0958", "\u093c", "\u0915"),
    *("a", "é", "ệ", "\u1fad", "Å", "\u212b", "\ufb2c", "\u09c7", "\u09be", "\u1100", "\u1161", "\u11a8", "가", "각"),
    *("!", "…", "😀", "\u200d", "\ud800", " "),
]


def runs(length: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(PIECES), min_size=length, max_size=3 * length).map("".join)


@given(runs(30) | st.lists(st.sampled_from(PIECES[:22]), min_size=40, max_size=120).map("".join))
def test_long_runs_of_marks_are_composed_as_ever(text: str) -> None:
    assert normalize(text, "NFC") == unicodedata.normalize("NFC", text)
    assert unicodedata.normalize("NFKD", in_canonical_order(text)) == unicodedata.normalize("NFKD", text)


def inversions(text: str) -> int:
    """Marks that stand after one of a higher class: what `unicodedata.normalize` sorts by insertion."""
    kinds = [unicodedata.combining(mark) for character in text for mark in unicodedata.normalize("NFD", character)]
    return sum(before > kind > 0 for before, kind in pairwise(kinds))


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0f73", "\u0344\u0323", "\u0315\u0300\u05ae"])
def test_no_long_run_is_left_to_be_sorted_by_insertion(marks: str) -> None:
    text = "a" + marks * 2_000
    assert inversions(in_canonical_order(text)) == 0


def test_words_and_short_runs_are_passed_on_as_they_are() -> None:
    for text in ("e\u0301\u0323", "서울 " * 20, "a" * 100, "가\u0301" * 50):
        assert in_canonical_order(text) is text


@pytest.mark.parametrize("how", ["unicode", "ascii"])
def test_accents_are_stripped_of_runs_in_canonical_order(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    plain = unicodedata.normalize
    preprocess = CountVectorizer(strip_accents=how, normalization=None).build_preprocessor()
    monkeypatch.setattr(unicodedata, "normalize", lambda form, text: given.append(text) or plain(form, text))
    assert preprocess("A" + "\u0301\u0323" * 500) == "a"
    monkeypatch.undo()
    assert max(map(inversions, given)) == 0


PACKAGES = [Path(package.__file__).parent for package in (nlp_toolkit, nlp_toolkit_pipelines)]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_texts_are_normalized_in_one_place(package: Path) -> None:
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "unicodedata" in path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("unicodedata.normalize")
    }
    assert users <= {"text/normalize.py", "testing/promises.py"}


def test_control_characters_become_spaces_and_are_counted() -> None:
    assert clean("a\x00b\x07c\x7fd\x85e") == ("a b c d e", 4, 0)


def test_tab_and_line_ends_stay() -> None:
    assert clean("a\tb\r\nc") == ("a\tb\r\nc", 0, 0)


def test_lone_surrogates_become_replacement_characters_and_are_counted() -> None:
    assert clean("책\ud800 book\udfff") == ("책\ufffd book\ufffd", 0, 2)


@given(ANY_TEXT)
def test_cleaning_keeps_the_length_and_leaves_nothing_to_clean(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.text) == len(text)
    assert clean(cleaned.text) == (cleaned.text, 0, 0)
    assert sum(a != b for a, b in zip(text, cleaned.text, strict=True)) == (
        cleaned.control_characters + cleaned.lone_surrogates
    )
    assert cleaned.text.encode("utf-8").decode("utf-8") == cleaned.text


@given(ANY_TEXT)
def test_text_without_surrogates_can_be_encoded(text: str) -> None:
    assert len(without_surrogates(text).encode("utf-8").decode("utf-8")) == len(text)
