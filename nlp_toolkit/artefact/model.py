"""Saving and loading fitted stages and pipelines as model directories."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlp_toolkit.artefact.card import default_card
from nlp_toolkit.artefact.files import read_arrays, read_json, write_arrays, write_json
from nlp_toolkit.artefact.fitting_parts import label_problem
from nlp_toolkit.artefact.generations import LOCK_TIMEOUT, check_target, open_generation, publish_generation
from nlp_toolkit.artefact.manifest import FORMAT, read_manifest, warn_about_versions
from nlp_toolkit.artefact.parts import plan_model, rebuild_model
from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.text.visible import visible_lines

CARD = "README.md"
METRICS = "metrics.json"
TRAINING_TEXTS = "training_texts.safetensors"
_READ_ATTEMPTS = 5


@dataclass(frozen=True)
class ModelContents:
    """A fitted model and what is known about it.

    `model` is a stage (or a union or pair of stages) or a scikit-learn `Pipeline`; `labels` are in the order of the
    columns of `predict_proba`; `training_texts` are the hashes `text_hashes` gives; `card` is Markdown
    (None: one is made from the rest).
    """

    model: object
    task: str | None = None
    recipe: Mapping[str, object] | None = None
    labels: Sequence[object] | None = None
    seed: int | None = None
    deterministic: bool = True
    metrics: Mapping[str, object] | None = None
    training_texts: np.ndarray | None = None
    card: str | None = None


def write_model(
    path: str | os.PathLike[str],
    contents: ModelContents,
    *,
    overwrite: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
) -> None:
    """Save `contents` as the model directory `path`, whole or not at all.

    Raises `UsageError` before anything is written when a part cannot be saved or `path` is taken (a model needs
    `overwrite`, anything else is never replaced), `NotFittedError` for a part that is not fitted, `ResourceError`
    when the disk is full or another writer holds `path` for `lock_timeout` seconds.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    tree, plan = plan_model(contents.model)
    kind = "pipeline" if isinstance(tree, dict) and "pipeline" in tree else "stage"
    labels = _labels_of(contents.model) if contents.labels is None else contents.labels
    plain_labels = None if labels is None else [_plain(label) for label in labels]
    problem = label_problem(contents.model, plain_labels, contents.task)
    if problem:
        raise UsageError(f"{target}: cannot be saved: {problem}")
    fields: dict[str, object] = {
        "model": tree,
        "stages": plan.describe_stages(),
        "task": contents.task,
        "recipe": contents.recipe,
        "labels": plain_labels,
        "seed": contents.seed,
        # A stage says by `deterministic_` when threads or a missing seed decided about its weights.
        "deterministic": contents.deterministic
        and all(getattr(stage, "deterministic_", True) for stage in plan.stages.values()),
    }
    card = contents.card
    if card is None:
        card = default_card(kind, task=contents.task, metrics=contents.metrics, recipe=contents.recipe)

    def write(folder: Path) -> None:
        (folder / CARD).write_text(visible_lines(card), encoding="utf-8", newline="\n")
        plan.write(folder)
        if contents.metrics is not None:
            write_json(folder / METRICS, contents.metrics)
        if contents.training_texts is not None:
            hashes = np.unique(np.asarray(contents.training_texts, dtype=np.uint64))
            write_arrays(folder / TRAINING_TEXTS, {"hashes": hashes})

    publish_generation(
        target,
        write,
        kind=kind,
        fields=fields,
        libraries=plan.libraries(),
        overwrite=overwrite,
        lock_timeout=lock_timeout,
    )


def read_model(path: str | os.PathLike[str]) -> ModelContents:
    """Load the model directory `path` with everything `write_model` stored.

    Every file is verified before it is used and no code from it runs: `ArtefactError` names the file that is
    damaged, foreign or of a newer format. Other library versions are told through logging.
    """
    model = Path(path)
    for _ in range(_READ_ATTEMPTS - 1):
        before = read_manifest(model).generation if model.exists() else None
        try:
            return _read_generation(model)
        except (ArtefactError, FileNotFoundError):
            # A save may have swept the generation while it was read; if none did, the model is at fault.
            if before is None or read_manifest(model).generation == before:
                raise
    return _read_generation(model)


def save(
    model: object,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    task: str | None = None,
    recipe: Mapping[str, object] | None = None,
    seed: int | None = None,
    deterministic: bool = True,
) -> None:
    """Save a fitted stage or scikit-learn `Pipeline` as a model directory; the errors are those of `write_model`."""
    contents = ModelContents(model, task=task, recipe=recipe, seed=seed, deterministic=deterministic)
    write_model(path, contents, overwrite=overwrite)


def load(path: str | os.PathLike[str]) -> object:
    """The fitted stage or pipeline saved in the model directory `path`; the errors are those of `read_model`."""
    return read_model(path).model


def _read_generation(path: Path) -> ModelContents:
    # Before its files: an index has no generation folder to miss, and should be called what it is.
    kind = read_manifest(path).kind if path.exists() else "stage"
    if kind not in {"stage", "pipeline"}:
        raise ArtefactError(f"{path}: of kind {kind!r}, expected a stage or a pipeline")
    manifest, folder = open_generation(path)
    warn_about_versions(path, manifest)
    fields = manifest.fields
    tree, task, recipe, labels, seed = (fields.get(key) for key in ("model", "task", "recipe", "labels", "seed"))
    if not isinstance(labels, list | None) or not isinstance(recipe, dict | None):
        raise ArtefactError(f"{path}: the manifest's labels or recipe are damaged")
    if any(isinstance(label, list | dict | None) for label in labels or ()):
        raise ArtefactError(f"{path}: the manifest's labels are damaged; expected texts or numbers")
    if not isinstance(task, str | None) or not isinstance(seed, int | None):
        raise ArtefactError(f"{path}: the manifest's task or seed is damaged")
    metrics = _read_metrics(folder / METRICS) if METRICS in manifest.files else None
    rebuilt = rebuild_model(tree, folder, manifest.files.keys(), manifest.format or FORMAT)
    problem = label_problem(rebuilt, labels, task)
    if problem:
        raise ArtefactError(f"{path}: {problem}; the model is damaged")
    return ModelContents(
        model=rebuilt,
        task=task,
        recipe=recipe,
        labels=labels,
        seed=seed,
        deterministic=fields.get("deterministic") is True,
        metrics=metrics,
        training_texts=_read_hashes(folder / TRAINING_TEXTS) if TRAINING_TEXTS in manifest.files else None,
        card=_read_card(folder / CARD) if CARD in manifest.files else None,
    )


def _read_metrics(path: Path) -> dict[str, object]:
    """Figures by name, and what else an evaluation says of itself; `ArtefactError` for figures that are none."""
    metrics = read_json(path)
    if not isinstance(metrics, dict):
        raise ArtefactError(f"{path}: expected an object, got {metrics!r:.80}; the file is damaged")
    for part in ("metrics", "unseen"):
        figures = metrics.get(part)
        if not isinstance(figures, dict | None) or not all(map(_is_figure, (figures or {}).values())):
            raise ArtefactError(f"{path}: expected {part} as figures by name, got {figures!r:.80}; it is damaged")
    return metrics


def _is_figure(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _read_card(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ArtefactError(f"{path}: expected UTF-8 text ({error}); the file is damaged") from error


def _read_hashes(path: Path) -> np.ndarray:
    hashes = read_arrays(path).get("hashes")
    if hashes is None or hashes.dtype != np.uint64 or hashes.ndim != 1:
        raise ArtefactError(f"{path}: expected one array 'hashes' of 64-bit numbers; the file is damaged")
    return hashes


def _labels_of(model: object) -> Sequence[object] | None:
    steps = getattr(model, "steps", None)
    classes = getattr(steps[-1][1], "classes_", None) if steps else None
    return None if classes is None else list(classes)


def _plain(label: object) -> object:
    value = label.item() if isinstance(label, np.generic) else label
    if not isinstance(value, str | int | float | bool):
        raise UsageError(f"cannot save the label {value!r}: expected str, int, float or bool")
    return value
