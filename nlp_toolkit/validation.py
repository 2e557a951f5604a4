"""What counts as texts, as pairs of texts and as a usable matrix; the rest is refused by name, with the remedy."""

import mmap
import struct
import tempfile
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.errors import DataError, ResourceError
from nlp_toolkit.protocols import Matrix, TextPair
from nlp_toolkit.series import SHOWN_ROWS, in_memory, is_missing, name_rows, plain_list, refuse_no_column


def check_texts(texts: Iterable[str], *, allow_bytes: bool = False) -> Iterable[str]:
    """Return `texts` as something to iterate over, or raise `DataError` naming what was wrong and where.

    Lists, tuples, Series, arrays and Arrow columns are checked at once and come back as a list (or the
    same list or tuple). Iterators and lazily read columns are checked row by row while they are read.
    `allow_bytes` lets rows be bytes, for the stages with an `encoding` parameter.
    """
    refuse_no_column(texts, "texts", "[text]")
    _refuse_other_shapes(texts)
    allowed = (str, bytes) if allow_bytes else (str,)
    rows: list[str] | tuple[str, ...] | None = in_memory(texts)
    if rows is None:
        return _checked(texts, allowed) if isinstance(texts, Iterator) else _CheckedTexts(texts, allowed)
    # One pass in C over exact types; only texts that fail it are looked at one by one.
    if not set(map(type, rows)) <= set(allowed):
        for row, text in enumerate(rows):
            _check_row(row, text, allowed)
    return rows


def as_list(texts: Iterable[str]) -> list[str]:
    """`texts` as a checked list; an iterator is read to its end."""
    checked = check_texts(texts)
    return checked if isinstance(checked, list) else list(checked)


def check_pairs(pairs: Iterable[TextPair]) -> Sequence[TextPair]:
    """Return `pairs` as a list of (text, text) tuples, or raise `DataError` naming the first row that is not one."""
    refuse_no_column(pairs, "pairs of texts", "[(text, text)]")
    if len(getattr(pairs, "shape", (0,))) != 2:  # a row of two columns is a pair, and any other is named below
        _refuse_other_shapes(pairs)
    return [_pair(row, pair) for row, pair in enumerate(plain_list(pairs, "pairs of texts"))]


def check_finite(matrix: Matrix, what: str, ids: Sequence[str] | None = None, *, first_row: int = 0) -> None:
    """Raise `DataError` where `matrix` (n_rows, n_columns), dense or sparse, holds NaN or infinity.

    `what` names the matrix in the message; `ids` (n_rows) name its rows, which else go by number from `first_row` on.
    """
    values: np.ndarray = matrix.data if sp.issparse(matrix) else matrix  # type: ignore[assignment]
    if not np.issubdtype(values.dtype, np.inexact) or np.isfinite(values).all():
        return
    if sp.issparse(matrix):
        coordinates = sp.coo_array(matrix)
        rows = np.unique(coordinates.row[~np.isfinite(coordinates.data)])
    else:
        rows = np.flatnonzero(~np.isfinite(values).all(axis=tuple(range(1, values.ndim))))
    if ids is None:
        where = name_rows((rows + first_row).tolist())
    else:
        more = f" and {len(rows) - SHOWN_ROWS} more" if len(rows) > SHOWN_ROWS else ""
        where = f"rows {', '.join(ids[row] for row in rows[:SHOWN_ROWS])}{more}"
    raise DataError(f"{what} holds NaN or infinity in {where}; expected finite numbers only")


def spool(texts: Iterable[str]) -> Iterable[str]:
    """Return `texts` if it can be iterated over again, else a copy on disk that can.

    The copy is a temporary file, read as it is iterated over and deleted with the object. A disk that
    is full raises `ResourceError`.
    """
    return SpooledTexts(texts) if isinstance(texts, Iterator) else texts


class SpooledTexts:
    """Texts in a temporary file: 8 bytes of length (little-endian), then UTF-8 that keeps lone surrogates."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._length = 0
        # The file has no name where the system allows it, so even a killed process leaves nothing behind.
        with tempfile.TemporaryFile() as file:
            try:
                for text in texts:
                    encoded = text.encode("utf-8", "surrogatepass")
                    file.write(struct.pack("<Q", len(encoded)))
                    file.write(encoded)
                    self._length += 1
                file.flush()
            except OSError as error:
                raise ResourceError(
                    f"could not keep {self._length} texts in {tempfile.gettempdir()} ({error.strerror}); "
                    "free space there, set TMPDIR, or pass a list instead of an iterator"
                ) from error
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self._length else b""

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        start = 0
        for _ in range(self._length):
            (size,) = struct.unpack_from("<Q", self._bytes, start)
            start += 8 + size
            yield self._bytes[start - size : start].decode("utf-8", "surrogatepass")


class _CheckedTexts:
    """A lazily read column, checked anew each time it is read."""

    def __init__(self, texts: Iterable[str], allowed: tuple[type, ...]) -> None:
        self._texts = texts
        self._allowed = allowed

    def __iter__(self) -> Iterator[str]:
        return _checked(self._texts, self._allowed)


def _checked(texts: Iterable[str], allowed: tuple[type, ...]) -> Iterator[str]:
    for row, text in enumerate(texts):
        if type(text) not in allowed:
            _check_row(row, text, allowed)
        yield text


def _check_row(row: int, text: object, allowed: tuple[type, ...]) -> None:
    if isinstance(text, allowed):
        return
    if is_missing(text):
        raise DataError(f"{name_rows([row])} is missing ({text!r}), expected a text; leave the row out or put '' there")
    if isinstance(text, bytes):
        raise DataError(f"{name_rows([row])} is bytes, expected a text; decode it first: row.decode('utf-8')")
    if isinstance(text, tuple | list):
        remedy = "pairs of texts need PairFeatures(stage)" if len(text) == 2 else "join its words with ' '.join(row)"
        raise DataError(f"{name_rows([row])} is a {type(text).__name__} of {len(text)}, expected a text; {remedy}")
    raise DataError(f"{name_rows([row])} is {_shown(text)}, expected a text; convert it first: str(row)")


def _pair(row: int, pair: object) -> TextPair:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise DataError(f"{name_rows([row])} is {_shown(pair)}, expected a pair of texts: (text, text)")
    for side, text in zip(("first", "second"), pair, strict=True):
        if not isinstance(text, str):
            where = f"the {side} text of {name_rows([row])}"
            raise DataError(f"{where} is {_shown(text)}, expected a text; convert or leave it out")
    return pair[0], pair[1]


def _shown(value: object) -> str:
    written = repr(value)
    return f"{type(value).__name__} {written if len(written) <= 40 else written[:37] + '...'}"


def _refuse_other_shapes(texts: object) -> None:
    shape = getattr(texts, "shape", (0,))
    if len(shape) != 1:
        raise DataError(
            f"expected a sequence of texts, got {type(texts).__name__} of shape {tuple(shape)}; "
            "pass a one-dimensional column, for example array[:, 0]"
        )
