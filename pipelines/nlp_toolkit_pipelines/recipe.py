"""The recipe: a pipeline as plain data, checked key by key."""

from collections.abc import Mapping
from dataclasses import asdict
from numbers import Real
from typing import Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nlp_toolkit.errors import RecipeError, UsageError
from nlp_toolkit.settings import settings_of
from nlp_toolkit.text.augment import Augmentation
from nlp_toolkit_pipelines.space import check_space
from nlp_toolkit_pipelines.strict_yaml import check_plain, did_you_mean

Task: TypeAlias = Literal["classification", "multilabel", "regression", "pair-classification", "pair-regression"]
TASKS: tuple[str, ...] = get_args(Task)
MAX_UNION = 64
"""Stages side by side; each reads the texts again."""
PAIR_TASKS = ("pair-classification", "pair-regression")
REGRESSION_TASKS = ("regression", "pair-regression")


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class PartSpec(_Strict):
    """One part by its kind, with the parameters that differ from the class's defaults."""

    kind: str
    parameters: dict[str, Any] = {}

    def to_dict(self) -> dict[str, Any]:
        """The part as a recipe writes it."""
        return {"kind": self.kind, **self.parameters}


class UnionSpec(_Strict):
    """Several stages side by side: their columns are joined."""

    stages: tuple[PartSpec, ...]

    def to_dict(self) -> dict[str, Any]:
        """The union as a recipe writes it."""
        return {"union": [stage.to_dict() for stage in self.stages]}


class Recipe(_Strict):
    """A pipeline as data: the task, a vectorizer (or a union), a reduction, an estimator and a seed.

    `augment` is how training rows are varied when `train` or `compare` fits it; `space` is what `tune` may change (see
    `space.py`), nothing else looks at it. Made by `load_recipe`; `to_dict` gives back what a recipe file holds.
    """

    task: Task
    vectorizer: PartSpec | UnionSpec | None
    reduce: PartSpec | None = None
    estimator: PartSpec
    augment: Augmentation | None = None
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    space: dict[str, Any] = {}
    summary: str = ""
    name: str = ""

    @property
    def is_pair(self) -> bool:
        """Whether a row is two texts."""
        return self.task in PAIR_TASKS

    @property
    def is_regression(self) -> bool:
        """Whether a label is a number."""
        return self.task in REGRESSION_TASKS

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain data; `load_recipe(recipe.to_dict())` gives an equal one."""
        plain: dict[str, Any] = {
            "task": self.task,
            "vectorizer": self.vectorizer and self.vectorizer.to_dict(),
            "reduce": self.reduce and self.reduce.to_dict(),
            "estimator": self.estimator.to_dict(),
            "seed": self.seed,
        }
        if self.augment is not None:
            plain["augment"] = asdict(self.augment)
        named = {"name": self.name, "summary": self.summary}
        space = {"space": self.space} if self.space else {}
        return {key: value for key, value in named.items() if value} | plain | space


KEYS = ("task", "vectorizer", "reduce", "estimator", "augment", "seed", "space", "summary", "name")


def _part(value: object, key: str, source: str) -> PartSpec:
    if isinstance(value, str):
        value = {"kind": value}
    if not isinstance(value, Mapping):
        raise RecipeError(f"{source}: {key}: expected {{kind: NAME, ...}}, got {type(value).__name__} {value!r:.80}")
    if not isinstance(value.get("kind"), str):
        raise RecipeError(f"{source}: {key}: expected a kind, such as {{kind: {_EXAMPLE_KINDS[key.split('.')[0]]}}}")
    return PartSpec(
        kind=value["kind"], parameters={name: _listed(item) for name, item in value.items() if name != "kind"}
    )


def _listed(value: Any) -> Any:
    """The value with every tuple as a list, so that a recipe equals what its JSON gives back."""
    if isinstance(value, dict):
        return {name: _listed(item) for name, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value


def _with_named_weights(plain: Any, source: str) -> Any:
    """The recipe with the keys of `class_weight` as strings, as YAML and JSON have them; labels may be numbers."""
    if not isinstance(plain, dict) or not isinstance(plain.get("estimator"), dict):
        return plain
    estimator = plain["estimator"]
    weights = estimator.get("class_weight")
    if not isinstance(weights, dict) or all(isinstance(key, str) for key in weights):
        return plain
    from nlp_toolkit.estimators.class_weights import label_names

    named = {label_names(key)[-1] if isinstance(key, Real) else key: each for key, each in weights.items()}
    if len(named) < len(weights):
        raise RecipeError(f"{source}: class_weight has two keys for one label among {', '.join(map(repr, weights))}")
    return {**plain, "estimator": {**estimator, "class_weight": named}}


_EXAMPLE_KINDS = {"vectorizer": "tfidf", "reduce": "svd", "estimator": "linear_svm"}


def _vectorizer(value: object, source: str) -> PartSpec | UnionSpec | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or "union" not in value:
        return _part(value, "vectorizer", source)
    others = [key for key in value if key != "union"]
    if others:
        raise RecipeError(f"{source}: vectorizer: {others[0]!r} cannot stand beside union; put it inside a stage")
    stages = value["union"]
    if not isinstance(stages, list | tuple) or not stages:
        raise RecipeError(f"{source}: vectorizer.union: expected a list of stages, such as [{{kind: tfidf}}]")
    if len(stages) > MAX_UNION:
        raise RecipeError(f"{source}: vectorizer.union: {len(stages)} stages, expected at most {MAX_UNION}")
    return UnionSpec(
        stages=tuple(_part(stage, f"vectorizer.union.{i}", source) for i, stage in enumerate(stages)),
    )


def _augmentation(value: Any, source: str) -> Augmentation | None:
    if value is None:
        return None
    try:
        augmentation: Augmentation = settings_of(Augmentation, value, "augment")
        augmentation.check()
    except UsageError as error:
        raise RecipeError(f"{source}: {error}") from error
    return augmentation


def recipe_from_plain(plain: object, source: str) -> Recipe:
    """Check the shape of a recipe read from YAML or given as a dict; `source` begins every message.

    Kinds and parameters are checked later, by `nlp_toolkit_pipelines.parameters`.
    """
    plain = _with_named_weights(plain, source)
    check_plain(plain, source)
    if not isinstance(plain, Mapping):
        raise RecipeError(f"{source}: expected a mapping with {', '.join(KEYS[:4])}, got {type(plain).__name__}")
    for key in plain:
        if key not in KEYS:
            raise RecipeError(f"{source}: unknown key {key!r:.100}{did_you_mean(key, KEYS)}")
    for key in ("task", "vectorizer", "estimator"):
        if key not in plain:
            raise RecipeError(f"{source}: key {key!r} is missing")
    if plain["task"] not in TASKS:
        raise RecipeError(f"{source}: unknown task {plain['task']!r:.100}{did_you_mean(str(plain['task']), TASKS)}")
    reduce = plain.get("reduce")
    fields = dict(plain) | {
        "vectorizer": _vectorizer(plain["vectorizer"], source),
        "reduce": None if reduce is None else _part(reduce, "reduce", source),
        "estimator": _part(plain["estimator"], "estimator", source),
        "space": check_space(plain.get("space"), source),
        "augment": _augmentation(plain.get("augment"), source),
    }
    try:
        return Recipe(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        got = f"{type(first['input']).__name__} {first['input']!r:.80}"
        raise RecipeError(f"{source}: {place}: {first['msg'].lower()}, got {got}") from error
