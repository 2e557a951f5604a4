"""Parquet files and `datasets` data sets as a table: Arrow columns turned into strings."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from nlp_toolkit.corpus.tables import LARGEST_BLOCK, Block, Cell, Table
from nlp_toolkit.corpus.typed_cells import arrow_cells
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.extras import require

if TYPE_CHECKING:
    import pyarrow as pa


def parquet_table(stream: BinaryIO, source: str) -> Table:
    """A Parquet file; a damaged one raises `DataError`, at the latest when its blocks are read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # A small read buffer, or each column chunk is held whole.
        file = pq.ParquetFile(stream, buffer_size=1 << 20, page_checksum_verification=True)
        names = file.schema_arrow.names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{source}: damaged Parquet file ({_one_line(error)}); write or fetch it again") from error

    def blocks(needed: Sequence[str], block_rows: int) -> Iterator[Block]:
        first = 1
        rows = _rows_at_once(file.metadata, block_rows)
        try:
            for batch in file.iter_batches(rows, columns=list(needed)):
                yield _block(batch, needed, first, source)
                first += batch.num_rows
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            message = f"{source}, after row {first - 1}: damaged Parquet file ({_one_line(error)}); fetch it again"
            raise DataError(message) from error

    return Table(names, "row", blocks)


def dataset_table(dataset: Any, source: str) -> Table:
    """A `datasets.Dataset`; a dictionary of splits raises `UsageError` that names them."""
    if isinstance(dataset, dict):
        raise UsageError(f"{source} has several splits ({', '.join(dataset)}); name one of them")
    if dataset.column_names is None:
        raise UsageError(f"{source} is streamed and does not know its columns; download it, or save it to disk")

    def blocks(needed: Sequence[str], block_rows: int) -> Iterator[Block]:
        first = 1
        for table in dataset.select_columns(list(needed)).with_format("arrow").iter(batch_size=block_rows):
            yield _block(table, needed, first, source)
            first += table.num_rows

    return Table(dataset.column_names, "row", blocks)


def load_dataset_folder(folder: Path) -> Any:
    """The data set that `save_to_disk` wrote; needs the package `datasets`. Any other folder: `UsageError`."""
    if not (folder / "state.json").is_file() and not (folder / "dataset_dict.json").is_file():
        raise UsageError(f"{folder} is a directory, and not one that datasets' save_to_disk wrote; name a file")
    for state in sorted(folder.glob("**/state.json")):
        _check_inside(state, lambda said: [entry["filename"] for entry in said["_data_files"]])
    if (folder / "dataset_dict.json").is_file():
        _check_inside(folder / "dataset_dict.json", lambda said: list(said["splits"]))
    datasets = require("datasets")
    try:
        return datasets.load_from_disk(str(folder))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder}: damaged data set ({_one_line(error)}); save it again") from error


def _check_inside(state: Path, names: Callable[[Any], list[str]]) -> None:
    """Raise `DataError` where the state of a data set names files elsewhere, which `datasets` would read."""
    try:
        named = names(json.loads(state.read_bytes()))
        found = [(state.parent / name).resolve() for name in named]
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise DataError(f"{state}: not the state of a data set ({_one_line(error)}); save it again") from error
    home = state.parent.resolve()
    outside = [name for name, path in zip(named, found, strict=True) if not path.is_relative_to(home)]
    if outside:
        raise DataError(f"{state}: names {outside[0]!r:.200}, outside the data set's folder; it is not read")


def is_dataset(source: object) -> bool:
    """Whether `source` comes from the package `datasets` (which need not be imported to tell)."""
    return type(source).__module__.partition(".")[0] == "datasets"


def _block(batch: "pa.RecordBatch | pa.Table", needed: Sequence[str], first: int, source: str) -> Block:
    columns = {name: _cells(batch.column(name), name, first, source) for name in needed}

    def raw(row: int) -> bytes:
        cells = {name: values[row] for name, values in columns.items()}
        return json.dumps(cells, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"

    return Block(columns, range(first, first + batch.num_rows), raw)


def _cells(column: "pa.Array | pa.ChunkedArray", name: str, first: int, source: str) -> list[Cell]:
    import pyarrow as pa

    try:
        return arrow_cells(column)
    except pa.ArrowException as error:
        kind = f"{column.type}: {_one_line(error)}"
        raise DataError(f"{source}: column {name!r} cannot be read as text ({kind}); convert it") from error
    except UnicodeDecodeError as error:
        where = f"rows {first} to {first + len(column) - 1}"
        raise DataError(f"{source}, {where}: column {name!r} is not UTF-8; write it again as text") from error


def _rows_at_once(metadata: Any, block_rows: int) -> int:
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    widest = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
    return max(1, min(block_rows, LARGEST_BLOCK // max(widest, 1)))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
