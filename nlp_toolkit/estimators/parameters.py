"""Building an estimator from the parameters of a recipe, checked before it is fitted."""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from nlp_toolkit.constraints import check_fit_for_recipe
from nlp_toolkit.errors import RecipeError

# Set from the recipe's seed, or of no use in a recipe.
_HIDDEN = {"random_state", "verbose", "warm_start", "copy_X"}


def build(
    classes: Mapping[str, Callable[..., Any]],
    what: str,
    kind: str,
    params: Mapping[str, object],
    seed: int,
) -> Any:
    """The class of `kind` with `params` and the seed; `RecipeError` for an unknown kind, parameter or value."""
    if kind not in classes:
        raise RecipeError(f"unknown {what} {kind!r}; known: {', '.join(sorted(classes))}")
    cls = classes[kind]
    known = signature(cls).parameters
    visible = [name for name in known if name not in _HIDDEN]
    for name in params:
        if name not in visible:
            raise RecipeError(f"{what} {kind!r} has no parameter {name!r}; known: {', '.join(visible)}")
    seeded = {"random_state": seed} if "random_state" in known else {}
    estimator = cls(**params, **seeded)
    check_fit_for_recipe(estimator, f"{what} {kind!r}")
    return estimator
