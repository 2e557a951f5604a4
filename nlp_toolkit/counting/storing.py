"""Counting stages as files: parameters as JSON, vocabulary as text; callables by their registered name only."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from nlp_toolkit.artefact.files import read_json, read_lines, write_json, write_lines
from nlp_toolkit.constraints import check_settings
from nlp_toolkit.errors import ArtefactError, ToolkitError, UsageError
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.registry import callable_name, named_callable

PARAMETERS = "parameters.json"
VOCABULARY = "vocabulary.txt"
_TAG = "__type__"  # the key that marks a JSON object standing for a value JSON has no word for

Stage = TypeVar("Stage")


def check_parameters(stage: Any) -> None:
    """Raise `UsageError` naming the first parameter, or the term, that cannot be written."""
    for name, value in stage.get_params(deep=False).items():
        _to_json(name, value)
    if isinstance(getattr(stage, "tokenizer_", None), Tokenizer):
        _to_json("tokenizer_", stage.tokenizer_)
    # Only a callable analyzer makes terms of another type, and those are kept as a dict.
    wrong = next((term for term in vars(stage).get("_vocabulary", ()) if not isinstance(term, str)), None)
    if wrong is not None:
        raise UsageError(f"cannot save the vocabulary: expected terms of type str, got {wrong!r}")


def write_parameters(stage: Any, folder: Path) -> None:
    """Write the constructor's parameters, and the tokenizer a name was resolved to when the stage was fitted."""
    parameters = {name: _to_json(name, value) for name, value in stage.get_params(deep=False).items()}
    fitted = getattr(stage, "tokenizer_", None)
    tokenizer = _to_json("tokenizer_", fitted) if isinstance(fitted, Tokenizer) else None
    write_json(folder / PARAMETERS, {"parameters": parameters, "tokenizer": tokenizer})


def read_parameters(cls: type[Stage], folder: Path, terms: Sequence[str] = ()) -> Stage:
    """A new `cls` with the parameters written; `terms` are the vocabulary where one was given to the constructor."""
    path = folder / PARAMETERS
    stored = read_json(path)
    if not isinstance(stored, dict) or not isinstance(stored.get("parameters"), dict):
        raise ArtefactError(f"{path}: expected an object with 'parameters'; the file is damaged")
    try:
        parameters = {name: _from_json(name, value, terms) for name, value in stored["parameters"].items()}
        tokenizer = _from_json("tokenizer", stored.get("tokenizer"), terms)
        stage = cls(**parameters)
        check_settings(stage)
        if not (tokenizer is None or callable(tokenizer)):
            raise ValueError(f"tokenizer {tokenizer!r:.80}")
    except (UsageError, ArtefactError) as error:
        raise ArtefactError(f"{path}: {error}; the file is damaged") from error
    except ToolkitError:
        raise
    except (TypeError, ValueError, LookupError) as error:
        raise ArtefactError(f"{path}: not the parameters of {cls.__name__} ({error}); the file is damaged") from error
    if tokenizer is not None:
        vars(stage)["tokenizer_"] = tokenizer
    return stage


def write_vocabulary(terms: Sequence[str], folder: Path) -> None:
    """Write the terms in column order, one a line; none is a `UsageError`, as nobody could read it."""
    if not terms:
        raise UsageError("cannot save a vocabulary without a term; fit it on texts that have some")
    write_lines(folder / VOCABULARY, terms)


def read_vocabulary(folder: Path) -> list[str]:
    """Read the terms in column order; none, or one twice, is an `ArtefactError`."""
    path = folder / VOCABULARY
    terms = read_lines(path)
    if not terms or len(set(terms)) != len(terms):
        raise ArtefactError(f"{path}: expected at least one term and no term twice; the file is damaged")
    return terms


def _to_json(name: str, value: object) -> object:
    """`value` in words JSON has; `name` is the parameter it belongs to."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if name == "vocabulary":
        return {_TAG: "vocabulary"}
    if name == "dtype":
        return {_TAG: "dtype", "name": np.dtype(value).name}  # type: ignore[call-overload]
    if isinstance(value, tuple | list):
        items = [_to_json(name, item) for item in value]
        return {_TAG: "tuple", "items": items} if isinstance(value, tuple) else items
    if isinstance(value, Mapping):
        return {_TAG: "mapping", "items": [[_to_json(name, key), _to_json(name, item)] for key, item in value.items()]}
    if isinstance(value, Tokenizer):
        from nlp_toolkit.text.tokenizers import tokenizer_to_dict

        return {_TAG: "tokenizer", "tokenizer": tokenizer_to_dict(value)}
    if callable(value):
        registered = callable_name(value)
        if registered is not None:
            return {_TAG: "callable", "name": registered}
        raise UsageError(
            f"cannot save {name}={value!r}: only registered callables can be saved; "
            f"call nlp_toolkit.register_callable(name, function) first, here and wherever the model is loaded"
        )
    raise UsageError(f"cannot save {name}={value!r}: values of type {type(value).__name__} have no form in a model")


def _from_json(name: str, value: Any, terms: Sequence[str]) -> Any:
    """What `_to_json` wrote of the parameter `name`."""
    if isinstance(value, list):
        return [_from_json(name, item, terms) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get(_TAG)
    if kind in {"dtype", "vocabulary"} and kind != name:
        raise ValueError(f"{name} is a {kind}")
    if kind == "tuple":
        return tuple(_from_json(name, item, terms) for item in value["items"])
    if kind == "mapping":
        return {_from_json(name, key, terms): _from_json(name, item, terms) for key, item in value["items"]}
    if kind == "dtype":
        return np.dtype(value["name"]).type
    if kind == "vocabulary":
        return list(terms)
    if kind == "callable":
        return named_callable(value["name"])
    if kind == "tokenizer":
        from nlp_toolkit.text.tokenizers import tokenizer_from_dict

        return tokenizer_from_dict(value["tokenizer"])
    raise ValueError(f"unknown value {value!r}")
