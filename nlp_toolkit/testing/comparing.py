"""Comparisons that say what differed: rows with rows, a refusal with its cause."""

from collections.abc import Callable
from typing import cast

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.protocols import Matrix, Vectorizer


def require(kept: bool, otherwise: str) -> None:
    # Not an assert statement: this is library code and must also check under python -O.
    if not kept:
        raise AssertionError(otherwise)


def require_same(rows: Matrix, expected: Matrix, tolerance: float, what: str) -> None:
    require(rows.shape == expected.shape, f"{what}: shape {rows.shape}, expected {expected.shape}")
    require(sp.issparse(rows) == sp.issparse(expected), f"{what}: sparse in one case and dense in the other")
    difference = abs(rows - expected).max() if rows.shape[0] and rows.shape[1] else 0.0
    require(difference <= tolerance, f"{what} differ by {difference}, allowed is {tolerance}")


def require_finite(rows: Matrix, what: str) -> None:
    values = cast("np.ndarray", rows.data if sp.issparse(rows) else rows)
    require(bool(np.isfinite(values).all()), f"{what} hold NaN or infinity")


def refusal_of(call: Callable[[list[str]], object], refused: object, name: str) -> str:
    try:
        call(cast("list[str]", refused))
    except (TypeError, ValueError) as error:
        return str(error)
    except Exception as error:
        raise AssertionError(f"{name}: expected a TypeError or ValueError, got {error!r}") from error
    raise AssertionError(f"{name} was accepted as texts")


def column_names(stage: Vectorizer) -> list[str]:
    # Whether a stage has names at all is a promise of its own.
    return [str(name) for name in stage.get_feature_names_out()] if hasattr(stage, "get_feature_names_out") else []
