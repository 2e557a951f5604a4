"""How kernels are compiled: without the GIL, so that threads run them side by side, and once per machine."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

import numba

from nlp_toolkit.compat import wrapper_options

P = ParamSpec("P")
R = TypeVar("R")

Int: TypeAlias = Any
"""An integer inside a kernel: Python's or one of numpy's, which are one thing to numba and many to a type checker."""


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` at its first call and keep the machine code for the next process.

    numba keeps it beside the source file or, where the installation is read-only, in the user's cache folder; where
    neither can be written the code is compiled once a process. `parallel=True` is left out on purpose: it alone
    takes seconds to compile, and plain threads share `nogil` functions as well.
    """
    return _compiled(function, from_python=True)


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """A kernel that only kernels call: the way in from Python is left out, which takes longer to compile than most."""
    return _compiled(function, from_python=False)


def _compiled(function: Callable[P, R], *, from_python: bool) -> Callable[P, R]:
    options: dict[str, Any] = {"nogil": True, **wrapper_options(from_python=from_python)}
    try:
        return cast(Callable[P, R], numba.njit(function, cache=True, **options))
    except RuntimeError:  # "no locator available": no folder to cache in
        return cast(Callable[P, R], numba.njit(function, **options))
