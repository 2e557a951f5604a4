"""How a typed cell (JSON, Parquet, Arrow, `datasets`) is spelled as text: one column reads alike in every format.

Numbers have their shortest decimal spelling: whole ones without ".0", none with an exponent, negative zero as "0".
Dates and times are ISO 8601. What is null or NaN is None.
"""

import re
from typing import TYPE_CHECKING, Any

from nlp_toolkit.corpus.tables import Cell

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_DIGITS = 400  # before or after the point: float64 needs 309 and 341

_find_time = re.compile(r"(?:(\S+) )?(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d{4})?")


class NoDecimal(str):
    """A cell that is a number without a decimal spelling: infinite, or as large or small as 1e999999."""


def spell_number(written: str) -> Cell:
    """The shortest decimal spelling of a number, given as JSON, Arrow or Python write it; None for NaN.

    >>> spell_number("1e5"), spell_number("12.50"), spell_number("-0.0"), spell_number("2.5e-3")
    ('100000', '12.5', '0', '0.0025')
    """
    mantissa, _, exponent = written.lower().partition("e")
    if mantissa in ("nan", "-nan"):
        return None
    if mantissa.endswith(("inf", "infinity")):
        return NoDecimal("-Infinity" if mantissa.startswith("-") else "Infinity")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("+-").partition(".")
    if not (whole + fraction).strip("0"):
        return "0"
    if exponent:
        if len(exponent) > 6 or abs(shift := int(exponent)) > _MOST_DIGITS:
            return NoDecimal(written)
        digits = whole + fraction
        point = len(whole) + shift
        digits = "0" * -point + digits if point < 0 else digits.ljust(point, "0")
        whole, fraction = digits[: max(point, 0)], digits[max(point, 0) :]
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else sign + whole


JSON_NUMBERS: dict[str, Any] = {
    "parse_int": lambda written: "0" if written == "-0" else written,
    "parse_float": spell_number,
    "parse_constant": spell_number,
}
"""Hooks of `json`: numbers keep their value, however many digits they have."""


def arrow_cells(column: "pa.Array | pa.ChunkedArray") -> list[Cell]:
    """The cells of an Arrow column; a type that has no form as text raises `pyarrow.ArrowException`."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        return [cell for chunk in column.chunks for cell in arrow_cells(chunk)]
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return arrow_cells(column.storage)
    if pa.types.is_dictionary(kind):
        return arrow_cells(column.dictionary_decode())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _list_cells(column)
    if pa.types.is_struct(kind):
        return _struct_cells(column)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        raise pa.ArrowTypeError("bytes are not text")
    if pa.types.is_float16(kind):
        return _half_cells(column)
    if pa.types.is_boolean(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        found: list[Cell] = column.to_pylist()
        return found
    strings = column.cast(pa.string()).to_pylist()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return [None if cell is None else spell_number(cell) for cell in strings]
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return [None if cell is None else _iso(cell) for cell in strings]
    return list(strings)


def _list_cells(column: Any) -> list[Cell]:
    import pyarrow.compute as pc

    inside = iter(arrow_cells(column.flatten()))  # without what null lists may hold
    lengths = pc.list_value_length(column).to_pylist()
    return [
        None if length is None or not valid else [next(inside) for _ in range(length)]
        for length, valid in zip(lengths, column.is_valid().to_pylist(), strict=True)
    ]


def _struct_cells(column: Any) -> list[Cell]:
    names = [field.name for field in column.type]
    fields = [arrow_cells(field) for field in column.flatten()]
    return [
        dict(zip(names, (field[row] for field in fields), strict=True)) if valid else None
        for row, valid in enumerate(column.is_valid().to_pylist())
    ]


def _half_cells(column: Any) -> list[Cell]:
    """Arrow spells the float32 that a float16 is; NumPy knows the shortest spelling of the float16 itself."""
    import numpy as np

    halves = column.to_numpy(zero_copy_only=False).astype(np.float16)
    return [
        spell_number(np.format_float_positional(half, unique=True)) if valid else None
        for half, valid in zip(halves, column.is_valid().to_pylist(), strict=True)
    ]


def _iso(written: str) -> str:
    """A time or timestamp of Arrow as ISO 8601, without a fraction of zeros.

    >>> _iso("2020-01-31 12:00:00.000000+0900"), _iso("12:30:00.500")
    ('2020-01-31T12:00:00+09:00', '12:30:00.5')
    """
    found = _find_time.fullmatch(written)
    if found is None:
        return written
    day, time, fraction, zone = found.groups()
    fraction = (fraction or "").rstrip("0")
    zone = zone or ""
    return (
        (f"{day}T" if day else "")
        + time
        + (f".{fraction}" if fraction else "")
        + (zone if len(zone) < 2 else f"{zone[:3]}:{zone[3:]}")
    )
