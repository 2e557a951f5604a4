"""Thousands of artefacts changed and signed again: each is used as before, or refused with code 4 and its name.

    python -m tests.conformance.mutate 10000            # from the root of the checkout; --seed, --jobs, --kind

prints how often each kind of file ended how; every outcome but 0 and 4 is listed with the number that repeats it.
"""

import argparse
import contextlib
import io
import json
import logging
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Lock, Timer
from typing import Any, NoReturn
from unittest import mock

import numpy as np

import nlp_toolkit
import nlp_toolkit_cli
import nlp_toolkit_pipelines
from nlp_toolkit_cli.faults import Fault, fault_of
from nlp_toolkit_cli.main import run

from .mutated_kinds import ARTEFACTS, make
from .mutations import mutate

MEMORY = 6 * 2**30
MOST_PEAK = 500 * 2**20
"""By how much one use may raise the memory of the process for a while."""
SECONDS = 60
SILENT_SECONDS = 120
"""After which a worker is stopped from outside: code in C does not notice the signal."""
OURS = tuple(str(Path(each.__file__).parent) for each in (nlp_toolkit, nlp_toolkit_cli, nlp_toolkit_pipelines))
BUGS = (AttributeError, NameError, RecursionError)
SHOWN_EVERY = 500


@dataclass(frozen=True)
class Outcome:
    """How the use of a changed artefact ended."""

    kind: str
    file: str
    code: str
    said: str


def one(folder: Path, kinds: list[str], seed: int, number: int) -> Outcome:
    """Change the artefact that `number` stands for and use it."""
    random = Random(f"{seed}-{number}")
    kind = kinds[number % len(kinds)]
    with tempfile.TemporaryDirectory(prefix="mutated-") as place:
        changed = Path(place) / "artefact"
        shutil.copytree(folder / kind, changed)
        file = mutate(changed, random)
        before = memory("VmRSS")
        forget_peak()
        code, said = used(kind, changed, folder / "texts.csv", Path(place) / "rows.npz")
        grown = memory("VmHWM") - before
        if grown > MOST_PEAK and code in {"0", "4"}:
            code = f"{code} and {grown >> 20} MB more"
    return Outcome(kind, file, code, said)


def used(kind: str, artefact: Path, texts: Path, rows: Path) -> tuple[str, str]:
    """The exit code of using an artefact, or what else was wrong, and what was said on stderr."""
    if kind in {"word2vec", "bert", "encoder"}:
        rows = rows.with_suffix(".npy")
    names = {"ARTEFACT": str(artefact), "TEXTS": str(texts), "ROWS": str(rows)}
    arguments = [names.get(each, each.replace("ARTEFACT", str(artefact))) for each in ARTEFACTS[kind].use]
    out, err = io.StringIO(), io.StringIO()
    raised: list[BaseException] = []

    def noted(error: BaseException) -> Fault:
        raised.append(error)
        return fault_of(error)

    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch("nlp_toolkit_cli.main.fault_of", noted),
        within(SECONDS),
    ):
        code = run([*arguments, "--quiet"])
    said = err.getvalue().replace(str(artefact), "ARTEFACT")
    if code == 0 and ("NaN" in out.getvalue() or "Infinity" in out.getvalue() or not _is_finite(rows)):
        return "not finite", said
    if code == 4 and "ARTEFACT" not in said:
        return "4 without a name", said
    bug = next((found for error in raised if (found := hidden_bug(error))), None)
    if code == 4 and bug is not None:
        return f"4 hides {bug}", said
    return str(code), said


def hidden_bug(error: BaseException) -> str | None:
    """Where code of ours raised, behind what is reported, something that only a mistake of ours can raise."""
    cause = error.__cause__
    while cause is not None:
        frames = traceback.extract_tb(cause.__traceback__)
        if isinstance(cause, BUGS) and frames and frames[-1].filename.startswith(OURS):
            return f"{type(cause).__name__} in {Path(frames[-1].filename).name}:{frames[-1].lineno}"
        cause = cause.__cause__
    return None


def memory(what: str) -> int:
    """Bytes of this process: "VmRSS" now, "VmHWM" at most since the peak was forgotten."""
    found = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return int(found.split()[1]) * 1024


def forget_peak() -> None:
    with contextlib.suppress(PermissionError):
        Path("/proc/self/clear_refs").write_text("5")


def _is_finite(rows: Path) -> bool:
    if not rows.exists():
        return True
    found = np.load(rows)
    values = found if isinstance(found, np.ndarray) else found["data"]
    return bool(np.isfinite(values).all())


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Interrupt what takes longer, where it runs Python."""

    def stop(signum: int, frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _work(folder: Path, kinds: list[str], seed: int, numbers: list[int]) -> None:
    """In a worker process: a line before each number and a line of JSON after it."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    lines = sys.stdout
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MEMORY, in_use + MEMORY))
    for kind in {kinds[number % len(kinds)] for number in numbers}:  # what is loaded here belongs to no change
        with tempfile.TemporaryDirectory(prefix="mutated-") as place:
            assert used(kind, folder / kind, folder / "texts.csv", Path(place) / "rows.npz")[0] == "0", kind
        lines.write("\n")
        lines.flush()
    for number in numbers:
        lines.write(f"# {number}\n")
        lines.flush()
        start = time.process_time()
        outcome = one(folder, kinds, seed, number)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        lines.write(json.dumps([*vars(outcome).values(), time.process_time() - start, peak]) + "\n")
        lines.flush()


class Silence:
    """Kills a worker that says nothing for too long."""

    def __init__(self, worker: subprocess.Popen[Any]) -> None:
        self._worker = worker
        self.killed = False
        self._start()

    def _start(self) -> None:
        self._timer = Timer(SILENT_SECONDS, self._kill)
        self._timer.start()

    def _kill(self) -> None:
        self.killed = True
        self._worker.kill()

    def ends(self) -> None:
        """The worker said something."""
        self._timer.cancel()
        self._start()

    def stop(self) -> None:
        """Nothing more is expected of it."""
        self._timer.cancel()


def _watched(folder: Path, kinds: list[str], seed: int, numbers: list[int]) -> Iterator[tuple[int, list[Any]]]:
    """The outcomes of the numbers; a worker that dies is one, and another goes on behind it."""
    while numbers:
        command = [sys.executable, "-m", "tests.conformance.mutate", "--folder", str(folder), "--seed", str(seed)]
        command += ["--kind", ",".join(kinds), "--numbers", ",".join(map(str, numbers[:2000]))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as worker:
            assert worker.stdout is not None
            number = None
            silent = Silence(worker)
            for line in worker.stdout:
                silent.ends()
                if line.startswith("# "):
                    number = int(line[2:])
                elif line.startswith('["') and number is not None:
                    yield number, json.loads(line)
                    numbers = [each for each in numbers if each != number]
                    number = None
            silent.stop()
        if number is not None:
            how = f"no progress for {SILENT_SECONDS} s" if silent.killed else f"process died ({worker.returncode})"
            yield number, [kinds[number % len(kinds)], "?", how, "", 0.0, 0]
            numbers = [each for each in numbers if each != number]
        elif worker.returncode:
            raise SystemExit(f"the worker ended with {worker.returncode} before a change; run it with --folder by hand")


def say(*words: object) -> None:
    """A line of the table."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def show(table: Counter[tuple[str, str]]) -> None:
    """Print how often each kind of file ended how."""
    codes = sorted({code for _, code in table})
    say("| file |", " | ".join(codes), "|")
    say("|---" * (len(codes) + 1) + "|")
    for file in sorted({file for file, _ in table}):
        say("|", file, "|", " | ".join(str(table[file, code]) for code in codes), "|")


def main() -> int:
    """Run the mutations and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--kind", default=",".join(ARTEFACTS))
    parser.add_argument("--numbers", help="only these, comma-separated")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    kinds = list(dict.fromkeys(given.kind.split(",")))
    numbers = [int(each) for each in given.numbers.split(",")] if given.numbers else list(range(given.n))
    if given.folder is not None:
        _work(given.folder, kinds, given.seed, numbers)
        return 0
    from concurrent.futures import ThreadPoolExecutor

    table: Counter[tuple[str, str]] = Counter()
    slowest, highest, wrong, shown = 0.0, 0, 0, 0
    showing = Lock()
    with tempfile.TemporaryDirectory(prefix="artefacts-") as place:
        folder = Path(place)
        with contextlib.redirect_stderr(io.StringIO()):
            make(folder, kinds)

        started = time.monotonic()

        def share(job: int) -> None:
            nonlocal slowest, highest, wrong, shown
            for number, found in _watched(folder, kinds, given.seed, numbers[job :: given.jobs]):
                kind, file, code, said, seconds, peak = found
                table[Path(file).name if file == "manifest.json" else Path(file).suffix or file, code] += 1
                slowest, highest = max(slowest, seconds), max(highest, peak)
                if code not in {"0", "4"}:
                    wrong += 1
                    say(f"seed {given.seed} number {number}: {kind} {file}: {code}: {said.strip()[:300]}")
                with showing:
                    if table.total() >= shown + SHOWN_EVERY:
                        shown = table.total()
                        show(table.copy())  # other jobs go on counting

        with ThreadPoolExecutor(given.jobs) as pool:
            list(pool.map(share, range(given.jobs)))
    show(table)
    rate = table.total() / (time.monotonic() - started)
    say(f"{table.total()} changes, {wrong} of them wrong; slowest {slowest:.1f} s, most memory {highest} MB")
    say(f"{len(kinds)} kinds, seed {given.seed}, {given.jobs} jobs: {rate:.0f} changes a second")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
