"""JSON Schema of a recipe file, made from the classes that recipes can name."""

import inspect
from typing import Any

from nlp_toolkit.registry import stage_class, stage_kinds
from nlp_toolkit_pipelines.parameters import signature
from nlp_toolkit_pipelines.recipe import KEYS, TASKS
from nlp_toolkit_pipelines.space import PARTS

_JSON_TYPES: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def _default(parameter: inspect.Parameter) -> dict[str, Any]:
    """What a schema can say about a parameter: its default, where that is plain data."""
    value = parameter.default
    if isinstance(value, tuple):
        return {"default": list(value), "type": "array"}
    return {"default": value} if value is None or type(value) in _JSON_TYPES else {}


def _part(kind: str, parameters: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"kind": {"const": kind}, **parameters},
        "required": ["kind"],
        "additionalProperties": False,
    }


def _stage(kind: str) -> dict[str, Any]:
    return _part(kind, {name: _default(parameter) for name, parameter in signature(stage_class(kind)).items()})


def _named(kinds: list[str]) -> dict[str, Any]:
    """A part whose parameters are checked when the recipe is loaded."""
    return {"type": "object", "properties": {"kind": {"enum": kinds}}, "required": ["kind"]}


def _augmentation() -> dict[str, Any]:
    from pydantic import TypeAdapter

    from nlp_toolkit.text.augment import Augmentation

    return TypeAdapter(Augmentation).json_schema() | {"additionalProperties": False}


def _space() -> dict[str, Any]:
    """What `tune` may change: dotted keys, each with one kind of values."""
    number, whole = {"type": "number"}, {"type": "integer"}
    values: dict[str, dict[str, Any]] = {
        "choice": {"type": "array", "minItems": 1, "uniqueItems": True},
        "uniform": {"type": "array", "minItems": 2, "maxItems": 2, "items": number},
        "log_uniform": {"type": "array", "minItems": 2, "maxItems": 2, "items": number | {"exclusiveMinimum": 0}},
        "integers": {"type": "array", "minItems": 2, "maxItems": 2, "items": whole},
    }
    kinds = [
        {"type": "object", "properties": {kind: each}, "required": [kind], "additionalProperties": False}
        for kind, each in values.items()
    ]
    return {
        "type": ["object", "null"],
        "propertyNames": {"pattern": rf"^({'|'.join(PARTS)})\..+"},
        "additionalProperties": {"anyOf": kinds},
        "default": {},
    }


def recipe_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) that every recipe file follows.

    >>> sorted(recipe_schema()["required"])
    ['estimator', 'task', 'vectorizer']
    """
    from nlp_toolkit.estimators.heads import HEADS
    from nlp_toolkit.estimators.reduce import REDUCERS

    heads, reducers = sorted(HEADS), sorted(REDUCERS)

    stages = [_stage(kind) for kind in stage_kinds()]
    union = {
        "type": "object",
        "properties": {"union": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/stage"}}},
        "required": ["union"],
        "additionalProperties": False,
    }
    properties: dict[str, Any] = {
        "task": {"enum": list(TASKS)},
        "vectorizer": {"anyOf": [{"$ref": "#/$defs/stage"}, union, {"type": "null"}]},
        "reduce": {"anyOf": [_named(reducers), {"enum": reducers}, {"type": "null"}], "default": None},
        "estimator": {"anyOf": [_named(heads), {"enum": heads}]},
        "augment": {"anyOf": [_augmentation(), {"type": "null"}], "default": None},
        "seed": {"type": "integer", "default": 0},
        "space": _space(),
        "summary": {"type": "string", "default": ""},
        "name": {"type": "string", "default": ""},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "nlp_toolkit recipe",
        "type": "object",
        "properties": {key: properties[key] for key in KEYS},
        "required": ["task", "vectorizer", "estimator"],
        "additionalProperties": False,
        "$defs": {"stage": {"anyOf": [*stages, {"enum": stage_kinds()}]}},
    }
