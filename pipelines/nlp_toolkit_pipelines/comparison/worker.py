"""A process of its own for one recipe: `python -m nlp_toolkit_pipelines.comparison.worker FOLDER WORK`.

Memory is then that recipe's and nobody else's. Events go to stdout, one JSON object a line.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from nlp_toolkit.errors import ResourceError, ToolkitError
from nlp_toolkit.threads import limit
from nlp_toolkit_pipelines.comparison.cells import CellStore
from nlp_toolkit_pipelines.comparison.job import Work, read_rows, read_work
from nlp_toolkit_pipelines.comparison.measure import measure
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.library import load_recipe
from nlp_toolkit_pipelines.notes import said_once
from nlp_toolkit_pipelines.recipe import Recipe
from nlp_toolkit_pipelines.remembered import TokenMemory

Event = dict[str, Any]
_log = logging.getLogger("nlp_toolkit")


def measure_all(
    recipe: Recipe, rows: ComparedRows, work: Sequence[Work], store: CellStore, tell: Callable[[Event], None]
) -> None:
    """Measure and keep every cell of one recipe; `tell` hears of each, and of what could not be fitted.

    A failure in the comparison itself ends the recipe; one in a learning curve costs that point alone. A full disk
    or exhausted memory is nobody's fault here and raised (`ResourceError`).
    """
    memory = TokenMemory()
    for each in work:
        try:
            cell = measure(recipe, rows, each.split, memory, key=each.key, save=each.save)
        except ResourceError:
            raise
        except ToolkitError as error:
            failed = {"event": "failed", "split": each.split.name, "main": each.main}
            tell(failed | {"message": str(error), "code": error.exit_code})
            if each.main:
                return
        else:
            store.write(cell)
            tell({"event": "cell", "key": each.key})


def main(arguments: Sequence[str]) -> None:
    """Do the work in the files named by `arguments` and tell of it on stdout."""
    # Whatever a library prints goes to stderr: stdout carries events only.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    folder, path = map(Path, arguments)
    plain, device, store, work = read_work(path)

    def tell(event: Event) -> None:
        events.write(json.dumps(event) + "\n")
        events.flush()

    logging.getLogger("nlp_toolkit").addHandler(_Telling(tell))
    logging.getLogger("nlp_toolkit").setLevel(logging.INFO)
    if device != "auto":
        from nlp_toolkit.transformer.device import prefer_device

        prefer_device(device)
    try:
        with limit(-1), said_once():
            measure_all(load_recipe(plain), read_rows(folder), work, CellStore(store), tell)
    except ToolkitError as error:
        tell({"event": "stopped", "message": str(error), "code": error.exit_code})


class _Telling(logging.Handler):
    """Notes and warnings as events."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        super().__init__(logging.INFO)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell({"event": "note", "level": record.levelno, "message": record.getMessage()})


def _leave_with_parent() -> None:
    """End this process when the one that started it is gone: its end of stdin closes then."""
    stdin: TextIO = sys.stdin
    stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
