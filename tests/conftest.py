"""For all tests: the caller's settings forgotten, no deadline for property tests, the memory of a run, fixtures."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings

# Tests set what they need. Kept are the level of `make test-avx2` and the folder of the development data.
_SHOWN = {"COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
_KEPT = {"NLP_TOOLKIT_CPU", "NLP_TOOLKIT_SHARED_DATA"}
for _name in [name for name in os.environ if name in _SHOWN or name.startswith("NLP_TOOLKIT_")]:
    if _name not in _KEPT:
        del os.environ[_name]

# The first call of a kernel compiles it.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


class PeakMemory:
    """The most memory that this process and all it started have had resident together, looked at every second."""

    def __init__(self) -> None:
        self._most = 0
        self._done = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        self._done.set()
        terminalreporter.write_line(
            f"peak memory: {self._most / 1e9:.1f} GB resident, all processes together; what they share counts once"
        )

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._done.wait(1):
            self._most = max(self._most, sum(map(_resident, [own, *own.children(recursive=True)])))


def _resident(process: psutil.Process) -> int:
    """Bytes in memory, each divided by the number of processes that share it (Linux: PSS)."""
    try:
        found: int = process.memory_full_info().pss
    except psutil.Error:  # ended meanwhile
        return 0
    return found


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # in the process that starts the workers
        config.pluginmanager.register(PeakMemory(), "peak-memory")


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Escape lone surrogates in what a worker sends of a test: its log, its output, the message of a failure."""
    return _sendable((yield))


def _sendable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_sendable(key): _sendable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_sendable, value))
    return value


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Threads of tests that run side by side wait for each other; one is quicker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NLP_TOOLKIT_THREADS", "1")
        yield


@pytest.fixture
def sent_to_worker() -> Iterator[Callable[[Any], Any]]:
    """What arrives of a value that is sent to a worker process, through the queue it would be sent by."""
    queue: multiprocessing.Queue[Any] = multiprocessing.Queue()

    def sent(value: Any) -> Any:
        queue.put(value)
        return queue.get(timeout=30)  # what cannot be sent never comes

    yield sent
    queue.close()
    queue.join_thread()


@pytest.fixture(scope="module")
def compared_here() -> Iterator[None]:
    """`compare` measures in this process: starting one a recipe costs seconds, and has tests of its own."""
    from nlp_toolkit_pipelines.comparison import compare
    from nlp_toolkit_pipelines.comparison.cells import CellStore
    from nlp_toolkit_pipelines.comparison.running import run_here

    def run_apart(tasks: Any, rows: Any, folder: Path, *, threads: int, progress: Any, **of_processes: Any) -> Any:
        return run_here(tasks, rows, CellStore(folder), threads, progress)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compare, "run_apart", run_apart)
        yield
