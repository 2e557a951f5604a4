"""Texts as full blocks of tokens for masked-language modelling: [CLS] text [SEP] text [SEP] ..., cut at the block."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.text.normalize import without_surrogates

_CHARACTERS_AT_ONCE = 100_000  # are tokenized, longer texts in pieces, so that memory stays bounded


@dataclass(frozen=True)
class Blocks:
    """Packed tokens: `ids` (n_blocks, length) int32, padded with [PAD] in the last block only.

    `starts` (n_blocks, length) is True where a token begins a word (eojeol) and False inside one;
    `maskable` is False at special tokens and padding. `n_texts` were packed.
    """

    ids: np.ndarray
    starts: np.ndarray
    maskable: np.ndarray
    n_texts: int

    def __len__(self) -> int:
        return len(self.ids)


def pack(tokenizer: Any, texts: Iterable[str], length: int) -> Blocks:
    """Pack the tokens of `texts` into blocks of `length` tokens; every block begins with [CLS] and ends with [SEP].

    Texts follow one another with a [SEP] between and are cut where a block is full; nothing is lost.
    """
    cls_id, sep_id, pad_id = tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id
    n_texts = 0
    ids: list[np.ndarray] = []
    starts: list[np.ndarray] = []
    for tokens, begins in _token_streams(tokenizer, texts):
        n_texts += 1
        ids += [tokens, np.array([sep_id], dtype=np.int32)]
        starts += [begins, np.array([True])]
    body = length - 2
    stream = np.concatenate(ids)[:-1] if ids else np.zeros(0, dtype=np.int32)
    words = np.concatenate(starts)[:-1] if starts else np.zeros(0, dtype=bool)
    if not (stream != sep_id).any():
        raise DataError(f"{n_texts} texts hold no token to train on; give texts with words in them")
    n_blocks = -(-len(stream) // body)
    packed = np.full((n_blocks, length), pad_id, dtype=np.int32)
    begins_word = np.ones((n_blocks, length), dtype=bool)
    packed[:, 0] = cls_id
    padded = np.full(n_blocks * body, pad_id, dtype=np.int32)
    padded[: len(stream)] = stream
    packed[:, 1:-1] = padded.reshape(n_blocks, body)
    flags = np.ones(n_blocks * body, dtype=bool)
    flags[: len(words)] = words
    begins_word[:, 1:-1] = flags.reshape(n_blocks, body)
    begins_word[:, 1] = True  # the rest of a word that the block's edge cut is a word of its own there
    packed[:, -1] = sep_id
    last = len(stream) - (n_blocks - 1) * body
    packed[-1, 1 + last] = sep_id
    if last < body:
        packed[-1, -1] = pad_id
    maskable = ~np.isin(packed, [cls_id, sep_id, pad_id])
    return Blocks(packed, begins_word, maskable, n_texts)


def _token_streams(tokenizer: Any, texts: Iterable[str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Token numbers of each text without special tokens, and whether each token begins a word."""
    tokens: list[np.ndarray] = []
    begins: list[np.ndarray] = []
    for batch in _batches(_pieces(texts)):
        encoded = tokenizer(
            [piece for piece, _ in batch],
            add_special_tokens=False,
            return_offsets_mapping=True,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        for (_, ends_text), ids, offsets in zip(batch, encoded["input_ids"], encoded["offset_mapping"], strict=True):
            tokens.append(np.asarray(ids, dtype=np.int32))
            begins.append(_begins_word(offsets))
            if ends_text:
                yield np.concatenate(tokens), np.concatenate(begins)
                tokens, begins = [], []


def _pieces(texts: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each text in pieces of bounded length, and whether it ends with the piece."""
    for text in texts:
        *before, last = _cut(without_surrogates(text))
        yield from ((piece, False) for piece in before)
        yield last, True


def _batches(pieces: Iterable[tuple[str, bool]]) -> Iterator[list[tuple[str, bool]]]:
    """`pieces` in lists of bounded length in all."""
    batch: list[tuple[str, bool]] = []
    characters = 0
    for piece in pieces:
        batch.append(piece)
        characters += len(piece[0]) + 1  # empty texts count too
        if characters >= _CHARACTERS_AT_ONCE:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _begins_word(offsets: list[tuple[int, int]]) -> np.ndarray:
    """True where a token does not touch the one before: there is white space between them."""
    places = np.asarray(offsets, dtype=np.int64).reshape(-1, 2)
    begins = np.ones(len(places), dtype=bool)
    begins[1:] = places[1:, 0] != places[:-1, 1]
    return begins


def _cut(text: str) -> list[str]:
    if len(text) <= _CHARACTERS_AT_ONCE:
        return [text]
    found = []
    while len(text) > _CHARACTERS_AT_ONCE:
        edge = text.rfind(" ", 1, _CHARACTERS_AT_ONCE) + 1 or _CHARACTERS_AT_ONCE
        found.append(text[:edge])
        text = text[edge:]
    return [*found, text]
