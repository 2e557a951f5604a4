"""CSV and TSV files as a table: quoted line breaks, rows of the wrong width, quotes left open."""

import csv
from collections.abc import Iterator, Sequence
from typing import Literal

from nlp_toolkit.corpus.bad_rows import BadRows
from nlp_toolkit.corpus.lines import Lines
from nlp_toolkit.corpus.tables import LARGEST_BLOCK, LONGEST_RECORD, Block, Cell, Table
from nlp_toolkit.errors import DataError, UsageError

Quoting = Literal["double", "none"]

_QUOTES: dict[Quoting, Literal[0, 3]] = {"double": csv.QUOTE_MINIMAL, "none": csv.QUOTE_NONE}


def delimited_table(lines: Lines, delimiter: str, quoting: Quoting, bad: BadRows) -> Table:
    """Read the header; the rows follow in blocks.

    A row has as many cells as the header. A blank line is no row, except in a file of one column,
    where it is an empty cell. After an open quote, reading goes on at the line after the one that opened it.
    """
    # The limit is the csv module's, for the whole process; it is raised and never lowered, so that
    # readers in several threads cannot take it from each other. `Lines` keeps the real bound.
    csv.field_size_limit(max(csv.field_size_limit(), 2 * LONGEST_RECORD))
    if quoting not in _QUOTES:
        raise UsageError(f"unknown quoting {quoting!r}; known: {', '.join(_QUOTES)}")
    reader = csv.reader(lines, delimiter=delimiter, quoting=_QUOTES[quoting], strict=True)
    names = _header(reader, lines)

    def blocks(needed: Sequence[str], block_rows: int) -> Iterator[Block]:
        wanted = [(name, names.index(name)) for name in needed]
        rows: list[list[str]] = []
        places: list[int] = []
        raws: list[bytes] = []

        def finished() -> Block:
            columns: dict[str, list[Cell]] = {name: [row[at] for row in rows] for name, at in wanted}
            return Block(columns, places, raws.__getitem__, lines.blank)

        for row, place in _rows(reader, lines, len(names), bad):
            rows.append(row)
            places.append(place)
            if bad.path is not None:
                raws.append(lines.held_bytes())
            if len(rows) >= block_rows or lines.characters >= LARGEST_BLOCK:
                yield finished()
                rows, places, raws = [], [], []
                lines.start_block()
        yield finished()

    return Table(names, "line", blocks, has_header=True)


def _header(reader: "Iterator[list[str]]", lines: Lines) -> list[str]:
    try:
        for row in reader:
            if row:
                return row
            lines.start_record()
    except csv.Error as error:
        raise DataError(
            f"{lines.source}, line {lines.number}: the header cannot be read ({_explained(error)}); mend it"
        ) from error
    raise DataError(f"{lines.source}: the file is empty; expected a header and rows")


def _rows(reader: "Iterator[list[str]]", lines: Lines, width: int, bad: BadRows) -> Iterator[tuple[list[str], int]]:
    while True:
        place = lines.start_record()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back()
            bad.reject(f"line {place}", _explained(error), lines.held_bytes)
            continue
        if len(row) == width:
            yield row, place
        elif not row and width == 1:
            yield [""], place
        elif not row:
            lines.blank += 1
        else:
            bad.reject(f"line {place}", f"{len(row)} cells, the header has {width}", lines.held_bytes)


def _explained(error: csv.Error) -> str:
    if "unexpected end of data" in str(error) or "longer than" in str(error):
        return f"a quote is opened and not closed ({error})"
    if "expected after" in str(error):
        return f"text after a closing quote ({error}); if the file does not quote, pass quoting='none'"
    return str(error)
