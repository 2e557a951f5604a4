"""For all tests: property tests have no deadline, as the first call of a kernel compiles it; fixtures on request."""

import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


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
