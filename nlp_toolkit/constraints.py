"""What the options of stages, reductions and estimators may be: one check, before fitting and after loading.

A class says what each parameter takes as scikit-learn's classes do, in `_parameter_constraints`. What a list, a mapping
or a name must hold besides is said here, by the parameter's name, which means the same wherever it occurs.
"""

import math
import os
import re
import typing
from collections.abc import Callable, Collection, Iterable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from nlp_toolkit.compat import constraints_of, parameter_rules
from nlp_toolkit.corpus.encodings import codec_of
from nlp_toolkit.errors import RecipeError, UsageError
from nlp_toolkit.protocols import Tokenizer

_rules = parameter_rules()

LARGEST = 2**31 - 1
"""Larger whole numbers overflow in the libraries below; only seeds may go to 2**32 - 1."""

LONGEST_NGRAM = 50

PATH: tuple[type, ...] = (str, os.PathLike)
SEED = [_rules.Interval(Integral, 0, 2**32 - 1, closed="both")]


def whole(least: int, most: int = LARGEST) -> Any:
    """A whole number from `least` to `most`."""
    return _rules.Interval(Integral, least, most, closed="both")


def number(least: float | None = None, most: float | None = None, *, above: float | None = None) -> Any:
    """A finite number from `least`, or above `above`, up to `most`."""
    if above is not None:
        return _rules.Interval(Real, above, most, closed="neither" if most is None else "right")
    closed = "neither" if least is None else "left" if most is None else "both"
    return _rules.Interval(Real, least, most, closed=closed)


def one_of(names: Iterable[str]) -> Any:
    """One of these names."""
    return _rules.StrOptions(set(names))


def check_options(owner: Any) -> None:
    """Raise `UsageError` for the first parameter of `owner` whose type, range or content its class does not take.

    A class without constraints is held to the annotations of its constructor.
    """
    given = owner.get_params(deep=False)
    constraints = constraints_of(type(owner))
    if not constraints:
        _check_annotations(type(owner), given)
        return
    for name, value in given.items():
        _check_plain(name, value, constraints.get(name, "no_validation"))
    try:
        _rules.validate_parameter_constraints(constraints, given, type(owner).__name__)
    except _rules.InvalidParameterError as error:  # its message names parameter, expected and got
        raise UsageError(_short(str(error))) from error
    free = callable(given.get("analyzer")) or not isinstance(given.get("tokenizer"), str | Tokenizer | None)
    for name, check in _CONTENTS.items():
        if name in given and not (free and name in _OF_TERMS):
            problem = check(given[name])
            if problem is not None:
                raise UsageError(f"{type(owner).__name__}: {name}={given[name]!r:.80}: expected {problem}")


def check_settings(owner: Any) -> None:
    """Raise `UsageError` for options of `owner` that are wrong in themselves or do not go together.

    What goes together only the class knows: where it has a `check_settings` of its own, that is asked.
    """
    own = getattr(owner, "check_settings", None)
    (check_options if own is None else lambda _: own())(owner)


def check_fit_for_recipe(owner: Any, where: str) -> None:
    """`check_settings` as a `RecipeError` that begins with `where`."""
    try:
        check_settings(owner)
    except UsageError as error:
        raise RecipeError(f"{where}: {error}") from error


def _check_plain(name: str, value: object, constraints: Any) -> None:
    """True is an integer to Python and would pass for 1; numbers must be such as the libraries below can hold."""
    takes_flags = constraints == "no_validation" or any(each in ("boolean", "verbose", bool) for each in constraints)
    if isinstance(value, bool | np.bool_) and not takes_flags:
        raise UsageError(f"{name} takes no true or false, got {value!r}")
    if isinstance(value, Integral) and abs(int(value)) > 2**32 - 1:
        raise UsageError(f"{name}={value!s:.40}: expected a whole number of at most {LARGEST}")


def _check_annotations(cls: type, given: Mapping[str, object]) -> None:
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError

    try:
        hints = typing.get_type_hints(vars(cls).get("__init__", object.__init__))
    except NameError:  # annotations that only a type checker can read
        return
    for name, value in given.items():
        if name not in hints:
            continue
        try:
            adapter = TypeAdapter(hints[name], config=ConfigDict(strict=True, arbitrary_types_allowed=True))
        except PydanticUserError:  # a type without a check, such as numpy's DTypeLike
            continue
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            problem = error.errors()[0]["msg"].lower()
            raise UsageError(f"{name}: {problem}, got {type(value).__name__} {value!r:.80}") from error


def _short(message: str) -> str:
    """A message without most of a long value it repeats."""
    head, got, value = message.partition(" Got ")
    return f"{head}{got}{value}" if len(value) < 100 else f"{head}{got}{value[:90]}... instead."


def _are_numbers(values: Any, *, least: float = 0.0) -> bool:
    return all(_is_number(value) and value >= least for value in np.asarray(values, dtype=object).ravel().tolist())


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def _ngram_range(value: Any) -> str | None:
    fits = isinstance(value, tuple) and len(value) == 2
    fits = fits and all(isinstance(size, Integral) and not isinstance(size, bool) for size in value)
    if fits and 1 <= value[0] <= value[1] <= LONGEST_NGRAM:
        return None
    return f"two whole numbers, 1 <= shortest <= longest <= {LONGEST_NGRAM}"


def _class_weight(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None
    fits = all(isinstance(label, str | Real | np.generic) for label in value)
    if fits and _are_numbers(list(value.values())) and (not value or any(value.values())):
        return None
    return "a finite weight of 0 or more for each label, not all of them 0"


def _class_prior(value: Any) -> str | None:
    if value is None or (_are_numbers(value) and np.ndim(value) == 1 and math.isclose(sum(value), 1, rel_tol=1e-5)):
        return None
    return "a probability for each class, 1 in all"


def _alpha(value: Any) -> str | None:
    return None if _are_numbers(value) else "a finite number of 0 or more, or a list of such"


def _dtype(value: Any) -> str | None:
    if isinstance(value, str | type | np.dtype):
        try:
            found = np.dtype(value)
        except (TypeError, ValueError):
            found = np.dtype(object)
        if found.kind in "iu" or found in (np.float32, np.float64):
            return None
    return "a type of numbers, such as int64 or float32"


def _encoding(value: Any) -> str | None:
    return None if isinstance(value, str) and codec_of(value) is not None else "an encoding of text, such as utf-8"


def _words(value: Any) -> str | None:
    if not isinstance(value, Collection) or isinstance(value, str):
        return None
    wrong = next((word for word in value if not isinstance(word, str)), None)
    # YAML reads 1 as a number and no as false.
    return None if wrong is None else f"texts (str), got {wrong!r:.40}; write it in quotes"


def _vocabulary(value: Any) -> str | None:
    if not isinstance(value, Collection):
        return None
    if isinstance(value, str) or not value:
        return "a list of terms, or their columns by term; at least one term"
    if not isinstance(value, Mapping):
        return _words(value) or (None if len(set(value)) == len(value) else "no term twice")
    columns = list(value.values())
    fits = all(isinstance(column, Integral) and not isinstance(column, bool) for column in columns)
    return _words(value) or (None if fits and sorted(columns) == list(range(len(columns))) else "columns from 0 on")


def _token_pattern(value: Any) -> str | None:
    if value is None:
        return None
    try:
        groups = re.compile(value).groups
    except (re.error, OverflowError, RecursionError) as error:
        return f"a regular expression ({error})"
    return None if groups <= 1 else f"at most one capturing group, which is the token; it has {groups}"


def _tokenizer(value: Any) -> str | None:
    from nlp_toolkit.text.tokenizers import TOKENIZERS

    if isinstance(value, str) and value not in (*TOKENIZERS, "auto"):
        return f"one of {', '.join([*TOKENIZERS, 'auto'])}"
    settings = getattr(value, "check_settings", None)
    if settings is not None:
        settings()
    return None


def _n_neighbors(value: Any) -> str | None:
    return None if value is not None else "a whole number of 1 or more"  # scikit-learn's None fails when fitting


def _n_jobs(value: Any) -> str | None:
    return None if value != 0 else "the number of threads, or -1 for every core"


def _path(value: Any) -> str | None:
    if not isinstance(value, str | os.PathLike):
        return None
    name = os.fspath(value)
    return "a path without a NUL character" if not isinstance(name, str) or "\0" in name or not name else None


# What a parameter of this name holds, whichever class has it; each says what was expected, or None where it fits.
_CONTENTS: Mapping[str, Callable[[Any], str | None]] = {
    "ngram_range": _ngram_range,
    "class_weight": _class_weight,
    "class_prior": _class_prior,
    "alpha": _alpha,
    "n_neighbors": _n_neighbors,
    "dtype": _dtype,
    "encoding": _encoding,
    "stop_words": _words,
    "vocabulary": _vocabulary,
    "token_pattern": _token_pattern,
    "tokenizer": _tokenizer,
    "n_jobs": _n_jobs,
    "model": _path,
    "vectors": _path,
    "cache": _path,
    "checkpoints": _path,
}
# Callables may make terms of any type.
_OF_TERMS = frozenset({"stop_words", "vocabulary"})
