"""Texts to rows through an encoder: deduplicated, sorted by length, batched by tokens, pooled, in their order again."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp_toolkit.errors import ResourceError
from nlp_toolkit.extras import require
from nlp_toolkit.threads import limit
from nlp_toolkit.transformer.batching import token_batches
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.pooling import Pooling
from nlp_toolkit.transformer.precision import agrees, chosen_dtype
from nlp_toolkit.transformer.tokenizing import Overflow, Tokenized, tokenize

if TYPE_CHECKING:
    import torch

_log = logging.getLogger("nlp_toolkit")

CPU_BATCH_TOKENS = 4_096
_CUDA_BATCH_TOKENS = 65_536
_PROBE = ("서울은 오늘 맑다.", "A short sentence, to compare two precisions on.", "a", "1. 2. 3. " * 40)


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
    batch_tokens: int

    @property
    def columns(self) -> int:
        """Width of a row."""
        return int(self.network.config.hidden_size) * self.pooling.width


@dataclass(frozen=True)
class Encoded:
    """`rows` (n_texts, columns) float32, in the order of the texts, and which of them lost tokens."""

    rows: np.ndarray
    truncated: np.ndarray


def make_encoder(
    checkpoint: Checkpoint,
    pooling: Pooling,
    *,
    max_length: int,
    overflow: Overflow,
    device: "torch.device",
    precision: str,
    batch_tokens: int | None,
) -> Encoder:
    """Put the checkpoint on the device in its precision; "auto" takes bfloat16 only where it agrees with float32."""
    torch = require("torch")
    tokens = batch_tokens or (_CUDA_BATCH_TOKENS if device.type == "cuda" else CPU_BATCH_TOKENS)
    network = checkpoint.encoder.to(device)
    exact = Encoder(
        network, checkpoint.tokenizer, pooling, max_length, overflow, device, torch.float32, max(tokens, max_length)
    )
    dtype = chosen_dtype(precision, device)
    if dtype == torch.float32:
        return exact
    fast = replace(exact, network=_copy_in(network, dtype), dtype=dtype)
    probe = replace(exact, overflow="truncate"), replace(fast, overflow="truncate")
    rows = [torch.from_numpy(encode(encoder, _PROBE).rows) for encoder in probe]
    return fast if precision != "auto" or agrees(*rows) else exact


def encode(encoder: Encoder, texts: Sequence[str]) -> Encoded:
    """One row a text, in order. Equal texts are encoded once; a batch too large for the device is halved."""
    place: dict[str, int] = {}
    unique_of = np.fromiter((place.setdefault(text, len(place)) for text in texts), dtype=np.int64, count=len(texts))
    tokenized = tokenize(encoder.tokenizer, list(place), max_length=encoder.max_length, overflow=encoder.overflow)
    rows = _mean_of_windows(_forward_all(encoder, tokenized), tokenized, len(place))
    return Encoded(rows[unique_of], tokenized.truncated[unique_of])


def _forward_all(encoder: Encoder, tokenized: Tokenized) -> np.ndarray:
    """Pooled rows of all inputs, (n_inputs, columns) float32."""
    torch = require("torch")
    rows = np.zeros((len(tokenized.ids), encoder.columns), dtype=np.float32)
    waiting = token_batches(tokenized.lengths, encoder.batch_tokens)[::-1]
    with limit(-1), torch.inference_mode():
        while waiting:
            batch = waiting.pop()
            try:
                rows[batch] = _forward(encoder, [tokenized.ids[row] for row in batch])
            except torch.cuda.OutOfMemoryError as error:
                if len(batch) == 1:
                    raise ResourceError(
                        f"the GPU has no room for one text of {len(tokenized.ids[batch[0]])} tokens; "
                        "set a smaller max_length, or device cpu"
                    ) from error
                torch.cuda.empty_cache()
                _log.warning("the GPU has no room for a batch of %d texts: halved", len(batch))
                half = len(batch) // 2
                waiting += [batch[half:], batch[:half]]
    return rows


def _forward(encoder: Encoder, ids: list[list[int]]) -> np.ndarray:
    """Pooled rows of one batch, (batch, columns) float32."""
    torch = require("torch")
    longest = max(map(len, ids))
    padded = np.full((len(ids), longest), encoder.tokenizer.pad_token_id, dtype=np.int64)
    mask = np.zeros((len(ids), longest), dtype=np.int64)
    for row, tokens in enumerate(ids):
        padded[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    attention = torch.from_numpy(mask).to(encoder.device)
    output = encoder.network(
        input_ids=torch.from_numpy(padded).to(encoder.device),
        # Without padding no mask is needed, and attention without one is faster.
        attention_mask=None if mask.all() else attention,
        output_hidden_states=encoder.pooling.layers > 1,
    )
    states = output.hidden_states if encoder.pooling.layers > 1 else (output.last_hidden_state,)
    pooled: np.ndarray = encoder.pooling(states, attention).cpu().numpy()
    return pooled


def _mean_of_windows(rows: np.ndarray, tokenized: Tokenized, n_texts: int) -> np.ndarray:
    """One row a text: the mean over its windows; nothing to do where each text is one input."""
    if len(rows) == n_texts:
        return rows
    summed = np.zeros((n_texts, rows.shape[1]), dtype=np.float64)
    np.add.at(summed, tokenized.text_of, rows)
    counts = np.bincount(tokenized.text_of, minlength=n_texts)
    mean: np.ndarray = (summed / counts[:, None]).astype(np.float32)
    return mean


def _copy_in(network: Any, dtype: "torch.dtype") -> Any:
    from copy import deepcopy

    return deepcopy(network).to(dtype)
