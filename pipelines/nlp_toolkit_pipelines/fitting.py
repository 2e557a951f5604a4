"""What training and comparing share: labelled rows checked, and a recipe's pipeline fitted to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp_toolkit import Corpus, validation
from nlp_toolkit.artefact import text_hashes
from nlp_toolkit.errors import DataError, RecipeError, ToolkitError
from nlp_toolkit.estimators.class_weights import keys_for_scikit_learn, weights_of_labels
from nlp_toolkit.series import name_rows
from nlp_toolkit_pipelines.augmenting import with_variants
from nlp_toolkit_pipelines.building import build_pipeline
from nlp_toolkit_pipelines.labels import (
    Target,
    check_classes_repeat,
    checked,
    common_rows,
    labels_of,
    target_of,
)
from nlp_toolkit_pipelines.prediction import check_pairs
from nlp_toolkit_pipelines.recipe import Recipe
from nlp_toolkit_pipelines.remembered import TokenMemory


@dataclass(frozen=True)
class TrainingRows:
    """Rows ready to be fitted: texts or pairs, checked labels, target, and the optional columns."""

    rows: list[Any]
    values: list[Any]
    target: Target
    hashes: np.ndarray
    weights: np.ndarray | None
    groups: list[str] | None
    dropped: Mapping[str, int]


def _weights(corpus: Corpus, kept: Sequence[int]) -> np.ndarray | None:
    if corpus.weights is None:
        return None
    weights = np.asarray(corpus.weights, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0))).tolist()
    if wrong:
        raise DataError(f"expected finite weights of 0 or more, got {weights[wrong[0]]} in {name_rows(wrong)}")
    weights = weights[list(kept)]
    if not weights.any():
        raise DataError("expected weights above 0, got none; check the weight column")
    return weights


def _groups(corpus: Corpus, kept: Sequence[int]) -> list[str] | None:
    if corpus.groups is None:
        return None
    missing = [row for row, group in enumerate(corpus.groups) if group is None or group == ""]
    if missing:
        raise DataError(f"no group in {name_rows(missing)}; fill them in or leave out the group column")
    return [str(corpus.groups[row]) for row in kept]


def prepare_rows(recipe: Recipe, corpus: Corpus, min_class_count: int = 1) -> TrainingRows:
    """The rows of a labelled corpus ready for `fit_pipeline`; `DataError` for whatever cannot be learned from.

    Classes with fewer than `min_class_count` rows are left out and counted in `dropped`.
    """
    check_pairs(recipe.task, corpus)
    # Read once and checked: a text that is none is named here, before anything else is asked of it.
    given: Sequence[Any] = (
        validation.as_list(corpus.texts) if corpus.pairs is None else validation.check_pairs(corpus.pairs)
    )
    values = checked(recipe.task, labels_of(corpus))
    kept, dropped = common_rows(recipe.task, values, min_class_count)
    if not kept:
        raise DataError(f"no class has {min_class_count} rows; lower min_class_count (--min-class-count)")
    values = [values[row] for row in kept]
    check_classes_repeat(recipe.task, values)
    rows = [given[row] for row in kept]
    weights, groups = _weights(corpus, kept), _groups(corpus, kept)
    return TrainingRows(rows, values, target_of(recipe.task, values), text_hashes(rows), weights, groups, dropped)


def texts_of(recipe: Recipe, rows: Sequence[Any]) -> Sequence[str]:
    """The texts of rows, both of a pair."""
    return [text for row in rows for text in row] if recipe.is_pair else rows


def _spell_class_weights(estimator: Any, y: np.ndarray, labels: Sequence[Any]) -> None:
    """Class weights under the labels themselves: a recipe's keys are strings, labels from Python may be numbers."""
    weights = estimator.get_params(deep=False).get("class_weight")
    if isinstance(weights, Mapping) and y.dtype != object:
        present = np.unique(y).tolist()
        spelled = weights_of_labels(weights, labels or present, present)
        is_ours = not type(estimator).__module__.startswith("sklearn.")
        estimator.set_params(class_weight=spelled if is_ours else keys_for_scikit_learn(spelled))


def fit_pipeline(
    recipe: Recipe,
    rows: Sequence[Any],
    y: np.ndarray,
    weights: np.ndarray | None,
    memory: TokenMemory | None = None,
    *,
    labels: Sequence[Any] = (),
) -> Any:
    """A pipeline fitted to the rows, and to their variants where the recipe has `augment`.

    Weights go to the estimator, which must take them (`RecipeError`). With `memory` its Korean stages answer from
    tokens that were analysed before. `labels` are those of all rows, where these are a part of them.
    """
    pipeline = build_pipeline(recipe)
    rows, y, weights = with_variants(recipe, rows, y, weights)
    if memory is not None:
        memory.share(pipeline, texts_of(recipe, rows))
    from sklearn.utils.validation import has_fit_parameter

    if weights is not None and not has_fit_parameter(pipeline["estimator"], "sample_weight"):
        raise RecipeError(f"estimator {recipe.estimator.kind} takes no row weights; leave out the weight column")
    _spell_class_weights(pipeline["estimator"], y, labels)
    try:
        pipeline.fit(rows, y, **({} if weights is None else {"estimator__sample_weight": weights}))
        # Some parameters, such as more neighbours than rows, fail at the first prediction only.
        pipeline.predict(rows[:1])
        return pipeline
    except ToolkitError:
        raise
    except ValueError as error:  # scikit-learn's, for parameters that do not go together
        raise RecipeError(f"{recipe.name or 'the recipe'} cannot be fitted: {error}") from error
