"""No control character and no direction mark that comes from outside reaches a terminal, a card or a page raw."""

import ast
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import nlp_toolkit_cli
from nlp_toolkit.text.visible import visible_lines
from nlp_toolkit.word_vectors.container import WordVectors
from nlp_toolkit.word_vectors.formats import write_text_vectors
from nlp_toolkit_cli.main import run
from nlp_toolkit_cli.show import print_error, print_line, print_pairs, print_sentences, print_styled, print_table

CONTROLS = [chr(n) for n in (*range(1, 0x20), *range(0x7F, 0xA0))]
MARKS = [chr(n) for n in (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))]
ALL = "x" + "x".join([*CONTROLS, *MARKS, "\udcff"]) + "x"
NAME = "n\x1b[31m\x9b\x7f\u202e\u2066\u200f\u061c\u2028\udcff"  # a file's name may have 255 bytes
CELL = "c\u202e\u2066\u200f\u061c\x1b]0;t\x07\x9b"
WORD = "w\u202e\u2066\x1b\x9b"
PLACES = Path(nlp_toolkit_cli.__file__).parent


class Terminal(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="", write_through=True)

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        return self.buffer.getvalue().decode("utf-8")


@pytest.fixture
def terminal(monkeypatch):
    """Run a command as on a terminal that knows no styles, and give what it showed."""
    monkeypatch.setenv("TERM", "dumb")

    def call(*arguments, code=0):
        out, err = Terminal(), Terminal()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            found = run([str(argument) for argument in arguments])
        shown = out.shown() + err.shown()
        assert found == code, shown
        return shown

    return call


def assert_harmless(shown):
    """Nothing hidden but line ends."""
    assert visible_lines(shown) == shown


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A file with hidden characters in its name, a column, labels and texts; a recipe of such a name; a model."""
    folder = tmp_path_factory.mktemp("hidden")
    rows = [{f"t{CELL}": f"warm soup {CELL} {n}", "label": f"food{CELL}", "id": f"{n}{CELL}"} for n in range(6)]
    rows += [{f"t{CELL}": f"night train {CELL} {n}", "label": "travel", "id": f"{n}t{CELL}"} for n in range(6)]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / f"{NAME}.jsonl").write_text(text, encoding="utf-8")
    (folder / f"{NAME}.yaml").write_text(
        "task: classification\nvectorizer: {kind: count}\nestimator: {kind: logreg}\nseed: 0\n# \u202e\x85\n"
        "space: {estimator.C: {choice: [1, 2]}}\n",
        encoding="utf-8",
    )
    vectors = WordVectors([f"w{WORD}", "king"], np.eye(2, dtype=np.float32))
    write_text_vectors(folder / f"{NAME}.vec", vectors)
    return folder


def commands(folder):
    data, recipe = folder / f"{NAME}.jsonl", folder / f"{NAME}.yaml"
    text = ["--text-column", f"t{CELL}"]
    label = ["--label-column", "label"]
    kept = ["--metadata", f"t{CELL}:str"]
    model, index = folder / f"m{NAME}", folder / f"i{NAME}"
    return {
        "train": ["train", recipe, data, *text, *label, "-o", model, "--folds", 2],
        "predict": ["predict", model, data, *text, "--id-column", "id"],
        "predict to stdout": ["predict", model, data, *text, "--id-column", "id", "--metadata", "label", "--json"],
        "predict to a file": ["predict", model, data, *text, "-o", folder / f"p{NAME}.csv"],
        "inspect a model": ["inspect", model],
        "inspect a corpus": ["inspect", data, *text, *label],
        "evaluate": ["evaluate", model, data, *text, *label],
        "evaluate in depth": ["evaluate", model, data, *text, *label, "-o", folder / f"r{NAME}", "--train", data],
        "explain": ["explain", model, f"warm soup {CELL}"],
        "explain on a page": ["explain", model, f"warm soup {CELL}", "-o", folder / f"page{NAME}.html"],
        "tune": ["tune", recipe, data, *text, *label, "-o", folder / f"u{NAME}.yaml", "--trials", 2, "--folds", 2],
        "recipes": ["recipes", recipe],
        "vectorize": ["vectorize", "count", data, *text, "-o", "-"],
        "vectorize to a file": ["vectorize", "count", data, *text, "-o", folder / f"v{NAME}.npz"],
        "words nearest": ["words", "nearest", folder / f"{NAME}.vec", "king"],
        "words export": ["words", "export", folder / f"{NAME}.vec", folder / f"w{NAME}.bin"],
        "index build": ["index", "build", "count", data, *text, "--id-column", "id", "-o", index, *kept],
        "index info": ["index", "info", index],
        "index duplicates": ["index", "duplicates", index, "--threshold", "0.5"],
        "search": ["search", index, f"soup {CELL}"],
        "search as JSON": ["search", index, f"soup {CELL}", "--json"],
    }


def test_no_command_shows_what_is_hidden(terminal, folder):
    for name, arguments in commands(folder).items():
        shown = terminal(*arguments)
        assert_harmless(shown)
        # What came from outside is there, as escapes; search and duplicates show a cleaned text beside its id.
        assert any(sign in shown for sign in ("\\u202e", "\\x1b")), name
    for path in folder.rglob("*"):
        if path.suffix in (".md", ".html"):
            content = path.read_text(encoding="utf-8")
            assert_harmless(content)
            assert "\\u202e" in content or "A fitted stage" in content, path


@pytest.mark.parametrize("manner", [[], ["--json"], ["--debug"]], ids=["prose", "json", "debug"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", f"no-{ALL}"],
        ["train", f"no-{ALL}", "data.csv", "-o", "out"],
        ["train", "tfidf-svm", "data.csv", "-o", "out", "--set", f"{ALL}=1"],
        ["predict", "model", "data.csv", f"--{ALL}"],
        [f"command{ALL}"],
        ["search", "index", "query", f"--device={ALL}"],
        ["words", "nearest", f"{ALL}.vec", "word"],
    ],
)
def test_no_error_shows_what_is_hidden(terminal, arguments, manner):
    shown = terminal(*arguments, *manner, code=2)
    assert_harmless(shown)
    assert "\\x01" in shown


@pytest.mark.parametrize(
    "shown_by",
    [
        print_line,
        print_error,
        lambda text: print_pairs([(text, text)]),
        lambda text: print_table([text], [[text]]),
        lambda text: print_sentences([text]),
        lambda text: print_styled([(text, "bold")]),
        lambda text: print_styled([(text, "bold")], fit=True),
    ],
    ids=["line", "error", "pairs", "table", "sentences", "styled", "fitted"],
)
def test_every_way_to_show_a_text_shows_all_that_is_hidden(monkeypatch, shown_by):
    monkeypatch.setenv("COLUMNS", "2000")
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", out)
    shown_by(ALL)
    assert_harmless(out.getvalue())
    for each in (c for c in ALL if c not in "x\n\t"):
        assert each.encode("unicode_escape").decode() in out.getvalue()


@pytest.mark.parametrize("path", sorted(PLACES.rglob("*.py")), ids=lambda path: path.relative_to(PLACES).as_posix())
def test_only_show_writes_to_the_terminal(path):
    if path.name == "show.py":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        written = ast.unparse(called) if called is not None else ""
        assert written != "print", f"line {node.lineno}: use a function of show.py"
        assert not written.endswith((".print", ".write", ".writelines", ".echo", ".secho")) or written == "stream.write"
        assert not (isinstance(node, ast.ImportFrom) and node.module == "rich.console")
