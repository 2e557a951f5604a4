"""Changes to a recipe from outside: `vectorizer.min_df=3`, as `--set` and `overrides=` take them."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines.recipe import KEYS
from nlp_toolkit_pipelines.strict_yaml import did_you_mean, parse_yaml

Overrides: TypeAlias = Mapping[str, object] | Sequence[str]


def as_mapping(overrides: Overrides) -> dict[str, object]:
    """Overrides by dotted key; the value of a `key=value` string is read as YAML.

    >>> as_mapping(["estimator.C=0.3", "vectorizer.ngram_range=[1, 2]"])
    {'estimator.C': 0.3, 'vectorizer.ngram_range': [1, 2]}
    """
    if isinstance(overrides, Mapping):
        odd = next((key for key in overrides if not isinstance(key, str)), None)
        if odd is not None:
            raise RecipeError(f"expected dotted keys such as 'estimator.C', got {type(odd).__name__} {odd!r:.80}")
        return dict(overrides)
    if isinstance(overrides, str):
        raise RecipeError(f"expected a list of key=value strings, got one str; wrap it in a list: [{overrides!r:.80}]")
    changes: dict[str, object] = {}
    for change in overrides:
        key, equals, value = change.partition("=")
        if not equals or not key.strip():
            raise RecipeError(f"expected key=value, got {change!r:.100}; for example estimator.C=0.3")
        changes[key.strip()] = parse_yaml(value, f"--set {key.strip()}")
    return changes


def _step(container: object, part: str, key: str) -> object:
    """The value under `part` of a mapping or list, made where a mapping lacks it."""
    if isinstance(container, dict):
        if isinstance(container.get(part), str):  # `vectorizer: tfidf` is short for {kind: tfidf}
            container[part] = {"kind": container[part]}
        return container.setdefault(part, {})
    if isinstance(container, list):
        return container[_position(container, part, key)]
    raise RecipeError(f"{key}: there is nothing to set inside {type(container).__name__} {container!r:.60}")


def _position(items: list[Any], part: str, key: str) -> int:
    """Where `part` stands: a number from 0, or a stage's kind and number as a union names it ("tfidf0")."""
    for position, item in enumerate(items):
        if isinstance(item, dict) and part == f"{item.get('kind')}{position}":
            return position
    if not part.isdecimal() or int(part) >= len(items):
        raise RecipeError(f"{key}: expected a number from 0 to {len(items) - 1} where {part!r:.40} stands")
    return int(part)


def apply_overrides(plain: Mapping[str, Any], overrides: Overrides) -> dict[str, Any]:
    """A copy of the plain recipe with the dotted keys replaced; list positions count from 0.

    >>> apply_overrides({"vectorizer": {"union": [{"kind": "tfidf"}]}}, {"vectorizer.union.0.min_df": 3})
    {'vectorizer': {'union': [{'kind': 'tfidf', 'min_df': 3}]}}
    """
    changed = copy.deepcopy(dict(plain))
    for key, value in as_mapping(overrides).items():
        *path, last = key.split(".")
        first = path[0] if path else last
        if first not in KEYS:
            raise RecipeError(
                f"--set {key:.100}: no such key in a recipe{did_you_mean(first, KEYS)}; "
                f"a parameter is written vectorizer.NAME, reduce.NAME or estimator.NAME"
            )
        container: object = changed
        for part in path:
            if isinstance(container, dict) and container.get(part, "") is None:
                raise RecipeError(f"--set {key}: {part} is null here; set it whole first, such as {part}=svd")
            container = _step(container, part, key)
        if isinstance(container, dict):
            container[last] = value
        elif isinstance(container, list):
            container[_position(container, last, key)] = value
        else:
            raise RecipeError(f"--set {key}: there is nothing to set inside {container!r:.60}")
    return changed
