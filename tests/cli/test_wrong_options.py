"""An output that cannot be written, as every command takes one: one line and exit code 2."""

import shutil

import pytest

ARGUMENTS = {
    "train": ["count-logreg", "d.csv", "--folds", "0"],
    "evaluate": ["model", "d.csv", "--label-column", "label"],
    "explain": ["model", "warm soup"],
    "vectorize": ["count", "d.csv", "--text-column", "text"],
    "pretrain": ["no-model", "d.csv"],
    "compare": ["d.csv", "count-logreg"],
    "tune": ["count-logreg", "d.csv"],
    "index": ["build", "count", "d.csv", "--text-column", "text"],
}


@pytest.mark.parametrize("output", ["", "/", ".", "a\0b", "\ud800"], ids=["empty", "root", "here", "NUL", "surrogate"])
@pytest.mark.parametrize("command", ARGUMENTS)
def test_an_output_that_cannot_be_is_no_bug(cli, labelled, model, tmp_path, monkeypatch, command, output):
    shutil.copy(labelled, tmp_path / "d.csv")
    (tmp_path / "model").symlink_to(model)
    monkeypatch.chdir(tmp_path)
    done = cli(command, *ARGUMENTS[command], "--output", output)
    assert (done.code, done.err.count("error: "), "Traceback" in done.err) == (2, 1, False), done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv", "model"]
