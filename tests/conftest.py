"""For all tests: property tests have no deadline, as the first call of a kernel compiles it; one thread on request."""

from collections.abc import Iterator

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
