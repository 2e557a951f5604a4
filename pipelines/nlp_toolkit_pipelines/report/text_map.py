"""Texts as places in a plane: rows of a stage brought down to two numbers each."""

import logging
from typing import Literal

import numpy as np

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.protocols import Matrix
from nlp_toolkit.threads import limit

MapMethod = Literal["pca", "t-sne"]

_log = logging.getLogger("nlp_toolkit")

# 2,000 texts took 14 s of one core, and Barnes-Hut t-SNE grows as n log n: from here on people should know.
SLOW_TSNE = 10_000
NEIGHBOUR_AXES = 50


def text_map(rows: Matrix, method: MapMethod = "pca", seed: int = 0) -> np.ndarray:
    """Places (n_texts, 2), float64, of the texts with these rows (n_texts, n_features), sparse or dense.

    "pca" keeps the two directions in which the rows differ most: distances mean something, but two directions
    of many hold little of what sets sparse rows apart. "t-sne" (van der Maaten & Hinton 2008) keeps neighbours
    together: clusters can be seen, but the distances between them, their sizes and the axes mean nothing, and
    another seed draws another map. It works on the first 50 principal directions and on one thread, 14 s for 2,000
    texts, growing as n log n. Rows that do not differ in a direction get 0 there. Infinite or NaN rows raise
    `DataError`.

    >>> text_map(np.array([[0.0, 1.0], [0.0, 3.0]])).round(6).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    methods = {"pca": _pca, "t-sne": _tsne}
    if method not in methods:
        raise UsageError(f"unknown map method {method!r}; known: {', '.join(methods)}")
    values = rows if isinstance(rows, np.ndarray) else rows.data
    if not np.isfinite(values).all():
        raise DataError(
            "rows hold NaN or infinite numbers, which have no place on a map; look at the stage that made them"
        )
    places = methods[method](rows, seed)
    return np.pad(places, ((0, 0), (0, 2 - places.shape[1])))


def _pca(rows: Matrix, seed: int) -> np.ndarray:
    return _principal(rows, 2, seed)


def _principal(rows: Matrix, axes: int, seed: int) -> np.ndarray:
    """At most `axes` principal components of the rows, fewer where the rows have fewer directions."""
    from sklearn.decomposition import PCA

    kept = min(axes, rows.shape[1])
    if isinstance(rows, np.ndarray) or min(rows.shape) <= NEIGHBOUR_AXES:
        dense = np.asarray(rows if isinstance(rows, np.ndarray) else rows.toarray(), dtype=np.float64)
        kept = min(kept, len(dense) - 1)
        if kept < 1 or not np.ptp(dense, axis=0).any():
            return np.zeros((len(dense), 0))
        return np.asarray(
            PCA(kept, svd_solver="full" if min(dense.shape) <= 500 else "auto", random_state=seed).fit_transform(dense)
        )
    # Sparse rows stay sparse: scikit-learn centres them without writing the centred rows down.
    if not abs(rows - rows[:1][np.zeros(rows.shape[0], dtype=int)]).sum():
        return np.zeros((rows.shape[0], 0))
    return np.asarray(PCA(kept, svd_solver="arpack", random_state=seed).fit_transform(rows.astype(np.float64)))


def _tsne(rows: Matrix, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE

    n_texts = rows.shape[0]
    reduced = _principal(rows, NEIGHBOUR_AXES, seed)
    if n_texts < 5 or reduced.shape[1] < 2:
        return reduced[:, :2]
    if n_texts > SLOW_TSNE:
        _log.warning("t-SNE of %d texts takes more than a minute; use the method pca, or map fewer texts", n_texts)
    perplexity = min(30.0, (n_texts - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=seed)
    # Threads would add up the same numbers in another order, and a map grows apart from the smallest difference.
    with limit(1):
        return np.asarray(tsne.fit_transform(reduced), dtype=np.float64)
