"""How many threads may run: one limit for numba, BLAS, OpenMP, torch and Kiwi, and one inside a joblib worker."""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar

from nlp_toolkit.compat import joblib_nesting_level
from nlp_toolkit.errors import UsageError

VARIABLE = "NLP_TOOLKIT_THREADS"

_active_limit: ContextVar[int | None] = ContextVar("nlp_toolkit_thread_limit", default=None)


def effective_jobs(n_jobs: int | None = -1) -> int:
    """Number of threads `n_jobs` means here and now, at least 1.

    `n_jobs` is scikit-learn's: -1 is every core, -2 all but one, None is 1 (or what `joblib.parallel_config`
    says). The result is held to the environment's `NLP_TOOLKIT_THREADS` and to an enclosing `limit`, and
    is 1 inside a worker of joblib or of a multiprocessing pool, which are parallel already.
    """
    if n_jobs == 0:
        raise UsageError("n_jobs=0 has no meaning; give the number of threads, or -1 for every core")
    if _inside_worker():
        return 1
    caps = [cap for cap in (_limit_of_environment(), _active_limit.get()) if cap is not None]
    return max(1, min([_requested(n_jobs), *caps]))


@contextmanager
def limit(n_jobs: int | None) -> Iterator[int]:
    """Hold numba, BLAS, OpenMP, torch and Kiwi to `effective_jobs(n_jobs)` threads inside the `with` block.

    numba and torch are touched only where they are imported already. Yields the number of threads.
    """
    from threadpoolctl import threadpool_limits

    threads = effective_jobs(n_jobs)
    token = _active_limit.set(threads)
    try:
        with ExitStack() as stack:
            stack.enter_context(threadpool_limits(limits=threads))
            stack.enter_context(_limit_numba(threads))
            stack.enter_context(_limit_torch(threads))
            yield threads
    finally:
        _active_limit.reset(token)


def _requested(n_jobs: int | None) -> int:
    from joblib import effective_n_jobs

    found: int = effective_n_jobs(n_jobs)
    return found


def _limit_of_environment() -> int | None:
    value = os.environ.get(VARIABLE, "").strip()
    if not value:
        return None
    if not value.isdecimal() or int(value) < 1:
        raise UsageError(f"{VARIABLE}={value!r} is not a number of threads; set it to 1 or more, or unset it")
    return int(value)


def _inside_worker() -> bool:
    if multiprocessing.current_process().daemon:  # the workers of multiprocessing.Pool
        return True
    # joblib raises the level in its processes and threads alike.
    return "joblib.parallel" in sys.modules and joblib_nesting_level() > 0


@contextmanager
def _limit_numba(threads: int) -> Iterator[None]:
    numba = sys.modules.get("numba")
    if numba is None:
        yield
        return
    before = numba.get_num_threads()
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    try:
        yield
    finally:
        numba.set_num_threads(before)


@contextmanager
def _limit_torch(threads: int) -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
