"""Masked-language modelling: train an encoder further, or from nothing, by having it guess hidden tokens."""

import hashlib
import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.threads import limit
from nlp_toolkit.transformer.checkpoint import Checkpoint, quiet_transformers
from nlp_toolkit.transformer.device import resolve_device
from nlp_toolkit.transformer.masking import IGNORED, Masking, mask_row
from nlp_toolkit.transformer.packing import Blocks, pack
from nlp_toolkit.transformer.precision import is_bfloat16_fast
from nlp_toolkit.transformer.settings import MlmSettings
from nlp_toolkit.transformer.training import (
    OnStep,
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

_log = logging.getLogger("nlp_toolkit")

_HELD_OUT_EPOCH = 2**31  # the held-out masks are those of an epoch that training never reaches
_FROM_SCRATCH_RATE = 5e-4
_GOING_ON_RATE = 5e-5


@dataclass(frozen=True)
class MlmResult:
    """What MLM training did: perplexity on held-out blocks before and after, losses, tokens seen."""

    perplexity_before: float | None
    perplexity_after: float | None
    training: Trained
    n_blocks: int
    n_held_out: int

    def to_json(self) -> dict[str, Any]:
        """Perplexities, block counts and both loss curves as (step, loss)."""
        return {
            "perplexity_before": self.perplexity_before,
            "perplexity_after": self.perplexity_after,
            "blocks": self.n_blocks,
            "held_out_blocks": self.n_held_out,
            "steps": self.training.steps,
            "best_step": self.training.best_step,
            "losses": [list(point) for point in self.training.losses],
            "held_out_losses": [list(point) for point in self.training.held_out],
        }


@dataclass(frozen=True)
class MlmTraining:
    """The trained checkpoint (its language model beside it) and what its training found out."""

    checkpoint: Checkpoint
    result: MlmResult


class MaskedBlocks:
    """Blocks as a map-style dataset whose masks depend on (seed, epoch, row) only."""

    def __init__(self, blocks: Blocks, masking: Masking, seed: int, rows: np.ndarray) -> None:
        self._blocks = blocks
        self._masking = masking
        self._seed = seed
        self._rows = rows
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        row = int(self._rows[at])
        blocks = self._blocks
        inputs, labels = mask_row(
            blocks.ids[row],
            blocks.maskable[row],
            blocks.starts[row],
            self._masking,
            seed=self._seed,
            epoch=self.epoch,
            row=row,
        )
        return inputs, labels, blocks.ids[row]

    def begin_epoch(self, epoch: int) -> None:
        """The epoch whose masks are given from now on.

        Not `set_epoch`: accelerate calls a method of that name itself, on the held-out blocks too.
        """
        self.epoch = epoch


def train_mlm(
    checkpoint: Checkpoint,
    texts: Iterable[str],
    settings: MlmSettings,
    *,
    seed: int = 0,
    device: str = "auto",
    checkpoints: str | Path | None = None,
    keep_checkpoints: bool = False,
    on_step: OnStep = lambda step, steps: None,
) -> MlmTraining:
    """Train the checkpoint's encoder on `texts` by masked-language modelling.

    Blocks of `settings.block_length` tokens, the vocabulary head computed at masked positions only. The folder
    `checkpoints` keeps checkpoints while training goes on: the same call after an interruption goes on from the
    newest, and ends with the very weights an uninterrupted run has on the CPU; `keep_checkpoints` leaves them there
    when it is done. The checkpoint given is not to be used any more.
    """
    _check(settings, checkpoint)
    where = resolve_device(device)
    tokenizer = checkpoint.tokenizer
    blocks = pack(tokenizer, texts, settings.block_length)
    training_rows, held_out_rows = _split(len(blocks), settings.held_out, seed)
    masking = Masking(
        mask_id=tokenizer.mask_token_id,
        ordinary_ids=np.setdiff1d(np.arange(len(tokenizer)), tokenizer.all_special_ids),
        rate=settings.mask_rate,
        whole_words=settings.whole_words,
    )
    training_set = MaskedBlocks(blocks, masking, seed, training_rows)
    held_out_set = MaskedBlocks(blocks, masking, seed, held_out_rows) if len(held_out_rows) else None
    if held_out_set is not None:
        held_out_set.begin_epoch(_HELD_OUT_EPOCH)
    is_new = checkpoint.language_model is None and not checkpoint.is_pretrained
    model = language_model(checkpoint, seed)
    bfloat16 = settings.precision == "bfloat16" or (settings.precision == "auto" and is_bfloat16_fast(where))
    run = {
        "settings": asdict(settings),
        "seed": seed,
        "blocks": hashlib.sha256(blocks.ids.tobytes()).hexdigest(),
        "model": checkpoint.digest(),
        "bfloat16": bfloat16,
    }
    with limit(-1), run_folder(checkpoints, run, keep=keep_checkpoints) as folder:
        arguments = training_arguments(
            folder,
            _chosen(settings, seed, len(training_rows), is_new, held_out_set is not None, checkpoints is None),
            device=where,
            bfloat16=bfloat16,
        )
        before = _perplexity(model, held_out_set, tokenizer.pad_token_id, settings, where, bfloat16)
        with _dropout(model, settings.dropout):
            trained = run_training(
                model,
                arguments=arguments,
                training_set=training_set,
                held_out_set=held_out_set,
                collate=lambda rows: _collate(rows, tokenizer.pad_token_id),
                compute_loss=masked_loss,
                on_epoch=training_set.begin_epoch,
                on_step=on_step,
                patience=settings.patience,
            )
        after = _perplexity(model, held_out_set, tokenizer.pad_token_id, settings, where, bfloat16)
    model.to("cpu").eval()
    check_trained(model)
    if before is not None and after is not None:
        _log.info("MLM training: held-out perplexity %.1f before, %.1f after %d steps", before, after, trained.steps)
    done = replace(checkpoint, encoder=model.base_model, language_model=model, is_pretrained=True)
    return MlmTraining(done, MlmResult(before, after, trained, len(blocks), len(held_out_rows)))


def language_model(checkpoint: Checkpoint, seed: int) -> Any:
    """The checkpoint's encoder under a vocabulary head: its own where it has one, else a new one tied to its words."""
    if checkpoint.language_model is not None:
        return checkpoint.language_model
    torch = require("torch")
    transformers = require("transformers")
    with quiet_transformers(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.AutoModelForMaskedLM.from_config(checkpoint.encoder.config, dtype=torch.float32)
    model.base_model.load_state_dict(checkpoint.encoder.state_dict(), strict=False)
    model.tie_weights()
    return model


def masked_loss(model: Any, batch: "Mapping[str, torch.Tensor]") -> "torch.Tensor":
    """Mean cross-entropy over the tokens to guess; the vocabulary head sees only those.

    The head acts on one token's state at a time, so giving it (n_guessed, dim) instead of (batch, tokens,
    dim) changes nothing but the work: 15 % of it.
    """
    from torch.nn.functional import cross_entropy

    labels = batch["labels"]
    guessed = labels != IGNORED
    inner = model.module if hasattr(model, "module") else model

    def only_guessed(module: Any, arguments: Any, output: Any) -> Any:
        output.last_hidden_state = output.last_hidden_state[guessed]
        return output

    hook = inner.base_model.register_forward_hook(only_guessed)
    try:
        logits = model(input_ids=batch["input_ids"], attention_mask=batch.get("attention_mask")).logits
    finally:
        hook.remove()
    summed = cross_entropy(logits.float(), labels[guessed], reduction="sum")
    return summed / guessed.sum().clamp(min=1)  # a block of separators alone has nothing to guess


def _collate(rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]], pad_id: int) -> dict[str, Any]:
    torch = require("torch")
    inputs, labels, ids = (np.stack(column) for column in zip(*rows, strict=True))
    batch = {"input_ids": torch.from_numpy(inputs), "labels": torch.from_numpy(labels)}
    padding = ids == pad_id
    if padding.any():
        batch["attention_mask"] = torch.from_numpy((~padding).astype(np.int64))
    return batch


def _split(n_blocks: int, held_out: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows held out, both in order; too few blocks leave nothing held out."""
    n_held_out = int(n_blocks * held_out)
    order = np.random.default_rng((seed, n_blocks)).permutation(n_blocks)
    return np.sort(order[n_held_out:]), np.sort(order[:n_held_out])


def _chosen(
    settings: MlmSettings, seed: int, n_rows: int, is_new: bool, has_held_out: bool, is_temporary: bool
) -> dict[str, Any]:
    """The settings as transformers' `TrainingArguments` call them."""
    steps = steps_of(math.ceil(n_rows / settings.batch_size), settings.accumulate, settings.epochs)
    return {
        "num_train_epochs": settings.epochs,
        "per_device_train_batch_size": settings.batch_size,
        "per_device_eval_batch_size": settings.batch_size,
        "gradient_accumulation_steps": settings.accumulate,
        "learning_rate": settings.learning_rate or (_FROM_SCRATCH_RATE if is_new else _GOING_ON_RATE),
        "warmup_steps": int(steps * settings.warmup),
        "weight_decay": settings.weight_decay,
        "seed": seed,
        "ddp_find_unused_parameters": False,  # every weight has a part in every loss
    } | schedule(steps=steps, evaluations=settings.evaluations, has_held_out=has_held_out, is_temporary=is_temporary)


@contextmanager
def _dropout(model: Any, rate: float | None) -> Iterator[None]:
    """Every dropout layer of `model` at `rate` for a while; None leaves them."""
    layers = [layer for layer in model.modules() if isinstance(layer, require("torch").nn.Dropout)]
    own = [layer.p for layer in layers]
    for layer in layers:
        layer.p = layer.p if rate is None else rate
    try:
        yield
    finally:
        for layer, before in zip(layers, own, strict=True):
            layer.p = before


def _perplexity(
    model: Any,
    held_out: MaskedBlocks | None,
    pad_id: int,
    settings: MlmSettings,
    device: "torch.device",
    bfloat16: bool,
) -> float | None:
    """exp of the mean loss over all held-out tokens to guess; None where nothing is held out."""
    if held_out is None:
        return None
    torch = require("torch")
    model.to(device).eval()
    total, n_guessed = 0.0, 0
    with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=bfloat16):
        for start in range(0, len(held_out), settings.batch_size):
            rows = [held_out[row] for row in range(start, min(start + settings.batch_size, len(held_out)))]
            batch = {name: tensor.to(device) for name, tensor in _collate(rows, pad_id).items()}
            guessed = int((batch["labels"] != IGNORED).sum())
            if guessed:
                total += float(masked_loss(model, batch)) * guessed
                n_guessed += guessed
    return math.exp(min(total / n_guessed, 700.0)) if n_guessed else None


def _check(settings: MlmSettings, checkpoint: Checkpoint) -> None:
    if settings.block_length > checkpoint.longest:
        raise UsageError(
            f"block_length={settings.block_length} is too long for this model; give 8 to {checkpoint.longest} tokens"
        )
    if checkpoint.tokenizer.mask_token_id is None:
        raise DataError("the tokenizer has no mask token, so the model cannot be trained by masking")
