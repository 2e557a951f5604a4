"""What is to be learned of each text: one label, a list of labels or a number, checked before any training."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from nlp_toolkit.errors import DataError
from nlp_toolkit.series import (
    COLUMN_METHODS,
    check_magnitudes,
    is_missing,
    name_rows,
    plain_list,
    plain_numbers,
    present_list,
)


def read_labels(y: Any) -> list[Any]:
    """The labels as a list by position, whatever holds them (list, Series with any index, array, column vector).

    >>> read_labels(np.array([["a"], ["b"]]))
    ['a', 'b']
    """
    if y is None or isinstance(y, str | bytes | Mapping):
        raise DataError(f"expected a label for each text, got {type(y).__name__}; pass a list of labels")
    if getattr(y, "ndim", 1) == 2:
        y = np.asarray(y)
        if y.shape[1] != 1:
            raise DataError(
                f"expected one label a text, got a table of shape {y.shape}; for several labels a text give lists of "
                "labels, as MultiLabelBinarizer.inverse_transform does"
            )
        y = y[:, 0]
    return plain_list(y, "labels")


def labels_by_position(y: Any) -> Any:
    """Labels for scikit-learn, which takes arrays by position but knows neither Arrow's nulls nor `pd.NA`.

    Missing labels raise `DataError` with rows; what is no column is returned as it is, for scikit-learn to refuse.
    """
    is_numeric = isinstance(getattr(y, "dtype", None), np.dtype) and y.dtype != object
    is_column = isinstance(y, list | tuple) or any(hasattr(y, name) for name in COLUMN_METHODS)
    if is_numeric or not is_column or getattr(y, "ndim", 1) != 1:
        return y
    return present_list(y, "labels")


def holds_lists(labels: Sequence[Any]) -> bool:
    """Whether any row has a list of labels (then all must)."""
    return any(isinstance(label, list | tuple | set | frozenset) for label in labels)


def numbered(labels: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """The sorted classes, and the number of each row's class; `DataError` for labels that are missing or mixed."""
    for row, label in enumerate(labels):
        if is_missing(label):
            raise DataError(f"{name_rows([row])} has no label ({label}); leave it out")
        if isinstance(label, str) != isinstance(labels[0], str):
            found = f"{labels[0]!r:.80} and {label!r:.80} in {name_rows([0, row])}"
            raise DataError(f"expected labels of one type, got {found}; make them all strings")
    array = np.asarray(labels)
    try:
        check_classification_targets(array)
        classes, numbers = np.unique(array, return_inverse=True)
    except (TypeError, ValueError) as error:
        raise DataError(f"expected class labels: {error}") from error
    if len(classes) < 2:
        raise DataError(f"expected at least two classes, got {classes.tolist()}; check the labels")
    return classes, numbers.astype(np.int64)


def distinct(lists: Sequence[Sequence[Any]]) -> list[Any]:
    """The labels that occur in lists of labels, sorted."""
    for row, each in enumerate(lists):
        if any(map(is_missing, each)):
            raise DataError(f"{name_rows([row])} has a label that is missing ({list(each)!r:.80}); leave it out")
    try:
        labels = sorted({label for row in lists for label in row})
    except TypeError as error:
        raise DataError(f"expected labels of one type: {error}") from error
    if not labels:
        raise DataError("expected at least one label, got only empty lists; check the labels")
    return labels


def read_numbers(y: Any) -> np.ndarray:
    """Numbers as float64 (n_rows,) by position; `DataError` for anything else, and for numbers too large to square."""
    if getattr(y, "ndim", 1) == 2 and y.shape[1] == 1:
        y = np.asarray(y)[:, 0]
    if y is None or isinstance(y, str | bytes | Mapping):
        raise DataError(f"expected a number for each text, got {type(y).__name__}; pass a list of numbers")
    numbers = plain_numbers(y, "targets")
    wrong = np.flatnonzero(~np.isfinite(numbers)).tolist()
    if wrong:
        raise DataError(f"expected finite numbers, got NaN or infinity in {name_rows(wrong)}; leave those rows out")
    check_magnitudes(numbers, "targets")
    return numbers
