"""Files of one record a line as a table: plain text and JSON Lines."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from nlp_toolkit.corpus.bad_rows import BadRows
from nlp_toolkit.corpus.columns import listed
from nlp_toolkit.corpus.lines import Lines
from nlp_toolkit.corpus.tables import LARGEST_BLOCK, Block, Cell, Table
from nlp_toolkit.corpus.typed_cells import JSON_NUMBERS
from nlp_toolkit.errors import DataError


def txt_table(lines: Lines, bad: BadRows) -> Table:
    """One column, `text`; every line is a row, blank ones too (the row count is the line count)."""

    def blocks(needed: Sequence[str], block_rows: int) -> Iterator[Block]:
        texts: list[Cell] = []
        raws: list[bytes] = []
        start = 1
        for line in lines:
            texts.append(line.rstrip("\r\n"))
            if bad.path is not None:
                raws.append(lines.held_bytes())
            lines.start_record()
            if len(texts) >= block_rows or lines.characters >= LARGEST_BLOCK:
                yield Block({"text": texts}, range(start, start + len(texts)), raws.__getitem__)
                texts, raws, start = [], [], start + len(texts)
                lines.start_block()
        yield Block({"text": texts}, range(start, start + len(texts)), raws.__getitem__)

    return Table(["text"], "line", blocks)


def jsonl_table(lines: Lines, bad: BadRows) -> Table:
    """One JSON object a line; the columns are the keys of the first. Blank lines are no rows.

    Numbers are spelled as `typed_cells` says and keep their value. A line that is no object, repeats a key or lacks a
    needed one is a bad row.
    """
    records = _objects(lines, bad)
    first = next(records, None)
    if first is None:
        raise DataError(f"{lines.source}: the file is empty; expected one JSON object a line")

    def blocks(needed: Sequence[str], block_rows: int) -> Iterator[Block]:
        columns: dict[str, list[Cell]] = {name: [] for name in needed}
        places: list[int] = []
        raws: list[bytes] = []
        for record, place, raw in chain([first], records):
            absent = [name for name in needed if name not in record]
            if absent:
                bad.reject(f"line {place}", f"no key {absent[0]!r}; its keys: {listed(record)}", partial(bytes, raw))
                continue
            for name in needed:
                columns[name].append(record[name])
            places.append(place)
            raws.append(raw)
            if len(places) >= block_rows or lines.characters >= LARGEST_BLOCK:
                yield Block(columns, places, raws.__getitem__, lines.blank)
                columns, places, raws = {name: [] for name in needed}, [], []
                lines.start_block()
        yield Block(columns, places, raws.__getitem__, lines.blank)

    return Table(list(first[0]), "line", blocks)


def _objects(lines: Lines, bad: BadRows) -> Iterator[tuple[dict[str, Cell], int, bytes]]:
    decode = json.JSONDecoder(object_pairs_hook=_without_repeats, **JSON_NUMBERS).decode
    for line in lines:
        if line.isspace():
            lines.blank += 1
            lines.start_record()
            continue
        try:
            record = decode(line)
            why = None if isinstance(record, dict) else "not a JSON object"
        except json.JSONDecodeError as error:
            why = f"not valid JSON ({error.msg}, character {error.pos + 1})"
        except _RepeatedKeyError as error:
            why = f"the key {error} occurs twice"
        except RecursionError:
            why = "nested too deeply"
        if why is None:
            yield record, lines.number, lines.held_bytes() if bad.path is not None else b""
        else:
            bad.reject(f"line {lines.number}", why, lines.held_bytes)
        lines.start_record()


class _RepeatedKeyError(Exception):
    pass


def _without_repeats(pairs: list[tuple[str, Cell]]) -> dict[str, Cell]:
    record = dict(pairs)
    if len(record) != len(pairs):
        [(key, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise _RepeatedKeyError(listed([key]))
    return record
