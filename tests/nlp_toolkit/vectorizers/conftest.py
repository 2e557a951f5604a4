"""Word vectors in a file, for the tests of Word2Vec."""

from pathlib import Path

import pytest

from .words import axes_file


@pytest.fixture
def axes(tmp_path: Path) -> Path:
    """A file of three words along three axes."""
    return axes_file(tmp_path)
