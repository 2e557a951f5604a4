"""A recipe as a file: YAML that reads back as the same recipe, with paths as its folder sees them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlp_toolkit.corpus.whole_file import whole_file
from nlp_toolkit.errors import UsageError
from nlp_toolkit_pipelines.recipe import Recipe
from nlp_toolkit_pipelines.strict_yaml import plain_scalar

_is_bare = re.compile(r"[A-Za-z./][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+-]+)*").fullmatch


def recipe_yaml(recipe: Recipe, folder: Path) -> str:
    """The recipe as a file in `folder` holds it; `UsageError` for a path that leads out of it.

    >>> from nlp_toolkit_pipelines import load_recipe
    >>> plain = {"task": "regression", "vectorizer": "count", "estimator": {"kind": "ridge", "alpha": 0.00001}}
    >>> print(recipe_yaml(load_recipe(plain), Path(".")), end="")
    task: regression
    vectorizer: {kind: count}
    reduce: null
    estimator: {kind: ridge, alpha: 1e-05}
    seed: 0
    """
    lines = []
    for key, value in _inside(recipe.to_dict(), folder.resolve()).items():
        if key == "space":
            lines.append("space:\n")
            lines += [f"  {flow(dotted)}: {flow(each)}\n" for dotted, each in value.items()]
        else:
            lines.append(f"{key}: {flow(value)}\n")
    return "".join(lines)


def flow(value: object) -> str:
    """Plain data in one line of YAML; words stand bare where they can be nothing else.

    >>> flow({"kind": "tfidf", "ngram_range": [1, 2], "stop_words": ["no", "1.5", "서울"], "binary": True})
    '{kind: tfidf, ngram_range: [1, 2], stop_words: [no, "1.5", "서울"], binary: true}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    if _is_bare(value) and isinstance(plain_scalar(value), str):
        return value
    return '"' + "".join(map(_escaped, value)) + '"'


def write_recipe(recipe: Recipe, path: Path, *, overwrite: bool = False) -> None:
    """Write the recipe, whole or not at all; a path that exists is a `UsageError` unless `overwrite`."""
    content = recipe_yaml(recipe, path.parent)
    with whole_file(path, overwrite=overwrite) as stream:
        stream.write(content.encode("utf-8"))


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _inside(value: Any, folder: Path) -> Any:
    if isinstance(value, Mapping):
        return {key: _inside(each, folder) for key, each in value.items()}
    if isinstance(value, list):
        return [_inside(each, folder) for each in value]
    # A loaded recipe has its paths made absolute; every other string is no path.
    if not isinstance(value, str) or not Path(value).is_absolute() or not Path(value).exists():
        return value
    if not Path(value).is_relative_to(folder):
        raise UsageError(
            f"{value}: a recipe file may only name what lies in its own folder, {folder}; write the new recipe beside "
            "it, or move it there"
        )
    return f"./{Path(value).relative_to(folder).as_posix()}"
