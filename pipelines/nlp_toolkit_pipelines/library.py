"""Recipes by name, path or dict: the shipped ones listed, any of them loaded and checked."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines.overrides import Overrides, apply_overrides, as_mapping
from nlp_toolkit_pipelines.recipe import Recipe, recipe_from_plain
from nlp_toolkit_pipelines.strict_yaml import MAX_BYTES, did_you_mean, parse_yaml


@dataclass(frozen=True)
class RecipeSummary:
    """A shipped recipe in a line."""

    name: str
    task: str
    summary: str

    def to_json(self) -> dict[str, str]:
        """`{"name", "task", "summary"}`."""
        return {"name": self.name, "task": self.task, "summary": self.summary}


def recipe_names() -> list[str]:
    """Names of the shipped recipes, sorted."""
    folder = resources.files("nlp_toolkit_pipelines") / "recipes"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


@functools.cache
def _shipped_text(name: str) -> str:
    return (resources.files("nlp_toolkit_pipelines") / "recipes" / f"{name}.yaml").read_text(encoding="utf-8")


def list_recipes() -> list[RecipeSummary]:
    """Every shipped recipe with its task and summary, sorted by name."""
    recipes = (recipe_from_plain(_shipped(name), name) for name in recipe_names())
    return [RecipeSummary(recipe.name, recipe.task, recipe.summary) for recipe in recipes]


def recipe_text(name: str) -> str:
    """The file of a shipped recipe as it is, to read or to start one's own from."""
    if name not in recipe_names():
        raise RecipeError(f"no recipe is named {name!r:.100}{did_you_mean(name, recipe_names())}")
    return _shipped_text(name)


def _plain_mapping(text: str, source: str) -> dict[str, Any]:
    plain = parse_yaml(text, source)
    if not isinstance(plain, dict):
        raise RecipeError(f"{source}: expected a mapping with task, vectorizer, estimator, got {type(plain).__name__}")
    return plain


def _shipped(name: str) -> dict[str, Any]:
    return {"name": name} | _plain_mapping(_shipped_text(name), f"recipe {name}")


def read_recipe_file(path: Path) -> dict[str, Any]:
    """The plain content of a recipe file; its stem is its name unless it says another.

    A file that is missing, not a regular file, larger than `MAX_BYTES` or not UTF-8 raises `RecipeError`.
    """
    if not path.is_file():
        raise RecipeError(f"{path}: {'not a regular file' if path.exists() else 'no such recipe file'}")
    with path.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise RecipeError(f"{path}: larger than {MAX_BYTES} bytes; a recipe is a page, not a data file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: not UTF-8 (byte {error.start}); save the recipe as UTF-8") from error
    return {"name": path.stem} | _plain_mapping(text, str(path))


def looks_like_recipe_file(argument: str) -> bool:
    """Whether a command-line argument means a recipe file rather than a name."""
    return argument.endswith((".yaml", ".yml", ".json"))


def _plain_recipe(recipe: str | Path | Mapping[str, Any]) -> tuple[dict[str, Any], str, Path | None]:
    """Plain content, what to call it in messages, and the folder its paths live in (None: anywhere)."""
    if isinstance(recipe, Mapping):
        return dict(recipe), str(recipe.get("name") or "recipe"), None
    if isinstance(recipe, str) and recipe in recipe_names():
        return _shipped(recipe), f"recipe {recipe}", None
    path = Path(recipe)
    if isinstance(recipe, str) and not looks_like_recipe_file(recipe) and not path.is_file():
        raise RecipeError(f"no recipe is named {recipe!r:.100}{did_you_mean(recipe, recipe_names())}; or give a file")
    return read_recipe_file(path), str(path), path.resolve().parent


def load_recipe(recipe: str | Path | Mapping[str, Any] | Recipe, overrides: Overrides = ()) -> Recipe:
    """A checked recipe from a shipped name, a file, a dict or another recipe, with `overrides` applied.

    `overrides` is a mapping from dotted keys, or strings such as "estimator.C=0.3". Paths inside a
    recipe file resolve in its folder and must stay there; paths in overrides and dicts resolve from
    the working directory. Anything unknown, mistyped or hostile raises `RecipeError`.

    >>> load_recipe("tfidf-svm", ["estimator.C=1.0"]).estimator.parameters["C"]
    1.0
    """
    from nlp_toolkit_pipelines.parameters import check_recipe, check_space_fits, resolve_paths, with_fitting_space

    if isinstance(recipe, Recipe) and not overrides:
        return recipe
    plain, source, folder = _plain_recipe(recipe.to_dict() if isinstance(recipe, Recipe) else recipe)
    loaded = resolve_paths(recipe_from_plain(plain, source), source, folder)
    changes = as_mapping(overrides)
    if changes:
        loaded = recipe_from_plain(apply_overrides(loaded.to_dict(), changes), source)
        loaded = resolve_paths(loaded, source, None, only=changes.keys())
    loaded = check_recipe(loaded, source)
    if changes and "space" not in changes:
        return with_fitting_space(loaded)
    return check_space_fits(loaded, source)
