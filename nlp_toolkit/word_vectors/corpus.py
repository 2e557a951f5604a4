"""The texts word vectors are learned from: read once, counted, their words numbered by frequency, kept on disk."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_toolkit.counting.tables import grown
from nlp_toolkit.errors import DataError
from nlp_toolkit.kernels.streams import count_words, renumber
from nlp_toolkit.text.analysis import TextAnalysis
from nlp_toolkit.word_vectors.numbering import NumberedTexts, make_numbering
from nlp_toolkit.word_vectors.stream import WordStream

Longs = npt.NDArray[np.int64]

_READ_WORDS = 2**18


@dataclass(frozen=True)
class EncodedCorpus:
    """Texts as word numbers on disk, and what was counted on the way.

    `words` are numbered: those known before keep their numbers, new ones follow from the most to the least frequent.
    `counts` and `text_frequencies` (n_words) count occurrences in these texts and texts they occur in.
    """

    words: list[str]
    counts: Longs
    text_frequencies: Longs
    n_texts: int
    stream: WordStream

    def blocks(self) -> Iterator[NumberedTexts]:
        """The texts again, as numbers, a chunk at a time."""
        for begin, end in self.stream.pieces():
            numbers = self.stream.read(begin, end)
            text_ends = np.flatnonzero(numbers < 0)
            data = np.delete(numbers, text_ends)
            ends = text_ends - np.arange(text_ends.size)
            if not ends.size or ends[-1] < data.size:  # a piece of a very long text
                ends = np.append(ends, data.size)
            yield NumberedTexts(data, ends)


def encode_corpus(
    texts: Iterable[str], analysis: TextAnalysis, known: Sequence[str], min_count: int | None
) -> EncodedCorpus:
    """Number the words of `texts`; new words that occur less than `min_count` times (None: all of them) are left out.

    No word at all, known or new, raises `DataError`.
    """
    numbering = make_numbering(analysis, known, learn=True)
    counts = np.zeros(max(1 << 10, len(known)), dtype=np.int64)
    n_texts = n_tokens = 0
    with WordStream() as raw:
        for block in numbering.blocks(texts):
            counts = grown(counts, int(block.data.max(initial=-1)) + 1, fill=0)
            count_words(block.data, counts)
            raw.append(np.insert(block.data, block.ends, -1))
            n_texts += block.ends.size
            n_tokens += block.data.size
        n_different = numbering.n_words
        counts = grown(counts, n_different, fill=0)[:n_different]
        order = _vocabulary(counts, len(known), min_count)
        if not order.size or not counts[order].any():
            raise DataError(_empty(n_texts, n_tokens, n_different - len(known), min_count))
        ranks = np.full(n_different, -1, dtype=np.int32)
        ranks[order] = np.arange(order.size)
        stream, text_frequencies = _renumbered(raw, ranks, order.size)
    words = [*known, *numbering.spelled(order[len(known) :])]
    return EncodedCorpus(words, counts[order], text_frequencies, n_texts, stream)


def _vocabulary(counts: Longs, n_known: int, min_count: int | None) -> Longs:
    """The numbers of the words that stay, in their new order; of equally frequent words the one met first leads."""
    if min_count is None:
        return np.arange(n_known)
    new = np.argsort(-counts[n_known:], kind="stable") + n_known
    return np.concatenate([np.arange(n_known), new[counts[new] >= max(min_count, 1)]])


def _empty(n_texts: int, n_tokens: int, n_new: int, min_count: int | None) -> str:
    if min_count is None:
        return f"none of the {n_tokens} words in {n_texts} texts has a vector; check tokenizer and lowercase"
    return (
        f"empty vocabulary: of {n_tokens} words in {n_texts} texts ({n_new} different ones) none occurs "
        f"min_count={min_count} times; lower min_count, or give more texts or another tokenizer"
    )


def _renumbered(raw: WordStream, ranks: npt.NDArray[np.int32], n_words: int) -> tuple[WordStream, Longs]:
    stream = WordStream()
    text_frequencies = np.zeros(n_words, dtype=np.int64)
    last_text = np.full(n_words, -1, dtype=np.int64)
    renumbered = np.empty(_READ_WORDS, dtype=np.int32)
    n_texts = 0
    for begin in range(0, raw.length, _READ_WORDS):
        numbers = raw.read(begin, min(begin + _READ_WORDS, raw.length))
        n = renumber(numbers, ranks, n_texts, last_text, text_frequencies, renumbered)
        stream.append(renumbered[:n])
        n_texts += int(np.count_nonzero(numbers < 0))
    stream.finish()
    return stream, text_frequencies
