"""Every benchmark says what it was measured with and on which processor."""

import runpy
from pathlib import Path

import pytest
from pages import ROOT

from nlp_toolkit.processor import describe_processor

SHARED = ROOT / "benchmarks" / "side_by_side.py"
BENCHMARKS = sorted(path for path in SHARED.parent.glob("*.py") if path != SHARED)


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_benchmark_prints_what_it_was_measured_with(path: Path) -> None:
    assert "    print_versions(" in path.read_text(encoding="utf-8")


def test_versions_come_with_the_processor(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(SHARED))["print_versions"]("numpy")
    assert capsys.readouterr().out.splitlines()[-1] == describe_processor()
