"""Blocks in, vocabulary and matrix out: counting on kernels from beginning to end."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from nlp_toolkit.counting.blocks import Block, TokenBlock
from nlp_toolkit.counting.counters import Analysis, Counter
from nlp_toolkit.counting.limits import Limits, kept_features
from nlp_toolkit.counting.lookup import Lookup, empty_nodes, seeded
from nlp_toolkit.counting.matrices import assemble
from nlp_toolkit.counting.merging import merge, place, spell
from nlp_toolkit.counting.running import count_blocks
from nlp_toolkit.counting.tables import TermTable
from nlp_toolkit.counting.termlist import TermList
from nlp_toolkit.errors import DataError

_NUMBERS_ARE_COLUMNS = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class Learned:
    """The terms, by column the number of texts each is in, the number of all, and the matrix where one was wanted.

    `lookup` is ready for counting over these terms, where that costs nothing.
    """

    terms: TermList
    lookup: Lookup | None
    documents: npt.NDArray[np.int64]
    n_texts: int
    matrix: sp.csr_array | None


class NoTermsError(DataError):
    """Texts without a single term."""

    def __init__(self, n_texts: int) -> None:
        super().__init__(
            "empty vocabulary; perhaps the documents only contain stop words "
            f"({n_texts} texts, 0 tokens kept whatever min_df); use fewer stop words, shorter n-grams, or "
            "tokenizer='words-all', which keeps words of one letter"
        )
        self.n_texts = n_texts


def learn(
    blocks: Iterable[Block] | Iterable[TokenBlock],
    analysis: Analysis,
    limits: Limits,
    n_jobs: int,
    *,
    rows: bool,
    tokens: TermTable | None = None,
) -> Learned:
    """Learn the terms of `blocks`, and count them where `rows` says so.

    `tokens` is the table tokens were numbered in, where the blocks hold tokens; one thread counts them then. No term
    at all raises `NoTermsError`.
    """

    def new_counter() -> Counter:
        table = seeded(analysis) if tokens is None else tokens
        wanted = limits.max_features is not None
        return Counter(analysis, table, empty_nodes(analysis), learn=True, occurrences=wanted)

    counted = count_blocks(blocks, new_counter, n_jobs if tokens is None else 1, keep_rows=rows)
    if not any(counter.frequencies.documents.any() for counter in counted.counters):
        raise NoTermsError(counted.n_texts)
    features = merge(counted.counters)
    counted.counters.clear()
    kept = kept_features(features, counted.n_texts, limits)
    columns, order = place(features, kept)
    lookup = None
    if analysis.kind != "tokens" and 2 * order.size >= kept.size:  # else the tables are full of what was dropped
        lookup = Lookup(features.terms, features.nodes, columns, None)
    if lookup is None:
        features.terms.forget_entries()
    if features.nodes is not None:  # they are quickly entered again: until then the memory is worth more
        features.nodes.forget_entries()
    matrix = None
    if rows:
        # Rows are sorted by arrival and not by column, as scikit-learn's are: sums over rows then have its bits.
        by_arrival = np.full(kept.size, -1, dtype=np.int32)
        by_arrival[features.arrivals] = columns
        ranks = [np.where(kept[own], features.arrivals[own], np.int32(-1)) for own in features.numbers]
        matrix = assemble(
            counted.rows, [ranks[owner] for owner in counted.owners], by_arrival, order.size, limits.dtype, n_jobs
        )
        if limits.binary:
            matrix.data.fill(1)
    return Learned(spell(features, columns, n_jobs), lookup, features.documents[order], counted.n_texts, matrix)


def count(
    blocks: Iterable[Block] | Iterable[TokenBlock],
    analysis: Analysis,
    lookup: Lookup,
    n_columns: int,
    dtype: npt.DTypeLike,
    n_jobs: int,
    *,
    binary: bool,
) -> sp.csr_array:
    """Count the terms of a given vocabulary; every row's columns are sorted."""

    def new_counter() -> Counter:
        return Counter(analysis, lookup.terms, lookup.nodes, learn=False)

    counted = count_blocks(blocks, new_counter, n_jobs, keep_rows=True)
    matrix = assemble(
        counted.rows,
        [lookup.columns] * len(counted.rows),
        _NUMBERS_ARE_COLUMNS,
        n_columns,
        dtype,
        n_jobs,
    )
    if binary:
        matrix.data.fill(1)
    return matrix
