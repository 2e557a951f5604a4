"""Texts to rows through an encoder: deduplicated, sorted by length, batched by tokens, pooled, in their order again."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp_toolkit.extras import require
from nlp_toolkit.protocols import TextPair
from nlp_toolkit.transformer.batching import padded_rows, run_batches
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.device import resolve_device
from nlp_toolkit.transformer.pooling import Pooling, pooling_by_name
from nlp_toolkit.transformer.precision import agrees, chosen_dtype
from nlp_toolkit.transformer.tokenizing import Overflow, Tokenized, tokenize, tokenize_pairs

if TYPE_CHECKING:
    import torch

_PROBE = ("서울은 오늘 맑다.", "A short sentence, to compare two precisions on.", "a", "1. 2. 3. " * 40)


@dataclass(frozen=True)
class Running:
    """How an encoder is run; `batch_tokens` None is what suits the device."""

    pooling: str
    max_length: int
    overflow: Overflow = "truncate"
    device: str = "auto"
    precision: str = "auto"
    batch_tokens: int | None = None


@dataclass(frozen=True)
class Encoder:
    """An encoder ready to run: `network` in its dtype on its device, and how texts go in and rows come out."""

    network: Any
    tokenizer: Any
    pooling: Pooling
    max_length: int
    overflow: Overflow
    device: "torch.device"
    dtype: "torch.dtype"
    batch_tokens: int | None

    @property
    def columns(self) -> int:
        """Width of a row."""
        return int(self.network.config.hidden_size) * self.pooling.width


@dataclass(frozen=True)
class Encoded:
    """`rows` (n_texts, columns) float32, in the order of the texts, and which of them lost tokens."""

    rows: np.ndarray
    truncated: np.ndarray


def make_encoder(checkpoint: Checkpoint, running: Running) -> Encoder:
    """Put the checkpoint on the device in its precision; "auto" takes bfloat16 only where it agrees with float32."""
    torch = require("torch")
    device = resolve_device(running.device)
    network = checkpoint.encoder.to(device)
    exact = Encoder(
        network=network,
        tokenizer=checkpoint.tokenizer,
        pooling=pooling_by_name(running.pooling),
        max_length=running.max_length,
        overflow=running.overflow,
        device=device,
        dtype=torch.float32,
        batch_tokens=running.batch_tokens,
    )
    dtype = chosen_dtype(running.precision, device)
    if dtype == torch.float32:
        return exact
    fast = replace(exact, network=_copy_in(network, dtype), dtype=dtype)
    if running.precision != "auto":
        return fast
    probe = (encode(replace(encoder, overflow="truncate"), _PROBE).rows for encoder in (exact, fast))
    return fast if agrees(*map(torch.from_numpy, probe)) else exact


def encode(encoder: Encoder, texts: Sequence[str], *, unknown_as_zeros: bool = True) -> Encoded:
    """One row a text, in order. Equal texts are encoded once; a batch too large for the device is halved.

    `unknown_as_zeros` makes rows of zeros of texts without a known token.
    """
    unique, unique_of = _unique(texts)
    tokenized = tokenize(encoder.tokenizer, unique, max_length=encoder.max_length, overflow=encoder.overflow)
    rows = _mean_of_windows(forward_all(encoder, tokenized), tokenized)
    if unknown_as_zeros:
        rows[~tokenized.known] = 0.0
    return Encoded(rows[unique_of], tokenized.truncated[unique_of])


def encode_pairs(encoder: Encoder, pairs: Sequence[TextPair]) -> Encoded:
    """One row a pair, both texts read together as segments 0 and 1; else as `encode`."""
    unique, unique_of = _unique(pairs)
    tokenized = tokenize_pairs(encoder.tokenizer, unique, max_length=encoder.max_length)
    return Encoded(forward_all(encoder, tokenized)[unique_of], tokenized.truncated[unique_of])


def _unique(texts: Sequence[Any]) -> tuple[list[Any], np.ndarray]:
    """The different texts in order of appearance, and for each text its number among them."""
    place: dict[Hashable, int] = {}
    numbers = np.fromiter((place.setdefault(text, len(place)) for text in texts), dtype=np.int64, count=len(texts))
    return list(place), numbers


def forward_all(encoder: Encoder, tokenized: Tokenized) -> np.ndarray:
    """Pooled rows of all inputs, (n_inputs, columns) float32."""
    return run_batches(
        lambda batch: _forward(encoder, tokenized, batch),
        tokenized.lengths,
        columns=encoder.columns,
        device=encoder.device,
        budget=encoder.batch_tokens,
    )


def _forward(encoder: Encoder, tokenized: Tokenized, batch: np.ndarray) -> np.ndarray:
    """Pooled rows of one batch, (batch, columns) float32."""
    torch = require("torch")
    ids = [tokenized.ids[row] for row in batch]
    padded = torch.from_numpy(padded_rows(ids, encoder.tokenizer.pad_token_id)).to(encoder.device)
    mask = torch.from_numpy(padded_rows([[1] * len(row) for row in ids], 0)).to(encoder.device)
    segments = {}
    if tokenized.segments is not None and "token_type_ids" in encoder.tokenizer.model_input_names:
        numbers = padded_rows([tokenized.segments[row] for row in batch], 0)
        segments["token_type_ids"] = torch.from_numpy(numbers).to(encoder.device)
    output = encoder.network(
        input_ids=padded,
        # Without padding no mask is needed, and attention without one is faster.
        attention_mask=None if len({*map(len, ids)}) == 1 else mask,
        output_hidden_states=encoder.pooling.layers > 1,
        **segments,
    )
    states = output.hidden_states if encoder.pooling.layers > 1 else (output.last_hidden_state,)
    pooled: np.ndarray = encoder.pooling(states, mask).cpu().numpy()
    return pooled


def _mean_of_windows(rows: np.ndarray, tokenized: Tokenized) -> np.ndarray:
    """One row a text: the mean over its windows; nothing to do where each text is one input."""
    n_texts = len(tokenized.known)
    if len(rows) == n_texts:
        return rows
    summed = np.zeros((n_texts, rows.shape[1]), dtype=np.float64)
    np.add.at(summed, tokenized.text_of, rows)
    counts = np.bincount(tokenized.text_of, minlength=n_texts)
    mean: np.ndarray = (summed / counts[:, None]).astype(np.float32)
    return mean


def _copy_in(network: Any, dtype: "torch.dtype") -> Any:
    """A copy that is only read with, on a processor with its weights laid as that multiplies them."""
    from copy import deepcopy

    from nlp_toolkit.transformer.packed_linear import pack_linears

    copy = deepcopy(network).to(dtype)
    if copy.device.type == "cpu":
        pack_linears(copy)
    return copy
