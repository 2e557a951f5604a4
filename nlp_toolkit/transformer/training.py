"""One training loop for every network: transformers' `Trainer` with checkpoints that are whole or absent."""

import hashlib
import json
import logging
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp_toolkit.errors import ResourceError
from nlp_toolkit.extras import require
from nlp_toolkit.transformer.checkpoint import quiet_transformers

if TYPE_CHECKING:
    import torch

_log = logging.getLogger("nlp_toolkit")

_WHOLE = "whole.json"
_CHECKPOINT = "checkpoint-"

ComputeLoss = Callable[[Any, "Mapping[str, torch.Tensor]"], "torch.Tensor"]
"""Mean loss of one batch, from the (possibly wrapped) network and the batch's tensors."""


@dataclass(frozen=True)
class Trained:
    """What training found out: the loss of each logged step, of each evaluation, and where it stopped."""

    losses: tuple[tuple[int, float], ...]
    """(step, mean training loss since the one before)."""
    held_out: tuple[tuple[int, float], ...]
    """(step, held-out loss)."""
    best_step: int | None
    steps: int


def run_training(
    network: Any,
    *,
    arguments: Any,
    training_set: Any,
    held_out_set: Any | None,
    collate: Callable[[list[Any]], Mapping[str, Any]],
    compute_loss: ComputeLoss,
    on_epoch: Callable[[int], None] = lambda epoch: None,
    patience: int | None = None,
    resume: bool = False,
) -> Trained:
    """Train `network` in place as `arguments` (a `TrainingArguments`) say.

    `on_epoch` is told the number of the epoch that begins. With `held_out_set` the network ends with
    the weights of its best evaluation, and stops after `patience` evaluations without a better one.
    `resume` goes on from the newest checkpoint in `arguments.output_dir` that is whole.
    """
    transformers = require("transformers")

    class EpochCallback(transformers.TrainerCallback):  # type: ignore[misc, name-defined]
        def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            on_epoch(int(state.epoch))

    class LossTrainer(transformers.Trainer):  # type: ignore[misc, name-defined]
        def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **kwargs: Any) -> Any:
            loss = compute_loss(model, inputs)
            return (loss, {}) if return_outputs else loss

        def prediction_step(
            self, model: Any, inputs: Any, prediction_loss_only: bool, ignore_keys: Any = None
        ) -> tuple[Any, None, None]:
            torch = require("torch")
            with torch.no_grad(), self.compute_loss_context_manager():
                return compute_loss(model, self._prepare_inputs(inputs)).detach().mean(), None, None

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            super()._save_checkpoint(model, trial)
            if self.args.should_save:
                _mark_whole(Path(self.args.output_dir) / f"{_CHECKPOINT}{self.state.global_step}")

    callbacks = [EpochCallback()]
    if patience is not None and held_out_set is not None:
        callbacks.append(transformers.EarlyStoppingCallback(early_stopping_patience=patience))
    folder = Path(arguments.output_dir)
    start_from = newest_whole(folder) if resume else None
    if start_from is not None:
        _log.info("training goes on from step %s", start_from.name.removeprefix(_CHECKPOINT))
    with quiet_transformers():
        trainer = LossTrainer(
            model=network,
            args=arguments,
            train_dataset=training_set,
            eval_dataset=held_out_set,
            data_collator=collate,
            callbacks=callbacks,
        )
        if arguments.disable_tqdm:
            trainer.remove_callback(transformers.PrinterCallback)
        try:
            trainer.train(resume_from_checkpoint=None if start_from is None else str(start_from))
        except OSError as error:
            raise ResourceError(
                f"{folder}: training could not write there ({error}); free space, then resume"
            ) from error
    history = trainer.state.log_history
    best = trainer.state.best_global_step if held_out_set is not None else None
    return Trained(
        losses=tuple((entry["step"], entry["loss"]) for entry in history if "loss" in entry),
        held_out=tuple((entry["step"], entry["eval_loss"]) for entry in history if "eval_loss" in entry),
        best_step=best,
        steps=trainer.state.global_step,
    )


def training_arguments(folder: Path, *, device: "torch.device", bfloat16: bool, **chosen: Any) -> Any:
    """`TrainingArguments` that write below `folder` only and report to nobody; `chosen` are transformers' own names."""
    transformers = require("transformers")
    quiet: dict[str, Any] = {
        "output_dir": str(folder),
        "report_to": [],
        "use_cpu": device.type == "cpu",
        "bf16": bfloat16,
        "disable_tqdm": not sys.stderr.isatty(),
        "remove_unused_columns": False,
        "dataloader_pin_memory": device.type != "cpu",
        "logging_nan_inf_filter": False,  # a loss that is no number must show
        "save_total_limit": 2,
    }
    return transformers.TrainingArguments(**(quiet | chosen))


def newest_whole(folder: Path) -> Path | None:
    """The newest checkpoint below `folder` whose files are all as they were written; None where there is none.

    Checkpoints that are not (a killed save, a changed byte) are removed, with a warning.
    """
    found = [path for path in folder.glob(f"{_CHECKPOINT}*") if path.name.removeprefix(_CHECKPOINT).isdecimal()]
    for path in sorted(found, key=lambda path: int(path.name.removeprefix(_CHECKPOINT)), reverse=True):
        if _is_whole(path):
            return path
        _log.warning("%s is not whole: removed, training goes on from the checkpoint before it", path)
        shutil.rmtree(path)
    return None


def _mark_whole(folder: Path) -> None:
    """Write down what a finished checkpoint consists of; without this file it does not count."""
    digests = {path.name: _digest(path) for path in sorted(folder.iterdir()) if path.is_file()}
    unfinished = folder / f".{_WHOLE}"
    unfinished.write_text(json.dumps(digests))
    unfinished.rename(folder / _WHOLE)


def _is_whole(folder: Path) -> bool:
    try:
        digests = json.loads((folder / _WHOLE).read_text())
        return all(_digest(folder / name) == digest for name, digest in digests.items())
    except (OSError, ValueError):
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
