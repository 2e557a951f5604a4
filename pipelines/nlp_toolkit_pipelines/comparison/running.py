"""Recipes measured side by side, each in a process of its own, until every cell is finished."""

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from nlp_toolkit.errors import ResourceError, UnavailableError
from nlp_toolkit.threads import VARIABLE, limit
from nlp_toolkit.transformer.device import Device
from nlp_toolkit_pipelines.comparison.cells import CellStore
from nlp_toolkit_pipelines.comparison.job import Work, write_rows, write_work
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.worker import Event, measure_all
from nlp_toolkit_pipelines.notes import said_once
from nlp_toolkit_pipelines.recipe import Recipe

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with the name of a recipe, how many of its cells are finished, and how many there are."""

_log = logging.getLogger("nlp_toolkit")


@dataclass
class Failures:
    """Why a recipe, or points of its learning curve, could not be had."""

    of_recipe: dict[str, str] = field(default_factory=dict)
    unavailable: set[str] = field(default_factory=set)
    """Names of recipes that lack an extra, a device or a network here."""
    of_curve: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class RecipeWork:
    """A recipe and the cells of it that are not finished, of `total`."""

    recipe: Recipe
    work: Sequence[Work]
    total: int


def run_here(
    tasks: Sequence[RecipeWork], rows: ComparedRows, store: CellStore, threads: int, progress: Progress
) -> Failures:
    """Measure in this process, one recipe after another: for stages that are registered here only."""
    failures = Failures()
    for task in tasks:
        count = _Count(task, failures, progress)
        with limit(threads), said_once():
            measure_all(task.recipe, rows, task.work, store, count.heard)
    return failures


def run_apart(
    tasks: Sequence[RecipeWork],
    rows: ComparedRows,
    store_folder: Path,
    *,
    workers: int,
    threads: int,
    device: Device,
    progress: Progress,
) -> Failures:
    """Measure with up to `workers` processes at a time, `threads` threads each, the first tasks first.

    However this ends, no process is left behind. A process that dies takes its recipe out of the comparison;
    a full disk ends all of it (`ResourceError`).
    """
    failures = Failures()
    waiting = list(tasks)
    running: dict[int, _Process] = {}
    events: queue.Queue[tuple[int, Event | None]] = queue.Queue()
    with tempfile.TemporaryDirectory(prefix="nlp-toolkit-") as name, contextlib.ExitStack() as cleanup, said_once():
        folder = Path(name)
        if waiting:
            write_rows(folder, rows)
        cleanup.callback(_end_all, running)
        counts: dict[int, _Count] = {}
        while waiting or running:
            while waiting and len(running) < workers:
                task, number = waiting.pop(0), len(counts)
                counts[number] = _Count(task, failures, progress)
                path = folder / f"work-{number}.json"
                write_work(path, task.recipe.to_dict(), device, store_folder, list(task.work))
                running[number] = _Process(number, folder, path, threads, events)
            number, event = events.get()
            if event is not None:
                counts[number].heard(event)
                continue
            code, said = running.pop(number).finished()
            name_of = counts[number].task.recipe.name
            if code and name_of not in failures.of_recipe:
                failures.of_recipe[name_of] = _why_it_died(code, said)
    return failures


def _end_all(running: "Mapping[int, _Process]") -> None:
    for process in running.values():
        process.end()


class _Count:
    """What is heard of one recipe."""

    def __init__(self, task: RecipeWork, failures: Failures, progress: Progress) -> None:
        self.task = task
        self._failures = failures
        self._progress = progress
        self._done = task.total - len(task.work)
        progress(task.recipe.name, self._done, task.total)

    def heard(self, event: Event) -> None:
        """Pass on an event of the recipe's process."""
        kind, name = event["event"], self.task.recipe.name
        if kind == "cell":
            self._done += 1
            self._progress(name, self._done, self.task.total)
        elif kind == "failed" and event["main"]:
            self._failures.of_recipe[name] = f"failed on {event['split']}: {event['message']}"
            if event["code"] == UnavailableError.exit_code:
                self._failures.unavailable.add(name)
        elif kind == "failed":
            self._failures.of_curve.setdefault(name, []).append(f"{event['split']}: {event['message']}")
        elif kind == "note":
            # Which tokenizer each fold chose is no news; what was cut or left out is.
            _log.log(event["level"] if event["level"] >= logging.WARNING else logging.DEBUG, "%s", event["message"])
        elif event["code"] == ResourceError.exit_code:
            raise ResourceError(event["message"])
        else:
            self._failures.of_recipe[name] = event["message"]


class _Process:
    """A worker process whose events go to a queue, its end as None."""

    def __init__(
        self, number: int, folder: Path, work: Path, threads: int, events: "queue.Queue[tuple[int, Event | None]]"
    ) -> None:
        self._stderr = work.with_suffix(".stderr")
        with self._stderr.open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nlp_toolkit_pipelines.comparison.worker", str(folder), str(work)],
                stdin=subprocess.PIPE,  # stays open as long as this process lives
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=_environment(threads),
                # Ctrl-C is for this process, which ends the others; they must not hear it as well.
                start_new_session=True,
            )
        self._events = events
        self._number = number
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as events:
            for line in events:
                self._events.put((self._number, json.loads(line)))
        self._events.put((self._number, None))

    def finished(self) -> tuple[int, str]:
        """The exit code of the process, which has closed its stdout, and the last line it wrote to stderr."""
        code = self._process.wait()
        lines = self._stderr.read_bytes().decode("utf-8", "replace").strip().splitlines()
        self._close()
        return code, lines[-1] if lines else ""

    def end(self) -> None:
        """Kill it; what it had finished is on disk."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()


def _environment(threads: int) -> Mapping[str, str]:
    limits = dict.fromkeys((VARIABLE, "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return {**os.environ, **limits, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}


def _why_it_died(code: int, said: str) -> str:
    if code == -9:
        return "its process was killed, most often because the memory was full; try fewer rows or --jobs 1"
    return f"its process ended with code {code}{f': {said}' if said else ''}"


@contextlib.contextmanager
def told_what_is_kept(store_folder: Path, unfinished: Callable[[], tuple[int, int]], *, kept: bool) -> Iterator[None]:
    """On the way out of an interruption, say how many cells are kept and how to go on."""
    whole = False
    try:
        yield
        whole = True
    finally:
        if not whole and kept:
            done, total = unfinished()
            _log.warning(
                "%d of %d cells are finished and kept in %s; go on with resume=True (--resume)",
                done,
                total,
                store_folder,
            )
