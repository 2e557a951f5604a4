"""Writing rows (predictions, scores, hits) as csv, tsv or jsonl, whole or not at all."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO, Literal, get_args

from nlp_toolkit.corpus.whole_file import Destination, output_format, whole_file
from nlp_toolkit.errors import DataError
from nlp_toolkit.series import name_rows
from nlp_toolkit.text.visible import json_text

RowFormat = Literal["csv", "tsv", "jsonl"]

_FORMATS: dict[str, RowFormat] = {name: name for name in get_args(RowFormat)}

# Signs a spreadsheet begins a formula with, in full width too, after blanks it may drop; a tab or line end by itself.
_begins_formula = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]").match


def write_rows(
    rows: Iterable[Mapping[str, object]],
    destination: Destination,
    *,
    format: RowFormat | None = None,
    columns: Sequence[str] | None = None,
    excel_safe: bool = False,
    overwrite: bool = False,
) -> int:
    """Write mappings as rows and return how many there were.

    The format is told by a path's ending; for `-` (stdout) and streams it is jsonl unless given. csv and tsv
    have `columns`, or the keys of the first row, as header; a row with other keys raises `DataError`. None is
    an empty cell there; lists and mappings are written as JSON. `excel_safe` puts `'` before strings that a
    spreadsheet would run as a formula (csv and tsv only). NaN and infinity raise `DataError`; an existing
    file raises `UsageError` unless `overwrite`.

    >>> from io import BytesIO
    >>> stream = BytesIO()
    >>> write_rows([{"row": 0, "label": "=1+1"}], stream, format="csv", excel_safe=True)
    1
    >>> stream.getvalue()
    b"row,label\\n0,'=1+1\\n"
    """
    chosen = output_format(destination, format, _FORMATS)
    with whole_file(destination, overwrite=overwrite) as stream:
        if chosen == "jsonl":
            return _write_jsonl(rows, stream, columns)
        return _write_delimited(rows, stream, columns, "\t" if chosen == "tsv" else ",", excel_safe)


def formula_safe(cell: str) -> str:
    """Put `'` before a cell that a spreadsheet would take for a formula.

    >>> formula_safe("=HYPERLINK(A1)"), formula_safe(" ＝1+1"), formula_safe("a = b")
    ("'=HYPERLINK(A1)", "' ＝1+1", 'a = b')
    """
    return f"'{cell}" if _begins_formula(cell) else cell


def _write_jsonl(rows: Iterable[Mapping[str, object]], stream: BinaryIO, columns: Sequence[str] | None) -> int:
    n_rows = 0
    for n_rows, row in enumerate(rows, start=1):
        kept = row if columns is None else dict(zip(columns, _cells(row, columns, n_rows - 1), strict=True))
        stream.write(_bytes(_json(kept, n_rows - 1) + "\n"))
    return n_rows


def _write_delimited(
    rows: Iterable[Mapping[str, object]],
    stream: BinaryIO,
    columns: Sequence[str] | None,
    delimiter: str,
    excel_safe: bool,
) -> int:
    def put(values: Sequence[object], number: int = 0) -> None:
        cells = [_cell(value, number, excel_safe) for value in values]
        quoted = [_quoted(cell, delimiter, alone=len(cells) == 1) for cell in cells]
        stream.write(_bytes(delimiter.join(quoted) + "\n"))

    n_rows = 0
    if columns is not None:
        put(columns)
    for n_rows, row in enumerate(rows, start=1):
        if columns is None:
            columns = list(row)
            put(columns)
        put(_cells(row, columns, n_rows - 1), n_rows - 1)
    return n_rows


def _cells(row: Mapping[str, object], columns: Sequence[str], number: int) -> list[object]:
    if row.keys() != set(columns):
        raise DataError(f"{name_rows([number])} has the keys {', '.join(row)}; expected {', '.join(columns)}")
    return [row[name] for name in columns]


def _cell(value: object, number: int, excel_safe: bool) -> str:
    if isinstance(value, str):
        return formula_safe(value) if excel_safe else value
    return "" if value is None else _json(value, number)


def _quoted(cell: str, delimiter: str, alone: bool) -> str:
    """As the csv module quotes, and also a lone CR, which it leaves bare where lines end with LF."""
    if any(sign in cell for sign in (delimiter, '"', "\n", "\r")) or (alone and not cell):
        escaped = cell.replace('"', '""')
        return f'"{escaped}"'
    return cell


def _json(value: object, number: int) -> str:
    try:
        return json_text(value)
    except ValueError as error:
        raise DataError(f"{name_rows([number])} holds NaN or infinity; expected finite numbers only") from error


def _bytes(text: str) -> bytes:
    # A lone surrogate cannot be encoded; its escape is JSON, and in csv it is at least told apart.
    return text.encode("utf-8", "backslashreplace")
