"""Embeddings kept on disk: found again for the same text under the same weights, tokenizer and settings."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from zlib import crc32

import numpy as np

from nlp_toolkit.errors import ArtefactError, ResourceError
from nlp_toolkit.transformer.encode import Encoded

_WAIT_SECONDS = 60.0
_KEYS_A_QUERY = 500
_FORMAT = 2
_TABLE = (
    "CREATE TABLE IF NOT EXISTS rows (text BLOB PRIMARY KEY, row BLOB, truncated INTEGER, crc INTEGER) WITHOUT ROWID"
)


class EmbeddingCache:
    """Rows by text in one SQLite file a setting, below `folder`.

    `setting` names everything beside the text that a row depends on (digest of weights and tokenizer,
    pooling, length, precision): another setting is another file, so a row is never served for a model
    it was not made by. SQLite's journal lets several processes write and survives a kill at any moment.
    """

    def __init__(self, folder: Path, setting: str) -> None:
        self._path = folder / f"{hashlib.sha256(f'{_FORMAT} {setting}'.encode()).hexdigest()[:32]}.sqlite"

    def encoded(self, texts: Sequence[str], encode: Callable[[list[str]], Encoded], columns: int) -> Encoded:
        """Rows (n_texts, columns) of `texts` and which are truncated; what is not kept yet comes from `encode`."""
        if not texts:
            return Encoded(np.zeros((0, columns), dtype=np.float32), np.zeros(0, dtype=bool))
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        found = self._kept(keys, columns)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            made = encode(list(missing.values()))
            found.update(zip(missing, zip(made.rows, made.truncated, strict=True), strict=True))
            self._keep(list(missing), made)
        rows = np.stack([found[key][0] for key in keys])
        return Encoded(rows, np.array([found[key][1] for key in keys], dtype=bool))

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        # The journal SQLite begins with, not its WAL: two processes that switch to that at once do not wait for
        # each other, and a folder that can only be read could not be used.
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS)) as database, database:
                database.execute(_TABLE)
                yield database
        except sqlite3.OperationalError as error:
            raise ResourceError(f"{self._path}: cannot be used ({error}); free space or give another cache") from error
        except sqlite3.DatabaseError as error:
            raise ArtefactError(f"{self._path}: is damaged ({error}); delete it, its rows are made again") from error
        except OSError as error:
            raise ResourceError(f"{self._path}: cannot be made ({error.strerror}); give another cache") from error

    def _keep(self, keys: Sequence[bytes], made: Encoded) -> None:
        rows = zip(keys, made.rows, made.truncated.tolist(), strict=True)
        stored = ((key, np.asarray(row, "<f4").tobytes(), truncated) for key, row, truncated in rows)
        with self._database() as database:
            database.executemany(
                "INSERT OR IGNORE INTO rows VALUES (?, ?, ?, ?)",
                ((key, row, truncated, _crc(key, row, truncated)) for key, row, truncated in stored),
            )

    def _kept(self, keys: Sequence[bytes], columns: int) -> dict[bytes, tuple[np.ndarray, bool]]:
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, tuple[np.ndarray, bool]] = {}
        with self._database() as database:
            for start in range(0, len(wanted), _KEYS_A_QUERY):
                part = wanted[start : start + _KEYS_A_QUERY]
                query = f"SELECT text, row, truncated, crc FROM rows WHERE text IN ({','.join('?' * len(part))})"
                for key, stored, truncated, crc in database.execute(query, part):
                    if len(stored) != 4 * columns or crc != _crc(key, stored, truncated):
                        raise ArtefactError(f"{self._path}: holds a damaged row; delete it, its rows are made again")
                    found[key] = np.frombuffer(stored, dtype="<f4"), bool(truncated)
        return found


def _crc(key: bytes, row: bytes, truncated: bool) -> int:
    """What a row must have, so that a byte changed on disk is not served as a number."""
    return crc32(row, crc32(key)) ^ bool(truncated)
