"""Fine-tuning: an encoder and a linear head trained together on labelled texts, or the head alone, it being frozen."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nlp_toolkit.extras import require
from nlp_toolkit.transformer.batching import padded_rows
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.device import resolve_device
from nlp_toolkit.transformer.encode import Running, forward_all, make_encoder
from nlp_toolkit.transformer.pooling import pooling_by_name
from nlp_toolkit.transformer.seen_words import only_seen_words
from nlp_toolkit.transformer.settings import FineTuneSettings
from nlp_toolkit.transformer.supervised import Targets, train_on_targets
from nlp_toolkit.transformer.tokenizing import Tokenized
from nlp_toolkit.transformer.training import Trained

_FROZEN_RATE = 5e-3
_RATE_AT_768 = 5e-5


@dataclass(frozen=True)
class Head:
    """The linear layer: `weights` (n_outputs, columns) and `bias` (n_outputs,), float32."""

    weights: np.ndarray
    bias: np.ndarray

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """Scores (n, n_outputs) of pooled rows (n, columns)."""
        found: np.ndarray = rows @ self.weights.T + self.bias
        return found


@dataclass(frozen=True)
class FineTuned:
    """The encoder as it is now, its head, and what training found out."""

    checkpoint: Checkpoint
    head: Head
    trained: Trained


def fine_tune(
    checkpoint: Checkpoint,
    inputs: Tokenized,
    targets: Targets,
    held_out: np.ndarray,
    *,
    running: Running,
    frozen: bool,
    settings: FineTuneSettings,
    more: Any = None,
    seed: int = 0,
    checkpoints: str | Path | None = None,
) -> FineTuned:
    """Train a head, and unless it is `frozen` the encoder, on the rows that are not `held_out` (bool, (n,)).

    `more` is a `TrainingArguments` for what the settings do not say. With `checkpoints` an interrupted call goes
    on when it is made again. The checkpoint given is not to be used any more.
    """
    torch = require("torch")
    from nlp_toolkit.transformer.network import PooledHead

    device = resolve_device(running.device)
    run = {
        "running": asdict(running),
        "frozen": frozen,
        "words": "seen",  # of checkpoints that hold all rows of the embedding none goes on
        "rows": hashlib.sha256(repr((inputs.ids, inputs.segments)).encode()).hexdigest(),
        "model": checkpoint.digest(),
    }
    pooling = pooling_by_name(running.pooling)
    columns = int(checkpoint.encoder.config.hidden_size) * pooling.width
    features = _standardized(forward_all(make_encoder(checkpoint, running), inputs)) if frozen else None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = PooledHead(
            None if frozen else checkpoint.encoder, pooling, columns, targets.n_outputs, settings.dropout
        )
    with ExitStack() as stack:
        if features is not None:
            inputs_of = _pooled_rows(features.rows)
        else:
            words = only_seen_words(checkpoint.encoder, inputs.ids, checkpoint.tokenizer.pad_token_id)
            inputs_of = _padded_tokens(stack.enter_context(words), inputs.segments, checkpoint)
        trained = train_on_targets(
            network,
            targets,
            held_out,
            lengths=inputs.lengths,
            inputs_of=inputs_of,
            settings=settings,
            rate=_FROZEN_RATE if frozen else _RATE_AT_768 * max(1.0, 768 * pooling.width / columns),
            run=run,
            device=device,
            seed=seed,
            bfloat16=False if frozen else None,
            more=more,
            checkpoints=checkpoints,
        )
    head = Head(network.linear.weight.detach().numpy().copy(), network.linear.bias.detach().numpy().copy())
    if features is not None:
        head = features.undone(head)
    # The vocabulary head, if there was one, fits the encoder no longer.
    return FineTuned(replace(checkpoint, language_model=None, is_pretrained=True), head, trained)


@dataclass(frozen=True)
class _Standardized:
    """Rows of mean 0 and deviation 1 a column, on which a head learns at one rate whatever the encoder's scale."""

    rows: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    def undone(self, head: Head) -> Head:
        """The head for rows as they were."""
        weights = (head.weights / self.deviation).astype(np.float32)
        return Head(weights, (head.bias - weights @ self.mean).astype(np.float32))


def _standardized(rows: np.ndarray) -> _Standardized:
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation < 1e-6] = 1.0
    return _Standardized(((rows - mean) / deviation).astype(np.float32), mean, deviation)


def _pooled_rows(rows: np.ndarray) -> Callable[[np.ndarray], dict[str, Any]]:
    torch = require("torch")
    return lambda batch: {"rows": torch.from_numpy(rows[batch])}


def _padded_tokens(
    ids: Sequence[Sequence[int]], segments: Sequence[Sequence[int]] | None, checkpoint: Checkpoint
) -> Callable[[np.ndarray], dict[str, Any]]:
    torch = require("torch")
    pad = checkpoint.tokenizer.pad_token_id
    if "token_type_ids" not in checkpoint.tokenizer.model_input_names:
        segments = None

    def padded(batch: np.ndarray) -> dict[str, Any]:
        rows = [ids[row] for row in batch]
        arrays = {
            "input_ids": padded_rows(rows, pad),
            "attention_mask": padded_rows([[1] * len(row) for row in rows], 0),
        }
        if segments is not None:
            arrays["token_type_ids"] = padded_rows([segments[row] for row in batch], 0)
        return {name: torch.from_numpy(array) for name, array in arrays.items()}

    return padded
