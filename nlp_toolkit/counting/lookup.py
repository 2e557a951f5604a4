"""A given vocabulary made ready for counting: terms to tables, table numbers to columns."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_toolkit.counting.counters import Analysis
from nlp_toolkit.counting.tables import NodeTable, TermTable
from nlp_toolkit.counting.termlist import TermList, encoded
from nlp_toolkit.counting.tokens import known_symbols
from nlp_toolkit.kernels.characters import N_CODE_POINTS, code_points
from nlp_toolkit.kernels.nodes import number_paths
from nlp_toolkit.kernels.terms import split_at_spaces

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Lookup:
    """Tables that know the terms of a vocabulary; columns[f] is the column of feature f, or -1.

    `symbols` are the words of `terms` and their numbers, where they come from a tokenizer.
    """

    terms: TermTable
    nodes: NodeTable | None
    columns: Ints
    symbols: dict[str, int] | None


def seeded(analysis: Analysis) -> TermTable:
    """A vocabulary of words that knows the stop words: they take the first numbers."""
    table = TermTable()
    if analysis.stop_words:
        table.insert(*encoded(sorted(analysis.stop_words)))
    return table


def empty_nodes(analysis: Analysis) -> NodeTable | None:
    return NodeTable(0 if analysis.of_words else N_CODE_POINTS) if analysis.has_nodes else None


def build(terms: TermList, analysis: Analysis) -> Lookup:
    """Tables for counting the given terms.

    Where terms are n-grams of words every term is cut at its spaces, which no word contains.
    """
    table = seeded(analysis)
    nodes = empty_nodes(analysis)
    if nodes is None:
        numbers = table.insert(terms.pool, terms.ends)
        return Lookup(table, None, _columns(terms, numbers, table.n), _symbols(table, analysis))
    if analysis.of_words:
        data = np.empty_like(terms.pool)
        part_ends = np.empty(terms.pool.size + len(terms), dtype=np.int64)
        path_ends = np.empty(len(terms), dtype=np.int64)
        n_parts = split_at_spaces(terms.pool, terms.ends, data, part_ends, path_ends)
        part_ends = part_ends[:n_parts]
        symbols = table.insert(data[: int(part_ends[-1])], part_ends)
        nodes.make_symbols(table.n)
    else:
        symbols = code_points(terms.pool.tobytes().decode("utf-8", "surrogatepass"))
        starts_character = (terms.pool & 0xC0) != 0x80
        path_ends = np.concatenate([[0], np.cumsum(starts_character)])[terms.ends]
    nodes.make_room(len(terms) + int(np.diff(path_ends, prepend=0).max(initial=0)))
    numbers = np.empty(len(terms), dtype=np.int32)
    done = 0
    while done < len(terms):
        done, nodes.n = number_paths(
            symbols, path_ends, done, nodes.roots, nodes.entries, nodes.parents, nodes.symbols, nodes.n, numbers
        )
        if done < len(terms):
            length = int(path_ends[done] - (path_ends[done - 1] if done else 0))
            nodes.make_room(max(nodes.n, length + 1))
    return Lookup(table, nodes, _columns(terms, numbers, nodes.n), _symbols(table, analysis))


def _symbols(table: TermTable, analysis: Analysis) -> dict[str, int] | None:
    return known_symbols(table) if analysis.kind == "tokens" else None


def _columns(terms: TermList, numbers: Ints, n_features: int) -> Ints:
    columns = np.full(n_features, -1, dtype=np.int32)
    is_term = numbers >= 0  # an empty term of characters is nowhere
    own = np.arange(len(terms), dtype=np.int32) if terms.columns is None else terms.columns
    columns[numbers[is_term]] = own[is_term]
    return columns
