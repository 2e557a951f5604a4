"""Fine-tuning: an encoder and a linear head trained together on labelled texts, or the head alone, it being frozen."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from nlp_toolkit.errors import UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.threads import limit
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.device import resolve_device
from nlp_toolkit.transformer.encode import Running, forward_all, make_encoder, padded_rows
from nlp_toolkit.transformer.pooling import pooling_by_name
from nlp_toolkit.transformer.precision import is_bfloat16_fast
from nlp_toolkit.transformer.settings import FineTuneSettings
from nlp_toolkit.transformer.tokenizing import Tokenized
from nlp_toolkit.transformer.training import (
    Trained,
    check_trained,
    run_folder,
    run_training,
    schedule,
    steps_of,
    training_arguments,
)

if TYPE_CHECKING:
    import torch

Kind: TypeAlias = Literal["classification", "multilabel", "regression"]

_FROZEN_RATE = 5e-3
_RATE_AT_768 = 5e-5
_BATCHES_SORTED_TOGETHER = 50


@dataclass(frozen=True)
class Targets:
    """What to learn of each row.

    `values` are class numbers (n,), 0/1 (n, n_outputs) for several labels, or numbers (n,) of mean 0 and
    deviation 1. `weights` (n,) multiply the losses; `positive_weights` (n_outputs,) those of labels a row has.
    """

    kind: Kind
    values: np.ndarray
    n_outputs: int
    weights: np.ndarray
    positive_weights: np.ndarray | None = None


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


class BatchesByLength:
    """Batches of texts of like length as a map-style dataset: each item is the row numbers of one batch.

    Which rows come together depends on (seed, epoch) only, so a training that was interrupted goes on alike.
    """

    def __init__(self, rows: np.ndarray, lengths: np.ndarray, batch_size: int, seed: int) -> None:
        self._rows = rows
        self._lengths = lengths
        self._size = batch_size
        self._seed = seed
        self.begin_epoch(0)

    def __len__(self) -> int:
        return math.ceil(len(self._rows) / self._size)

    def __getitem__(self, at: int) -> np.ndarray:
        return self._batches[at]

    def begin_epoch(self, epoch: int) -> None:
        """Draw the batches of an epoch."""
        order = np.random.default_rng((self._seed, epoch)).permutation(self._rows)
        together = self._size * _BATCHES_SORTED_TOGETHER
        parts = [order[start : start + together] for start in range(0, len(order), together)]
        order = np.concatenate([part[np.argsort(-self._lengths[part], kind="stable")] for part in parts])
        self._batches = [order[start : start + self._size] for start in range(0, len(order), self._size)]


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
        "settings": asdict(settings),
        "running": asdict(running),
        "frozen": frozen,
        "seed": seed,
        "rows": _digest(inputs, targets, held_out),
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
    lengths = inputs.lengths
    batches = BatchesByLength(np.flatnonzero(~held_out), lengths, settings.batch_size, seed)
    validation = (
        BatchesByLength(np.flatnonzero(held_out), lengths, settings.batch_size, seed) if held_out.any() else None
    )
    bfloat16 = not frozen and (
        settings.precision == "bfloat16" or (settings.precision == "auto" and is_bfloat16_fast(device))
    )
    collate = _collate_rows(features.rows, targets) if features else _collate_tokens(inputs, targets, checkpoint)
    with limit(-1), run_folder(checkpoints, run) as folder:
        chosen = _chosen(
            settings,
            seed=seed,
            n_batches=len(batches),
            rate=_FROZEN_RATE if frozen else _RATE_AT_768 * max(1.0, 768 * pooling.width / columns),
            has_held_out=validation is not None,
            is_temporary=checkpoints is None,
        )
        trained = run_training(
            network,
            arguments=training_arguments(
                folder, extra_arguments(more, chosen) | chosen, device=device, bfloat16=bfloat16
            ),
            training_set=batches,
            held_out_set=validation,
            collate=lambda items: collate(items[0]),
            compute_loss=_loss(targets),
            on_epoch=batches.begin_epoch,
            patience=settings.patience,
        )
    network.to("cpu").eval()
    check_trained(network)
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


def _digest(inputs: Tokenized, targets: Targets, held_out: np.ndarray) -> str:
    """SHA-256 over all rows, what is to be learned of them, and which are kept aside."""
    digest = hashlib.sha256()
    for rows in (inputs.ids, inputs.segments, targets.kind):
        digest.update(repr(rows).encode())
    positive = np.zeros(0) if targets.positive_weights is None else targets.positive_weights
    for array in (targets.values, targets.weights, positive, held_out):
        digest.update(array.tobytes())
    return digest.hexdigest()


def _collate_rows(rows: np.ndarray, targets: Targets) -> Callable[[np.ndarray], dict[str, Any]]:
    torch = require("torch")
    return lambda batch: {"rows": torch.from_numpy(rows[batch])} | _targets_of(targets, batch)


def _collate_tokens(
    inputs: Tokenized, targets: Targets, checkpoint: Checkpoint
) -> Callable[[np.ndarray], dict[str, Any]]:
    torch = require("torch")
    pad = checkpoint.tokenizer.pad_token_id
    segments = inputs.segments if "token_type_ids" in checkpoint.tokenizer.model_input_names else None

    def collate(batch: np.ndarray) -> dict[str, Any]:
        ids = [inputs.ids[row] for row in batch]
        arrays = {"input_ids": padded_rows(ids, pad), "attention_mask": padded_rows([[1] * len(row) for row in ids], 0)}
        if segments is not None:
            arrays["token_type_ids"] = padded_rows([segments[row] for row in batch], 0)
        return {name: torch.from_numpy(array) for name, array in arrays.items()} | _targets_of(targets, batch)

    return collate


def _targets_of(targets: Targets, batch: np.ndarray) -> dict[str, Any]:
    torch = require("torch")
    values = targets.values[batch]
    return {
        "labels": torch.from_numpy(values if targets.kind == "classification" else values.astype(np.float32)),
        "weights": torch.from_numpy(targets.weights[batch].astype(np.float32)),
    }


def _loss(targets: Targets) -> "Callable[[Any, Mapping[str, torch.Tensor]], torch.Tensor]":
    """The weighted mean over a batch of the loss that fits the kind of target."""
    from torch.nn import functional

    positive = None if targets.positive_weights is None else require("torch").from_numpy(targets.positive_weights)
    losses: dict[Kind, Callable[[Any, Any], Any]] = {
        "classification": lambda scores, labels: functional.cross_entropy(scores, labels, reduction="none"),
        "multilabel": lambda scores, labels: functional.binary_cross_entropy_with_logits(
            scores, labels, reduction="none", pos_weight=None if positive is None else positive.to(scores.device)
        ).mean(dim=1),
        "regression": lambda scores, labels: (scores[:, 0] - labels) ** 2,
    }
    of_rows = losses[targets.kind]

    def loss(network: Any, batch: "Mapping[str, torch.Tensor]") -> "torch.Tensor":
        given = {name: tensor for name, tensor in batch.items() if name not in ("labels", "weights")}
        found: torch.Tensor = (of_rows(network(**given), batch["labels"]) * batch["weights"]).mean()
        return found

    return loss


def _chosen(
    settings: FineTuneSettings, *, seed: int, n_batches: int, rate: float, has_held_out: bool, is_temporary: bool
) -> dict[str, Any]:
    """The settings as transformers' `TrainingArguments` call them; a batch is an item, so their batch size is 1."""
    steps = steps_of(n_batches, settings.accumulate, settings.epochs)
    evaluations = max(1, round(settings.evaluations * settings.epochs))
    return {
        "num_train_epochs": settings.epochs,
        "per_device_train_batch_size": 1,
        "per_device_eval_batch_size": 1,
        "gradient_accumulation_steps": settings.accumulate,
        "learning_rate": settings.learning_rate or rate,
        "warmup_steps": int(steps * settings.warmup),
        "weight_decay": settings.weight_decay,
        "seed": seed,
    } | schedule(steps=steps, evaluations=evaluations, has_held_out=has_held_out, is_temporary=is_temporary)


def extra_arguments(more: Any, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What a `TrainingArguments` says beyond its defaults; `UsageError` for what the settings say already."""
    if more is None:
        return {}
    transformers = require("transformers")
    if not isinstance(more, transformers.TrainingArguments):
        raise UsageError(f"arguments: expected a transformers.TrainingArguments, got {type(more).__name__}")
    plain = transformers.TrainingArguments(output_dir=more.output_dir)
    said = {
        field.name: getattr(more, field.name)
        for field in fields(more)
        if field.init and getattr(more, field.name) != getattr(plain, field.name)
    }
    for name in said:
        if name in chosen:
            raise UsageError(f"arguments: {name} is decided by the training settings (FineTuneSettings); leave it out")
    return said
