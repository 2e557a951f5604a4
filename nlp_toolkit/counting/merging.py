"""From the vocabularies of several threads to one, its features in scikit-learn's order, and the terms kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_toolkit.counting.counters import Analysis, Counter, Frequencies
from nlp_toolkit.counting.ordering import sorted_terms
from nlp_toolkit.counting.running import in_parts
from nlp_toolkit.counting.tables import NodeTable, TermTable
from nlp_toolkit.counting.termlist import TermList
from nlp_toolkit.kernels.arrivals import note_blocks, order_arrivals
from nlp_toolkit.kernels.characters import N_CODE_POINTS
from nlp_toolkit.kernels.nodes import merge_nodes
from nlp_toolkit.kernels.ranks import place_nodes
from nlp_toolkit.kernels.spelling import measure_nodes, spell_characters, spell_words
from nlp_toolkit.kernels.terms import gather_terms

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass
class Features:
    """All features of all texts: their table, frequencies, and in which order they were first met.

    `numbers[t]` maps the features of thread t's rows to features here; `arrivals` and both frequencies are by feature.
    """

    analysis: Analysis
    terms: TermTable
    nodes: NodeTable | None
    numbers: list[Ints]
    arrivals: Ints
    documents: Longs
    occurrences: Longs


def merge(counters: Sequence[Counter]) -> Features:
    """Enter the terms of all counters into the tables of the first one."""
    first = counters[0]
    terms, nodes = first.terms, first.nodes
    numbers = [np.arange(first.n_features, dtype=np.int32)]
    for other in counters[1:]:
        words = terms.insert(other.terms.pool[: other.terms.n_bytes], other.terms.ends[: other.terms.n])
        if nodes is None or other.nodes is None:
            numbers.append(words)
            continue
        if not first.analysis.of_words:
            words = np.arange(N_CODE_POINTS, dtype=np.int32)
        numbers.append(_merge_nodes(nodes, other.nodes, words, terms.n if first.analysis.of_words else N_CODE_POINTS))
        other.nodes = None
    n_features = terms.n if nodes is None else nodes.n
    frequencies = [counter.frequencies for counter in counters]
    return Features(
        analysis=first.analysis,
        terms=terms,
        nodes=nodes,
        numbers=numbers,
        arrivals=_arrivals(counters, numbers, n_features),
        documents=_sum_documents(frequencies, numbers, n_features),
        occurrences=_sum_occurrences(frequencies, numbers, n_features),
    )


def _merge_nodes(nodes: NodeTable, other: NodeTable, symbols: Ints, n_symbols: int) -> Ints:
    nodes.make_room(other.n)
    nodes.make_symbols(n_symbols)
    numbers = np.empty(other.n, dtype=np.int32)
    nodes.n = merge_nodes(
        other.parents, other.symbols, other.n, symbols,
        nodes.roots, nodes.entries, nodes.parents, nodes.symbols, nodes.n, numbers,
    )  # fmt: skip
    return numbers


def _arrivals(counters: Sequence[Counter], numbers: Sequence[Ints], n_features: int) -> Ints:
    """By feature, its place in the order in which one thread would have met them."""
    if counters[0].arrivals.size:  # tokens, which one thread counts
        arrivals = counters[0].arrivals[:n_features].copy()
        never = arrivals < 0
        arrivals[never] = np.arange(n_features - int(never.sum()), n_features)
        return arrivals
    if len(counters) == 1:
        return numbers[0]
    n_blocks = max(block for counter in counters for block, _ in counter.marks) + 1
    marks = [np.array(counter.marks, dtype=np.int64).reshape(-1, 2).T.copy() for counter in counters]
    # Features no text brought (stop words) belong to block 0; they take part in nothing.
    earliest = np.full(n_features, n_blocks, dtype=np.int32)
    for own, (blocks, ends) in zip(numbers, marks, strict=True):
        note_blocks(own, blocks, ends, earliest)
    new_in_block = np.bincount(earliest, minlength=n_blocks + 1)
    next_rank = np.cumsum(new_in_block) - new_in_block
    arrivals = np.zeros(n_features, dtype=np.int32)
    for own, (blocks, ends) in zip(numbers, marks, strict=True):
        order_arrivals(own, blocks, ends, earliest, next_rank, arrivals)
    return arrivals


def _sum_documents(frequencies: Sequence[Frequencies], numbers: Sequence[Ints], n_features: int) -> Longs:
    total = np.zeros(n_features, dtype=np.int64)
    for own, features in zip(frequencies, numbers, strict=True):
        known = min(features.size, own.documents.size)
        total[features[:known]] += own.documents[:known]
    return total


def _sum_occurrences(frequencies: Sequence[Frequencies], numbers: Sequence[Ints], n_features: int) -> Longs:
    total = np.zeros(n_features, dtype=np.int64)
    for own, features in zip(frequencies, numbers, strict=True):
        known = min(features.size, own.occurrences.size)
        total[features[:known]] += own.occurrences[:known]
    return total


def place(features: Features, kept: Mask) -> tuple[Ints, Longs]:
    """The column of every feature (-1 where it is not `kept`) when the kept terms are sorted, and the other way round.

    Returns columns (n_features) and order (n_columns), the feature of each column.
    """
    columns = np.full(kept.size, -1, dtype=np.int32)
    if features.nodes is None:
        order = sorted_terms(features.terms.pool, features.terms.ends[: features.terms.n], np.flatnonzero(kept))
        columns[order] = np.arange(order.size, dtype=np.int32)
        return columns, order
    nodes = features.nodes
    symbols = nodes.symbols[: nodes.n]
    if features.analysis.of_words:
        by_rank = sorted_terms(
            features.terms.pool, features.terms.ends[: features.terms.n], np.arange(features.terms.n)
        )
        ranks = np.empty(features.terms.n, dtype=np.int32)
    else:
        by_rank = np.unique(symbols)
        ranks = np.zeros(N_CODE_POINTS, dtype=np.int32)
    ranks[by_rank] = np.arange(by_rank.size, dtype=np.int32)
    n_columns = place_nodes(
        nodes.parents[: nodes.n], symbols, ranks, kept,
        np.zeros(max(by_rank.size, nodes.n) + 2, dtype=np.int64), np.empty(nodes.n, dtype=np.int32),
        np.empty(nodes.n, dtype=np.int32), np.zeros(nodes.n, dtype=np.int64), columns,
    )  # fmt: skip
    order = np.empty(n_columns, dtype=np.int64)
    chosen = np.flatnonzero(kept)
    order[columns[chosen]] = chosen
    return columns, order


def spell(features: Features, columns: Ints, n_jobs: int) -> TermList:
    """The terms that have a column, as UTF-8, in the order they were first met."""
    met = np.empty(columns.size, dtype=np.int64)
    met[features.arrivals] = np.arange(columns.size)
    met = met[columns[met] >= 0]
    terms, nodes = features.terms, features.nodes
    sizes = np.diff(terms.ends[: terms.n], prepend=0).astype(np.int32)
    if nodes is None:
        if np.array_equal(met, np.arange(terms.n)):  # all kept, and numbered as they were met: no kernel is needed
            return TermList(terms.pool[: terms.n_bytes].copy(), terms.ends[: terms.n].copy(), columns)
        ends = np.cumsum(sizes[met], dtype=np.int64)
        pool = np.empty(int(ends[-1]), dtype=np.uint8)

        def gather(start: int, stop: int) -> None:
            gather_terms(terms.pool, terms.ends, met, ends, pool, start, stop)

        in_parts(gather, met.size, n_jobs)
        return TermList(pool, ends, columns[met])
    parents, symbols = nodes.parents[: nodes.n], nodes.symbols[: nodes.n]
    of_words = features.analysis.of_words
    if not of_words:
        points = np.arange(N_CODE_POINTS)
        sizes = (1 + (points >= 0x80) + (points >= 0x800) + (points >= 0x10000)).astype(np.int32)
    lengths = np.empty(nodes.n, dtype=np.int32)
    measure_nodes(parents, symbols, sizes, int(of_words), lengths)
    ends = np.cumsum(lengths[met], dtype=np.int64)
    pool = np.empty(int(ends[-1]), dtype=np.uint8)

    def write(start: int, stop: int) -> None:
        if of_words:
            spell_words(parents, symbols, met, ends, terms.pool, terms.ends, pool, start, stop)
        else:
            spell_characters(parents, symbols, met, ends, pool, start, stop)

    in_parts(write, met.size, n_jobs)
    return TermList(pool, ends, columns[met])
