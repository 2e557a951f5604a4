"""Every drawing in the documentation is what its script draws."""

import runpy
import sys
from pathlib import Path

import pytest
from pages import ROOT

FIGURES = sorted((ROOT / "docs" / "figures").glob("*.svg"))


@pytest.mark.parametrize("drawing", FIGURES, ids=lambda path: path.stem)
def test_drawing_is_what_its_script_draws(drawing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(drawing.parent)
    monkeypatch.delitem(sys.modules, "drawing", raising=False)
    script = runpy.run_path(str(drawing.with_suffix(".py")))
    assert script["figure"]() == drawing.read_text(encoding="utf-8")


def test_there_are_drawings() -> None:
    assert "word2vec" in [drawing.stem for drawing in FIGURES]
