"""A reader of the documentation: a folder with the examples and some files, and what the pages registered forgotten."""

import shutil
import sys
from pathlib import Path

import pytest

# With --import-mode=importlib test folders are not on the path; `pages` and `given` are ours alone.
sys.path.insert(0, str(Path(__file__).parent))

from given import bring_files
from pages import ROOT, Reader

from nlp_toolkit import registry


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Someone who tries a page from its first block to its last, in a folder with the examples and files of theirs."""
    bring_files(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(registry, "_callables", dict(registry._callables))
    return Reader()
