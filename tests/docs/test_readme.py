"""The README's examples run, word for word, in both languages."""

from pathlib import Path

import pytest
from pages import Reader, blocks, commands


@pytest.mark.timeout(600)  # a dozen commands
def test_examples_run(reader: Reader) -> None:
    shown = reader.read("README.md")
    assert '"metrics"' in shown
    assert "서울/NNP" in shown or '"row": 0' in shown
    assert "positive" in shown
    assert Path("out/rows.npz").is_file()


def test_korean_examples_in_python_run(reader: Reader) -> None:
    shown = "".join(
        reader.python(block, f"README.ko.md, line {block.line}") for block in blocks("README.ko.md", "python")
    )
    assert "positive" in shown


def test_both_languages_show_the_same_commands() -> None:
    english, korean = ([commands(block) for block in blocks(page, "bash")] for page in ("README.md", "README.ko.md"))
    assert english == korean
    assert len(english) == 2
