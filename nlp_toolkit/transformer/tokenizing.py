"""Texts to token numbers within a length limit: clipped before tokenizing, truncated or cut into windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from nlp_toolkit.errors import DataError, UsageError

Overflow: TypeAlias = Literal["truncate", "window", "error"]
OVERFLOWS: tuple[Overflow, ...] = ("truncate", "window", "error")

_CHARACTERS_PER_TOKEN = 8  # of the first clip; a text that needs more gets a longer one
_LONGEST_WORD = 100  # WordPiece makes at most this many tokens of the word a clip may have cut


@dataclass(frozen=True)
class Tokenized:
    """Inputs for the encoder: `ids[i]` belongs to text `text_of[i]`; `truncated` (n_texts,) says which lost tokens."""

    ids: list[list[int]]
    text_of: np.ndarray
    truncated: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each input, special ones included."""
        return np.fromiter(map(len, self.ids), dtype=np.int64, count=len(self.ids))


def tokenize(tokenizer: Any, texts: Sequence[str], *, max_length: int, overflow: Overflow) -> Tokenized:
    """Token numbers of `texts` with special tokens, at most `max_length` each.

    What is longer is truncated, cut into windows that overlap by a quarter, or (`overflow="error"`)
    refused with its row.
    """
    if overflow not in OVERFLOWS:
        raise UsageError(f"unknown overflow {overflow!r}; known: {', '.join(OVERFLOWS)}")
    if overflow == "window":
        return _windows(tokenizer, texts, max_length)
    ids = _first_tokens(tokenizer, texts, max_length)
    truncated = np.fromiter((len(row) > max_length for row in ids), dtype=bool, count=len(ids))
    if overflow == "error" and truncated.any():
        row = int(truncated.argmax())
        raise DataError(
            f"row {row} has more than {max_length} tokens; shorten it, or set overflow to truncate or window"
        )
    return Tokenized(_shortened(tokenizer, ids, truncated, max_length), np.arange(len(ids)), truncated)


def _first_tokens(tokenizer: Any, texts: Sequence[str], max_length: int) -> list[list[int]]:
    """All tokens of each text, or at least the first `max_length` + 1: long texts are clipped before the work.

    A clip is long enough once it gives so many tokens that the word it may have cut lies beyond the limit.
    """
    enough = max_length + 1 + _LONGEST_WORD
    clip = enough * _CHARACTERS_PER_TOKEN
    ids: list[list[int]] = _ids(tokenizer, [text[:clip] for text in texts])
    waiting = [row for row, text in enumerate(texts) if len(text) > clip and len(ids[row]) < enough]
    while waiting:
        clip *= 8
        for row, longer in zip(waiting, _ids(tokenizer, [texts[row][:clip] for row in waiting]), strict=True):
            ids[row] = longer
        waiting = [row for row in waiting if len(texts[row]) > clip and len(ids[row]) < enough]
    return ids


def _shortened(tokenizer: Any, ids: list[list[int]], truncated: np.ndarray, max_length: int) -> list[list[int]]:
    """`ids` with the truncated rows cut to `max_length`, their closing special tokens kept."""
    if not truncated.any():
        return ids
    n_closing = _closing_tokens(tokenizer)
    kept = max_length - n_closing
    return [row[:kept] + row[len(row) - n_closing :] if cut else row for row, cut in zip(ids, truncated, strict=True)]


def _closing_tokens(tokenizer: Any) -> int:
    """How many special tokens stand after the text ([SEP] in BERT)."""
    special = tokenizer("a", return_special_tokens_mask=True)["special_tokens_mask"]
    return len(special) - 1 - max(place for place, is_special in enumerate(special) if not is_special)


def _windows(tokenizer: Any, texts: Sequence[str], max_length: int) -> Tokenized:
    encoded = tokenizer(
        list(texts),
        truncation=True,
        max_length=max_length,
        stride=max_length // 4,
        return_overflowing_tokens=True,
        return_attention_mask=False,
        return_token_type_ids=False,
    )
    text_of = np.asarray(encoded["overflow_to_sample_mapping"], dtype=np.int64)
    return Tokenized(encoded["input_ids"], text_of, np.zeros(len(texts), dtype=bool))


def _ids(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    if not texts:
        return []
    ids: list[list[int]] = tokenizer(texts, return_attention_mask=False, return_token_type_ids=False, verbose=False)[
        "input_ids"
    ]
    return ids
