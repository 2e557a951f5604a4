"""Texts, ids and metadata of one segment, in SQLite: written once, then only read."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np

from nlp_toolkit.errors import ArtefactError, DataError, ResourceError
from nlp_toolkit.search.metadata import MetadataTypes, Value
from nlp_toolkit.search.where import Condition

_T = TypeVar("_T")

_SQL_TYPES = {"str": "TEXT", "int": "INTEGER", "float": "REAL", "bool": "INTEGER"}
_PYTHON_TYPES = {"str": str, "int": int, "float": float, "bool": int}
_DAMAGE = (ValueError, TypeError, LookupError)
_BATCH = 10_000
_SMALL = 32 * 2**20  # bytes of SQLite; in memory about three times as much
_ASKED_A_LOT = 16  # once a sixteenth of the rows was asked for
_CAREFULLY = """
    PRAGMA trusted_schema=OFF;
    PRAGMA cell_size_check=ON;
    PRAGMA mmap_size=0;
    PRAGMA cache_size=-65536;
"""


class Document(NamedTuple):
    """One row of a segment."""

    row: int
    id: str
    text: str
    metadata: dict[str, Value]


@dataclass(frozen=True)
class Columns:
    """What is in some rows, a list a column: few objects for the garbage collector to walk through."""

    ids: list[str]
    texts: list[str]
    metadata: Mapping[str, list[Value]]

    def take(self, rows: Sequence[int]) -> "Columns":
        """The same columns with only these rows, in their order."""
        return Columns(
            _taken(self.ids, rows),
            _taken(self.texts, rows),
            {name: _taken(column, rows) for name, column in self.metadata.items()},
        )

    def metadata_dicts(self, types: MetadataTypes) -> list[dict[str, Value]]:
        """A dict of its own for each row, with all names of `types`; None where there is no such column."""
        if not types:
            return [{} for _ in self.ids]
        nothing: list[Value] = [None] * len(self.ids)
        columns = (self.metadata.get(name, nothing) for name in types)
        return [dict(zip(types, values, strict=True)) for values in zip(*columns, strict=True)]


@dataclass
class Documents:
    """The table `documents` of one segment: row, id, text and one column a metadata name.

    A fresh one lives in a temporary file of SQLite's own until `write` copies it; one that was opened is read-only.
    """

    connection: sqlite3.Connection
    types: MetadataTypes
    n_rows: int
    path: Path | None = None
    """The file it was opened from; None for a fresh one."""
    _filtered: dict[Condition, np.ndarray] = field(default_factory=dict, repr=False)
    _held: Columns | None = field(default=None, repr=False)
    _n_fetched: int = 0

    @classmethod
    def create(cls, documents: Iterable[Document], types: MetadataTypes) -> Self:
        """Store documents whose rows count up from 0; every id must be new (`DataError`)."""
        connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN; {_table(types)};")
        marks = ", ".join("?" * (3 + len(types)))
        names = list(types)
        n_rows = 0

        def rows() -> Iterator[tuple[object, ...]]:
            nonlocal n_rows
            for document in documents:
                n_rows += 1
                yield (
                    document.row,
                    document.id,
                    _stored(document.text),
                    *(document.metadata.get(name) for name in names),
                )

        try:
            connection.executemany(f"INSERT INTO documents VALUES ({marks})", rows())
            for statement in _indexes(types):
                connection.execute(statement)
            connection.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            raise DataError(f"an id occurs twice among the documents of one segment ({error})") from error
        except sqlite3.OperationalError as error:
            raise ResourceError(f"could not keep the documents ({error}); free space in TMPDIR") from error
        return cls(connection, types, n_rows)

    @classmethod
    def open(cls, path: Path, types: MetadataTypes, n_rows: int, generation: int, stage: str) -> Self:
        """Open what `write` wrote, read-only; anything else is an `ArtefactError`.

        The caller has compared the file with its checksum; here its tables are compared with what they must be.
        """
        try:
            # immutable: nobody writes to it, so no lock and no journal is looked for beside it
            uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            connection.executescript(_CAREFULLY)
            found = sorted(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master"))
            if found != sorted([_table(types), _SEGMENT, *_indexes(types)]):
                raise ArtefactError(f"{path}: its tables are not those of a segment; the file is damaged or hostile")
            written = connection.execute("SELECT generation, stage FROM segment").fetchall()
            counted = connection.execute("SELECT count(*), min(row), max(row) FROM documents").fetchone()
        except ArtefactError:
            raise
        except (sqlite3.DatabaseError, *_DAMAGE) as error:
            raise ArtefactError(f"{path}: not the documents of a segment ({error}); the file is damaged") from error
        if written != [(generation, stage)]:
            raise ArtefactError(f"{path}: belongs to another generation or stage than the manifest says")
        if counted != ((n_rows, 0, n_rows - 1) if n_rows else (0, None, None)):
            raise ArtefactError(f"{path}: expected {n_rows} rows from 0 on, got {counted}; the file is damaged")
        return cls(connection, types, n_rows, path)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Whatever SQLite or a value says of a page that is broken, or of a row that is not there, names the file."""
        try:
            yield
        except (sqlite3.DatabaseError, *_DAMAGE) as error:
            if self.path is None:
                raise
            raise ArtefactError(f"{self.path}: cannot be read ({error}); the file is damaged") from error

    def write(self, path: Path, generation: int, stage: str) -> None:
        """Copy the documents to the new file `path`, with the generation that adds them and the stage's checksum."""
        copy = sqlite3.connect(path, isolation_level=None)
        try:
            copy.execute("PRAGMA journal_mode=OFF")
            copy.execute("PRAGMA synchronous=OFF")  # the store waits for the disk before the file counts
            self.connection.backup(copy)
            copy.execute("DROP TABLE IF EXISTS segment")
            copy.execute(_SEGMENT)
            copy.execute("INSERT INTO segment VALUES (?, ?)", (generation, stage))
        except sqlite3.OperationalError as error:
            raise ResourceError(f"{path}: could not be written ({error}); free some space and save again") from error
        finally:
            copy.close()

    def rows_of(self, ids: Sequence[str]) -> dict[str, int]:
        """Row of each of the ids that are here."""
        query = "SELECT id, row FROM documents WHERE id IN (SELECT value FROM json_each(?))"
        found: dict[str, int] = {}
        with self._reading():
            for start in range(0, len(ids), _BATCH):
                found.update(self.connection.execute(query, (json.dumps(list(ids[start : start + _BATCH])),)))
            if any(type(row) is not int or not 0 <= row < self.n_rows for row in found.values()):
                raise ValueError("an id has a row that is not there")
        return found

    def allowed(self, condition: Condition) -> np.ndarray:
        """Which rows fulfil the condition, (n_rows,) bool. Kept: a segment does not change."""
        kept = self._filtered.get(condition)
        if kept is None:
            kept = np.zeros(self.n_rows, dtype=bool)
            query = f"SELECT row FROM documents WHERE {condition.sql}"
            with self._reading():
                cursor = self.connection.execute(query, condition.parameters)
                while batch := cursor.fetchmany(_BATCH):
                    kept[np.array(batch)[:, 0]] = True
            if len(self._filtered) == 8:
                self._filtered.pop(next(iter(self._filtered)))
            self._filtered[condition] = kept
        return kept

    def fetch(self, rows: Sequence[int]) -> Columns:
        """What is in each of these rows, in their order.

        A small table that is asked a lot is held in memory from then on: SQLite takes longer to find a row than the
        kernels to know which.
        """
        self._n_fetched += len(rows)
        with self._reading():
            return self._fetched(rows)

    def _fetched(self, rows: Sequence[int]) -> Columns:
        if self._held is None and self._n_fetched * _ASKED_A_LOT >= self.n_rows and self._size() <= _SMALL:
            self._held = self._columns(self.connection.execute("SELECT * FROM documents ORDER BY row").fetchall())
        if self._held is not None:
            return self._held.take(rows)
        wanted = list(set(rows))
        query = "SELECT * FROM documents WHERE row IN (SELECT value FROM json_each(?))"
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(wanted), _BATCH):
            found += self.connection.execute(query, (json.dumps(wanted[start : start + _BATCH]),))
        place = {values[0]: at for at, values in enumerate(found)}
        return self._columns(found).take([place[row] for row in rows])

    def _size(self) -> int:
        """Bytes of the whole table, its indexes included."""
        (pages,), (size,) = (
            self.connection.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "page_size")
        )
        return int(pages * size)

    def __iter__(self) -> Iterator[Document]:
        """All documents, by row."""
        with self._reading():
            cursor = self.connection.execute("SELECT * FROM documents ORDER BY row")
        while True:
            with self._reading():
                batch = cursor.fetchmany(_BATCH)
                columns = self._columns(batch)
            if not batch:
                return
            rows = [values[0] for values in batch]
            yield from map(Document, rows, columns.ids, columns.texts, columns.metadata_dicts(self.types))

    def _columns(self, rows: Sequence[tuple[Any, ...]]) -> Columns:
        """Rows of the table as columns of plain values; `ValueError` where one does not hold what its column says."""
        ids, texts = [values[1] for values in rows], [_plain(values[2]) for values in rows]
        _check_column("id", ids, "str")
        _check_column("text", texts, "str")
        metadata: dict[str, list[Value]] = {}
        for place, (name, kind) in enumerate(self.types.items(), start=_BEFORE_METADATA):
            column = [values[place] for values in rows]
            _check_column(name, [value for value in column if value is not None], kind)
            metadata[name] = [None if value is None else bool(value) for value in column] if kind == "bool" else column
        return Columns(ids, texts, metadata)


_BEFORE_METADATA = 3  # columns: row, id, text
_SEGMENT = "CREATE TABLE segment (generation INTEGER NOT NULL, stage TEXT NOT NULL)"


def _table(types: MetadataTypes) -> str:
    columns = "".join(f", m{number} {_SQL_TYPES[kind]}" for number, kind in enumerate(types.values()))
    return f"CREATE TABLE documents (row INTEGER PRIMARY KEY, id TEXT NOT NULL, text TEXT NOT NULL{columns})"


def _indexes(types: MetadataTypes) -> list[str]:
    by_column = [f"CREATE INDEX by_m{number} ON documents (m{number})" for number in range(len(types))]
    return ["CREATE UNIQUE INDEX by_id ON documents (id)", *by_column]


def _stored(text: str) -> str | bytes:
    """The text, or its bytes where a lone surrogate keeps it from being UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def _plain(text: str | bytes) -> str:
    """The text that `_stored` stored."""
    return text.decode("utf-8", "surrogatepass") if isinstance(text, bytes) else text


def _check_column(name: str, values: Sequence[object], kind: str) -> None:
    """Whether SQLite gives what a column is declared as: it checks no types itself."""
    expected = _PYTHON_TYPES[kind]
    if not all(type(value) is expected for value in values) or (kind == "bool" and not {0, 1}.issuperset(values)):
        raise ValueError(f"the column {name!r:.40} does not hold {kind} only")


def _taken(column: list[_T], rows: Sequence[int]) -> list[_T]:
    return list(map(column.__getitem__, rows))
