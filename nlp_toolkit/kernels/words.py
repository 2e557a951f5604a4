"""Texts as UTF-8 bytes to word numbers: split, lower-case, hash and number in one pass."""

import re

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.compiling import Int, kernel
from nlp_toolkit.kernels.simd import prefetch
from nlp_toolkit.kernels.terms import enter_term, find_term, hash_term
from nlp_toolkit.kernels.utf8 import decode, encode

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Entries = npt.NDArray[np.uint64]

BATCH = 128  # words looked up together


@kernel
def number_words(
    data: Bytes,
    ends: Longs,
    start: Int,
    folding: Ints,
    min_characters: Int,
    n_stop: Int,
    learn: bool,
    entries: Entries,
    pool: Bytes,
    term_ends: Longs,
    n_terms: Int,
    word: Bytes,
    batch: Entries,
    words: Ints,
    word_ends: Longs,
    n_words: Int,
) -> tuple[Int, Int, Int]:
    """Number the words of the texts from `start` on; new words get the next numbers where `learn` is true.

    `data` (bytes) holds the texts one after another and `ends` (n_texts) where each stops. A word is a longest run of
    characters with `folding` >= 0, at least `min_characters` long. The vocabulary is `entries`, `pool` and `term_ends`
    as `terms.py` describes them, with `n_terms` words. Numbers go to `words` behind the first `n_words`, where each
    text's stop to `word_ends` (n_texts); numbers below `n_stop` are stop words and left out, unknown words are -1.
    `word` (twice the longest text) and `batch` (words, 4: low, high, hash, end in `word`) are scratch.

    Returns (texts done, n_terms, n_words). It stops early, before a text, when arrays could be too small for it: the
    caller makes them larger and calls again. Room in `pool` and `words` is checked before a text, room in the
    table before a word; a text given up halfway is numbered again, the same way. Words are first found, a batch of
    them, then looked up: by then the table's cache lines are here, and long texts need no more memory than short ones.
    """
    limit = min(term_ends.size - 1, entries.shape[0] // 2)
    for text in range(start, ends.size):
        i = ends[text - 1] if text > 0 else np.int64(0)
        end = ends[text]
        first = n_words
        pool_end = term_ends[n_terms - 1] if n_terms > 0 else np.int64(0)
        if n_words + (end - i) // 2 + 1 > words.size or (learn and pool_end + 2 * (end - i) > pool.size):
            return text, n_terms, n_words
        while i < end:
            n_found = 0
            at = np.int64(0)  # as `begin` below not a literal 0, for which numba would compile the helpers again
            while i < end and n_found < batch.shape[0]:
                begin = at
                length = 0
                low = np.uint64(0)
                high = np.uint64(0)
                while i < end:
                    if data[i] < 0x80:  # nine of ten characters in English: worth a path of their own
                        folded = folding[data[i]]
                        i += 1
                        if folded < 0:
                            break
                        word[at] = folded
                        at += 1
                        high = (high << np.uint64(8)) | (low >> np.uint64(56))
                        low = (low << np.uint64(8)) | np.uint64(folded)
                    else:
                        point, size = decode(data, i)
                        folded = folding[point]
                        i += size
                        if folded < 0:
                            break
                        packed, size = encode(np.int64(folded))
                        for k in range(size):
                            word[at + k] = (packed >> (8 * (size - 1 - k))) & 0xFF
                        at += size
                        bits = np.uint64(8 * size)
                        high = (high << bits) | (low >> (np.uint64(64) - bits))
                        low = (low << bits) | np.uint64(packed)
                    length += 1
                if length < min_characters:
                    at = begin
                    continue
                hashed = hash_term(low, high, word, begin, at)
                prefetch(entries, 3 * (np.int64(hashed) & np.int64(entries.shape[0] - 1)))
                batch[n_found, 0] = low
                batch[n_found, 1] = high
                batch[n_found, 2] = hashed
                batch[n_found, 3] = np.uint64(at)
                n_found += 1
            begin = np.int64(0)
            for k in range(n_found):
                low, high, hashed, stop = batch[k, 0], batch[k, 1], batch[k, 2], np.int64(batch[k, 3])
                number, slot = find_term(low, high, hashed, word, begin, stop, entries, pool, term_ends)
                if number < 0 and learn:
                    if n_terms >= limit:
                        return text, n_terms, first
                    number = n_terms
                    enter_term(low, high, word, begin, stop, slot, entries, pool, term_ends, number)
                    n_terms += 1
                if number < 0 or number >= n_stop:
                    words[n_words] = number
                    n_words += 1
                begin = stop
        word_ends[text] = n_words
    return ends.size, n_terms, n_words


def split_words(text: str, pattern: str, min_characters: int) -> list[str]:
    """The words of one lower-cased text, which `number_words` numbers in this order."""
    return [word for word in re.findall(pattern, text) if len(word) >= min_characters]
