"""A trained model: the fitted pipeline with what is needed to use and to judge it, on disk and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp_toolkit.errors import ArtefactError, RecipeError, UsageError
from nlp_toolkit.text.visible import visible
from nlp_toolkit_pipelines.recipe import Recipe, Task, recipe_from_plain

if TYPE_CHECKING:
    from nlp_toolkit_pipelines.results import TrainResult

_LABELS_ON_CARD = 20


@dataclass(frozen=True)
class TrainedModel:
    """A fitted pipeline, its labels in the order of its probabilities, and what it was trained on.

    `recipe` is None for a pipeline that was built by hand and saved with `nlp_toolkit.save`; `labels` is empty
    for regression; `training_hashes` are uint64 (`nlp_toolkit.artefact.text_hashes`); `path` is the
    directory it was loaded from or saved to.
    """

    pipeline: Any
    task: Task
    recipe: Recipe | None = None
    labels: tuple[Any, ...] = ()
    training_hashes: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    path: Path | None = None


def as_model(model: "str | Path | TrainedModel | TrainResult") -> TrainedModel:
    """The model itself, that of a training result, or the one saved in a directory."""
    if isinstance(model, TrainedModel):
        return model
    if isinstance(model, str | Path):
        return load_model(model)
    found = getattr(model, "model", None)
    if not isinstance(found, TrainedModel):
        raise UsageError(f"expected a model directory, a TrainedModel or a TrainResult, got {type(model).__name__}")
    return found


def load_model(path: str | Path) -> TrainedModel:
    """The model saved in a directory by `train` or `nlp_toolkit.save`.

    A missing directory is a `UsageError`, one that holds only a stage too; damage is an `ArtefactError`.
    """
    from nlp_toolkit.artefact import read_model
    from nlp_toolkit_pipelines.parameters import check_recipe

    contents = read_model(path)
    if not (hasattr(contents.model, "steps") and hasattr(contents.model, "predict")):
        raise UsageError(f"{path}: holds a stage, not a trained model; use it with vectorize, or train one first")
    recipe = None
    if contents.recipe is not None:
        try:
            recipe = check_recipe(recipe_from_plain(contents.recipe, str(path)), str(path))
        except RecipeError as error:
            raise ArtefactError(f"{error}; the recipe in manifest.json is damaged or newer") from error
    hashes = np.zeros(0, dtype=np.uint64) if contents.training_texts is None else contents.training_texts
    task: Task = recipe.task if recipe is not None else _task_of(contents.model)
    if contents.task not in (None, task):
        raise ArtefactError(f"{path}: its task is {contents.task!r:.80}, expected {task}; the model is damaged")
    _check_task(Path(path), contents.model, task, contents.labels or ())
    return TrainedModel(contents.model, task, recipe, tuple(contents.labels or ()), hashes, Path(path))


def _check_task(path: Path, pipeline: Any, task: str, labels: Sequence[Any]) -> None:
    """Raise `ArtefactError` where pipeline, task and labels do not go together."""
    from nlp_toolkit.artefact.fitting_parts import columns_taken

    if task.removeprefix("pair-") != _task_of(pipeline).removeprefix("pair-"):
        raise ArtefactError(f"{path}: the task is {task}, its estimator does {_task_of(pipeline)}; it is damaged")
    first = next(step for _, step in pipeline.steps if step != "passthrough")
    if columns_taken(first) is not None:
        raise ArtefactError(
            f"{path}: its first step is a {type(first).__name__}, which takes numbers; expected one that reads texts; "
            "build the pipeline with a stage before it, or the model is damaged"
        )
    if not task.endswith("regression") and not labels:
        raise ArtefactError(f"{path}: the manifest has no labels, and its task is {task}; it is damaged")


def save_model(
    model: TrainedModel, path: Path, *, overwrite: bool = False, metrics: Mapping[str, Any] | None = None, rows: int = 0
) -> TrainedModel:
    """Save a model with its recipe, labels, metrics and hashes; returns it with its new `path`.

    `rows` is the number of training rows for the model card. The errors are those of `nlp_toolkit.save`.
    """
    from nlp_toolkit.artefact import ModelContents, write_model

    contents = ModelContents(
        model.pipeline,
        task=model.task,
        recipe=None if model.recipe is None else model.recipe.to_dict(),
        labels=list(model.labels) or None,
        seed=None if model.recipe is None else model.recipe.seed,
        metrics=metrics,
        training_texts=model.training_hashes,
        card=model_card(model, metrics, rows),
    )
    write_model(path, contents, overwrite=overwrite)
    return replace(model, path=path)


def model_card(model: TrainedModel, metrics: Mapping[str, Any] | None, rows: int) -> str:
    """README.md of a saved model: what it is, how good, how to use it, the recipe it came from."""
    from nlp_toolkit.artefact.card import indented, usage_lines

    name = visible(model.recipe.name) if model.recipe is not None else ""
    about = f"A {model.task} model fitted on {rows:,} rows"
    about += f" with the recipe `{name}`." if name else "."
    if model.labels:
        shown = ", ".join(f"`{visible(str(label))}`" for label in model.labels[:_LABELS_ON_CARD])
        about += f" Its {len(model.labels)} labels: {shown}{', ...' if len(model.labels) > _LABELS_ON_CARD else ''}."
    sections = [f"# {name or model.task}\n", about + "\n", usage_lines("pipeline")]
    if metrics and metrics.get("metrics"):
        unseen = metrics.get("unseen") or {}
        how = "by cross-validation" if metrics.get("folds") else "on a test set"
        lines = [f"Measured {how}, {metrics['n']:,} rows; unseen: without texts that were in training.\n"]
        lines += ["| metric | all | unseen |", "|---|---|---|"]
        lines += [
            f"| {key} | {_shown(value)} | {_shown(unseen.get(key))} |" for key, value in metrics["metrics"].items()
        ]
        sections.append("## Metrics\n\n" + "\n".join(lines) + "\n")
    if model.recipe is not None:
        sections.append(f"## Recipe\n\n```json\n{indented(model.recipe.to_dict())}\n```\n")
    return "\n".join(sections)


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _task_of(pipeline: Any) -> Task:
    """What a pipeline saved without a recipe does, from its own parts."""
    from sklearn.base import is_classifier

    from nlp_toolkit.pairs import PairFeatures

    estimator = pipeline.steps[-1][1]
    pairs = isinstance(pipeline.steps[0][1], PairFeatures) or getattr(estimator, "takes_pairs_", False)
    if getattr(estimator, "multilabel_", False):
        return "multilabel"
    if is_classifier(estimator):
        return "pair-classification" if pairs else "classification"
    return "pair-regression" if pairs else "regression"
