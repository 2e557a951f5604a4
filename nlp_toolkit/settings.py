"""Settings as small frozen dataclasses: the bounds of their fields, and their reading from recipes."""

import typing
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

from annotated_types import Ge, Le, Lt

from nlp_toolkit.errors import UsageError

Share: TypeAlias = Annotated[float, Ge(0), Lt(1)]
Count: TypeAlias = Annotated[int, Ge(1), Le(2**31 - 1)]

Settings = TypeVar("Settings")


def settings_of(cls: type[Settings], given: "Settings | Mapping[str, Any]", name: str) -> Settings:
    """`given` as checked settings; a recipe gives them as a mapping. `name` begins every message.

    >>> from nlp_toolkit import MlmSettings
    >>> settings_of(MlmSettings, {"epochs": 2}, "mlm").epochs
    2
    """
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    if not isinstance(given, cls | Mapping):
        raise UsageError(f"{name}: expected {cls.__name__} or a mapping of its fields, got {type(given).__name__}")
    values = dict(given) if isinstance(given, Mapping) else dict(vars(given))
    hints = typing.get_type_hints(cls, include_extras=True)
    for field, value in values.items():
        if field not in hints:
            raise UsageError(f"{name}: no setting is called {field!r}; known: {', '.join(hints)}")
        try:
            TypeAdapter(hints[field], config=ConfigDict(strict=True, allow_inf_nan=False)).validate_python(value)
        except ValidationError as error:
            problem = error.errors()[0]["msg"].lower()
            raise UsageError(f"{name}.{field}: {problem}, got {value!r:.80}") from error
    return cls(**values)
