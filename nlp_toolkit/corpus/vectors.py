"""Writing vectors: blocks of rows into .npz, .npy, .parquet or .jsonl, streamed, in order, whole or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.corpus.vector_formats import WRITERS, VectorBlock, VectorFormat
from nlp_toolkit.corpus.whole_file import Destination, output_format, whole_file
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.protocols import Matrix
from nlp_toolkit.series import name_rows, plain_list
from nlp_toolkit.validation import check_finite


def write_vectors(
    blocks: Iterable[Matrix],
    destination: Destination,
    *,
    ids: Iterable[str] | None = None,
    format: VectorFormat | None = None,
    feature_names: Sequence[str] | None = None,
    overwrite: bool = False,
) -> int:
    """Write the rows of `blocks`, each (n_rows, n_features), and return how many there were.

    `destination` is a path whose ending tells the format, `-` for stdout or a binary stream (jsonl unless
    `format` says otherwise). `ids` name the rows, one each; without them rows count from 0.

    | format | what it holds |
    |---|---|
    | npz | a CSR matrix for `scipy.sparse.load_npz`; `numpy.load(path)["ids.json"]` and `["feature_names.json"]` |
    | npy | a dense array for `numpy.load`; no ids and no names (`UsageError`) |
    | parquet | `id` (or `row`) and `vector`, a list of numbers; no names (`UsageError`) |
    | jsonl | one object a line: `id` (or `row`) and `vector`, a list where dense, `{feature: value}` where sparse |

    A feature in jsonl is its name, or its number where `feature_names` is None. Memory is bounded by a block;
    equal input gives equal bytes. NaN or infinity, blocks of unequal width or type, and ids that do not come
    out even with the rows raise `DataError`; an existing file raises `UsageError` unless `overwrite`; a full
    disk raises `ResourceError`. Whatever is raised, nothing partial is left at the path.
    """
    chosen = vector_format(destination, format)
    if feature_names is not None and chosen in ("npy", "parquet"):
        raise UsageError(f"{chosen} holds no feature names; write .npz or .jsonl, or leave the names out")
    if ids is not None and chosen == "npy":
        raise UsageError("npy holds no ids; write .npz, .parquet or .jsonl, or leave the ids out")
    names = None if feature_names is None else [str(name) for name in feature_names]
    with whole_file(destination, overwrite=overwrite, seekable=chosen != "jsonl") as stream:
        return WRITERS[chosen](stream, _checked(blocks, ids, names), names)


def vector_format(destination: Destination, format: VectorFormat | None = None) -> VectorFormat:
    """The format vectors are written to `destination` in; `UsageError` where that cannot be told."""
    return output_format(destination, format, {name: name for name in WRITERS})


def _checked(blocks: Iterable[Matrix], ids: Iterable[str] | None, names: Sequence[str] | None) -> Iterator[VectorBlock]:
    """The blocks with their ids; a first block always comes, and all have its width and type."""
    # An iterator is read block by block, as the vectors are.
    left = ids if ids is None or isinstance(ids, Iterator) else iter(plain_list(ids, "ids"))
    n_rows = 0
    kind: tuple[int, np.dtype] | None = None
    for matrix in blocks:
        if len(matrix.shape) != 2:
            raise DataError(f"expected blocks of shape (n_rows, n_features), got {matrix.shape}; reshape them")
        found = (matrix.shape[1], matrix.dtype)
        kind = kind or found
        if found != kind:
            expected = f"{kind[0]} columns of {kind[1]}"
            raise DataError(
                f"block from {name_rows([n_rows])} on has {found[0]} columns of {found[1]}, those before {expected}"
            )
        if names is not None and len(names) != kind[0]:
            raise DataError(f"{len(names)} feature names for {kind[0]} columns; every column needs one")
        named = None if left is None else list(islice(left, matrix.shape[0]))
        if named is not None and len(named) < matrix.shape[0]:
            raise DataError(f"ids end after {n_rows + len(named)} rows, the vectors go on; every row needs one")
        check_finite(matrix, "vectors", named, first_row=n_rows)
        # Sorted, because fit_transform and transform give the columns of a row in different orders.
        rows = sp.csr_array(matrix).sorted_indices() if sp.issparse(matrix) else np.asarray(matrix)
        yield VectorBlock(rows, named, n_rows)
        n_rows += matrix.shape[0]
    if kind is None:
        raise DataError("no vectors to write; expected at least one block")
    if left is not None and next(left, None) is not None:
        raise DataError(f"more ids than the {n_rows} vectors; every id needs a row")
