"""The README's examples run, word for word, in both languages."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.ko.md")


def blocks(readme: str, language: str) -> list[str]:
    """The fenced code blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / readme).read_text(encoding="utf-8"), re.M | re.S)


def without_comments(block: str) -> str:
    return re.sub(r"\s+#.*$", "", block, flags=re.M)


def run(command: list[str], folder: Path, script: str) -> str:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, input=script, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def with_examples(folder: Path) -> Path:
    shutil.copytree(ROOT / "examples", folder / "examples")
    return folder


@pytest.mark.timeout(600)  # a dozen commands, each with its own start
def test_shell_examples_run(tmp_path: Path) -> None:
    folder = with_examples(tmp_path)
    script = "set -eo pipefail\n" + "".join(blocks("README.md", "bash")).replace("| head -3", "| sed -n 1,3p")
    shown = run(["bash"], folder, script)
    assert '"metrics"' in shown
    assert "서울/NNP" in shown or '"row": 0' in shown
    assert (folder / "out" / "rows.npz").is_file()


@pytest.mark.parametrize("readme", READMES)
def test_python_examples_run(readme: str, tmp_path: Path) -> None:
    shown = run([sys.executable, "-"], with_examples(tmp_path), "\n".join(blocks(readme, "python")))
    assert "positive" in shown


def test_both_languages_show_the_same_commands() -> None:
    english, korean = ([without_comments(block) for block in blocks(readme, "bash")] for readme in READMES)
    assert english == korean
    assert len(english) == 2
