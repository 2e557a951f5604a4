"""Learning from labels: targets, batches of like length, losses, and one call of the training loop for any network."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from nlp_toolkit.errors import UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.threads import limit
from nlp_toolkit.transformer.precision import is_bfloat16_fast
from nlp_toolkit.transformer.settings import FineTuneSettings
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

    TorchDevice: TypeAlias = torch.device  # a local name `torch` would hide the module from annotations

Kind: TypeAlias = Literal["classification", "multilabel", "regression"]

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

    def digest(self, held_out: np.ndarray) -> str:
        """SHA-256 over what is to be learned of all rows, and which of them are kept aside."""
        digest = hashlib.sha256(self.kind.encode())
        positive = np.zeros(0) if self.positive_weights is None else self.positive_weights
        for array in (self.values, self.weights, positive, held_out):
            digest.update(array.tobytes())
        return digest.hexdigest()


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


def train_on_targets(
    network: Any,
    targets: Targets,
    held_out: np.ndarray,
    *,
    lengths: np.ndarray,
    inputs_of: Callable[[np.ndarray], Mapping[str, Any]],
    settings: FineTuneSettings,
    rate: float,
    run: Mapping[str, object],
    device: "TorchDevice",
    seed: int,
    bfloat16: bool | None = None,
    more: Any = None,
    checkpoints: str | Path | None = None,
    on_epoch: Callable[[int], None] = lambda epoch: None,
) -> Trained:
    """Train `network` in place on the rows that are not `held_out` (bool, (n,)); it ends on the CPU, in eval mode.

    `lengths` (n,) are in tokens, `inputs_of` makes the network's arguments of row numbers, `rate` is the learning
    rate where the settings name none, `bfloat16` None is what they say. `run` says what else the training depends
    on, `more` is a `TrainingArguments` for what the settings leave open. With `checkpoints` an interrupted call goes
    on when it is made again.
    """
    batches = BatchesByLength(np.flatnonzero(~held_out), lengths, settings.batch_size, seed)
    validation = (
        BatchesByLength(np.flatnonzero(held_out), lengths, settings.batch_size, seed) if held_out.any() else None
    )
    if bfloat16 is None:
        bfloat16 = settings.precision == "bfloat16" or (settings.precision == "auto" and is_bfloat16_fast(device))
    chosen = _chosen(
        settings,
        seed=seed,
        n_batches=len(batches),
        rate=rate,
        has_held_out=validation is not None,
        is_temporary=checkpoints is None,
    )

    def begin_epoch(epoch: int) -> None:
        on_epoch(epoch)
        batches.begin_epoch(epoch)

    whole_run = {
        **run,
        "settings": asdict(settings),
        "bfloat16": bfloat16,
        "seed": seed,
        "targets": targets.digest(held_out),
    }
    with limit(-1), run_folder(checkpoints, whole_run) as folder:
        trained = run_training(
            network,
            arguments=training_arguments(
                folder, extra_arguments(more, chosen) | chosen, device=device, bfloat16=bfloat16
            ),
            training_set=batches,
            held_out_set=validation,
            collate=lambda items: {**inputs_of(items[0]), **_targets_of(targets, items[0])},
            compute_loss=_loss(targets),
            on_epoch=begin_epoch,
            patience=settings.patience,
        )
    network.to("cpu").eval()
    check_trained(network)
    return trained


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


def check_arguments(more: object) -> None:
    """Raise `UsageError` for what is plainly no `TrainingArguments`, without importing them."""
    if isinstance(more, Mapping | Sequence | int | float):
        raise UsageError(
            "arguments: expected a transformers.TrainingArguments, which a recipe cannot hold; leave it out"
        )


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
