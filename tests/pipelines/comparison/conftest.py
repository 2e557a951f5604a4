"""Stages the comparison tests register; this folder on the path, for `stages`."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def spies(monkeypatch: pytest.MonkeyPatch):
    """`stages.Spy` as kind "spy" and `stages.Moody` as "moody", with nothing remembered."""
    from stages import Moody, Spy

    from nlp_toolkit import registry

    monkeypatch.setitem(registry._registered, "spy", Spy)
    monkeypatch.setitem(registry._registered, "moody", Moody)
    monkeypatch.setattr(Spy, "save_files", lambda stage, folder: (folder / "empty").write_text(""), raising=False)
    monkeypatch.setattr(Spy, "load_files", classmethod(lambda cls, folder: cls()), raising=False)
    Spy.fitted_on.clear()
    return Spy
