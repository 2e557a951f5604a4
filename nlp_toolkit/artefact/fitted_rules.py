"""What a fitted attribute of an estimator may be: its type, its shape, which numbers.

Shapes are named: the first array that has "features" columns says how many there are, and every other must agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[str | int, ...]
Numbers: TypeAlias = Literal["finite", "positive", "not negative", "logarithms"]


class UnfitError(ValueError):
    """A value that no fit could have given; the message says which and why."""


@dataclass
class Dimensions:
    """Lengths that the attributes of one estimator share, by name."""

    known: dict[str, int] = field(default_factory=dict)

    def agree(self, name: str, length: int) -> bool:
        """Whether `name` may be of `length`: as known, or not known before."""
        if name == "scores" and "classes" in self.known:
            # Two classes have one decision function.
            classes = self.known["classes"]
            return length == (1 if classes <= 2 else classes)
        return self.known.setdefault(name, length) == length

    def fits(self, shape: Sequence[int], wanted: Shape) -> bool:
        """Whether an array's shape is the wanted one; only then are its lengths kept."""
        if len(shape) != len(wanted):
            return False
        before = dict(self.known)
        for length, name in zip(shape, wanted, strict=True):
            if not (length == name if isinstance(name, int) else self.agree(name, length)):
                self.known = before
                return False
        return True


class Rule(Protocol):
    """What one attribute may be."""

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        """Raise `UnfitError` where `value` cannot be the attribute `name`."""


@dataclass(frozen=True)
class Floats:
    """An array of float32 or float64 of one of the shapes; a plain number where `()` is one of them."""

    shapes: tuple[Shape, ...]
    numbers: Numbers = "finite"

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        is_number = type(value) is float or isinstance(value, np.float64 | np.float32)
        is_array = isinstance(value, np.ndarray) and value.dtype in (np.float64, np.float32)
        if not is_number and not is_array:
            raise UnfitError(f"{name} is {_kind(value)}, expected floating-point numbers")
        shape = np.shape(value)
        if not any(dimensions.fits(shape, wanted) for wanted in self.shapes):
            wanted = " or ".join(_written(each) for each in self.shapes)
            raise UnfitError(f"{name} has shape {_written(shape)}, expected {wanted} with {_known(dimensions)}")
        if not _are(self.numbers, value):
            raise UnfitError(f"{name} holds numbers that are not {_WANTED[self.numbers]}")


@dataclass(frozen=True)
class Integers:
    """A whole number, or an array of them of one of the shapes, each of `least` or more; None where `optional`."""

    shapes: tuple[Shape, ...] = ((),)
    least: int = 0
    optional: bool = False

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        if value is None and self.optional:
            return
        # bool is an int to Python.
        is_number = (isinstance(value, int) and not isinstance(value, bool)) or isinstance(value, np.integer)
        is_array = isinstance(value, np.ndarray) and value.dtype.kind in "iu"
        if not is_number and not is_array:
            raise UnfitError(f"{name} is {_kind(value)}, expected whole numbers")
        if not any(dimensions.fits(np.shape(value), wanted) for wanted in self.shapes):
            raise UnfitError(f"{name} has shape {_written(np.shape(value))}, expected {self.shapes}")
        if np.size(value) and np.min(value) < self.least:
            raise UnfitError(f"{name} holds {np.min(value)}, expected {self.least} or more")


@dataclass(frozen=True)
class Length:
    """A whole number that is the length called `dimension`."""

    dimension: str
    least: int = 1

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < self.least:
            raise UnfitError(f"{name} is {value!r}, expected a whole number of {self.least} or more")
        if not dimensions.agree(self.dimension, int(value)):
            raise UnfitError(f"{name} is {value}, expected {dimensions.known[self.dimension]}")


@dataclass(frozen=True)
class Labels:
    """Classes as `numpy.unique` gives them: str, bool, int or float, sorted, none of them twice."""

    least: int = 1

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        if not isinstance(value, np.ndarray) or value.ndim != 1 or value.dtype.kind not in "UObiuf":
            raise UnfitError(f"{name} is {_kind(value)}, expected one list of labels")
        if value.dtype.kind == "O" and not all(isinstance(label, str) for label in value):
            raise UnfitError(f"{name} holds labels of several types, expected str")
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise UnfitError(f"{name} holds labels that are not finite")
        if len(value) < self.least or not (value[:-1] < value[1:]).all():
            raise UnfitError(f"{name} holds {len(value)} labels, expected {self.least} or more, sorted and each once")
        if not dimensions.agree("classes", len(value)):
            raise UnfitError(f"{name} holds {len(value)} labels, expected {dimensions.known['classes']}")


@dataclass(frozen=True)
class Names:
    """Names of the columns an estimator was fitted on, as scikit-learn keeps those of a data frame."""

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        if not isinstance(value, np.ndarray) or not all(isinstance(each, str) for each in value.ravel().tolist()):
            raise UnfitError(f"{name} is {_kind(value)}, expected names")
        if not dimensions.fits(value.shape, ("features",)):
            raise UnfitError(f"{name} has shape {_written(value.shape)}, expected one name a column")


@dataclass(frozen=True)
class Choice:
    """One of a few values, of the very type."""

    allowed: tuple[object, ...]

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        if not any(value == each and type(value) is type(each) for each in self.allowed):
            known = ", ".join(repr(each) for each in self.allowed)
            raise UnfitError(f"{name} is {value!r:.80}, expected one of {known}")


FLAG = Choice((False, True))


@dataclass(frozen=True)
class Optional:
    """None, or what the rule says."""

    rule: Rule

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        if value is not None:
            self.rule.check(name, value, dimensions)


@dataclass(frozen=True)
class Count:
    """A whole number of 0 or more as any numeric type has it, or an array of them with one a column."""

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        whole = np.asarray(value)
        if whole.dtype.kind not in "iuf" or not (np.isfinite(whole).all() and (whole >= 0).all()):
            raise UnfitError(f"{name} is {_kind(value)}, expected counts")
        if not dimensions.fits(whole.shape, ()) and not dimensions.fits(whole.shape, ("features",)):
            raise UnfitError(f"{name} has shape {_written(whole.shape)}, expected one count, or one a column")


def _are(numbers: Numbers, value: Any) -> bool:
    if numbers == "logarithms":
        # A class or word of probability 0 has the logarithm minus infinity.
        return bool(np.all((np.isfinite(value)) | np.isneginf(value)))
    finite = bool(np.isfinite(value).all())
    if numbers == "positive":
        return finite and bool(np.all(np.asarray(value) > 0))
    if numbers == "not negative":
        return finite and bool(np.all(np.asarray(value) >= 0))
    return finite


_WANTED: dict[Numbers, str] = {
    "finite": "finite",
    "positive": "finite and above 0",
    "not negative": "finite and 0 or more",
    "logarithms": "logarithms",
}


def _kind(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} and shape {_written(value.shape)}"
    return f"{value!r:.80} of type {type(value).__name__}"


def _written(shape: Sequence[object]) -> str:
    return f"({', '.join(str(each) for each in shape)})"


def _known(dimensions: Dimensions) -> str:
    return ", ".join(f"{length} {name}" for name, length in dimensions.known.items()) or "nothing known yet"
