"""From a block of cells to a corpus: cleaning, joining, labels, weights, typed metadata, and rows that are wrong."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from nlp_toolkit.corpus.bad_rows import BadRows
from nlp_toolkit.corpus.columns import Columns, MetadataType
from nlp_toolkit.corpus.corpus import Cleaning, Corpus
from nlp_toolkit.corpus.seen_ids import SeenIds
from nlp_toolkit.corpus.tables import Block, Cell
from nlp_toolkit.corpus.typed_cells import JSON_NUMBERS, NoDecimal
from nlp_toolkit.errors import DataError
from nlp_toolkit.text.normalize import clean


def _finite(cell: str) -> float | None:
    """The number a cell spells, None for NaN; `ValueError` for infinity, which no JSON holds, and for 1_000."""
    number = float(cell)
    if "_" in cell or math.isinf(number):
        raise ValueError(cell)
    return None if math.isnan(number) else number


def _whole(cell: str) -> int:
    if "_" in cell:  # Python reads 1_000 as a number, people and spreadsheets do not
        raise ValueError(cell)
    return int(cell)


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_CONVERT: dict[MetadataType, Callable[[str], object]] = {
    "str": str,
    "int": _whole,
    "float": _finite,
    "bool": lambda cell: _BOOLEANS[cell.strip().lower()],
}


class Assembler:
    """Builds the corpora of one source; what the first label looks like decides for all of them.

    Ids are unique within a source. Where it is not read `whole`, those of the blocks before are known by their
    hashes only, or memory would grow with the source.
    """

    def __init__(self, columns: Columns, unit: str, bad: BadRows, encoding: str | None, whole: bool) -> None:
        self.columns = columns
        self.unit = unit
        self.bad = bad
        self.encoding = encoding
        self.whole = whole
        self._listed: bool | None = None
        self._place_of_id: dict[str, int] = {}
        self._seen = SeenIds()

    def corpus(self, block: Block) -> Corpus:
        """The rows of `block` as a corpus, without the bad ones."""
        columns, cells = self.columns, _Cells(block)
        texts = _joined([cells.strings(name, is_text=True) for name in columns.text])
        seconds = None if columns.pair is None else cells.strings(columns.pair, is_text=True)
        labels = self._labels(cells)
        ids = None if columns.id is None else cells.ids(columns.id)
        weights = None if columns.weight is None else cells.weights(columns.weight)
        groups = None if columns.group is None else cells.names(columns.group)
        metadata = {name: cells.converted(name, kind) for name, kind in columns.metadata}
        good = [row for row in range(len(block.places)) if row not in cells.faults]
        for row, why in sorted(cells.faults.items()):
            self.bad.reject(f"{self.unit} {block.places[row]}", why, partial(block.raw, row))
        corpus = Corpus(
            texts=texts if seconds is None else (),
            pairs=None if seconds is None else list(zip(texts, seconds, strict=True)),
            labels=labels,
            weights=None if weights is None else np.array(weights, dtype=np.float64),
            groups=groups,
            metadata=metadata,
            cleaning=cells.cleaning(self.encoding, block.blank_lines),
        )
        if cells.faults:
            corpus = corpus.select(good)
        if ids is None:
            return corpus
        self._check_unique(ids, block.places, good)
        return replace(corpus, ids=[ids[row] for row in good])

    def _check_unique(self, ids: Sequence[str], places: Sequence[int], rows: Sequence[int]) -> None:
        if not self.whole:
            self._place_of_id.clear()
        for row in rows:
            before = self._place_of_id.setdefault(ids[row], places[row])
            if before != places[row]:
                where = f"{self.unit} {places[row]}: id {_short(ids[row])} is on {self.unit} {before} too"
                raise DataError(f"{self.bad.source}, {where}; ids must be unique")
        again = None if self.whole else self._seen.first_again([ids[row] for row in rows])
        if again is not None:
            where = f"{self.unit} {places[rows[again]]}: id {_short(ids[rows[again]])} is on an earlier {self.unit} too"
            raise DataError(f"{self.bad.source}, {where}; ids must be unique")

    def _labels(self, cells: "_Cells") -> list[str] | list[list[str]] | None:
        columns = self.columns
        if not columns.labels:
            return None
        if len(columns.labels) > 1 or columns.label_separator is not None:
            split = [cells.separated(name, columns.label_separator) for name in columns.labels]
            return [[label for part in parts for label in part] for parts in zip(*split, strict=True)]
        name = columns.labels[0]
        if self._listed is None and cells.block.columns[name]:
            self._listed = _as_list(cells.block.columns[name][0]) is not None
        return cells.lists(name) if self._listed else cells.names(name)


class _Cells:
    """Turns the cells of a block into values, counting what was cleaned and noting faults by row."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.faults: dict[int, str] = {}
        self._strings: dict[str, list[str]] = {}
        self._control_characters = 0
        self._lone_surrogates = 0
        self._missing_texts = 0

    def cleaning(self, encoding: str | None, blank_lines: int) -> Cleaning:
        return Cleaning(
            encoding=encoding,
            control_characters=self._control_characters,
            lone_surrogates=self._lone_surrogates,
            missing_texts=self._missing_texts,
            blank_lines=blank_lines,
        )

    def strings(self, name: str, *, is_text: bool = False) -> list[str]:
        """A column as strings, made once however often it is asked for."""
        if name in self._strings:
            return self._strings[name]
        values = self._strings[name] = []
        for row, cell in enumerate(self.block.columns[name]):
            if type(cell) is str:
                values.append(cell if cell.isprintable() else self._cleaned(cell))
            elif type(cell) is NoDecimal:
                values.append(str(cell))
            elif cell is None:
                self._missing_texts += is_text
                values.append("")
            elif isinstance(cell, bool):
                values.append(json.dumps(cell))
            else:
                self._fault(row, name, f"holds {_named(cell)}, expected a string")
                values.append("")
        return values

    def names(self, name: str) -> list[str]:
        """A column whose strings name something: a label, a target, an id, a group."""
        for row, cell in enumerate(self.block.columns[name]):
            if type(cell) is NoDecimal:
                self._fault(row, name, _no_decimal(cell))
        return self.strings(name)

    def ids(self, name: str) -> list[str]:
        values = self.names(name)
        for row, value in enumerate(values):
            if not value:
                self._fault(row, name, "has no id")
        return values

    def weights(self, name: str) -> list[float]:
        values = []
        for row, cell in enumerate(self.strings(name)):
            try:
                weight = _finite(cell)
            except ValueError:
                weight = None
            if weight is None or weight < 0:
                weight = math.nan
                self._fault(row, name, f"has weight {_short(cell)}, expected a number, 0 or more")
            values.append(weight)
        return values

    def converted(self, name: str, kind: MetadataType) -> list[object]:
        values: list[object] = []
        for row, (cell, text) in enumerate(zip(self.block.columns[name], self.strings(name), strict=True)):
            if cell is None or (not text and kind != "str"):
                values.append(None)
                continue
            try:
                values.append(_CONVERT[kind](text))
            except (ValueError, KeyError):
                expected = "a finite float" if kind == "float" else kind
                self._fault(row, name, f"has {_short(text)}, expected {expected}")
                values.append(None)
        return values

    def separated(self, name: str, separator: str | None) -> list[list[str]]:
        values = []
        for cell in self.names(name):
            parts = [cell] if separator is None else cell.split(separator)
            values.append([part.strip() for part in parts if part.strip()])
        return values

    def lists(self, name: str) -> list[list[str]]:
        values = []
        for row, cell in enumerate(self.block.columns[name]):
            labels = _as_list(cell)
            if labels is None:
                self._fault(row, name, f"holds {_named(cell)}, expected a list of labels as in the first row")
            endless = next((label for label in labels or () if type(label) is NoDecimal), None)
            if endless is not None:
                self._fault(row, name, _no_decimal(endless))
            values.append([label if label.isprintable() else self._cleaned(label) for label in labels or ()])
        return values

    def _cleaned(self, cell: str) -> str:
        cleaned = clean(cell)
        self._control_characters += cleaned.control_characters
        self._lone_surrogates += cleaned.lone_surrogates
        return cleaned.text

    def _fault(self, row: int, name: str, what: str) -> None:
        self.faults.setdefault(row, f"column {name!r} {what}")


def _no_decimal(cell: str) -> str:
    return f"holds the number {_short(cell)}, expected a finite one that can be written out"


def _joined(parts: Sequence[list[str]]) -> list[str]:
    if len(parts) == 1:
        return parts[0]
    return [" ".join(part for part in row if part) for row in zip(*parts, strict=True)]


def _as_list(cell: Cell) -> list[str] | None:
    """The labels of a list, or of a string that is a JSON list; None for anything else."""
    if isinstance(cell, str):
        if not (cell.lstrip().startswith("[") and cell.rstrip().endswith("]")):
            return None
        try:
            cell = json.loads(cell, **JSON_NUMBERS)
        except (json.JSONDecodeError, RecursionError):
            return None
    if not isinstance(cell, list) or not all(isinstance(label, str | bool) for label in cell):
        return None
    return [label if isinstance(label, str) else json.dumps(label) for label in cell]


def _named(cell: Cell) -> str:
    if isinstance(cell, list):
        return "a list"
    if isinstance(cell, dict):
        return "an object"
    return "null" if cell is None else _short(str(cell))


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
