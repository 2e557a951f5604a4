"""Counts to TF-IDF weights, and matrices to the class asked for, with scikit-learn's arithmetic to the last bit."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.sparsefuncs_fast import inplace_csr_row_normalize_l1, inplace_csr_row_normalize_l2

_NORMALIZE = {"l1": inplace_csr_row_normalize_l1, "l2": inplace_csr_row_normalize_l2}
_PIECE = 2**20


def idf_weights(
    documents: npt.NDArray[np.int64], n_documents: int, *, smooth: bool, dtype: npt.DTypeLike
) -> npt.NDArray[np.floating]:
    """ln(n / df) + 1, with one text more that holds every term where `smooth` says so; shape (n_terms,).

    The order of the operations is that of scikit-learn's `TfidfTransformer.fit`, and so are the bits.

    >>> idf_weights(np.array([1, 3]), 3, smooth=True, dtype=np.float64).round(3).tolist()
    [1.693, 1.0]
    """
    frequencies = documents.astype(dtype)
    frequencies += float(smooth)
    idf = np.full_like(frequencies, n_documents + int(smooth))
    idf /= frequencies
    np.log(idf, out=idf)
    idf += 1.0
    return idf


def weigh(counted: Any, idf: npt.NDArray[np.floating] | None, *, norm: str | None, sublinear: bool) -> Any:
    """Turn a CSR matrix of counts into TF-IDF weights; a float matrix is changed in place.

    tf (or 1 + ln tf where `sublinear`) times `idf` (n_terms), rows scaled to length 1 by `norm`; rows without an entry
    stay zero.
    """
    if counted.dtype not in (np.float64, np.float32):
        counted = counted.astype(np.float64)
    if sublinear:
        np.log(counted.data, counted.data)
        counted.data += 1.0
    if idf is not None:
        # In pieces, so that the weights gathered for them need no memory to speak of.
        for begin in range(0, counted.data.size, _PIECE):
            piece = slice(begin, begin + _PIECE)
            counted.data[piece] *= idf[counted.indices[piece]]
    if norm is not None:
        _NORMALIZE[norm](counted)
    return counted
