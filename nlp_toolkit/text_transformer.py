"""The base of stages over texts: scikit-learn's `TransformerMixin`, whose `fit_transform` takes an iterator too."""

from collections.abc import Iterable
from typing import Any

from sklearn.base import TransformerMixin

from nlp_toolkit.validation import check_texts, spool


class TextTransformerMixin(TransformerMixin):
    """Give a stage `fit_transform` and `set_output`; put it before `BaseEstimator`.

    scikit-learn's own `fit_transform` reads its input twice, so an iterator, which `fit` has used up, gives no rows.

    Examples
    --------
    >>> from sklearn.base import BaseEstimator
    >>> class Lengths(TextTransformerMixin, BaseEstimator):
    ...     def fit(self, texts, y=None):
    ...         self.longest_ = max(map(len, texts))
    ...         return self
    ...     def transform(self, texts):
    ...         return [[len(text) / self.longest_] for text in texts]
    >>> Lengths().fit_transform(iter(["ab", "abcd"]))
    [[0.5], [1.0]]
    """

    def fit_transform(self, texts: Iterable[str], y: object = None) -> Any:
        """Fit, and return the rows of the same texts; an iterator is kept on disk, to be read twice.

        Parameters
        ----------
        texts : iterable of str
        y : object
            Passed to `fit`.

        Returns
        -------
        array of shape (n_texts, n_features)
        """
        kept = spool(check_texts(texts))
        return self.fit(kept, y).transform(kept)
