"""A recipe's `augment`: variants of the training rows beside the rows themselves, before a pipeline is fitted."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nlp_toolkit.errors import RecipeError
from nlp_toolkit.text.augment import augmented
from nlp_toolkit_pipelines.recipe import Recipe


def with_variants(
    recipe: Recipe, rows: Sequence[Any], y: np.ndarray, weights: np.ndarray | None
) -> tuple[Sequence[Any], np.ndarray, np.ndarray | None]:
    """Rows (texts or pairs), targets and weights with as many variants of each row behind them as the recipe says.

    As they are where the recipe has no `augment`, or its estimator makes the variants itself.
    """
    from nlp_toolkit.estimators.heads import HEADS

    how = recipe.augment
    if how is None or HEADS[recipe.estimator.kind].takes_texts:
        return rows, y, weights
    found = list(rows)
    for copy in range(1, how.copies + 1):
        for row, given in enumerate(rows):
            texts = given if recipe.is_pair else (given,)
            varied = tuple(
                augmented(text, how, seed=recipe.seed, copy=copy, row=len(texts) * row + side)
                for side, text in enumerate(texts)
            )
            found.append(varied if recipe.is_pair else varied[0])
    times = how.copies + 1
    return found, np.concatenate([y] * times), None if weights is None else np.tile(weights, times)


def head_parameters(recipe: Recipe) -> Mapping[str, Any]:
    """The estimator's parameters; one that reads texts is given the recipe's `augment`, where it has a use for it.

    Rows put beside the others would be among those it keeps aside to validate on.
    """
    from nlp_toolkit.estimators.heads import HEADS

    kind, given = recipe.estimator.kind, recipe.estimator.parameters
    if recipe.augment is None or kind not in HEADS or not HEADS[kind].takes_texts:
        return given
    if not HEADS[kind].varies_texts:
        raise RecipeError(f"augment: estimator {kind!r} cannot vary its texts; leave augment out")
    if "augmentation" in given:
        raise RecipeError(f"augment and estimator.augmentation say the same of {kind!r}; leave one out")
    return {**given, "augmentation": recipe.augment}
