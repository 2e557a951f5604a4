"""The space of a recipe: which parameters `tune` may change, and between which values, as plain data."""

import math
from collections.abc import Mapping
from typing import Any

from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines.strict_yaml import did_you_mean

PARTS = ("vectorizer", "reduce", "estimator", "augment")
RANGES = ("uniform", "log_uniform", "integers")
KINDS = ("choice", *RANGES)
_EXAMPLE = "{log_uniform: [0.01, 100]} or {choice: [1, 2, 5]}"


def check_space(space: object, source: str) -> dict[str, Any]:
    """The space of a recipe by dotted key, once its shape is right; `RecipeError` begins with `source`.

    >>> check_space({"estimator.C": {"log_uniform": [0.01, 100]}}, "example")
    {'estimator.C': {'log_uniform': [0.01, 100]}}
    """
    if space is None:
        return {}
    if not isinstance(space, Mapping):
        raise RecipeError(f"{source}: space: expected dotted keys such as estimator.C, got {type(space).__name__}")
    for key, dimension in space.items():
        where = f"{source}: space: {key:.100}"
        part, _, name = key.partition(".")
        if part not in PARTS or not name:
            raise RecipeError(
                f"{where}: expected vectorizer.NAME, reduce.NAME or estimator.NAME{did_you_mean(part, PARTS)}"
            )
        if not isinstance(dimension, Mapping) or len(dimension) != 1:
            raise RecipeError(f"{where}: expected one of {', '.join(KINDS)} with its values, such as {_EXAMPLE}")
        [(kind, values)] = dimension.items()
        if kind not in KINDS:
            raise RecipeError(f"{where}: unknown kind {kind!r:.40}{did_you_mean(str(kind), KINDS)}")
        if not isinstance(values, list | tuple) or not values:
            raise RecipeError(f"{where}: {kind}: expected a list of values, got {values!r:.60}; such as {_EXAMPLE}")
        if kind in RANGES:
            _check_range(kind, values, where)
        elif any(values.count(value) > 1 for value in values):
            raise RecipeError(f"{where}: choice: {next(v for v in values if values.count(v) > 1)!r:.60} is there twice")
    return {key: {kind: _listed(values) for kind, values in each.items()} for key, each in space.items()}


def ends(dimension: Mapping[str, Any]) -> list[Any]:
    """Values to try a dimension with: all choices, or both ends of a range.

    >>> ends({"integers": [5, 50]}), ends({"choice": [[1, 1], [1, 2]]})
    ([5, 50], [[1, 1], [1, 2]])
    """
    [(kind, values)] = dimension.items()
    return [float(value) for value in values] if kind in ("uniform", "log_uniform") else list(values)


def _check_range(kind: str, values: Any, where: str) -> None:
    numbers = int if kind == "integers" else (int, float)
    fits = len(values) == 2 and all(isinstance(value, numbers) and not isinstance(value, bool) for value in values)
    if not fits or not values[0] < values[1] or not all(math.isfinite(value) for value in values):
        what = "whole numbers" if kind == "integers" else "numbers"
        raise RecipeError(f"{where}: {kind}: expected two {what}, [low, high] with low < high, got {values!r:.60}")
    if kind == "log_uniform" and values[0] <= 0:
        raise RecipeError(f"{where}: log_uniform: expected numbers above 0, got {values!r:.60}")


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value
