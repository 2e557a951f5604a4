"""Embeddings kept on disk: found again for the same text under the same weights, tokenizer and settings."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from nlp_toolkit.errors import ArtefactError, ResourceError
from nlp_toolkit.transformer.encode import Encoded

_WAIT_SECONDS = 60.0
_KEYS_A_QUERY = 500
_TABLE = "CREATE TABLE IF NOT EXISTS rows (text BLOB PRIMARY KEY, row BLOB, truncated INTEGER) WITHOUT ROWID"


class EmbeddingCache:
    """Rows by text in one SQLite file a setting, below `folder`.

    `setting` names everything beside the text that a row depends on (digest of weights and tokenizer,
    pooling, length, precision): another setting is another file, so a row is never served for a model
    it was not made by. SQLite's journal lets several processes write and survives a kill at any moment.
    """

    def __init__(self, folder: Path, setting: str) -> None:
        self._path = folder / f"{hashlib.sha256(setting.encode()).hexdigest()[:32]}.sqlite"

    def encoded(self, texts: Sequence[str], encode: Callable[[list[str]], Encoded], columns: int) -> Encoded:
        """Rows (n_texts, columns) of `texts` and which are truncated; what is not kept yet comes from `encode`."""
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS)) as database:
                database.execute("PRAGMA journal_mode=WAL")
                database.execute(_TABLE)
                found = self._kept(database, keys, columns)
                missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
                if missing:
                    made = encode(list(missing.values()))
                    found.update(zip(missing, zip(made.rows, made.truncated, strict=True), strict=True))
                    self._keep(database, list(missing), made)
        except sqlite3.OperationalError as error:
            raise ResourceError(f"{self._path}: cannot be used ({error}); free space or give another cache") from error
        except sqlite3.DatabaseError as error:
            raise ArtefactError(f"{self._path}: is damaged ({error}); delete it, its rows are made again") from error
        except OSError as error:
            raise ResourceError(f"{self._path}: cannot be made ({error.strerror}); give another cache") from error
        if not keys:
            return Encoded(np.zeros((0, columns), dtype=np.float32), np.zeros(0, dtype=bool))
        rows = np.stack([found[key][0] for key in keys])
        return Encoded(rows, np.array([found[key][1] for key in keys], dtype=bool))

    def _keep(self, database: sqlite3.Connection, keys: Sequence[bytes], made: Encoded) -> None:
        rows = zip(keys, made.rows, made.truncated.tolist(), strict=True)
        with database:
            database.executemany(
                "INSERT OR IGNORE INTO rows VALUES (?, ?, ?)",
                ((key, np.asarray(row, "<f4").tobytes(), truncated) for key, row, truncated in rows),
            )

    def _kept(
        self, database: sqlite3.Connection, keys: Sequence[bytes], columns: int
    ) -> dict[bytes, tuple[np.ndarray, bool]]:
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, tuple[np.ndarray, bool]] = {}
        for start in range(0, len(wanted), _KEYS_A_QUERY):
            part = wanted[start : start + _KEYS_A_QUERY]
            query = f"SELECT text, row, truncated FROM rows WHERE text IN ({','.join('?' * len(part))})"
            for key, stored, truncated in database.execute(query, part):
                row = np.frombuffer(stored, dtype="<f4") if len(stored) == 4 * columns else None
                if row is None or not np.isfinite(row).all():
                    raise ArtefactError(f"{self._path}: holds a damaged row; delete it, its rows are made again")
                found[key] = row, bool(truncated)
        return found
