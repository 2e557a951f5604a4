"""What happens to a row that cannot be used: an error that names it, or counted and written aside."""

import logging
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self

from nlp_toolkit.corpus.sources import full_disk
from nlp_toolkit.errors import DataError, UsageError

logger = logging.getLogger("nlp_toolkit")

OnBadRows = Literal["error", "skip"]


class BadRows:
    """Rejects rows: `error` raises `DataError` at the first, `skip` counts them and
    keeps their bytes in `path`.

    `mark` is the byte-order mark to begin that file with, where its rows cannot be read without one.
    """

    def __init__(self, source: str, policy: OnBadRows, path: Path | None) -> None:
        self.source = source
        self.policy = policy
        self.path = path
        self.count = 0
        self.mark = b""
        self._places: list[str] = []
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        if self.policy not in ("error", "skip"):
            raise UsageError(f"on_bad_rows is 'error' or 'skip', got {self.policy!r}")
        if self.path is not None and self.policy != "skip":
            raise UsageError("bad_rows_path needs on_bad_rows='skip'")
        if self.path is not None and self.path.exists():
            raise UsageError(f"{self.path} exists; name another file for bad rows, or remove it")
        if self.path is not None and not self.path.parent.is_dir():
            raise UsageError(f"{self.path.parent}: no such directory for bad rows; make it first")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with full_disk(f"writing bad rows to {self.path}"):
                self._file.close()
        if self.count and kind is None:
            shown = "; ".join(self._places) + ("; ..." if self.count > len(self._places) else "")
            where = f", kept in {self.path}" if self.path else ""
            logger.warning("%s: left out %d bad rows (%s)%s", self.source, self.count, shown, where)

    def reject(self, place: str, why: str, raw: Callable[[], bytes]) -> None:
        """Refuse the row at `place` ("line 7"); `raw` gives its bytes as they stood in the file."""
        if self.policy == "error":
            raise DataError(f"{self.source}, {place}: {why}; mend the row, or leave such rows out (on_bad_rows='skip')")
        self.count += 1
        if len(self._places) < 5:
            self._places.append(f"{place}: {why}")
        if self.path is not None:
            with full_disk(f"writing bad rows to {self.path}"):
                if self._file is None:
                    self._file = self.path.open("xb")
                    self._file.write(self.mark)
                self._file.write(raw())
