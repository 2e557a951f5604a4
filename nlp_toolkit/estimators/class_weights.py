"""Weights by label: the keys of `class_weight` matched with the labels, however either is written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nlp_toolkit.errors import UsageError
from nlp_toolkit.text.normalize import normalize

_N_SHOWN = 20


def label_names(label: object) -> tuple[str, ...]:
    """How a label may be written in a file, a recipe or JSON.

    >>> label_names(1.0), label_names(True), label_names("1.0"), label_names(0)
    (('1.0', '1'), ('True', 'true'), ('1.0',), ('0',))
    """
    if isinstance(label, np.generic):
        label = label.item()
    if isinstance(label, str):
        return (normalize(label, "NFC"),)
    if isinstance(label, bool):
        return str(label), str(label).lower()
    if isinstance(label, float) and label.is_integer():
        return str(label), str(int(label))
    return (str(label),)


def weights_of_labels(
    class_weight: Mapping[Any, float], labels: Iterable[Any], present: Iterable[Any] | None = None
) -> dict[Any, float]:
    """Return `class_weight` with the labels themselves as keys.

    Parameters
    ----------
    class_weight : mapping
        Weights by label. A key is the label, or the way it is written: 0, 0.0 and "0" are one, True and "true" too.
    labels : iterable
        Every label there is.
    present : iterable, optional
        The labels of the rows at hand, where a part of the rows lacks some; weights of the others are dropped.

    Raises
    ------
    UsageError
        Where a key is no label, or two keys are the same label.

    Examples
    --------
    >>> weights_of_labels({0: 2.0, 1: 1.0}, ["0", "1"])
    {'0': 2.0, '1': 1.0}
    """
    known = list(labels)
    by_name: dict[str, Any] = {}
    for nth in (0, 1):  # the label written as it is goes before other ways to write another
        for label in known:
            by_name.setdefault(label_names(label)[-1 if nth else 0], label)
    kept = set(known if present is None else present)
    key_of: dict[Any, Any] = {}
    found: dict[Any, float] = {}
    for key, weight in class_weight.items():
        name = next((name for name in label_names(key) if name in by_name), None)
        if name is None:
            shown = ", ".join(map(repr, known[:_N_SHOWN])) + (", ..." if len(known) > _N_SHOWN else "")
            raise UsageError(f"class_weight has the key {key!r:.80}, which is no label; the labels: {shown:.500}")
        label = by_name[name]
        if label in key_of:
            raise UsageError(f"class_weight has two keys for the label {label!r}: {key_of[label]!r} and {key!r}")
        key_of[label] = key
        if label in kept:
            found[label] = weight
    return found


def keys_for_scikit_learn(weights: Mapping[Any, float]) -> dict[Any, float]:
    """Weights by label with the keys that scikit-learn looks for: it reads the labels "0" and "01" as integers.

    >>> keys_for_scikit_learn({"0": 2.0, "spam": 1.0})
    {0: 2.0, 'spam': 1.0}
    """
    label_of: dict[Any, Any] = {}
    for label in weights:
        try:
            key: Any = int(label)
        except ValueError:
            key = str(label)
        if key in label_of:
            raise UsageError(
                f"class_weight: scikit-learn reads the labels {label_of[key]!r} and {label!r} as one number; rename "
                "one of them, or use an estimator of this toolkit, such as linear_svm"
            )
        label_of[key] = label
    return {key: weights[label] for key, label in label_of.items()}


def weigh_classes(weights: np.ndarray | None, class_weight: Any, labels: Sequence[Any] | np.ndarray) -> np.ndarray:
    """`weights` (n_rows,; None: all 1) times those of the classes ("balanced", weights by label, or None)."""
    from sklearn.utils.class_weight import compute_sample_weight

    rows = np.ones(len(labels)) if weights is None else weights
    if class_weight is None:
        return rows
    array = np.asarray(labels)
    try:
        if isinstance(class_weight, Mapping):
            by_label = weights_of_labels(class_weight, np.unique(array).tolist())
            of_rows = np.array([by_label.get(label, 1.0) for label in array.tolist()], dtype=np.float64)
        else:
            of_rows = np.asarray(compute_sample_weight(class_weight, array), dtype=np.float64)
    except UsageError:
        raise
    except (TypeError, ValueError) as error:
        raise UsageError(f"class_weight={class_weight!r:.200}: {error}") from error
    weighed: np.ndarray = rows * of_rows
    if not np.isfinite(of_rows).all() or (of_rows < 0).any() or not weighed.any():
        raise UsageError(f"class_weight={class_weight!r:.200}: expected finite weights of 0 or more, not all of them 0")
    return weighed
