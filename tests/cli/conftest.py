"""How the tests call the program: inside this process for speed, or as a process of its own for streams and signals."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from nlp_toolkit_cli.main import run

PROGRAM = (sys.executable, "-c", "from nlp_toolkit_cli.main import main; main()")


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        """Its result, where stdout is one JSON object."""
        found: dict[str, object] = json.loads(self.out)
        return found

    @property
    def lines(self) -> list[dict[str, object]]:
        """Its result, where stdout is one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run a command in this process."""

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Put bytes on this process's stdin."""

    def call(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))

    return call


@pytest.fixture
def process() -> Callable[..., Outcome]:
    """Run a command in a process of its own, with bytes on its stdin."""

    def call(
        *arguments: object, stdin: bytes = b"", cwd: Path | None = None, environment: dict[str, str] | None = None
    ) -> Outcome:
        done = subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            timeout=120,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes | Sequence[str]], Path]:
    """Write a file of the test's folder: bytes, text, or lines."""

    def call(name: str, content: str | bytes | Sequence[str]) -> Path:
        path = tmp_path / name
        if not isinstance(content, bytes):
            text = content if isinstance(content, str) else "".join(f"{line}\n" for line in content)
            content = text.encode()
        path.write_bytes(content)
        return path

    return call


SENTENCES = {
    "food": ["the soup was warm and good", "fresh bread and butter", "rice with kimchi and soup", "a sweet apple cake"],
    "travel": [
        "the train left the station",
        "a ticket for the night bus",
        "the airport was far away",
        "a map of the city",
    ],
}


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A csv file of English sentences, 32 rows with columns id, text, label."""
    path = tmp_path_factory.mktemp("input") / "labelled.csv"
    numbers = range(4)
    rows = [(text, label, n) for label, texts in SENTENCES.items() for text in texts for n in numbers]
    lines = ["id,text,label", *(f"r{i},{text} number {n},{label}" for i, (text, label, n) in enumerate(rows))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def model(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained on `labelled`."""
    path = tmp_path_factory.mktemp("models") / "model"
    assert (
        run(["train", "count-logreg", str(labelled), "--label-column", "label", "-o", str(path), "--folds", "0"]) == 0
    )
    return path
