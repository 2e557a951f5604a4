"""One training loop for every network: transformers' `Trainer` with checkpoints that are whole or absent."""

import hashlib
import json
import logging
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp_toolkit.artefact.lock import writing
from nlp_toolkit.compat import on_device, use_one_gpu
from nlp_toolkit.errors import ResourceError, UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.transformer.attention import attention_for_training
from nlp_toolkit.transformer.checkpoint import quiet_transformers
from nlp_toolkit.transformer.dropout import fast_dropout

if TYPE_CHECKING:
    import torch

_log = logging.getLogger("nlp_toolkit")

_WHOLE = "whole.json"
_CHECKPOINT = "checkpoint-"
_LOCK_SECONDS = 1.0

ComputeLoss = Callable[[Any, "Mapping[str, torch.Tensor]"], "torch.Tensor"]
"""Mean loss of one batch, from the (possibly wrapped) network and the batch's tensors."""

OnStep = Callable[[int, int], None]
"""Told the steps done and the steps there are."""


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
    on_step: OnStep = lambda step, steps: None,
    patience: int | None = None,
) -> Trained:
    """Train `network` in place as `arguments` (a `TrainingArguments`) say.

    `on_epoch` is told the number of the epoch that begins, `on_step` the steps done and those to do. With
    `held_out_set` the network ends with the weights of its best evaluation, and stops after `patience`
    evaluations without a better one. Training goes on from the newest whole checkpoint in
    `arguments.output_dir`, where there is one.
    """
    transformers = require("transformers")

    class Told(transformers.TrainerCallback):  # type: ignore[name-defined]
        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            _find_best(state, folder)

        def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            on_epoch(int(state.epoch + 1e-6))  # after a resume it may be a fraction

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            on_step(state.global_step, state.max_steps)

        def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any, **kwargs: Any) -> None:
            _log.info(
                "step %d of %d: held-out loss %.4f",
                *(state.global_step, state.max_steps, metrics["eval_loss"]),
                extra={"progress": True},
            )
            if patience is not None and _evaluations_since_best(state.log_history) >= patience:
                control.should_training_stop = True

    class LossTrainer(transformers.Trainer):  # type: ignore[name-defined]
        def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **kwargs: Any) -> Any:
            loss = compute_loss(model, inputs)
            return (loss, {}) if return_outputs else loss

        def prediction_step(
            self, model: Any, inputs: Any, prediction_loss_only: bool, ignore_keys: Any = None
        ) -> tuple[Any, None, None]:
            torch = require("torch")
            with torch.no_grad(), self.compute_loss_context_manager():
                return compute_loss(model, on_device(self, inputs)).detach().mean(), None, None

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            with _full_disk_told(folder):
                super()._save_checkpoint(model, trial)
            self.accelerator.wait_for_everyone()  # each process writes the state of its own random numbers
            if self.args.should_save:
                with _full_disk_told(folder):
                    _mark_whole(folder / f"{_CHECKPOINT}{self.state.global_step}")

    folder = Path(arguments.output_dir)
    start_from = newest_whole(folder)
    if start_from is not None:
        _log.info("training goes on from step %s", start_from.name.removeprefix(_CHECKPOINT))
    with (
        quiet_transformers(),
        _random_states_kept(),
        attention_for_training(network, arguments.device),
        fast_dropout(network, arguments.device),
    ):
        trainer = LossTrainer(
            model=network,
            args=arguments,
            train_dataset=training_set,
            eval_dataset=held_out_set,
            data_collator=collate,
            callbacks=[Told()],
        )
        trainer.remove_callback(transformers.PrinterCallback)
        # Our losses are means over a batch: else the Trainer takes them for sums when gradients are accumulated.
        trainer.model_accepts_loss_kwargs = False
        try:
            trainer.train(resume_from_checkpoint=None if start_from is None else str(start_from))
        except require("torch").cuda.OutOfMemoryError as error:
            raise ResourceError(
                f"the GPU has no room for batches of {arguments.per_device_train_batch_size} rows; lower batch_size "
                "and raise accumulate by as much, or set device cpu"
            ) from error
        trainer.accelerator.wait_for_everyone()  # the first process may remove the folder now
    history = trainer.state.log_history
    best = trainer.state.best_global_step if held_out_set is not None else None
    return Trained(
        losses=tuple((entry["step"], entry["loss"]) for entry in history if "loss" in entry),
        held_out=tuple((entry["step"], entry["eval_loss"]) for entry in history if "eval_loss" in entry),
        best_step=best,
        steps=trainer.state.global_step,
    )


def training_arguments(folder: Path, chosen: Mapping[str, Any], *, device: "torch.device", bfloat16: bool) -> Any:
    """`TrainingArguments` that write below `folder` only and report to nobody; `chosen` are transformers' own names."""
    transformers = require("transformers")
    quiet: dict[str, Any] = {
        "output_dir": str(folder),
        "report_to": [],
        "use_cpu": device.type == "cpu",
        "bf16": bfloat16,
        "disable_tqdm": True,
        "log_level": "error",
        "log_level_replica": "error",
        "remove_unused_columns": False,
        "dataloader_pin_memory": device.type != "cpu",
        "logging_nan_inf_filter": False,  # a loss that is no number must show
        "save_total_limit": 3,  # the best, the newest, and the one before should that be damaged
    }
    with quiet_transformers():
        made = transformers.TrainingArguments(**(quiet | dict(chosen)))
        use_one_gpu(made)  # torchrun is the way to use several
    return made


def steps_of(n_batches: int, accumulate: int, epochs: float) -> int:
    """Optimizer steps of a training whose epoch has `n_batches` batches, over all processes of torchrun."""
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    return max(1, math.ceil(math.ceil(n_batches / processes / accumulate) * epochs))


def schedule(*, steps: int, evaluations: int, has_held_out: bool, is_temporary: bool) -> dict[str, Any]:
    """When to log, evaluate and save; without a folder to resume from, only what the best weights need is saved."""
    every = max(1, steps // max(1, evaluations))
    return {
        "logging_steps": max(1, steps // 50),
        "save_strategy": "no" if is_temporary and not has_held_out else "steps",
        "save_steps": every,
        "save_only_model": is_temporary,
        "eval_strategy": "steps" if has_held_out else "no",
        "eval_steps": every,
        "load_best_model_at_end": has_held_out,
        "metric_for_best_model": "eval_loss" if has_held_out else None,
        "greater_is_better": False,
    }


@contextmanager
def run_folder(folder: str | Path | None, run: Mapping[str, object], *, keep: bool = False) -> Iterator[Path]:
    """Where the checkpoints of one training lie: a folder of its own below `folder`, gone once training is done.

    `run` says all that the training depends on, so an interrupted one is found again and another never
    taken for it; while another process is at it, `ResourceError`. None is a temporary folder. `keep` leaves the
    folder to the caller, who removes it when what was trained is saved.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary)
        return
    whole_run = {**run, "processes": os.environ.get("WORLD_SIZE", "1")}
    digest = hashlib.sha256(json.dumps(whole_run, sort_keys=True, default=str).encode()).hexdigest()
    place = Path(folder) / f"run-{digest[:16]}"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResourceError(f"{place}: cannot keep checkpoints there ({error.strerror})") from error
    is_first = int(os.environ.get("RANK", "0")) == 0
    with writing(place, timeout=_LOCK_SECONDS) if is_first else nullcontext():
        yield place
        if is_first and not keep:
            shutil.rmtree(place)


def newest_whole(folder: Path) -> Path | None:
    """The newest checkpoint below `folder` whose files are all as they were written; None where there is none.

    Checkpoints that are not (a killed save, a changed byte) are removed, with a warning.
    """
    is_first = int(os.environ.get("RANK", "0")) == 0
    found = [path for path in folder.glob(f"{_CHECKPOINT}*") if path.name.removeprefix(_CHECKPOINT).isdecimal()]
    for path in sorted(found, key=lambda path: int(path.name.removeprefix(_CHECKPOINT)), reverse=True):
        if _is_whole(path):
            return path
        _log.warning("%s is not whole: training goes on from the checkpoint before it", path)
        if is_first:
            shutil.rmtree(path, ignore_errors=True)
    return None


@contextmanager
def _full_disk_told(folder: Path) -> Iterator[None]:
    """`ResourceError` for what cannot be written; of torch that is a RuntimeError."""
    try:
        yield
    except (OSError, RuntimeError, require("safetensors").SafetensorError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ResourceError(f"{folder}: training could not write there ({reason}); free space, then resume") from error


def _evaluations_since_best(history: list[dict[str, float]]) -> int:
    """Evaluations since the best; counted from the history, which a checkpoint keeps, so a resume counts alike."""
    losses = [entry["eval_loss"] for entry in history if "eval_loss" in entry]
    best = min(range(len(losses)), key=lambda at: losses[at] if math.isfinite(losses[at]) else math.inf)
    return len(losses) - 1 - best


def _find_best(state: Any, folder: Path) -> None:
    """Let a resumed `state` know where its best weights are now: its folder may have been moved, or damaged."""
    if state.best_global_step is None:
        return
    best = folder / f"{_CHECKPOINT}{state.best_global_step}"
    if _is_whole(best):
        state.best_model_checkpoint = str(best)
        return
    _log.warning("%s, the best so far, is not whole: the best weights are chosen among those to come", best)
    state.best_global_step = state.best_model_checkpoint = state.best_metric = None


@contextmanager
def _random_states_kept() -> Iterator[None]:
    """The Trainer seeds every generator there is; the caller's go on as if it had not."""
    import random

    import numpy as np

    torch = require("torch")
    states = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])


def check_trained(network: Any) -> None:
    """Raise `UsageError` where training made a weight infinite or NaN."""
    for name, weights in network.named_parameters():
        if not bool(weights.isfinite().all()):
            raise UsageError(f"training made {name} infinite or NaN; lower the learning rate")


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
