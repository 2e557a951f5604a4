"""One thread's counting: a block of texts in, its rows out, over a vocabulary that grows or one that is given."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from nlp_toolkit.counting.blocks import Block, TokenBlock
from nlp_toolkit.counting.tables import NodeTable, TermTable, grown
from nlp_toolkit.kernels.arrivals import note_arrivals
from nlp_toolkit.kernels.characters import N_CODE_POINTS, folding
from nlp_toolkit.kernels.nodes import number_ngrams
from nlp_toolkit.kernels.rows import count_rows
from nlp_toolkit.kernels.symbols import fold_characters
from nlp_toolkit.kernels.word_ngrams import expand_words, number_word_ngrams
from nlp_toolkit.kernels.words import BATCH, number_words

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

_NO_PARTS, _NO_ENDS = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
CACHED_GRAMS = 2**21  # char_wb: n-grams of words kept at once by one thread, then its words start anew
PIECE = 2**18  # char_wb: features written out at once


@dataclass(frozen=True)
class Analysis:
    """How a text becomes terms, as far as the kernels know it.

    `word`: runs of word characters, at least `min_characters` long, without `stop_words`; `tokens`: the same for
    tokens numbered elsewhere; `char`, `char_wb`: characters of the text, or of its words between spaces.
    """

    kind: Literal["word", "tokens", "char", "char_wb"]
    min_n: int
    max_n: int
    lowercase: bool = True
    min_characters: int = 2
    stop_words: frozenset[str] = frozenset()

    @property
    def of_words(self) -> bool:
        """Whether symbols are words (joined by spaces into terms) and not characters."""
        return self.kind in ("word", "tokens")

    @property
    def has_nodes(self) -> bool:
        """Whether terms are n-grams in a trie; single words need none."""
        return not (self.of_words and self.max_n == 1)


@dataclass
class Rows:
    """The counts of one block: row k is found[ends[k-1]:ends[k]] (feature numbers) and `counts` likewise."""

    found: Ints
    counts: Ints
    ends: Longs


@dataclass
class Frequencies:
    """For every feature the number of texts it is in and, where wanted, how often it occurs in all."""

    documents: Ints = field(default_factory=lambda: np.zeros(1 << 11, dtype=np.int32))
    occurrences: Longs = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


class Counter:
    """Counts blocks, one after another. `learn`: unknown terms are entered; else they are left out."""

    def __init__(
        self, analysis: Analysis, terms: TermTable, nodes: NodeTable | None, *, learn: bool, occurrences: bool = False
    ) -> None:
        self.analysis = analysis
        self.learn = learn
        self.terms = terms
        self.nodes = nodes
        self.frequencies = Frequencies()
        if occurrences:
            self.frequencies.occurrences = np.zeros(1 << 11, dtype=np.int64)
        self.n_stop = len(analysis.stop_words)
        # (block number, features known when it was done): where the terms of this thread came from.
        self.marks: list[tuple[int, int]] = []
        # Tokens can be cut into parts, and the node of a part be there before it comes as a term: that is noted here.
        self.arrivals = np.empty(0, dtype=np.int32)
        self._n_arrived = 0
        self._words = TermTable() if analysis.kind == "char_wb" else terms
        self._word_grams = np.empty(PIECE, dtype=np.int32)
        self._word_gram_ends = np.empty(1 << 11, dtype=np.int64)
        self._word = np.empty(1 << 12, dtype=np.uint8)
        self._batch = np.empty((BATCH, 4), dtype=np.uint64)
        self._stream = np.empty(1 << 12, dtype=np.int32)
        self._grams = np.empty(1 << 12, dtype=np.int32)
        self._walk = np.empty(1 << 10, dtype=np.int32)
        self._points = np.empty(1 << 10, dtype=np.int32)
        self._slots = np.empty(1 << 11, dtype=np.int32)
        self._found = np.empty(1 << 12, dtype=np.int32)
        self._counts = np.empty(1 << 12, dtype=np.int32)

    @property
    def n_features(self) -> int:
        return self.terms.n if self.nodes is None else self.nodes.n

    def count(self, block: Block | TokenBlock) -> Rows:
        """The rows of a block; features are numbers of terms or nodes of this counter's vocabulary."""
        row_ends = np.empty(block.ends.size, dtype=np.int64)
        if self.analysis.kind == "char_wb":
            assert isinstance(block, Block)
            n = self._count_expanded(block, row_ends)
        else:
            stream, ends = self._features(block)
            n = self._count_stream(stream, ends, 0, ends.size, row_ends, 0)
        self.marks.append((block.number, self.n_features))
        rows = Rows(self._found[:n].copy(), self._counts[:n].copy(), row_ends)
        if self.learn:
            if self.frequencies.occurrences.size:
                self.frequencies.occurrences = grown(self.frequencies.occurrences, self.n_features, fill=0)
                np.add.at(self.frequencies.occurrences, rows.found, rows.counts)
            if self.analysis.kind == "tokens":
                self.arrivals = grown(self.arrivals, self.n_features, fill=-1)
                self._n_arrived = int(note_arrivals(rows.found, self.arrivals, self._n_arrived))
        return rows

    def _features(self, block: Block | TokenBlock) -> tuple[Ints, Longs]:
        if isinstance(block, TokenBlock):
            stream, ends = block.data, block.ends
        elif self.analysis.kind == "char":
            stream, ends = self._characters(block)
        else:
            stream, ends = self._number_words(block)
        if self.nodes is None:
            return stream, ends
        if isinstance(block, TokenBlock):
            return self._number_ngrams(stream, ends, self.nodes, block.parts, block.part_ends)
        return self._number_ngrams(stream, ends, self.nodes, _NO_PARTS, _NO_ENDS)

    def _characters(self, block: Block) -> tuple[Ints, Longs]:
        lowercase = self.analysis.lowercase
        self._stream = grown(self._stream, block.data.size)
        ends = np.empty(block.ends.size, dtype=np.int64)
        fold_characters(
            block.data, block.ends, folding("any", lowercase), folding("not-space", lowercase), self._stream, ends
        )
        return self._stream, ends

    def _number_words(self, block: Block) -> tuple[Ints, Longs]:
        kind, n_stop = self.analysis.kind, self.n_stop
        folded = folding("word" if kind == "word" else "not-space", self.analysis.lowercase)
        min_characters = self.analysis.min_characters if kind == "word" else 1
        words, learn = self._words, self.learn or kind == "char_wb"
        ends = np.empty(block.ends.size, dtype=np.int64)
        self._stream = grown(self._stream, block.data.size // 2 + block.ends.size + 1)
        longest = int(np.diff(block.ends, prepend=0).max(initial=0))
        self._word = grown(self._word, 2 * longest + 4)
        done = n_words = 0
        while True:
            done, words.n, n_words = number_words(
                block.data, block.ends, done, folded, min_characters, n_stop, learn,
                words.entries, words.pool, words.ends, words.n, self._word, self._batch, self._stream, ends, n_words,
            )  # fmt: skip
            if done == block.ends.size:
                return self._stream, ends
            length = int(block.ends[done] - (block.ends[done - 1] if done else 0))
            needed = words.n_bytes + 2 * length
            if needed > words.pool.size:
                words.make_room(0, needed - words.n_bytes)
            else:
                words.make_room(max(words.n, 1), 0)

    def _number_ngrams(
        self, stream: Ints, ends: Longs, nodes: NodeTable, parts: Ints, part_ends: Longs
    ) -> tuple[Ints, Longs]:
        analysis = self.analysis
        nodes.make_symbols(self.terms.n if analysis.of_words else N_CODE_POINTS)
        lengths = np.diff(ends, prepend=0)
        sizes = analysis.max_n - analysis.min_n + 1
        self._walk = grown(self._walk, int(lengths.max(initial=0)))
        self._grams = grown(self._grams, int(lengths.sum()) * sizes)
        gram_ends = np.empty(ends.size, dtype=np.int64)
        done = n_grams = 0
        while True:
            done, nodes.n, n_grams = number_ngrams(
                stream, ends, parts, part_ends, done, analysis.min_n, analysis.max_n, self.learn,
                nodes.roots, nodes.entries, nodes.parents, nodes.symbols, nodes.n,
                self._walk, self._grams, gram_ends, n_grams,
            )  # fmt: skip
            if done == ends.size:
                return self._grams, gram_ends
            nodes.make_room(max(nodes.n, 1))

    def _count_expanded(self, block: Block, row_ends: Longs) -> int:
        """char_wb: number the words of the block, the n-grams of the new ones, and put these in the words' places."""
        assert self.nodes is not None
        words = self._words
        if words.n and self._word_gram_ends[words.n - 1] > CACHED_GRAMS:
            self._words = words = TermTable()
        first_new = words.n
        stream, ends = self._number_words(block)
        self._number_word_ngrams(words, first_new, self.nodes)
        done = n = 0
        feature_ends = np.empty(ends.size, dtype=np.int64)
        self._grams = grown(self._grams, PIECE)
        while done < ends.size:
            before = done
            done, n_features = expand_words(
                stream, ends, before, self._word_grams, self._word_gram_ends, self._grams, feature_ends
            )
            if done == before:
                self._grams = np.empty(2 * self._grams.size, dtype=np.int32)
                continue
            n = self._count_stream(self._grams[:n_features], feature_ends, before, done, row_ends, n)
        return n

    def _number_word_ngrams(self, words: TermTable, first_new: int, nodes: NodeTable) -> None:
        analysis = self.analysis
        nodes.make_symbols(N_CODE_POINTS)
        self._word_gram_ends = grown(self._word_gram_ends, words.n)
        done = first_new
        sizes = np.diff(words.ends[: words.n], prepend=0)[first_new:]
        longest = int(sizes.max(initial=0)) + 2
        self._points = grown(self._points, longest)
        self._walk = grown(self._walk, longest)
        while True:
            done, nodes.n = number_word_ngrams(
                words.pool, words.ends, done, words.n, analysis.min_n, analysis.max_n, self.learn,
                nodes.roots, nodes.entries, nodes.parents, nodes.symbols, nodes.n,
                self._points, self._walk, self._word_grams, self._word_gram_ends,
            )  # fmt: skip
            if done == words.n:
                return
            size = int(words.ends[done] - (words.ends[done - 1] if done else 0)) + 2
            n_grams = int(self._word_gram_ends[done - 1]) if done else 0
            needed = n_grams + size * (analysis.max_n - analysis.min_n + 1)
            if needed > self._word_grams.size:
                self._word_grams = grown(self._word_grams, needed)
            else:
                nodes.make_room(max(nodes.n, size * analysis.max_n + 1))

    def _count_stream(self, stream: Ints, ends: Longs, start: int, stop: int, row_ends: Longs, n: int) -> int:
        length = int(ends[stop - 1]) if stop > start else 0
        self._slots = grown(self._slots, self.n_features, fill=0)
        self._found = grown(self._found, n + length)
        self._counts = grown(self._counts, n + length)
        if self.learn:
            self.frequencies.documents = grown(self.frequencies.documents, self.n_features, fill=0)
        return int(
            count_rows(
                stream, ends, start, stop, self._slots, self._found, self._counts, row_ends, n,
                self.frequencies.documents if self.learn else _NO_PARTS,
            )
        )  # fmt: skip
