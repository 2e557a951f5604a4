"""`PairFeatures`: any stage for pairs of texts, by setting the rows of both sides against each other."""

from collections.abc import Iterable
from typing import Self

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.protocols import Matrix, TextPair, Vectorizer
from nlp_toolkit.validation import check_pairs

BLOCKS = ("first", "second", "difference", "product")


def pair_rows(first: Matrix, second: Matrix) -> Matrix:
    """Set two matrices (n_pairs, n_features) side by side as u, v, |u - v| and u * v: (n_pairs, 4 n_features).

    Sparse stays sparse, in the same class. Conneau et al. 2017 (arXiv 1705.02364), section 3.1.
    """
    if isinstance(first, np.ndarray):
        return np.hstack([first, second, np.abs(first - second), first * second])
    # Unsigned counts have no negative differences to take the size of.
    unsigned = first.dtype.kind == "u"
    difference = first.maximum(second) - first.minimum(second) if unsigned else abs(first - second)
    together = sp.hstack([first, second, difference, first.multiply(second)], format="csr")
    together.sort_indices()
    return together


class PairFeatures(TransformerMixin, BaseEstimator):
    """Let `stage` serve pair tasks: a row for (a, b) is u, v, |u - v| and u * v of the rows u of a and v of b.

    `stage` is any vectorizer; it is cloned, and the clone `stage_` is fitted on the texts of both sides.
    Input is a sequence of (text, text).

    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> features = PairFeatures(CountVectorizer()).fit([("one cat", "two cats")])
    >>> features.transform([("cat cat", "cats")]).toarray().tolist()
    [[2, 0, 0, 0, 0, 1, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]]
    """

    def __init__(self, stage: Vectorizer) -> None:
        self.stage = stage

    def fit(self, pairs: Iterable[TextPair], y: object = None) -> Self:
        """Fit a clone of the stage on the texts of both sides; `y` is not used."""
        self.stage_ = clone(self.stage).fit([text for pair in check_pairs(pairs) for text in pair])
        return self

    def fit_transform(self, pairs: Iterable[TextPair], y: object = None) -> Matrix:
        """`fit` and then the rows of the same pairs, which may be an iterator."""
        kept = check_pairs(pairs)
        return self.fit(kept).transform(kept)

    def transform(self, pairs: Iterable[TextPair]) -> Matrix:
        """Rows (n_pairs, 4 n_features), sparse or dense as the stage's."""
        check_is_fitted(self, "stage_")
        checked = check_pairs(pairs)
        # Both sides in one call: a stage that starts threads or a model does so once.
        rows = self.stage_.transform([first for first, _ in checked] + [second for _, second in checked])
        return pair_rows(rows[: len(checked)], rows[len(checked) :])

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Names of the columns: "first__x", "second__x", "difference__x" and "product__x" of each feature x."""
        check_is_fitted(self, "stage_")
        names = self.stage_.get_feature_names_out()
        return np.array([f"{block}__{name}" for block in BLOCKS for name in names], dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags
