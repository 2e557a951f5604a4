"""What an index asks of its stage: rows for documents and queries, the metric, and a checksum to know it again."""

import copy
import hashlib
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import normalize
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.errors import ArtefactError, DataError
from nlp_toolkit.protocols import Matrix, Vectorizer, transform_query
from nlp_toolkit.validation import check_finite

Metric = Literal["cosine", "dot"]
StageState: TypeAlias = tuple[tuple[object, str, object], ...]
"""Object, attribute and its value, for every fitted attribute."""

_NOTES = frozenset({"zero_rows_", "n_words_", "n_unknown_", "n_truncated_", "_numbering"})
"""What a stage notes at each `transform`: it says nothing about its fit."""

METRICS: tuple[Metric, ...] = get_args(Metric)


def metric_of(stage: Vectorizer) -> Metric:
    """The metric a stage asks for (`similarity`), cosine where it says nothing.

    A pipeline of one stage speaks for it; one that changes the rows afterwards is searched by cosine.
    """
    if isinstance(stage, Pipeline):
        steps = [step for _, step in stage.steps if step not in (None, "passthrough")]
        return metric_of(steps[0]) if len(steps) == 1 else "cosine"
    metric: Metric = getattr(stage, "similarity", "cosine")
    return metric


def is_fitted(stage: Vectorizer) -> bool:
    """Whether the stage can transform texts already."""
    try:
        check_is_fitted(stage)
    except NotFittedError:
        return False
    return True


def fresh_copy(stage: Vectorizer) -> Vectorizer:
    """An unfitted stage with the same parameters."""
    copied: Vectorizer = clone(stage) if hasattr(stage, "get_params") else copy.deepcopy(stage)
    return copied


def document_rows(stage: Vectorizer, texts: Sequence[str], metric: Metric, ids: Sequence[str]) -> Matrix:
    """Rows of documents, of unit length where the metric is cosine; `ids` name them where a number is not finite."""
    return _ready(stage.transform(texts), metric, ids)


def query_rows(stage: Vectorizer, texts: Sequence[str], metric: Metric) -> Matrix:
    """Rows of queries: a stage that weighs them unlike documents does so, also at the head of a pipeline."""
    if not isinstance(stage, Pipeline):
        return _ready(transform_query(stage, texts), metric)
    first, *others = [step for _, step in stage.steps if step not in (None, "passthrough")]
    rows = transform_query(first, texts)
    for step in others:
        rows = step.transform(rows)
    return _ready(rows, metric)


def state_of(stage: Vectorizer) -> StageState:
    """What fitting a stage again would replace: what a stage, or a step of a pipeline, has beside its parameters.

    Attributes that are None yet are left out: they may be filled in later.
    """
    steps = [step for _, step in stage.steps] if isinstance(stage, Pipeline) else [stage]
    return tuple(
        (step, name, value)
        for step in steps
        for name, value in getattr(step, "__dict__", {}).items()
        if value is not None and name not in _NOTES and name not in _parameters(step)
    )


def check_unchanged(state: StageState) -> None:
    """Raise `ArtefactError` unless every attribute is still the object it was."""
    if not all(vars(step).get(name) is value for step, name, value in state):
        raise ArtefactError(
            "the stage of this index was fitted again after rows were added, and rows of two stages do not "
            "compare; call refit() to make every row anew"
        )


def _parameters(step: object) -> Collection[str]:
    found: Collection[str] = step.get_params(deep=False) if hasattr(step, "get_params") else ()
    return found


def stage_checksum(stage: Vectorizer) -> str:
    """SHA-256 over the files the stage is saved as (its model card apart): equal for stages that give equal rows."""
    from nlp_toolkit.artefact import save

    with tempfile.TemporaryDirectory(prefix="nlp-toolkit-") as folder:
        save(stage, Path(folder) / "stage")
        return saved_checksum(Path(folder) / "stage")


def saved_checksum(folder: Path) -> str:
    """The checksum of the stage saved in `folder`."""
    from nlp_toolkit.artefact import read_manifest

    files = read_manifest(folder).files
    lines = [f"{entry.sha256} {name}\n" for name, entry in sorted(files.items()) if name != "README.md"]
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def _ready(rows: Matrix, metric: Metric, ids: Sequence[str] | None = None) -> Matrix:
    if sp.issparse(rows):
        floats = sp.csr_matrix(rows, dtype=rows.dtype if rows.dtype in (np.float32, np.float64) else np.float64)
    else:
        floats = np.asarray(rows, dtype=np.float32)
        if floats.ndim != 2:
            raise DataError(f"expected a matrix of rows from the stage, got shape {floats.shape}")
    check_finite(floats, "the stage's matrix", ids)
    if metric == "dot":
        return floats
    ready: Matrix = normalize(floats, copy=True)
    return ready
