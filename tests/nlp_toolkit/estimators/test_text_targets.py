"""Labels and numbers are taken from whatever holds them, and what cannot be learned is refused by row."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.estimators.class_weights import weigh_classes
from nlp_toolkit.estimators.text_rows import check_lengths
from nlp_toolkit.estimators.text_targets import (
    distinct,
    holds_lists,
    numbered,
    read_labels,
    read_numbers,
)


@pytest.mark.parametrize(
    ("y", "classes", "numbers"),
    [
        (["b", "a", "b"], ["a", "b"], [1, 0, 1]),
        (pd.Series([10, 2, 10], index=[7, 8, 9]), [2, 10], [1, 0, 1]),
        (pd.Series(["b", "a", "b"]).astype("category"), ["a", "b"], [1, 0, 1]),
        (np.array([[True], [False]]), [False, True], [1, 0]),
    ],
    ids=["list", "series", "category", "column"],
)
def test_classes_are_sorted_and_rows_numbered_whatever_holds_the_labels(y: Any, classes: Any, numbers: Any) -> None:
    found, of_rows = numbered(read_labels(y))
    assert found.tolist() == classes
    assert of_rows.tolist() == numbers


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "expected a label for each text, got NoneType"),
        ({"a": 1}, "expected a label for each text, got dict"),
        (np.eye(2), r"expected one label a text, got a table of shape \(2, 2\); for several labels"),
        (["a", None], r"row 2 \(counted from 1\) has no label \(None\); leave it out"),
        (["a", float("nan")], r"row 2 \(counted from 1\) has no label \(None\)"),
        (["a", pd.NA], r"row 2 \(counted from 1\) has no label \(None\)"),
        ([1, "a"], r"expected labels of one type, got 1 and 'a' in rows 1, 2 \(counted from 1\)"),
        (["a", "a"], r"expected at least two classes, got \['a'\]"),
    ],
)
def test_labels_that_are_missing_or_mixed_are_refused_by_row(y: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        numbered(read_labels(y))


def test_lists_of_labels_are_told_from_labels() -> None:
    assert holds_lists(read_labels(pd.Series([[], ["a"]], index=[3, 4])))
    assert holds_lists(["a", ["b"]])  # refused as lists: its first row is none
    assert not holds_lists(["a", "b"])
    assert distinct([["b", "a"], [], ["b"]]) == ["a", "b"]
    with pytest.raises(DataError, match=r"row 2 \(counted from 1\) has a label that is missing \(\['a', nan\]\)"):
        distinct([["a"], ["a", float("nan")]])


def test_weights_of_classes_multiply_those_of_rows() -> None:
    ones = np.ones(4)
    assert weigh_classes(ones, {"a": 2.0, "b": 0.5}, ["a", "b", "b", "b"]).tolist() == [2.0, 0.5, 0.5, 0.5]
    assert weigh_classes(ones, "balanced", ["a", "b", "b", "b"]) == pytest.approx([2.0, 2 / 3, 2 / 3, 2 / 3])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"a": -1.0, "b": 1.0}, "expected finite weights of 0 or more"),
        ({"a": 0.0, "b": 0.0}, "not all of them 0"),
        ({"a": 1.0, "z": 1.0}, "class_weight has the key 'z', which is no label; the labels: 'a', 'b'"),
        ({"a": "heavy", "b": 1.0}, "could not convert"),
    ],
)
def test_weights_that_mean_nothing_are_refused(weights: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        weigh_classes(np.ones(2), weights, ["a", "b"])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (2.0, "expected a sequence of weights, got float"),
        ([1.0, None], r"weights are missing in row 2 \(counted from 1\)"),
        (["x", "y"], "expected numbers as weights, got 'x' in row 1"),
        ([1.0], "2 texts have 1 weights"),
        ([0.0, 0.0], "not all of them 0"),
    ],
)
def test_weights_of_rows_are_checked(weights: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_lengths(["a", "b"], ["x", "y"], weights)


def test_numbers_of_a_column_are_numbers_a_row() -> None:
    assert read_numbers(np.array([[1.0], [2.0]])).tolist() == [1.0, 2.0]
    assert read_numbers(pd.Series([1, 2], index=[5, 6])).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.ones((2, 2)), r"expected one-dimensional targets, got an array of shape \(2, 2\)"),
        (["a", "b"], "expected numbers as targets, got 'a' in row 1"),
        ([1.0, None], r"expected finite numbers, got NaN or infinity in row 2 \(counted from 1\)"),
        ([1.0, 1e300, -1e155], r"got 1e\+300 in rows 2, 3 \(counted from 1\); fix or leave out those rows, or scale"),
    ],
)
def test_what_is_no_number_a_row_is_refused(y: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_numbers(y)
