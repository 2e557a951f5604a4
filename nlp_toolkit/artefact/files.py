"""The kinds of file a saved stage consists of: JSON, one term a line, arrays; none of them can run code."""

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path

import numpy as np

from nlp_toolkit.errors import ArtefactError

MAX_JSON_BYTES = 64 * 2**20
MAX_LINES_BYTES = 8 * 2**30
MAX_HEADER_BYTES = 2**20

# Name in a safetensors header -> numpy's. Complex, object and 8-bit float types have no business in a model of ours.
_DTYPES = {
    "BOOL": "|b1",
    "U8": "|u1",
    "I8": "|i1",
    "U16": "<u2",
    "I16": "<i2",
    "U32": "<u4",
    "I32": "<i4",
    "U64": "<u8",
    "I64": "<i8",
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
_TO_ESCAPE = re.compile("[\\\\\n\r\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(?:([nr\\])|u(d[89a-f][0-9a-f]{2}))|\\")
_SHORT = {"\\": "\\", "n": "\n", "r": "\r"}


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON; equal values give equal bytes. NaN and infinity are refused with ValueError."""
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False, default=_plain_number)
    # A lone surrogate exists in JSON as an escape only (and two that would make a pair are read back as one character).
    path.write_bytes((_escape_surrogates(text) + "\n").encode("utf-8"))


def read_json(path: Path, *, max_bytes: int = MAX_JSON_BYTES) -> object:
    """Read a JSON file of at most `max_bytes`; anything else is an `ArtefactError`."""
    _check_size(path, max_bytes)
    try:
        return json.loads(path.read_bytes(), parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ArtefactError(f"{path}: expected JSON, got something else ({error}); the file is damaged") from error


def write_lines(path: Path, terms: Sequence[str]) -> None:
    r"""Write one term a line in UTF-8; backslash, newline, CR and lone surrogates become `\\`, `\n`, `\r`, `\udc80`."""
    text = "\n".join(terms)
    plain = len(terms) > 0 and "\\" not in text and "\r" not in text and text.count("\n") == len(terms) - 1
    if plain:
        try:
            path.write_bytes((text + "\n").encode("utf-8"))
            return
        except UnicodeEncodeError:
            pass
    path.write_bytes("".join(_TO_ESCAPE.sub(_escape, term) + "\n" for term in terms).encode("utf-8"))


def read_lines(path: Path, *, max_bytes: int = MAX_LINES_BYTES) -> list[str]:
    """Read what `write_lines` wrote; anything else is an `ArtefactError`."""
    _check_size(path, max_bytes)
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArtefactError(f"{path}: expected UTF-8 text ({error}); the file is damaged") from error
    if text and not text.endswith("\n"):
        raise ArtefactError(f"{path}: the last line is cut off; the file is damaged")
    lines = text.split("\n")[:-1]
    if "\\" not in text:
        return lines
    try:
        return [_ESCAPED.sub(_unescape, line) if "\\" in line else line for line in lines]
    except ValueError as error:
        raise ArtefactError(f"{path}: {error}; the file is damaged") from error


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays of bool, integer or float type as safetensors, in C order and little-endian.

    Written here and not by `safetensors.save_file`, which leaves files only their owner can read (mode 0600), replaces
    whatever stood at `path` instead of writing to it, and reports a full disk as a format error.
    """
    ordered = [(name, _little_endian(name, array)) for name, array in arrays.items()]
    # Widest first, so that every array starts at a multiple of its item size.
    ordered.sort(key=lambda item: (-item[1].itemsize, item[0]))
    header: dict[str, object] = {}
    end = 0
    for name, array in ordered:
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": _NAMES[array.dtype.str], "shape": list(array.shape), "data_offsets": [begin, end]}
    raw = json.dumps(header, separators=(",", ":")).encode("utf-8")
    raw += b" " * (-len(raw) % 8)
    with path.open("wb") as file:
        file.write(len(raw).to_bytes(8, "little") + raw)
        for _, array in ordered:
            file.write(array.reshape(-1).data)


def read_arrays(path: Path, *, max_header: int = MAX_HEADER_BYTES) -> dict[str, np.ndarray]:
    """Read named arrays; the header is checked against the file's size before any memory is taken for them."""
    arrays_header(path, max_header=max_header)
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays: dict[str, np.ndarray] = load_file(path)
    except SafetensorError as error:
        raise ArtefactError(f"{path}: not a safetensors file ({error}); the file is damaged") from error
    return arrays


def arrays_header(
    path: Path, more_types: Mapping[str, int] | None = None, *, max_header: int = MAX_HEADER_BYTES
) -> dict[str, list[int]]:
    """Return the shape of every array of a safetensors file; nothing of the arrays is read.

    Raises `ArtefactError` unless the header is small, of plain types, and its arrays fill the file exactly.
    `more_types` are the bytes a number takes of types that may occur beside our own.
    """
    sizes = {name: np.dtype(dtype).itemsize for name, dtype in _DTYPES.items()} | dict(more_types or {})
    size = _check_size(path, None)
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, max_header):
            raise ArtefactError(
                f"{path}: its header claims {length} bytes, the file has {size}; the file is damaged or hostile"
            )
        raw = file.read(length)
    try:
        header = json.loads(raw)
        if not isinstance(header, dict):
            raise ValueError(f"expected arrays by name, got {header!r:.80}")
        header.pop("__metadata__", None)
        spans = sorted(_span(name, entry, sizes) for name, entry in header.items())
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ArtefactError(f"{path}: its header is damaged ({error})") from error
    expected = 0
    for begin, end in spans:
        if begin != expected:
            raise ArtefactError(f"{path}: its arrays overlap or leave gaps; the file is damaged or hostile")
        expected = end
    if expected != size - 8 - length:
        raise ArtefactError(f"{path}: its arrays need {expected} bytes, the file holds {size - 8 - length}")
    return {name: entry["shape"] for name, entry in header.items()}


def sync_file(path: Path) -> None:
    """Wait until the file's bytes are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Wait until the folder's list of names is on the disk (where the system lets folders be opened)."""
    if os.name == "posix":
        sync_file(path)


def _span(name: str, entry: dict[str, object], sizes: Mapping[str, int]) -> tuple[int, int]:
    """First and last byte of an array, checked against its type and shape."""
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        raise ValueError(f"array {name!r} has no shape or place")
    if any(type(number) is not int or number < 0 for number in [*shape, *offsets]):
        raise ValueError(f"array {name!r} has a negative or fractional size")
    size = sizes.get(str(entry["dtype"]))
    if size is None:
        raise ValueError(f"array {name!r} has type {entry['dtype']!r}")
    begin, end = offsets
    if end - begin != prod(shape) * size:
        raise ValueError(f"array {name!r} of shape {shape} does not take {end - begin} bytes")
    return begin, end


def _little_endian(name: str, array: np.ndarray) -> np.ndarray:
    found = np.asarray(array)
    little = found.dtype.newbyteorder("<")
    if little.str not in _NAMES:
        raise ValueError(f"array {name!r} has type {found.dtype}; expected bool, integers or floats up to 64 bits")
    return np.asarray(found, dtype=little, order="C")


def _check_size(path: Path, max_bytes: int | None) -> int:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ArtefactError(f"{path}: {error.strerror}; the model is incomplete") from error
    if max_bytes is not None and size > max_bytes:
        raise ArtefactError(f"{path}: {size} bytes, expected at most {max_bytes}; the file is damaged or hostile")
    return size


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    return {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}.get(found) or f"\\u{ord(found):04x}"


def _unescape(match: re.Match[str]) -> str:
    short, code = match.groups()
    if short is not None:
        return _SHORT[short]
    if code is not None:
        return chr(int(code, 16))
    raise ValueError(f"stray backslash in the term {match.string!r}")


def _escape_surrogates(text: str) -> str:
    return re.sub("[\ud800-\udfff]", _escape, text)


def _plain_number(value: object) -> object:
    """NumPy's numbers, such as a parameter from a grid, as Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} of type {type(value).__name__} has no form in JSON")


def _finite(written: str) -> float:
    """A number of JSON; one that is too large for a float would be read as infinity."""
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(f"{written:.40} is too large for a number")
    return number


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number JSON knows")
