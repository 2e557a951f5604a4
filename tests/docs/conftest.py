"""A reader of the documentation: a folder with the examples and some files, and what the pages registered forgotten."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

# With --import-mode=importlib test folders are not on the path; `pages` and `given` are ours alone.
sys.path.insert(0, str(Path(__file__).parent))

from given import bring_files
from pages import ROOT, Reader

from nlp_toolkit import registry
from nlp_toolkit.neural import learning
from nlp_toolkit.transformer.sizes import SIZES


@pytest.fixture
def small_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders have the smallest width and one layer, networks read their texts twice where nothing else is said.

    That a page's commands work is the claim here; what sizes and epochs are worth is in docs/results.md.
    """
    smallest = min(SIZES.values(), key=lambda size: size.hidden)
    for name in SIZES:
        monkeypatch.setitem(SIZES, name, replace(smallest, layers=1))
    monkeypatch.setattr(learning, "_ROWS", 1)
    monkeypatch.setattr(learning, "_EPOCHS", 2)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_networks: None, compared_here: None) -> Reader:
    """Someone who tries a page from its first block to its last, in a folder with the examples and files of theirs."""
    bring_files(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(registry, "_callables", dict(registry._callables))
    return Reader()
