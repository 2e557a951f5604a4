"""What the library has to say while it works, one line each on stderr."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import TextIO

from nlp_toolkit.text.visible import json_text
from nlp_toolkit_cli.faults import one_line
from nlp_toolkit_cli.manner import Manner
from nlp_toolkit_cli.show import print_error
from nlp_toolkit_cli.wording import in_options


def note_line(kind: str, message: str, manner: Manner) -> str:
    """The line for a note or warning: `note: ...`, or a JSON object with `--json`.

    >>> note_line("note", "read as CP949", Manner())
    'note: read as CP949'
    >>> note_line("note", "read as CP949", Manner(json=True))
    '{"note": "read as CP949"}'
    """
    said = in_options(one_line(message))
    return json_text({kind: said}) if manner.json else f"{kind}: {said}"


class _StderrHandler(logging.Handler):
    """Writes to whatever `sys.stderr` is now, so that a progress line in the making can step aside."""

    def __init__(self, manner: Manner) -> None:
        super().__init__(logging.WARNING if manner.quiet else logging.INFO)
        self._manner = manner
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        kind = "warning" if record.levelno >= logging.WARNING else "note"
        line = note_line(kind, record.getMessage(), self._manner)
        # An input that is read twice has the same things to say twice.
        if line not in self._said:
            self._said.add(line)
            print_error(line)


@contextlib.contextmanager
def notes_on_stderr(manner: Manner) -> Iterator[None]:
    """Show the notes of logger `nlp_toolkit` and Python's warnings while a command runs; `--quiet` drops the notes."""

    def show_warning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        print_error(note_line("warning", str(message), manner))

    logger = logging.getLogger("nlp_toolkit")
    handler, level = _StderrHandler(manner), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
