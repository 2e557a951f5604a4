"""Candidates drawn from the space of a recipe, by scikit-learn's sampler."""

import math
from collections.abc import Mapping
from typing import Any

from nlp_toolkit_pipelines.building import build_parts
from nlp_toolkit_pipelines.overrides import apply_overrides
from nlp_toolkit_pipelines.recipe import Recipe, recipe_from_plain
from nlp_toolkit_pipelines.space import ends

Candidate = Mapping[str, Any]
"""Dotted keys with their values, as `--set` takes them."""

_DIGITS = 4


def draw_candidates(recipe: Recipe, n: int, seed: int) -> list[Candidate]:
    """Up to `n` different candidates, the first of them empty: the recipe as it is, which the others have to beat.

    Numbers keep four digits, which is all they mean and what a person reads. Fewer come where the space has fewer.
    """
    from sklearn.model_selection import ParameterSampler

    plain = recipe.to_dict() | {"space": {}}
    distributions = {key: _distribution(each) for key, each in recipe.space.items()}
    size = math.prod(len(each) for each in distributions.values() if isinstance(each, list))
    is_finite = all(isinstance(each, list) for each in distributions.values())
    found: list[Candidate] = [{}]
    seen = {_meaning(plain)}
    # A draw that was drawn before, or is the recipe itself, is made up for by another one, within reason.
    for drawn in ParameterSampler(distributions, min(size, 4 * n) if is_finite else 4 * n, random_state=seed):
        if len(found) >= n:
            break
        candidate = {key: _plain(drawn[key], recipe.space[key]) for key in recipe.space}
        meaning = _meaning(apply_overrides(plain, candidate))
        if meaning not in seen:
            seen.add(meaning)
            found.append(candidate)
    return found


def _meaning(plain: Mapping[str, Any]) -> str:
    """What the parts of a recipe are set to, defaults included: one that is spelled out is no other candidate."""
    parts = build_parts(recipe_from_plain(plain, "candidate"))
    return repr([(name, part if isinstance(part, str) else sorted(part.get_params().items())) for name, part in parts])


def _distribution(dimension: Mapping[str, Any]) -> Any:
    from scipy.stats import loguniform, randint, uniform

    [(kind, values)] = dimension.items()
    if kind == "choice":
        return list(values)
    low, high = values
    frozen = {
        "uniform": lambda: uniform(low, high - low),
        "log_uniform": lambda: loguniform(low, high),
        "integers": lambda: randint(low, high + 1),
    }
    return frozen[kind]()


def _plain(value: Any, dimension: Mapping[str, Any]) -> Any:
    [(kind, _)] = dimension.items()
    if kind == "choice":
        return value
    if kind == "integers":
        return int(value)
    low, high = ends(dimension)
    return min(max(float(f"{float(value):.{_DIGITS}g}"), low), high)
