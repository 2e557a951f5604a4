"""The dataclass: pleasant by hand, strict about lengths and ids."""

import re

import numpy as np
import pytest

from nlp_toolkit.corpus import Cleaning, Corpus, concatenate
from nlp_toolkit.errors import DataError, UsageError


def test_corpus_by_hand_has_rows_in_order() -> None:
    corpus = Corpus(texts=["a", "b"], labels=["x", "y"])
    assert len(corpus) == 2
    assert corpus.rows == ["a", "b"]
    assert corpus.ids is None


def test_rows_of_a_pair_corpus_are_its_pairs() -> None:
    corpus = Corpus(pairs=[("a", "b")], labels=["1"])
    assert len(corpus) == 1
    assert corpus.rows == [("a", "b")]


def test_weights_become_float64() -> None:
    corpus = Corpus(texts=["a", "b"], weights=[1, 2])  # type: ignore[arg-type]
    assert corpus.weights is not None
    assert corpus.weights.dtype == np.float64


@pytest.mark.parametrize(
    ("corpus", "error", "message"),
    [
        ({"texts": ["a", "b"], "labels": ["x"]}, DataError, "labels has 1 entries for 2 texts"),
        ({"pairs": [("a", "b")], "groups": []}, DataError, "groups has 0 entries for 1 pairs"),
        ({"texts": ["a"], "metadata": {"year": [1, 2]}}, DataError, "metadata['year'] has 2 entries for 1 texts"),
        ({"texts": ["a"], "weights": [1.0, 2.0]}, DataError, "weights has 2 entries"),
        ({"texts": ["a", "b", "c"], "ids": ["7", "8", "7"]}, DataError, "id '7' is in rows 1, 3 (counted from 1)"),
        ({"texts": "abc"}, UsageError, "got one str; wrap it in a list"),
        ({"texts": ["a"], "pairs": [("a", "b")]}, UsageError, "texts or pairs, got both"),
    ],
)
def test_inconsistent_corpus_is_refused(corpus: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        Corpus(**corpus)  # type: ignore[arg-type]


def _whole() -> Corpus:
    return Corpus(
        texts=["a", "b", "c"],
        labels=[["x"], [], ["x", "y"]],
        ids=["1", "2", "3"],
        weights=np.array([1.0, 2.0, 3.0]),
        groups=["g", "g", "h"],
        metadata={"year": [1999, None, 2001]},
        cleaning=Cleaning(encoding="utf-8", control_characters=2),
    )


def test_select_takes_every_column_along() -> None:
    chosen = _whole().select(np.array([2, 0]))
    assert chosen.texts == ["c", "a"]
    assert chosen.labels == [["x", "y"], ["x"]]
    assert chosen.ids == ["3", "1"]
    assert chosen.weights is not None
    assert chosen.weights.tolist() == [3.0, 1.0]
    assert chosen.groups == ["h", "g"]
    assert chosen.metadata == {"year": [2001, 1999]}


def test_select_of_nothing_is_empty_with_the_same_columns() -> None:
    chosen = _whole().select([])
    assert len(chosen) == 0
    assert chosen.labels == []
    assert chosen.weights is not None


def test_concatenation_of_the_parts_is_the_whole() -> None:
    whole = _whole()
    joined = concatenate([whole.select([0]), whole.select([1, 2])])
    assert (joined.texts, joined.labels, joined.ids) == (whole.texts, whole.labels, whole.ids)
    assert joined.weights is not None
    assert whole.weights is not None
    assert joined.weights.tolist() == whole.weights.tolist()
    assert (joined.groups, joined.metadata) == (whole.groups, whole.metadata)
    assert joined.cleaning == Cleaning(encoding="utf-8", control_characters=4)


def test_pairs_are_selected_and_joined() -> None:
    pairs = Corpus(pairs=[("a", "b"), ("c", "d")])
    assert concatenate([pairs.select([1]), pairs.select([0])]).pairs == [("c", "d"), ("a", "b")]


def test_corpora_of_other_columns_are_not_joined() -> None:
    with pytest.raises(DataError, match="texts and texts, labels; read them with the same columns"):
        concatenate([Corpus(texts=["a"]), Corpus(texts=["b"], labels=["x"])])


def test_ids_are_checked_when_joined() -> None:
    with pytest.raises(DataError, match=r"id '1' is in rows 1, 2 \(counted from 1\)"):
        concatenate([Corpus(texts=["a"], ids=["1"]), Corpus(texts=["b"], ids=["1"])])
