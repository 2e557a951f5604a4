"""What a saved model or stage is: its parts, sizes and versions, and the features that speak for each class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlp_toolkit.artefact import ModelContents, read_manifest, read_model

FEATURES = 10


@dataclass(frozen=True)
class Feature:
    """A feature and its weight in a linear model: above 0 it speaks for the class, below against it."""

    name: str
    weight: float


@dataclass(frozen=True)
class ModelDescription:
    """A model directory in words and numbers.

    `kind` is "pipeline" or "stage"; `parts` says per step what it is; `columns` is the number of columns the
    vectorizer makes; `bytes` the size of all files; `features` the most telling features of each
    class (of the number itself for regression, under ""), None where the estimator is not linear.
    """

    path: Path
    kind: str
    task: str | None
    recipe: Mapping[str, Any] | None
    labels: tuple[Any, ...]
    parts: Mapping[str, str]
    columns: int | None
    bytes: int
    versions: Mapping[str, str]
    seed: int | None
    deterministic: bool
    training_rows: int | None
    metrics: Mapping[str, Any] | None
    features: Mapping[str, tuple[Feature, ...]] | None
    encoder: Mapping[str, Any] | None = None
    """Of a model with a BERT in it: its size, its embeddings, and where its special tokens go."""

    def to_json(self) -> dict[str, Any]:
        """The description as one JSON object."""
        features = self.features
        return {
            "path": str(self.path),
            "kind": self.kind,
            "task": self.task,
            "recipe": self.recipe,
            "labels": list(self.labels),
            "parts": dict(self.parts),
            "columns": self.columns,
            "bytes": self.bytes,
            "versions": dict(self.versions),
            "seed": self.seed,
            "deterministic": self.deterministic,
            "training_texts": self.training_rows,
            "metrics": self.metrics,
            "encoder": self.encoder,
            "features": None
            if features is None
            else {
                label: [{"name": each.name, "weight": each.weight} for each in row] for label, row in features.items()
            },
        }


def coefficients(estimator: Any) -> np.ndarray | None:
    """Weights of a fitted linear estimator, (n_outputs, n_columns); None for any other.

    Looks inside scikit-learn's calibration and the toolkit's own linear heads. Naive Bayes over counts is linear too.
    """
    from sklearn.naive_bayes import ComplementNB, MultinomialNB

    inner = getattr(estimator, "calibrated_classifiers_", None)
    if inner is not None:
        return coefficients(inner[0].estimator)
    several = getattr(estimator, "estimators_", None)
    if several is not None:
        # The last row of "has it or not" speaks for having it; a label that every row has needs no features.
        rows = [weights if weights is None else weights[-1] for weights in map(coefficients, several)]
        known = [row for row in rows if row is not None]
        return np.vstack([np.zeros_like(known[0]) if row is None else row for row in rows]) if known else None
    if isinstance(estimator, ComplementNB | MultinomialNB):
        # What a feature says for all classes alike says nothing.
        log_probabilities = np.asarray(estimator.feature_log_prob_, dtype=np.float64)
        centred: np.ndarray = log_probabilities - log_probabilities.mean(axis=0)
        return centred
    weights = getattr(estimator, "coef_", None)
    if weights is None:
        return None
    return np.atleast_2d(np.asarray(weights, dtype=np.float64))


def _feature_weights(pipeline: Any) -> np.ndarray | None:
    """Weights per column of the vectorizer: those of a linear reduction are carried back through it."""
    weights = coefficients(pipeline.steps[-1][1])
    reduce = dict(pipeline.steps).get("reduce", "passthrough")
    if weights is None or isinstance(reduce, str):
        return weights
    components = getattr(reduce, "components_", None)
    if components is None or components.shape[0] != weights.shape[1]:
        return None
    carried: np.ndarray = weights @ components
    return carried


def telling_features(pipeline: Any, labels: Sequence[Any], n: int = FEATURES) -> dict[str, tuple[Feature, ...]] | None:
    """The `n` features with the largest weight above 0 for each label, or for a number the largest by size, under "".

    Two classes share one row of weights: what speaks against the second speaks for the first.
    """
    weights = _feature_weights(pipeline)
    if weights is None:
        return None
    names = pipeline.steps[0][1].get_feature_names_out()
    if weights.shape[1] != len(names):
        return None
    if not labels:
        order = np.argsort(-np.abs(weights[0]), kind="stable")[:n]
        return {"": tuple(Feature(str(names[i]), float(weights[0, i])) for i in order)}
    if len(labels) == 2 and len(weights) == 1:
        weights = np.vstack([-weights[0], weights[0]])
    if len(weights) != len(labels):
        return None
    found = {}
    for label, row in zip(labels, weights, strict=True):
        best = np.argsort(-row, kind="stable")[:n]
        found[str(label)] = tuple(Feature(str(names[i]), float(row[i])) for i in best if row[i] > 0)
    return found


def _parts(model: Any) -> dict[str, str]:
    if hasattr(model, "steps"):
        return {name: step if isinstance(step, str) else " ".join(repr(step).split()) for name, step in model.steps}
    return {"vectorizer": " ".join(repr(model).split())}


def _columns(model: Any) -> int | None:
    vectorizer = model.steps[0][1] if hasattr(model, "steps") else model
    names = getattr(vectorizer, "get_feature_names_out", None)
    return None if names is None else len(names())


def _encoder(model: Any) -> dict[str, Any] | None:
    """What the first BERT of a model is like, whether it vectorizes or is trained end to end; None without one."""
    from nlp_toolkit_pipelines.remembered import stages_of

    steps = [step for _, step in model.steps] if hasattr(model, "steps") else [model]
    stages = (stage for step in steps for stage in stages_of(step))
    running = next((found for stage in stages if (found := getattr(stage, "encoder_", None)) is not None), None)
    if running is None:
        return None
    from nlp_toolkit.transformer.describing import describe_checkpoint

    return describe_checkpoint(running.checkpoint)


def inspect_model(path: str | Path, *, n_features: int = FEATURES) -> ModelDescription:
    """Describe the model directory `path`; the errors are those of `nlp_toolkit.load`."""
    contents: ModelContents = read_model(path)
    manifest = read_manifest(Path(path))
    model: Any = contents.model
    labels = tuple(contents.labels or ())
    is_pipeline = hasattr(model, "steps")
    return ModelDescription(
        path=Path(path),
        kind=manifest.kind,
        task=contents.task,
        recipe=contents.recipe,
        labels=labels,
        parts=_parts(model),
        columns=_columns(model),
        bytes=sum(entry.size for entry in manifest.files.values()),
        versions=manifest.versions,
        seed=contents.seed,
        deterministic=contents.deterministic,
        training_rows=None if contents.training_texts is None else len(contents.training_texts),
        metrics=contents.metrics,
        features=telling_features(model, labels, n_features) if is_pipeline else None,
        encoder=_encoder(model),
    )
