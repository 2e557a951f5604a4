"""Parameters of a recipe against the classes that take them: names, types, paths, and the parts themselves."""

import inspect
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from nlp_toolkit.compat import constraints_of
from nlp_toolkit.constraints import check_fit_for_recipe
from nlp_toolkit.errors import RecipeError, UsageError
from nlp_toolkit.registry import named_callable, stage_class, stage_kinds
from nlp_toolkit_pipelines.overrides import apply_overrides
from nlp_toolkit_pipelines.recipe import PartSpec, Recipe, UnionSpec, recipe_from_plain
from nlp_toolkit_pipelines.space import ends
from nlp_toolkit_pipelines.strict_yaml import did_you_mean

_BUILT_IN_ANALYZERS = ("word", "char", "char_wb")


def signature(cls: type) -> dict[str, inspect.Parameter]:
    """Constructor parameters of a stage by name."""
    parameters = inspect.signature(cls).parameters
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {name: parameter for name, parameter in parameters.items() if parameter.kind in named}


def _takes_tuple(cls: type, parameter: inspect.Parameter) -> bool:
    constraints = constraints_of(cls).get(parameter.name, ())
    return isinstance(parameter.default, tuple) or (isinstance(constraints, list) and tuple in constraints)


def _value(cls: type, parameter: inspect.Parameter, value: object) -> object:
    """What a recipe's value means for this class: a list is a tuple, a name is a registered function."""
    if parameter.name == "input" and value != "content":
        raise UsageError(f"input is 'content' in a recipe, got {value!r:.100}; read the files into texts first")
    if isinstance(value, list) and _takes_tuple(cls, parameter):
        return tuple(value)
    if isinstance(value, dict) and parameter.name == "tokenizer":
        return _tokenizer(value)
    if isinstance(value, str) and parameter.name == "preprocessor":
        return named_callable(value)
    if isinstance(value, str) and parameter.name == "analyzer" and value not in _BUILT_IN_ANALYZERS:
        return named_callable(value)
    if isinstance(value, str) and parameter.name == "dtype":
        import numpy as np

        try:
            return np.dtype(value).type
        except (TypeError, ValueError):
            return value  # refused with the other options
    return value


def _tokenizer(settings: Mapping[str, Any]) -> object:
    """A tokenizer with settings, such as {kind: korean, tags: [NNG, NNP]}."""
    from dataclasses import fields

    from nlp_toolkit.text.tokenizers import TOKENIZERS

    kind = settings.get("kind")
    if not isinstance(kind, str) or kind not in TOKENIZERS:
        raise RecipeError(f"tokenizer: unknown kind {kind!r:.100}{did_you_mean(str(kind), list(TOKENIZERS))}")
    known = [field.name for field in fields(TOKENIZERS[kind])]  # type: ignore[arg-type]
    given = {name: value for name, value in settings.items() if name != "kind"}
    for name in given:
        if name not in known:
            raise RecipeError(f"tokenizer {kind} has no setting {name!r:.100}{did_you_mean(name, known)}")
    return TOKENIZERS[kind](**given)


def _with_defaults(cls: type, given: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The parameters a recipe leaves open: `tokenizer: auto` for stages that count words, and the seed."""
    known = signature(cls)
    added: dict[str, Any] = {}
    counts_words = given.get("analyzer", "word") == "word" and "token_pattern" not in given
    if "tokenizer" in known and known["tokenizer"].default is None and counts_words:
        added["tokenizer"] = "auto"
    if "random_state" in known:
        added["random_state"] = seed
    return added | dict(given)


def make_stage(part: PartSpec, seed: int, source: str = "vectorizer") -> Any:
    """An unfitted stage; an unknown kind, an unknown parameter or a wrong type raises `RecipeError`.

    >>> make_stage(PartSpec(kind="count", parameters={"ngram_range": [1, 2]}), seed=0)
    CountVectorizer(ngram_range=(1, 2), tokenizer='auto')
    """
    if part.kind not in stage_kinds():
        raise RecipeError(f"{source}: unknown stage kind {part.kind!r:.100}{did_you_mean(part.kind, stage_kinds())}")
    cls = stage_class(part.kind)
    known = signature(cls)
    for name in part.parameters:
        if name not in known:
            raise RecipeError(f"{source}: {part.kind} has no parameter {name!r:.100}{did_you_mean(name, list(known))}")
    given = _with_defaults(cls, part.parameters, seed)
    try:
        parameters = {name: _value(cls, known[name], value) for name, value in given.items()}
    except UsageError as error:
        raise RecipeError(f"{source}: {error}") from error
    stage = cls(**parameters)
    check_fit_for_recipe(stage, source)
    return stage


def make_vectorizer(spec: PartSpec | UnionSpec, seed: int, source: str = "vectorizer") -> Any:
    """An unfitted stage, or a `FeatureUnion` of stages named by kind and position (`tfidf0`, `tfidf1`)."""
    if isinstance(spec, PartSpec):
        return make_stage(spec, seed, source)
    from sklearn.pipeline import FeatureUnion

    stages = [(f"{part.kind}{i}", make_stage(part, seed, f"{source}.union.{i}")) for i, part in enumerate(spec.stages)]
    return FeatureUnion(stages)


def check_recipe(recipe: Recipe, source: str) -> Recipe:
    """The recipe, once every part of it could be made; `RecipeError` begins with `source`."""
    from nlp_toolkit_pipelines.building import build_parts

    try:
        build_parts(recipe)
    except RecipeError as error:
        raise RecipeError(f"{source}: {error}") from error
    return recipe


def check_space_fits(recipe: Recipe, source: str) -> Recipe:
    """The recipe, once every value of its space could take its place in it; `RecipeError` begins with `source`."""
    for key in recipe.space:
        problem = _why_it_does_not_fit(recipe, key)
        if problem is not None:
            raise RecipeError(f"{source}: space: {key}: {problem}") from problem
    return recipe


def with_fitting_space(recipe: Recipe) -> Recipe:
    """The recipe without the dimensions that lost their parameter, as when its vectorizer is replaced whole."""
    kept = {key: each for key, each in recipe.space.items() if _why_it_does_not_fit(recipe, key) is None}
    return recipe.model_copy(update={"space": kept})


def _why_it_does_not_fit(recipe: Recipe, key: str) -> RecipeError | None:
    from nlp_toolkit_pipelines.building import build_parts

    plain = recipe.to_dict()
    del plain["space"]
    try:
        for value in ends(recipe.space[key]):
            build_parts(recipe_from_plain(apply_overrides(plain, {key: value}), f"with {value!r:.60}"))
    except RecipeError as error:
        return error
    return None


def _resolve(part: PartSpec, key: str, source: str, folder: Path | None, only: Collection[str] | None) -> PartSpec:
    """Absolute paths for the parameters a stage or estimator class lists in `path_parameters`.

    A value that names nothing on disk and does not look like a path (a hub name) stays as it is.
    """
    from nlp_toolkit.estimators.heads import path_parameters

    if key == "estimator":
        names = path_parameters(part.kind)
    elif part.kind in stage_kinds():
        names = getattr(stage_class(part.kind), "path_parameters", ())
    else:
        return part  # `make_stage` says so
    changed = dict(part.parameters)
    for name in names:
        value = changed.get(name)
        if not isinstance(value, str) or not _is_among(f"{key}.{name}", only):
            continue
        if "\0" in value:
            raise RecipeError(f"{source}: {key}.{name}: a path cannot hold a NUL character")
        path = (folder or Path.cwd()) / Path(value)
        inside = folder is None or path.resolve().is_relative_to(folder.resolve())
        if not inside:
            raise RecipeError(
                f"{source}: {key}.{name}: {value!r:.200} leads out of the recipe's folder; "
                f"move it there, or give it with --set {key}.{name}=PATH"
            )
        if path.exists() or value.startswith("./"):
            changed[name] = str(path.resolve())
    return PartSpec(kind=part.kind, parameters=changed)


def _is_among(key: str, keys: Collection[str] | None) -> bool:
    """Whether a dotted key is listed or lies below a listed one; None lists all."""
    return keys is None or any(key == each or key.startswith(f"{each}.") for each in keys)


def resolve_paths(recipe: Recipe, source: str, folder: Path | None, only: Collection[str] | None = None) -> Recipe:
    """The recipe with its paths made absolute: inside `folder`, or from the working directory for None.

    `only` holds the dotted keys to look at, None for all.
    """
    estimator = _resolve(recipe.estimator, "estimator", source, folder, only)
    recipe = recipe.model_copy(update={"estimator": estimator})
    spec = recipe.vectorizer
    if isinstance(spec, PartSpec):
        return recipe.model_copy(update={"vectorizer": _resolve(spec, "vectorizer", source, folder, only)})
    if isinstance(spec, UnionSpec):
        stages = (_resolve(part, f"vectorizer.union.{i}", source, folder, only) for i, part in enumerate(spec.stages))
        return recipe.model_copy(update={"vectorizer": UnionSpec(stages=tuple(stages))})
    return recipe
