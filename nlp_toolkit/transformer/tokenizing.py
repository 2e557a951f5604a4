"""Texts (or pairs) to token numbers within a length limit: clipped before tokenizing, truncated or cut into windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.protocols import TextPair
from nlp_toolkit.text.normalize import without_surrogates
from nlp_toolkit.transformer.long_words import shorten_long_words

Overflow: TypeAlias = Literal["truncate", "window", "error"]
OVERFLOWS: tuple[Overflow, ...] = ("truncate", "window", "error")

_CHARACTERS_PER_TOKEN = 8  # of the first clip; a text that needs more gets a longer one
_VERY_LONG = 100_000  # characters from which on looking for long words is quicker than to tokenize them
_LONGEST_WORD = 100  # WordPiece makes at most this many tokens of the word a clip may have cut


@dataclass(frozen=True)
class Tokenized:
    """Inputs for the encoder: `ids[i]` belongs to text `text_of[i]`.

    `truncated` (n_texts,) says which texts lost tokens, `known` (n_texts,) which have a token that is neither special
    nor unknown. `segments[i]` are the segment numbers (0 first text, 1 second) where the inputs are pairs.
    """

    ids: list[list[int]]
    text_of: np.ndarray
    truncated: np.ndarray
    known: np.ndarray
    segments: list[list[int]] | None = None

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each input, special ones included."""
        return np.fromiter(map(len, self.ids), dtype=np.int64, count=len(self.ids))


class TooManyTokensError(DataError):
    """A text is too long and may not be shortened; `text` is it, so that its row can be found."""

    def __init__(self, text: str, max_length: int, where: str = "a text") -> None:
        remedy = "shorten it, or set overflow to truncate or window"
        super().__init__(f"{where} has more than {max_length} tokens; {remedy}")
        self.text = text
        self.max_length = max_length


def tokenize(tokenizer: Any, texts: Sequence[str], *, max_length: int, overflow: Overflow) -> Tokenized:
    """Token numbers of `texts` with special tokens, at most `max_length` each.

    What is longer is truncated, cut into windows that overlap by a quarter, or (`overflow="error"`)
    refused (`TooManyTokensError`).
    """
    if overflow not in OVERFLOWS:
        raise UsageError(f"unknown overflow {overflow!r}; known: {', '.join(OVERFLOWS)}")
    given, texts = texts, [without_surrogates(text) for text in texts]
    if overflow == "window":
        return _windows(tokenizer, texts, max_length)
    ids = [ids for _, ids in _clipped(tokenizer, texts, max_length)]
    truncated = np.fromiter((len(row) > max_length for row in ids), dtype=bool, count=len(ids))
    if overflow == "error" and truncated.any():
        raise TooManyTokensError(given[int(truncated.argmax())], max_length)
    shortened = _shortened(tokenizer, ids, truncated, max_length)
    return Tokenized(shortened, np.arange(len(ids)), truncated, _known(tokenizer, shortened))


def tokenize_pairs(tokenizer: Any, pairs: Sequence[TextPair], *, max_length: int) -> Tokenized:
    """Token numbers and segments of pairs, at most `max_length` each; the longer text of a pair is truncated first."""
    sides = [without_surrogates(text) for pair in pairs for text in pair]
    long = [row for row, text in enumerate(sides) if len(text) > _first_clip(max_length)]
    for row, (clip, _) in zip(long, _clipped(tokenizer, [sides[row] for row in long], max_length), strict=True):
        sides[row] = clip
    whole = tokenizer(sides[::2], sides[1::2], verbose=False, return_attention_mask=False) if pairs else {}
    ids: list[list[int]] = whole.get("input_ids", [])
    segments: list[list[int]] = whole.get("token_type_ids", [[0] * len(row) for row in ids])
    truncated = np.fromiter((len(row) > max_length for row in ids), dtype=bool, count=len(ids))
    rows = np.flatnonzero(truncated).tolist()
    if rows:
        cut = tokenizer(
            [sides[2 * row] for row in rows],
            [sides[2 * row + 1] for row in rows],
            truncation="longest_first",
            max_length=max_length,
        )
        for at, row in enumerate(rows):
            ids[row] = cut["input_ids"][at]
            segments[row] = cut["token_type_ids"][at] if "token_type_ids" in cut else [0] * len(ids[row])
    return Tokenized(ids, np.arange(len(ids)), truncated, _known(tokenizer, ids), segments)


def _known(tokenizer: Any, ids: list[list[int]]) -> np.ndarray:
    """Which inputs hold a token that says something."""
    silent = frozenset(tokenizer.all_special_ids)  # the unknown token is among them
    return np.fromiter((not silent.issuperset(row) for row in ids), dtype=bool, count=len(ids))


def _first_clip(max_length: int) -> int:
    return (max_length + 1 + _LONGEST_WORD) * _CHARACTERS_PER_TOKEN


def _clipped(tokenizer: Any, texts: Sequence[str], max_length: int) -> list[tuple[str, list[int]]]:
    """Each text, or a beginning of it that is sure to hold its first `max_length` + 1 tokens, and its tokens.

    A clip is long enough once it gives so many tokens that the word it may have cut lies beyond the limit. Where the
    first is not, long words and spaces are shortened (no token changes) before a longer one is taken.
    """
    texts = list(texts)
    enough = max_length + 1 + _LONGEST_WORD
    clip = _first_clip(max_length)
    clips = [text[:clip] for text in texts]
    ids = _ids(tokenizer, clips)
    waiting = [row for row, text in enumerate(texts) if len(text) > clip and len(ids[row]) < enough]
    for row in waiting:
        texts[row] = shorten_long_words(tokenizer, texts[row])
    while waiting:
        clip *= 8
        for row, longer in zip(waiting, _ids(tokenizer, [texts[row][:clip] for row in waiting]), strict=True):
            clips[row], ids[row] = texts[row][:clip], longer
        waiting = [row for row in waiting if len(texts[row]) > clip and len(ids[row]) < enough]
    return list(zip(clips, ids, strict=True))


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
        [shorten_long_words(tokenizer, text) if len(text) > _VERY_LONG else text for text in texts],
        truncation=True,
        max_length=max_length,
        stride=max_length // 4,
        return_overflowing_tokens=True,
        return_attention_mask=False,
        return_token_type_ids=False,
    )
    text_of = np.asarray(encoded["overflow_to_sample_mapping"], dtype=np.int64)
    known = np.zeros(len(texts), dtype=bool)
    np.logical_or.at(known, text_of, _known(tokenizer, encoded["input_ids"]))
    return Tokenized(encoded["input_ids"], text_of, np.zeros(len(texts), dtype=bool), known)


def _ids(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    if not texts:
        return []
    ids: list[list[int]] = tokenizer(texts, return_attention_mask=False, return_token_type_ids=False, verbose=False)[
        "input_ids"
    ]
    return ids
