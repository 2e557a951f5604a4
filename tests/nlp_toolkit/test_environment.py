"""Tests do not depend on settings that whoever runs them has exported."""

import os
import runpy
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"


def test_settings_of_the_caller_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLP_TOOLKIT_THREADS", "1")
    runpy.run_path(str(CONFTEST))
    assert "NLP_TOOLKIT_THREADS" not in os.environ


@pytest.mark.parametrize("name", ["NLP_TOOLKIT_CPU", "NLP_TOOLKIT_SHARED_DATA"])
def test_what_a_run_is_told_is_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "avx2")
    runpy.run_path(str(CONFTEST))
    assert os.environ[name] == "avx2"
