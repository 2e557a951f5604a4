"""What every file format is read as: a table of named columns that comes in blocks of rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Cell: TypeAlias = "str | bool | list[Cell] | dict[str, Cell] | None"
"""A string (numbers too: see `typed_cells`), null, or what only JSON and Arrow have: booleans, lists, objects."""

LONGEST_RECORD = 1 << 26
"""Characters (64 Mi) a line or a record may have: what stops an unclosed quote or a file without line breaks
from filling the memory."""

LARGEST_BLOCK = 1 << 25
"""Characters (32 Mi) after which a block ends, however few rows it has."""


@dataclass(frozen=True)
class Block:
    """Some rows: the cells of each column, the line (or row) each row starts at, and its bytes on demand."""

    columns: dict[str, list[Cell]]
    places: Sequence[int]
    raw: Callable[[int], bytes]
    blank_lines: int = 0


@dataclass(frozen=True)
class Table:
    """The column names of a file, what its places count ("line" or "row"), and its blocks.

    `blocks(needed, block_rows)` yields the needed columns, at most `block_rows` rows at a time.
    """

    names: Sequence[str]
    unit: str
    blocks: Callable[[Sequence[str], int], Iterator[Block]]
    has_header: bool = False
