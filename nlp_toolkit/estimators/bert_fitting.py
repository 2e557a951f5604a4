"""What `BertClassifier` and `BertRegressor` share: fitting, scoring, and their Hugging Face folder."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp_toolkit.errors import ArtefactError, DataError
from nlp_toolkit.protocols import TextPair
from nlp_toolkit.settings import settings_of
from nlp_toolkit.transformer.running import RUNNING, RunningEncoder, check_running
from nlp_toolkit.transformer.settings import FineTuneSettings, MlmSettings
from nlp_toolkit.transformer.supervised import check_arguments

if TYPE_CHECKING:
    from nlp_toolkit.transformer.finetune import FineTuned
    from nlp_toolkit.transformer.supervised import Targets

_PARAMETERS = "parameters.json"
_HEAD = "head.safetensors"
_OF_THE_MACHINE = ("checkpoints", "arguments")

CONSTRAINTS: Mapping[str, Any] = {**RUNNING, "frozen": ["boolean"], "training": [Mapping, FineTuneSettings, None]}
"""What the options may be that both estimators have."""


def check_settings(owner: Any) -> tuple[FineTuneSettings, MlmSettings | None]:
    """The owner's training and MLM settings; `UsageError` for parameters no fit could use."""
    mlm = check_running(owner)
    check_arguments(owner.arguments)
    training = FineTuneSettings() if owner.training is None else owner.training
    return settings_of(FineTuneSettings, training, "training"), mlm


def fit_network(owner: Any, rows: list[str] | list[TextPair], targets: "Targets", held_out: np.ndarray) -> "FineTuned":
    """Prepare the owner's encoder and train it with a head; sets `encoder_`, `head_`, `training_result_`."""
    from nlp_toolkit.transformer.encode import Running
    from nlp_toolkit.transformer.finetune import fine_tune
    from nlp_toolkit.transformer.preparing import prepare
    from nlp_toolkit.transformer.tokenizing import tokenize, tokenize_pairs

    settings, mlm = check_settings(owner)
    pairs = bool(rows) and isinstance(rows[0], tuple)
    texts: Any = [text for pair in rows for text in pair] if pairs else rows
    prepared = prepare(
        owner.model,
        texts,
        mlm=mlm,
        max_length=owner.max_length,
        seed=owner.random_state,
        device=owner.device,
        checkpoints=owner.checkpoints,
    )
    running: Running = RunningEncoder(prepared.checkpoint).running(owner)
    tokenizer: Any = prepared.checkpoint.tokenizer
    read: Any = rows
    inputs = (
        tokenize_pairs(tokenizer, read, max_length=running.max_length)
        if pairs
        else tokenize(tokenizer, read, max_length=running.max_length, overflow="truncate")
    )
    tuned = fine_tune(
        prepared.checkpoint,
        inputs,
        targets,
        held_out,
        running=running,
        frozen=owner.frozen,
        settings=settings,
        more=owner.arguments,
        seed=owner.random_state,
        checkpoints=owner.checkpoints,
    )
    owner.encoder_ = RunningEncoder(tuned.checkpoint)
    owner.head_ = tuned.head
    owner.takes_pairs_ = pairs
    owner.training_result_ = tuned.trained
    owner.n_truncated_ = int(inputs.truncated.sum())
    if prepared.mlm_result is not None:
        owner.mlm_result_ = prepared.mlm_result
    return tuned


def scores(owner: Any, rows: list[str] | list[TextPair]) -> np.ndarray:
    """Scores (n, n_outputs) float32 of texts or pairs, whichever the owner was fitted on; sets `n_truncated_`."""
    if rows and isinstance(rows[0], tuple) != owner.takes_pairs_:
        expected = "pairs of texts" if owner.takes_pairs_ else "single texts"
        raise DataError(f"this model was fitted on {expected}; give it the same")
    if not rows:
        return np.zeros((0, len(owner.head_.bias)), dtype=np.float32)
    encoded = owner.encoder_.rows_for_head(rows, owner.encoder_.running(owner))
    owner.n_truncated_ = int(encoded.truncated.sum())
    found: np.ndarray = owner.head_.scores(encoded.rows)
    return found


def write_estimator(owner: Any, folder: Path, *, labels: Sequence[object], state: dict[str, object]) -> None:
    """A Hugging Face folder: encoder (its config naming the labels), tokenizer; beside it our head and parameters."""
    from nlp_toolkit.artefact.files import write_arrays, write_json
    from nlp_toolkit.transformer.folder import write_checkpoint

    training, mlm = check_settings(owner)
    config = owner.encoder_.checkpoint.encoder.config
    config.id2label = {number: str(label) for number, label in enumerate(labels)}
    config.label2id = {str(label): number for number, label in enumerate(labels)}
    write_checkpoint(owner.encoder_.checkpoint, folder)
    write_arrays(folder / _HEAD, {"weights": owner.head_.weights, "bias": owner.head_.bias})
    parameters = {
        **{name: value for name, value in owner.get_params(deep=False).items() if name not in _OF_THE_MACHINE},
        "model": Path(owner.model).name,
        "training": asdict(training),
        "mlm": None if mlm is None else asdict(mlm),
    }
    weights = parameters.get("class_weight")
    if isinstance(weights, Mapping):  # as pairs: names of JSON objects are texts, labels may be numbers
        parameters["class_weight"] = [
            [label.item() if isinstance(label, np.generic) else label, float(weight)]
            for label, weight in weights.items()
        ]
    write_json(folder / _PARAMETERS, {"parameters": parameters, "state": {**state, "takes_pairs": owner.takes_pairs_}})


def read_estimator(cls: Any, folder: Path) -> tuple[Any, dict[str, Any]]:
    """A fitted `cls` from what `write_estimator` wrote, and its state; `ArtefactError` where they do not fit."""
    from nlp_toolkit.artefact.files import read_json
    from nlp_toolkit.artefact.stored_arrays import StoredArrays
    from nlp_toolkit.transformer.checkpoint import load_checkpoint
    from nlp_toolkit.transformer.finetune import Head

    written: Any = read_json(folder / _PARAMETERS)
    try:
        parameters, state = dict(written["parameters"]), dict(written["state"])
        if any(name in parameters for name in _OF_THE_MACHINE):
            raise ValueError("a model names no folder for checkpoints")
        if isinstance(parameters.get("class_weight"), list):
            parameters["class_weight"] = dict(parameters["class_weight"])
        owner = cls(**parameters)
        owner.training, owner.mlm = check_settings(owner)
        if not isinstance(state["takes_pairs"], bool):
            raise ValueError(f"takes_pairs={state['takes_pairs']!r:.80}: expected true or false")
        owner.takes_pairs_ = state["takes_pairs"]
    except (TypeError, ValueError, LookupError) as error:
        raise ArtefactError(f"{folder / _PARAMETERS}: {error}; the file is damaged") from error
    owner.encoder_ = RunningEncoder(load_checkpoint(folder))
    arrays = StoredArrays(folder / _HEAD)
    bias = arrays.take("bias", np.float32, None)
    owner.head_ = Head(arrays.take("weights", np.float32, len(bias), owner.encoder_.columns(owner.pooling)), bias)
    owner.encoder_.running(owner)  # its max_length must suit the encoder
    return owner, state
