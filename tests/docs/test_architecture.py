"""The map of the code names what is there."""

import re

import pytest
from pages import ROOT, page_text

import nlp_toolkit

MAP = page_text("docs/architecture.md")
_TOP = [path for path in (ROOT / "nlp_toolkit").iterdir() if not path.name.startswith(("_", "."))]
MODULES = sorted(path.name for path in _TOP if path.suffix == ".py")
FOLDERS = sorted(f"{path.name}/" for path in _TOP if path.is_dir())


@pytest.mark.parametrize("name", [*MODULES, *FOLDERS])
def test_each_module_and_folder_of_the_stages_has_a_row(name: str) -> None:
    assert f"\n| `{name}` | " in MAP


def test_each_file_on_the_map_exists() -> None:
    there = {path.name for folder in ("nlp_toolkit", "pipelines", "cli", "docs") for path in (ROOT / folder).rglob("*")}
    named = set(re.findall(r"`(?:\w+/)*([\w*]+\.(?:py|js))`", MAP)) - {"comparison_*.py", "evaluation_*.py"}
    assert "compat.py" in named
    assert named - there == set()


def test_each_public_name_on_the_map_exists() -> None:
    named = set(re.findall(r"`(register_\w+)`", MAP))
    assert named and named <= set(nlp_toolkit.__all__)
