"""One browser for all tests, which use the reports made up for the report's own tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# With --import-mode=importlib test folders are not on the path.
sys.path.insert(0, str(Path(__file__).parents[1] / "pipelines"))
sys.path.insert(0, str(Path(__file__).parents[1] / "pipelines" / "report"))
sys.path.insert(0, str(Path(__file__).parent))

from chromium import Tab, browser


@pytest.fixture(scope="session")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened
