"""Labels checked before any fitting: present, of one type, numbers where numbers are needed, at least two classes."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp_toolkit import Corpus
from nlp_toolkit.errors import DataError
from nlp_toolkit.series import check_magnitudes, is_missing, name_rows
from nlp_toolkit.text.normalize import normalize
from nlp_toolkit_pipelines.recipe import REGRESSION_TASKS, Task

MAX_LABEL_CHARACTERS = 1000
MANY_CLASSES = 1000


@dataclass(frozen=True)
class Target:
    """What a pipeline is fitted to.

    `y` is (n,) class labels or float64 numbers, or an object array of label lists when multi-label;
    `labels` are the classes in the order of the pipeline's probabilities, empty for regression.
    """

    y: np.ndarray
    labels: tuple[Any, ...]


def _plain(value: object) -> object:
    """A numpy scalar as Python's own, a string in NFC: both spellings of Hangul are one label."""
    plain = value.item() if isinstance(value, np.generic) else value
    return normalize(plain, "NFC") if isinstance(plain, str) else plain


def _is_unusable(label: object) -> bool:
    """Whether a label cannot be kept in NumPy's arrays, which give every string the room of the longest."""
    if isinstance(label, str):
        return len(label) > MAX_LABEL_CHARACTERS or "\0" in label or not _is_utf8(label)
    return isinstance(label, int) and not -(2**63) <= label < 2**63


def _is_utf8(label: str) -> bool:
    try:
        label.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def _check_usable(label_sets: Sequence[Sequence[object]]) -> None:
    """`DataError` with rows for labels that no model could keep; often texts read as labels."""
    unusable = {label for label in {label for labels in label_sets for label in labels} if _is_unusable(label)}
    if unusable:
        rows = [row for row, labels in enumerate(label_sets) if not unusable.isdisjoint(labels)]
        raise DataError(
            f"expected labels of at most {MAX_LABEL_CHARACTERS} characters without NUL and lone surrogates, or 64-bit "
            f"integers, got something else in {name_rows(rows)}; check the label column"
        )


def _is_missing(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return is_missing(value)


def labels_of(corpus: Corpus) -> Sequence[object]:
    """The labels of a corpus with at least one row; `DataError` where there are none."""
    if corpus.labels is None:
        raise DataError("the corpus has no labels; name the label column (label_column=..., --label-column)")
    if not len(corpus):
        raise DataError("the corpus has no rows")
    return corpus.labels


def class_labels(values: Sequence[object]) -> list[Any]:
    """Class labels as plain strings or integers, all of one type.

    Empty, missing or mixed-type labels, and fractions (a regression target), raise `DataError` with rows.
    """
    labels = [_plain(value) for value in values]
    missing = [row for row, label in enumerate(labels) if _is_missing(label)]
    if missing:
        raise DataError(f"empty label in {name_rows(missing)}; fill them in or leave those rows out")
    fractions = [row for row, label in enumerate(labels) if isinstance(label, float) and not label.is_integer()]
    if fractions:
        raise DataError(
            f"expected class labels, got numbers with fractions in {name_rows(fractions)}; "
            "use a recipe with task regression, or turn the numbers into classes"
        )
    kinds = Counter(type(label).__name__ for label in labels)
    if len(kinds) > 1:
        rare = kinds.most_common()[-1][0]
        rows = [row for row, label in enumerate(labels) if type(label).__name__ == rare]
        raise DataError(
            f"expected labels of one type, got {' and '.join(sorted(kinds))} ({rare} in {name_rows(rows)}); "
            "make them all strings"
        )
    odd = next((label for label in labels if not isinstance(label, str | int | float)), None)
    if odd is not None:
        raise DataError(
            f"expected labels as strings or integers, got {type(odd).__name__} {odd!r:.80}; "
            "several labels a text need a recipe with task multilabel"
        )
    _check_usable([(label,) for label in labels])
    return labels


def number_labels(values: Sequence[object]) -> np.ndarray:
    """Regression targets as (n,) float64; anything that is no finite number raises `DataError` with rows."""
    numbers = np.full(len(values), np.nan)
    for row, value in enumerate(values):
        if isinstance(value, str) and "_" in value:
            continue  # Python reads 1_000 as a number, people and spreadsheets do not
        try:
            numbers[row] = float(_plain(value))  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            continue  # stays NaN and is named below
    wrong = np.flatnonzero(~np.isfinite(numbers)).tolist()
    if wrong:
        raise DataError(
            f"expected a finite number as label, got {values[wrong[0]]!r:.80} in {name_rows(wrong)}; "
            "mend or leave out those rows, or use a classification recipe"
        )
    check_magnitudes(numbers, "labels")
    return numbers


def label_sets(values: Sequence[object]) -> list[list[str]]:
    """The label list of each row (it may be empty); anything but lists of non-empty strings raises `DataError`."""
    wrong = [row for row, value in enumerate(values) if isinstance(value, str) or not isinstance(value, Collection)]
    if wrong:
        got = values[wrong[0]]
        raise DataError(
            f"expected a list of labels a row, got {type(got).__name__} {got!r:.80} in {name_rows(wrong)}; "
            "use lists, or read the column with label_separator=..."
        )
    sets: list[list[Any]] = [[_plain(label) for label in value] for value in values]  # type: ignore[attr-defined]
    empty = [row for row, labels in enumerate(sets) if any(not isinstance(label, str) for label in labels)]
    if empty:
        raise DataError(f"expected strings as labels, got something else in {name_rows(empty)}; make them strings")
    blank = [row for row, labels in enumerate(sets) if any(_is_missing(label) for label in labels)]
    if blank:
        raise DataError(f"empty label in {name_rows(blank)}; leave the empty labels out")
    _check_usable(sets)
    return sets


def common_rows(task: Task, values: Sequence[object], min_count: int) -> tuple[list[int], dict[str, int]]:
    """Positions of the rows whose class has at least `min_count` rows, and the dropped classes with their counts.

    Only for single-label classification; other tasks keep every row.

    >>> common_rows("classification", ["a", "b", "a"], 2)
    ([0, 2], {'b': 1})
    """
    if task in ("multilabel", *REGRESSION_TASKS) or min_count <= 1:
        return list(range(len(values))), {}
    counts = Counter(values)
    kept = [row for row, value in enumerate(values) if counts[value] >= min_count]
    return kept, {str(label): count for label, count in sorted(counts.items(), key=str) if count < min_count}


def check_classes_repeat(task: Task, values: Sequence[Any]) -> None:
    """`DataError` for more than `MANY_CLASSES` classes where over half of the rows have a class of their own.

    Such a column is a wrong one, and models take memory for rows times classes.
    """
    if task in REGRESSION_TASKS:
        return
    rows: Sequence[Sequence[Any]] = values if task == "multilabel" else [(value,) for value in values]
    counts = Counter(label for labels in rows for label in labels)
    if len(counts) <= MANY_CLASSES:
        return
    alone = [label for labels in rows for label in labels[:1] if any(counts[each] == 1 for each in labels)]
    if 2 * len(alone) <= len(rows):
        return
    examples = ", ".join(f"{label!r:.40}" for label in alone[:3])
    remedy = "" if task == "multilabel" else ", or drop rare classes (min_class_count=2, --min-class-count 2)"
    raise DataError(
        f"{len(counts):,} classes in {len(rows):,} rows, and {len(alone):,} rows have a class of their own: the label "
        f"column looks like {_looks_like(alone)}, such as {examples}; name another label column{remedy}"
    )


def _looks_like(labels: Sequence[object]) -> str:
    """What a column holds whose values hardly repeat.

    >>> _looks_like(["a7", "b3"]), _looks_like(["good film", "a bad one"]), _looks_like(["1.5", "2"])
    ('ids', 'free text', 'numbers (ids, or a target for regression)')
    """
    written = [str(label) for label in labels]
    if all(re.fullmatch(r"[+-]?\d+([.,]\d+)?", each) for each in written):
        return "numbers (ids, or a target for regression)"
    return "free text" if 2 * sum(" " in each.strip() for each in written) > len(written) else "ids"


def checked(task: Task, values: Sequence[object]) -> Sequence[Any]:
    """The labels of a task in their plain form; `DataError` names the rows that cannot be used."""
    if task in REGRESSION_TASKS:
        numbers: list[float] = number_labels(values).tolist()
        return numbers
    return label_sets(values) if task == "multilabel" else class_labels(values)


def target_of(task: Task, values: Sequence[Any]) -> Target:
    """What to fit, from checked labels; fewer than two classes raise `DataError`."""
    if task in REGRESSION_TASKS:
        return Target(np.asarray(values, dtype=np.float64), ())
    if task == "multilabel":
        names = tuple(sorted({label for labels in values for label in labels}))
        if not names:
            raise DataError(f"no row of {len(values)} has a label; check the label column and its separator")
        lists = np.empty(len(values), dtype=object)
        for row, labels in enumerate(values):  # assigned at once, lists of one length would become a matrix
            lists[row] = labels
        return Target(lists, names)
    classes = tuple(np.unique(np.asarray(values)).tolist())
    if len(classes) < 2:
        raise DataError(
            f"expected at least two classes, got {len(classes)} ({', '.join(map(repr, classes))}) "
            f"in all {len(values)} rows; check the label column"
        )
    return Target(np.asarray(values), classes)
