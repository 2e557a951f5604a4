"""What the library has to say while it works, one line each on stderr."""

import contextlib
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import TextIO, TypeAlias

from nlp_toolkit_cli.faults import one_line
from nlp_toolkit_cli.manner import Manner

_ShowWarning: TypeAlias = Callable[[Warning | str, type[Warning], str, int, TextIO | None, str | None], None]


def note_line(kind: str, message: str, manner: Manner) -> str:
    """The line for a note or warning: `note: ...`, or a JSON object with `--json`.

    >>> note_line("note", "read as CP949", Manner())
    'note: read as CP949'
    >>> note_line("note", "read as CP949", Manner(json=True))
    '{"note": "read as CP949"}'
    """
    said = one_line(message)
    return json.dumps({kind: said}, ensure_ascii=False) if manner.json else f"{kind}: {said}"


class _StderrHandler(logging.Handler):
    """Writes to whatever `sys.stderr` is now, so that a progress line in the making can step aside."""

    def __init__(self, manner: Manner) -> None:
        super().__init__(logging.WARNING if manner.quiet else logging.INFO)
        self._manner = manner

    def emit(self, record: logging.LogRecord) -> None:
        kind = "warning" if record.levelno >= logging.WARNING else "note"
        print(note_line(kind, record.getMessage(), self._manner), file=sys.stderr)


@contextlib.contextmanager
def notes_on_stderr(manner: Manner) -> Iterator[None]:
    """Show the notes of logger `nlp_toolkit` and Python's warnings while a command runs; `--quiet` drops the notes."""
    logger = logging.getLogger("nlp_toolkit")
    handler, level = _StderrHandler(manner), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warning_shower(manner)
            yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def _warning_shower(manner: Manner) -> _ShowWarning:
    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        print(note_line("warning", str(message), manner), file=sys.stderr)

    return show
