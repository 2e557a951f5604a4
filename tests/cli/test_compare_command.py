"""`nlp-toolkit compare`: words first, then tables; a report to open; interrupted and gone on with."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nlp_toolkit_cli.main import run

PROGRAM = (sys.executable, "-c", "from nlp_toolkit_cli.main import main; main()")
QUICK = ("count-logreg", "tfidf-nb", "--folds", "2", "--map", "none", "--jobs", "1")


@pytest.fixture(scope="module")
def compared(labelled, tmp_path_factory, compared_here):
    """A comparison of `labelled` that was run once."""
    out = tmp_path_factory.mktemp("compared") / "out"
    assert run(["compare", str(labelled), *QUICK, "--label-column", "label", "-o", str(out)]) == 0
    return out


def test_the_summary_comes_in_words_before_the_tables(cli, compared, labelled):
    shown = cli("compare", labelled, *QUICK, "--label-column", "label", "-o", compared, "--resume")

    assert shown.code == 0
    lines = shown.out.splitlines()
    assert "has the highest accuracy: " in lines[0]
    assert any(line.startswith("recipe") and "accuracy" in line and "fit s" in line for line in lines)
    assert any("p (Holm)" in line for line in lines)
    assert str(compared / "report.html") in shown.out
    assert max(len(line) for line in lines if str(compared) not in line) <= 80
    assert "4 of 4 cells were finished before" in shown.err


def test_json_is_the_object_of_report_json(cli, compared, labelled):
    shown = cli("compare", labelled, *QUICK, "--label-column", "label", "-o", compared, "--resume", "--json")

    assert shown.json == json.loads((compared / "report.json").read_text(encoding="utf-8"))
    assert {"recipes", "pairs", "curves", "settings", "versions"} <= shown.json.keys()
    assert shown.json["data"]["name"] == "labelled.csv"
    assert (compared / "report.html").stat().st_size > 1000


def test_an_existing_comparison_names_both_ways_on(cli, compared, labelled):
    shown = cli("compare", labelled, *QUICK, "--label-column", "label", "-o", compared)

    assert shown.code == 2
    assert "--resume" in shown.err
    assert "--overwrite" in shown.err
    assert "resume=True" not in shown.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["count-logregg"], 2, "no recipe is named 'count-logregg'"),
        (["count-logreg", "--metric", "r2"], 2, "unknown metric 'r2'"),
        (["count-logreg", "--learning-curve", "many"], 2, "expected numbers of labels and 'all'"),
        (["count-logreg", "--folds", "1"], 2, "--folds"),
        (["count-logreg", "tfidf-ridge"], 2, "only recipes of one task can be compared"),
        (["tfidf-ridge"], 3, "expected a finite number as label, got 'food'"),
    ],
)
def test_what_cannot_be_compared_is_said_before_anything_is_written(cli, labelled, tmp_path, arguments, code, said):
    shown = cli("compare", labelled, *arguments, "--label-column", "label", "-o", tmp_path / "out")

    assert shown.code == code
    assert said in shown.err
    assert not (tmp_path / "out").exists()


def test_empty_labels_are_named_with_file_and_row(cli, write, tmp_path):
    path = write("bad.csv", ["text,label", "one,a", "two,", "three,b"])

    shown = cli("compare", path, "count-logreg", "--label-column", "label", "-o", tmp_path / "out")

    assert shown.code == 3
    assert shown.err.splitlines()[-1].startswith(f"error: {path}: empty label in row 2 (counted from 1)")


def test_ctrl_c_ends_every_process_and_the_next_run_goes_on(tmp_path: Path):
    rows = (f"word{n % 997} other{n % 89} third{n * 7919 % 4001},label{n % 9}" for n in range(6000))
    path = tmp_path / "large.csv"
    path.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    out = tmp_path / "out"
    command = [
        "compare",
        str(path),
        "tfidf-nb",
        "count-logreg",
        "--label-column",
        "label",
        "-o",
        str(out),
        "--jobs",
        "1",
    ]
    with subprocess.Popen(
        [*PROGRAM, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in a shell's background inherit Ctrl-C ignored; a person's terminal does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        while not list(out.glob("cells/*.json")):
            assert running.poll() is None
            time.sleep(0.05)
        workers = _children(running.pid)
        running.send_signal(signal.SIGINT)
        said, err = running.communicate(timeout=60)

    assert (running.returncode, said) == (130, "")
    assert err.splitlines()[-1] == "error: interrupted"
    assert "cells are finished and kept in" in err
    assert "go on with --resume" in err
    assert workers
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    kept = {cell.name: cell.read_bytes() for cell in out.glob("cells/*.json")}

    done = subprocess.run(
        [*PROGRAM, *command[:3], *command[4:], "--resume", "--map", "none", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "tfidf-nb has the highest accuracy" in done.stdout
    assert all((out / "cells" / name).read_bytes() == content for name, content in kept.items())


def _children(pid: int) -> list[str]:
    """Processes that this one has started."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
