"""A column, whatever holds it, as a plain list by position: list, array, Series, Arrow, polars, `datasets`."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from nlp_toolkit.errors import DataError

SHOWN_ROWS = 10
MAX_MAGNITUDE = 1e140
"""Squares of larger numbers cannot be added up in float64."""

COLUMN_METHODS = ("tolist", "to_pylist", "to_list", "__arrow_c_stream__", "__arrow_c_array__")
"""How numpy and pandas, Arrow, polars, and whoever speaks Arrow, give their cells."""

_PLAIN = frozenset({str, int, bool})
_MISSING_TYPES = ("NAType", "NaTType")  # of pandas, which need not be installed


def plain_list(column: Any, what: str = "values") -> list[Any]:
    """Return the cells of `column` as a list of Python's own values, in order of position.

    Parameters
    ----------
    column : list, tuple, numpy array, pandas Series or array, Arrow array, polars Series, `datasets` column or iterator
        The index of a Series is not looked at: cell `i` of the result is the cell at position `i`.
    what : str
        What the cells are, in the plural, for the message.

    Returns
    -------
    list
        The column itself where it is a list that has nothing to change. NumPy's scalars become Python's, arrays inside
        cells become lists, and what is missing (NaN, `pd.NA`, `NaT`, an Arrow null) becomes None.

    Raises
    ------
    DataError
        For a str, a mapping, a set, a table and whatever else is no column.

    Examples
    --------
    >>> import pandas as pd
    >>> plain_list(pd.Series(["a", "b", None], index=[2, 1, 0]))
    ['a', 'b', None]
    """
    if type(column) is not list:
        refuse_no_column(column, what, "[value]")
        held = in_memory(column)
        column = list(column) if held is None else held
    if set(map(type, column)) <= _PLAIN:
        return column if isinstance(column, list) else list(column)
    return [_plain(cell) for cell in column]


def optional_list(column: Any, what: str = "values") -> list[Any] | None:
    """`plain_list`, or None where there is no column."""
    return None if column is None else plain_list(column, what)


def present_list(column: Any, what: str) -> list[Any]:
    """`plain_list` of a column that may lack no cell; `DataError` names the rows that are missing.

    >>> present_list(["a", float("nan")], "labels")
    Traceback (most recent call last):
    nlp_toolkit.errors.DataError: labels are missing in row 2 (counted from 1); fill them in or leave those rows out
    """
    cells = plain_list(column, what)
    missing = [row for row, cell in enumerate(cells) if cell is None]
    if missing:
        raise DataError(f"{what} are missing in {name_rows(missing)}; fill them in or leave those rows out")
    return cells


def plain_numbers(column: Any, what: str) -> np.ndarray:
    """Return the numbers of `column` as (n,) float64 by position, NaN where one is missing.

    Strings that spell numbers count. Anything else raises `DataError` with its row.

    >>> plain_numbers(["1.5", 2, None], "weights").tolist()
    [1.5, 2.0, nan]
    """
    if isinstance(getattr(column, "dtype", None), np.dtype) and column.dtype.kind in "biuf":
        # A masked cell is missing, and `asarray` would unmask it.
        numbers = np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)
    else:
        numbers = _numbers_of(plain_list(column, what), what)
    if numbers.ndim != 1:
        raise DataError(f"expected one-dimensional {what}, got an array of shape {numbers.shape}")
    return numbers


def plain_array(values: Any, what: str) -> np.ndarray:
    """Numbers of any shape as float64, by position; a column that is no array is read as `plain_numbers` reads it."""
    if isinstance(values, list | tuple | int | float) or hasattr(values, "__array__"):
        try:
            return np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"expected numbers as {what}: {error}") from error
    return plain_numbers(values, what)


def present_numbers(column: Any, what: str) -> np.ndarray:
    """`plain_numbers` of a column that may lack no number; `DataError` names the rows that are missing."""
    numbers = plain_numbers(column, what)
    missing = np.flatnonzero(np.isnan(numbers)).tolist()
    if missing:
        raise DataError(f"{what} are missing in {name_rows(missing)}; fill them in or leave those rows out")
    return numbers


def check_magnitudes(numbers: np.ndarray, what: str) -> None:
    """Raise `DataError` with rows for numbers (n,) beyond `MAX_MAGNITUDE`; infinity is one of them."""
    wrong = np.flatnonzero(np.abs(numbers) > MAX_MAGNITUDE).tolist()
    if wrong:
        raise DataError(
            f"expected {what} between -{MAX_MAGNITUDE:g} and {MAX_MAGNITUDE:g}, whose squares can be added up, got "
            f"{numbers[wrong[0]]:g} in {name_rows(wrong)}; fix or leave out those rows, or scale the column down"
        )


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing: None, NaN, `pd.NA` or `NaT`.

    >>> is_missing(float("nan")), is_missing("")
    (True, False)
    """
    if isinstance(value, float):
        return value != value
    if isinstance(value, Decimal):
        return value.is_nan()
    return value is None or type(value).__name__ in _MISSING_TYPES


def name_rows(positions: Iterable[int]) -> str:
    """Rows for a message, counted from 1, the first few by number.

    >>> name_rows([2, 4])
    'rows 3, 5 (counted from 1)'
    """
    rows = [position + 1 for position in positions]
    shown = ", ".join(map(str, rows[:SHOWN_ROWS]))
    more = f" and {len(rows) - SHOWN_ROWS} more" if len(rows) > SHOWN_ROWS else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more} (counted from 1)"


def in_memory(column: Any) -> Any:
    """The cells as a list or tuple, where they are in memory already; None for what is read lazily."""
    if isinstance(column, list | tuple):
        return column
    if isinstance(column, np.ndarray) and column.dtype.kind in "mM":
        # NumPy gives nanoseconds as bare integers; microseconds come back as dates and times.
        return column.astype(f"{column.dtype.kind}8[us]").tolist()
    for method in COLUMN_METHODS[:3]:
        if hasattr(column, method):
            return getattr(column, method)()
    if hasattr(column, "__arrow_c_stream__") or hasattr(column, "__arrow_c_array__"):
        import pyarrow as pa

        read = pa.chunked_array if hasattr(column, "__arrow_c_stream__") else pa.array
        return read(column).to_pylist()
    return np.asarray(column).tolist() if hasattr(column, "__array__") else None


def refuse_no_column(arrived: Any, expected: str, example: str) -> None:
    """Raise `DataError` for what is no column; iterating over it would give something else than was meant."""
    advice = _advice(arrived)
    if advice is not None:
        message = f"expected a sequence of {expected}, got {_kind(arrived)}; {advice.format(example=example)}"
        raise DataError(message)


def _advice(arrived: Any) -> str | None:
    if isinstance(arrived, str):
        return "wrap it in a list: {example}"
    if isinstance(arrived, bytes | bytearray | memoryview):
        return "decode it and pass a list: {example}"
    if isinstance(arrived, Mapping):
        return "pass one column or its values as a list: {example}"
    if isinstance(arrived, set | frozenset):
        return "a set has no order, so no row has a number: pass a list"
    if hasattr(arrived, "columns") or hasattr(arrived, "column_names"):
        return "iterating over a table gives its column names: pass one column, for example table['text']"
    if getattr(arrived, "shape", None) == ():
        return "pass a list: {example}"
    if not (isinstance(arrived, Iterable) or in_memory(arrived) is not None):
        return "pass a list: {example}"
    return None


def _kind(arrived: Any) -> str:
    if isinstance(arrived, str):
        return "one str"
    if arrived is None:
        return "None"
    shape = getattr(arrived, "shape", None)
    name = type(arrived).__name__
    return f"{name} of shape {shape}" if isinstance(shape, tuple) else name


def _plain(cell: Any) -> Any:
    """A cell as Python's own value; None where it is missing."""
    if isinstance(cell, np.datetime64 | np.timedelta64):
        cell = np.asarray(cell).astype(f"{np.asarray(cell).dtype.kind}8[us]").item()
    elif isinstance(cell, np.generic):
        cell = cell.item()
    elif hasattr(cell, "as_py"):  # a scalar of Arrow
        cell = cell.as_py()
    if isinstance(cell, np.ndarray):
        return plain_list(cell)
    if type(cell) in (list, tuple) and not set(map(type, cell)) <= _PLAIN:
        return type(cell)(map(_plain, cell))
    return None if is_missing(cell) else cell


def _numbers_of(cells: Sequence[Any], what: str) -> np.ndarray:
    numbers = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        if cell is None:
            continue
        try:
            numbers[row] = float(cell)
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(f"expected numbers as {what}, got {cell!r:.80} in {name_rows([row])}") from error
    return numbers
