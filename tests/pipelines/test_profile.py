"""What is said of a corpus before anything is fitted, against hand-counted examples."""

import json

import pytest

from nlp_toolkit.corpus import Cleaning, Corpus
from nlp_toolkit_pipelines.profile import profile_corpus


def test_hand_counted_corpus() -> None:
    corpus = Corpus(
        texts=["좋은 영화", "a good film", "좋은 영화", "", "!!", "좋은 영화"],
        labels=["1", "1", "0", "0", "rare", "1"],
        cleaning=Cleaning(encoding="cp949", control_characters=3, skipped_rows=2, missing_texts=1),
    )
    profile = profile_corpus(corpus)
    assert profile.rows == 6
    assert (profile.characters.min, profile.characters.median, profile.characters.max) == (0, 5, 11)
    assert profile.characters.mean == pytest.approx(28 / 6)
    assert (profile.words.min, profile.words.max) == (0, 3)
    assert profile.languages == {"ko": 3, "en": 1, "other": 2}
    assert profile.labels == {"1": 3, "0": 2, "rare": 1}
    assert profile.n_labels == 3
    assert profile.single_sample_labels == ("rare",)
    assert (profile.duplicates, profile.conflicting_duplicates) == (2, 3)
    assert profile.empty_texts == 1
    assert profile.longest_rows[0] == 1
    assert (profile.encoding, profile.control_characters, profile.skipped_rows) == ("cp949", 3, 2)
    assert profile.missing_texts == 1


@pytest.mark.parametrize(
    ("text", "dirt"),
    [
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", {"not_nfc", "conjoining_jamo"}),
        ("\u1112\u1161", {"not_nfc", "conjoining_jamo"}),
        ("\u1175", {"conjoining_jamo"}),
        ("cafe\u0301", {"not_nfc"}),
        ("a<br />b", {"html_tags"}),
        ("a < b > c", set()),
        ("Tom &amp; Jerry", {"html_entities"}),
        ("it #39;s", {"html_entities"}),
        ("AT&T; R&D;", set()),
        ("&bogus;", set()),
        ("zero\u200bwidth", {"zero_width_characters"}),
        ("no\u00a0break\u3000", {"unusual_spaces"}),
        ("lost \ufffd", {"replacement_characters"}),
        ("two\nlines", {"line_breaks"}),
        ("see https://example.org", {"urls"}),
        ("ㅋㅋㅋ", set()),
        ("?! ...", {"no_letters_or_digits"}),
        ("", set()),
    ],
)
def test_dirt_is_told_apart(text: str, dirt: set[str]) -> None:
    counted = profile_corpus(Corpus(texts=[text])).dirt
    assert {name for name, count in counted.items() if count} == dirt


def test_rows_without_labels_have_none() -> None:
    profile = profile_corpus(Corpus(texts=["a"]))
    assert (profile.labels, profile.n_labels, profile.unlabelled_rows) == (None, None, 0)


def test_several_labels_count_once_each() -> None:
    profile = profile_corpus(Corpus(texts=["a", "a", "b"], labels=[["x", "y"], ["y", "x"], []]))
    assert profile.labels == {"x": 2, "y": 2}
    assert (profile.conflicting_duplicates, profile.unlabelled_rows) == (0, 1)


def test_only_the_most_frequent_labels_are_listed() -> None:
    labels = [str(number % 150) for number in range(151)]
    profile = profile_corpus(Corpus(texts=["t"] * 151, labels=labels))
    assert profile.labels is not None
    assert (profile.n_labels, len(profile.labels), next(iter(profile.labels.items()))) == (150, 100, ("0", 2))
    assert len(profile.single_sample_labels) == 149


def test_both_texts_of_a_pair_are_looked_at() -> None:
    profile = profile_corpus(Corpus(pairs=[("좋다", "good"), ("좋다", "good"), ("a", "")]))
    assert (profile.rows, profile.pairs, profile.duplicates, profile.empty_texts) == (3, True, 1, 1)
    assert profile.languages == {"ko": 2, "en": 3, "other": 1}
    assert profile.characters.max == 4


def test_profile_is_json() -> None:
    told = json.loads(json.dumps(profile_corpus(Corpus(texts=["a", "b"], labels=["x", "y"])).to_json()))
    assert told["rows"] == 2
    assert told["characters"]["median"] == 1
    assert told["labels"] == {"x": 1, "y": 1}
    assert told["single_sample_labels"] == ["x", "y"]


def test_empty_corpus_has_a_profile() -> None:
    profile = profile_corpus(Corpus())
    assert (profile.rows, profile.characters.max, profile.longest_rows) == (0, 0, ())


def test_labels_from_python_may_be_numbers_or_missing():
    profile = profile_corpus(Corpus(texts=["a", "b", "c", "d"], labels=[1, 0, 1, None]))

    assert profile.labels == {"1": 2, "0": 1}
    assert profile.unlabelled_rows == 1
