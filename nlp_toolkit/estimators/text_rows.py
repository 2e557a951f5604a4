"""Rows that hold texts: read, weighed, and some of them kept aside to validate on."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.protocols import TextPair
from nlp_toolkit.series import in_memory, present_numbers, refuse_no_column
from nlp_toolkit.text.normalize import normalize
from nlp_toolkit.validation import as_list, check_pairs


def read_rows(
    rows: Iterable[str] | Iterable[TextPair], normalization: Literal["NFC"] | None
) -> list[str] | list[TextPair]:
    """Checked, normalized texts, or pairs where the first row is one."""
    if getattr(rows, "ndim", 1) == 2:
        held: Any = rows
    else:
        refuse_no_column(rows, "texts", "[text]")
        found = in_memory(rows)
        held = list(rows) if found is None else found
    if _holds_pairs(held):
        return [(normalize(a, normalization), normalize(b, normalization)) for a, b in check_pairs(held)]
    return read_texts(held, normalization)


def read_texts(texts: Iterable[str], normalization: Literal["NFC"] | None) -> list[str]:
    """Checked, normalized texts."""
    return [normalize(text, normalization) for text in as_list(texts)]


def _holds_pairs(rows: Any) -> bool:
    return getattr(rows, "ndim", 1) == 2 or isinstance(next(iter(rows), None), list | tuple | np.ndarray)


def check_lengths(rows: Sequence[object], y: Sequence[Any] | np.ndarray, sample_weight: Any) -> np.ndarray:
    """Weights of the rows (ones where none are given), once everything has one entry a row."""
    if not len(rows):
        raise DataError("there are no texts to learn from; expected at least one row")
    weights = np.ones(len(rows)) if sample_weight is None else present_numbers(sample_weight, "weights")
    for name, length in (("labels", len(y)), ("weights", len(weights))):
        if length != len(rows):
            raise DataError(f"{len(rows)} texts have {length} {name}; expected one a text")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise DataError("expected finite weights of 0 or more, not all of them 0")
    return weights


def kept_aside(labels: np.ndarray | None, n_rows: int, share: float, seed: int) -> np.ndarray:
    """Which rows validate, bool (n_rows,): a `share` of each class (of all rows where there are no classes)."""
    held_out = np.zeros(n_rows, dtype=bool)
    random = np.random.default_rng((seed, n_rows))
    groups = [np.arange(n_rows)] if labels is None else [np.flatnonzero(labels == each) for each in np.unique(labels)]
    for rows in groups:
        held_out[random.permutation(rows)[: round(len(rows) * share)]] = True
    return held_out
