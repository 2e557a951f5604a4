"""Word vectors in a file, for the tests of Word2Vec; kernels for however few texts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nlp_toolkit.counting import stage

from .words import axes_file


@pytest.fixture
def axes(tmp_path: Path) -> Path:
    """A file of three words along three axes."""
    return axes_file(tmp_path)


@pytest.fixture(autouse=True, scope="module")
def kernels_count_few_texts_too() -> Iterator[None]:
    """A few texts are counted without the kernels, which these tests are about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "FEW_TEXTS", -1)
        yield
