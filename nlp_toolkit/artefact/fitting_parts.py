"""Whether the parts of a loaded model fit each other: columns given and taken, labels of estimator and manifest."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import FeatureUnion, Pipeline

from nlp_toolkit.artefact.estimator_table import check_fitted, class_name
from nlp_toolkit.compat import columns_out
from nlp_toolkit.errors import ArtefactError


def columns_given(part: Any) -> int:
    """How many columns the rows of a fitted stage, union or pair features have."""
    from nlp_toolkit.pairs import BLOCKS, PairFeatures

    if isinstance(part, FeatureUnion):
        return sum(columns_given(member) for _, member in part.transformer_list)
    if isinstance(part, PairFeatures):
        return len(BLOCKS) * columns_given(part.stage_)
    known = columns_out(part)
    if known is None:
        known = getattr(part, "n_features", None)
    return len(part.get_feature_names_out()) if known is None else int(known)


def columns_taken(part: Any) -> int | None:
    """How many columns a fitted estimator takes; None for one that reads texts, and for what takes any number."""
    known: int | None = getattr(part, "n_features_in_", None)
    if known is None and class_name(type(part)) is not None:
        known = check_fitted(part).known.get("features")  # those of its parts
    return known


def check_pipeline(model: object, folder: Path) -> None:
    """Raise `ArtefactError` unless each step of a pipeline takes what the one before it gives."""
    if not isinstance(model, Pipeline):
        return
    given: int | None = None
    for position, (name, step) in enumerate(model.steps):
        if step == "passthrough":
            continue
        taken = columns_taken(step)
        if given is not None and taken is not None and taken != given:
            raise ArtefactError(
                f"{folder}: {name} takes {taken} columns, and the step before gives {given}; the model is damaged"
            )
        if position < len(model.steps) - 1:
            if not hasattr(step, "transform"):
                raise ArtefactError(f"{folder}: step {name} of the pipeline gives no rows; the model is damaged")
            # A scaler gives as many columns as it takes and has no number of its own.
            given = given if taken is not None and columns_out(step) is None else columns_given(step)


def label_problem(model: object, labels: Sequence[object] | None, task: str | None) -> str | None:
    """What is wrong with the labels and the task of a model, or None where they are its estimator's."""
    if not isinstance(model, Pipeline) or not model.steps:
        return None
    estimator = model.steps[-1][1]
    if task is not None and not hasattr(estimator, "predict"):
        return f"the task is {task!r}, and the last step predicts nothing"
    classes = getattr(estimator, "classes_", None)
    known = [] if classes is None else np.asarray(classes).tolist()
    if labels is not None and [*map(_exact, labels)] != [*map(_exact, known)]:
        return f"the manifest's {len(labels)} labels are not the {len(known)} of the estimator"
    return None


def _exact(label: object) -> tuple[str, object]:
    # True equals 1 to Python.
    return type(label).__name__, label
