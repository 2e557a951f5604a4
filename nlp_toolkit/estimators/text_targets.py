"""What is to be learned of each text: one label, a list of labels or a number, checked before any training."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from nlp_toolkit.errors import DataError, UsageError


def read_labels(y: Any) -> list[Any]:
    """The labels as a list, whatever holds them (list, Series with any index, array, column vector).

    >>> read_labels(np.array([["a"], ["b"]]))
    [np.str_('a'), np.str_('b')]
    """
    if y is None or isinstance(y, str | bytes | Mapping) or not hasattr(y, "__iter__"):
        raise DataError(f"expected a label for each text, got {type(y).__name__}; pass a list of labels")
    if getattr(y, "ndim", 1) == 2:
        y = np.asarray(y)
        if y.shape[1] != 1:
            raise DataError(
                f"expected one label a text, got a table of shape {y.shape}; for several labels a text give lists of "
                "labels, as MultiLabelBinarizer.inverse_transform does"
            )
        y = y[:, 0]
    return list(y)


def holds_lists(labels: Sequence[Any]) -> bool:
    """Whether any row has a list of labels (then all must)."""
    return any(isinstance(label, list | tuple | set | frozenset) for label in labels)


def numbered(labels: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """The sorted classes, and the number of each row's class; `DataError` for labels that are missing or mixed."""
    for row, label in enumerate(labels):
        if _is_missing(label):
            raise DataError(f"row {row} has no label ({label}); leave it out")
        if isinstance(label, str) != isinstance(labels[0], str):
            raise DataError(f"row {row} has the label {label!r}, row 0 {labels[0]!r}; expected labels of one type")
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
        if any(map(_is_missing, each)):
            raise DataError(f"row {row} has a label that is missing ({list(each)}); leave it out")
    try:
        labels = sorted({label for row in lists for label in row})
    except TypeError as error:
        raise DataError(f"expected labels of one type: {error}") from error
    if not labels:
        raise DataError("expected at least one label, got only empty lists; check the labels")
    return labels


def _is_missing(label: Any) -> bool:
    """Whether it is None, NaN or pandas' NA: none of them is simply equal to itself."""
    equal = label == label
    return label is None or not isinstance(equal, bool | np.bool_) or not equal


def weigh_classes(weights: np.ndarray, class_weight: Any, labels: Sequence[Any]) -> np.ndarray:
    """`weights` (n_rows,) times those of the classes ("balanced", weights by label, or None)."""
    if class_weight is None:
        return weights
    try:
        of_rows: np.ndarray = np.asarray(compute_sample_weight(class_weight, np.asarray(labels)), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(f"class_weight={class_weight!r:.200}: {error}") from error
    weighed: np.ndarray = weights * of_rows
    if not np.isfinite(of_rows).all() or (of_rows < 0).any() or not weighed.any():
        raise UsageError(f"class_weight={class_weight!r:.200}: expected finite weights of 0 or more, not all of them 0")
    return weighed


def read_numbers(y: Any) -> np.ndarray:
    """Numbers as float64 (n_rows,); `DataError` for anything else, and where their spread is no finite number."""
    try:
        numbers = np.asarray(y, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"expected a number a text: {error}") from error
    if numbers.ndim == 2 and numbers.shape[1] == 1:
        numbers = numbers[:, 0]
    if numbers.ndim != 1:
        raise DataError(f"expected a number a text, got shape {numbers.shape}")
    if not np.isfinite(numbers).all():
        raise DataError("expected finite numbers, got NaN or infinity; leave those rows out")
    with np.errstate(over="ignore"):
        if not np.isfinite(numbers.std()):
            raise DataError(f"numbers up to {np.abs(numbers).max():g} are too large to learn; scale them down")
    return numbers
