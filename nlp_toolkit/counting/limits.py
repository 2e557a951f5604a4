"""Which features stay: scikit-learn's `min_df`, `max_df` and `max_features`, by its own arithmetic."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import numpy.typing as npt

from nlp_toolkit.counting.merging import Features, place
from nlp_toolkit.errors import DataError, UsageError


@dataclass(frozen=True)
class Limits:
    """scikit-learn's parameters of the same names; `dtype` is that of the matrix."""

    max_df: float | int
    min_df: float | int
    max_features: int | None
    binary: bool
    dtype: npt.DTypeLike


def kept_features(features: Features, n_texts: int, limits: Limits) -> npt.NDArray[np.bool_]:
    """Which features get a column (n_features); none left is a `DataError` that says what to lower."""
    max_df, min_df = limits.max_df, limits.min_df
    high = max_df if isinstance(max_df, Integral) else max_df * n_texts
    low = min_df if isinstance(min_df, Integral) else min_df * n_texts
    if high < low:
        raise UsageError(
            "max_df corresponds to < documents than min_df "
            f"({n_texts} texts, min_df={min_df}, max_df={max_df}); lower min_df, raise max_df, or give more texts"
        )
    documents = features.documents
    kept = (documents > 0) & (documents <= high) & (documents >= low)
    if limits.max_features is not None and int(kept.sum()) > limits.max_features:
        kept = _most_frequent(features, kept, limits)
    if not kept.any():
        raise DataError(
            "After pruning, no terms remain. Try a lower min_df or a higher max_df. "
            f"({n_texts} texts, {int((documents > 0).sum())} terms, min_df={min_df}, max_df={max_df})"
        )
    return kept


def _most_frequent(features: Features, kept: npt.NDArray[np.bool_], limits: Limits) -> npt.NDArray[np.bool_]:
    """The `max_features` features that occur most.

    Ties fall as numpy's unstable sort lets them. To fall as scikit-learn's, the totals have to be in the order of the
    sorted terms, and of the type scikit-learn sums a matrix to.
    """
    _, order = place(features, features.documents > 0)
    candidates = order[kept[order]]
    totals = features.documents if limits.binary else features.occurrences
    kind = np.dtype(limits.dtype)
    summed = totals[candidates].astype(kind if kind.kind == "f" else np.int64)
    chosen = np.zeros_like(kept)
    chosen[candidates[(-summed).argsort()[: limits.max_features]]] = True
    return chosen
