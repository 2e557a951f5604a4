"""Tests do not depend on settings that whoever runs them has exported."""

import os
import runpy
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"


@pytest.mark.parametrize("name", ["NLP_TOOLKIT_THREADS", "FORCE_COLOR", "NO_COLOR", "COLUMNS"])
def test_settings_of_the_caller_are_forgotten(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    runpy.run_path(str(CONFTEST))
    assert name not in os.environ


@pytest.mark.parametrize("name", ["NLP_TOOLKIT_CPU", "NLP_TOOLKIT_SHARED_DATA"])
def test_what_a_run_is_told_is_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "avx2")
    runpy.run_path(str(CONFTEST))
    assert os.environ[name] == "avx2"
