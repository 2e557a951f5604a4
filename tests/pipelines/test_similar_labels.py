"""Labels that look alike are reported with their counts, before anything is learned from them."""

import json
import logging
from typing import Any

import pytest

from nlp_toolkit import Corpus, read_corpus
from nlp_toolkit_pipelines import compare, train, tune
from nlp_toolkit_pipelines.profile import profile_corpus
from nlp_toolkit_pipelines.similar_labels import SimilarLabels, similar_labels, similar_labels_note, visible_label

COMPOSED, DECOMPOSED = "\uac10\uc815", "\u1100\u1161\u11b7\u110c\u1165\u11bc"


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (("a", "A"), "case"),
        (("straße", "STRASSE"), "case"),
        (("a", "a "), "blanks"),
        (("a b", "a\u00a0b"), "blanks"),
        (("a b", "a  b"), "blanks"),
        (("a", "a\u200b"), "invisible characters"),
        (("a", "\ufeffa"), "invisible characters"),
        (("a", "a\u00ad"), "invisible characters"),
        (("a", "a\u202e"), "invisible characters"),
        (("\u2764", "\u2764\ufe0f"), "invisible characters"),
        (("\uac00", "\uac00\u3164"), "invisible characters"),
        ((COMPOSED, DECOMPOSED), "composition (NFC, NFD)"),
        (("a", "A\u200b "), "invisible characters, blanks, case"),
        (("\u00e9", "E\u0301"), "composition (NFC, NFD), case"),
    ],
)
def test_labels_that_look_alike_are_a_group_that_says_why(labels: tuple[str, str], why: str) -> None:
    assert similar_labels({labels[1]: 1, labels[0]: 3, "other": 9}) == (SimilarLabels(labels, (3, 1), why),)


def test_groups_come_by_their_rows() -> None:
    found = similar_labels({"a": 1, "A": 1, "b": 5, "b ": 1, "B": 2, "c": 50})
    assert [group.labels for group in found] == [("b", "B", "b "), ("A", "a")]
    assert similar_labels({"a": 1, "b": 1, "가": 1, "각": 1, "": 1}) == ()


def test_what_cannot_be_seen_in_a_label_is_shown() -> None:
    assert visible_label("\ufeff a\u00a0\x1b") == r"'\ufeff a\xa0\x1b'"
    assert visible_label("감정 é") == "'감정 é'"
    assert visible_label(DECOMPOSED).startswith(r"'\u1100\u1161")


def test_the_note_names_some_groups_and_counts_the_others() -> None:
    assert similar_labels_note(["a", "b", 3, 4.0]) is None
    assert similar_labels_note([["x"], ["x", "X"], []]) == (
        "labels that look alike are classes of their own: 'x' (2) and 'X' (1) differ by case; make them one where they "
        "mean one"
    )
    note = similar_labels_note([label for letter in "abcdefg" for label in (letter, letter.upper())])
    assert note is not None and note.count("differ by") == 5 and "; and 2 more; make" in note


def test_a_profile_has_them_as_json(tmp_path: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\na,spam\nb,spam \n\ufeffc,spam\nd,ham\n", encoding="utf-8")
    told = json.loads(json.dumps(profile_corpus(read_corpus(path, label_column="label")).to_json()))
    assert told["similar_labels"] == [{"labels": ["spam", "spam "], "counts": [2, 1], "why": "blanks"}]
    assert profile_corpus(Corpus(texts=["a"])).similar_labels == ()


RECIPE = {
    "name": "small",
    "task": "classification",
    "vectorizer": {"kind": "count"},
    "estimator": {"kind": "logreg"},
    "space": {"estimator.C": {"choice": [0.1, 1.0]}},
}
CORPUS = Corpus(texts=[f"{word} {n}" for n in range(8) for word in ("a red", "a blue")], labels=["x", "X "] * 8)
NOTE = "labels that look alike are classes of their own: 'X ' (8) and 'x' (8) differ by blanks, case"


@pytest.mark.parametrize(
    "learn",
    [
        lambda: train(RECIPE, CORPUS, folds=2, n_jobs=1),
        lambda: compare(CORPUS, [RECIPE], folds=2, isolated=False, text_map="none", n_jobs=1),
        lambda: tune(RECIPE, CORPUS, trials=2, folds=2, n_jobs=1),
    ],
    ids=["train", "compare", "tune"],
)
def test_learning_from_them_is_warned_of_once(learn: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="nlp_toolkit"):
        result = learn()
    assert sum(NOTE in record.getMessage() for record in caplog.records) == 1
    assert any(NOTE in note for note in getattr(result, "notes", None) or result.summary)


def test_both_spellings_of_hangul_are_one_label_to_train() -> None:
    labels = [COMPOSED, "b", DECOMPOSED, "b"]
    result = train(RECIPE, Corpus(texts=["red", "blue"] * 2, labels=labels), folds=0, n_jobs=1)
    assert result.notes == ()
    assert profile_corpus(Corpus(texts=["a"] * 4, labels=labels)).similar_labels[0].counts == (1, 1)
