"""One limit of threads for everything, and one thread inside workers."""

import multiprocessing
import os
import subprocess
import sys

import joblib
import pytest
from joblib import Parallel, delayed
from threadpoolctl import threadpool_info

from nlp_toolkit.errors import UsageError
from nlp_toolkit.threads import VARIABLE, effective_jobs, limit

CORES = joblib.cpu_count()


@pytest.fixture(autouse=True)
def no_limit_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_n_jobs_means_what_scikit_learn_means() -> None:
    assert effective_jobs() == effective_jobs(-1) == CORES
    assert effective_jobs(1) == effective_jobs(None) == 1
    assert effective_jobs(3) == 3
    assert effective_jobs(-2) == max(1, CORES - 1)


def test_none_follows_parallel_config() -> None:
    with joblib.parallel_config(n_jobs=3):
        assert effective_jobs(None) == 3


def test_zero_jobs_are_refused() -> None:
    with pytest.raises(UsageError, match="n_jobs=0 has no meaning; give the number of threads, or -1 for every core"):
        effective_jobs(0)


def test_environment_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "2")
    assert effective_jobs(64) == 2
    assert effective_jobs(1) == 1


@pytest.mark.parametrize("value", ["many", "0", "-1", "1.5"])
def test_environment_without_meaning_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(UsageError, match=f"{VARIABLE}='{value}' is not a number of threads"):
        effective_jobs()


def test_limits_nest_and_end() -> None:
    with limit(4) as outer:
        assert (outer, effective_jobs(64)) == (4, 4)
        with limit(2) as inner:
            assert (inner, effective_jobs(64)) == (2, 2)
        with limit(8) as wider:
            assert wider == 4
        assert effective_jobs(64) == 4
    assert effective_jobs(64) == 64


def test_limit_ends_after_an_error() -> None:
    with pytest.raises(KeyError), limit(1):
        raise KeyError
    assert effective_jobs(5) == 5


def test_limit_holds_blas_and_numba() -> None:
    import numba
    import numpy as np

    np.ones((4, 4)) @ np.ones((4, 4))
    before = numba.get_num_threads()
    with limit(1):
        assert {pool["num_threads"] for pool in threadpool_info()} <= {1}
        assert numba.get_num_threads() == 1
    assert numba.get_num_threads() == before


def test_limit_holds_torch_where_it_is_imported() -> None:
    torch = pytest.importorskip("torch", reason="the extra bert is not installed")
    before = torch.get_num_threads()
    with limit(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_limit_imports_neither_numba_nor_torch() -> None:
    code = (
        "import sys; from nlp_toolkit.threads import limit\n"
        "with limit(1): pass\n"
        "sys.exit(bool({'numba', 'torch', 'kiwipiepy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_one_thread_inside_a_joblib_worker(backend: str) -> None:
    assert Parallel(n_jobs=2, backend=backend)(delayed(effective_jobs)(-1) for _ in range(2)) == [1, 1]


def test_sequential_joblib_keeps_every_core() -> None:
    assert Parallel(n_jobs=1)(delayed(effective_jobs)(-1) for _ in range(2)) == [CORES, CORES]


def test_one_thread_inside_a_multiprocessing_pool() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(effective_jobs, (-1,)) == 1


def test_environment_reaches_processes() -> None:
    code = "import sys; from nlp_toolkit.threads import effective_jobs; sys.exit(effective_jobs(64))"
    environment = {**os.environ, VARIABLE: "3"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 3
