"""`nlp-toolkit tune`: a recipe that `train` takes, two scores, and a search that goes on where it was stopped."""

import json
import shlex
import signal
import subprocess
import sys

import pytest

PROGRAM = (sys.executable, "-c", "from nlp_toolkit_cli.main import main; main()")
RECIPE = """\
task: classification
vectorizer: {kind: count, tokenizer: words}
estimator: {kind: logreg, C: 0.001}
space:
  estimator.C: {log_uniform: [0.001, 10]}
"""


@pytest.fixture
def recipe(write):
    return write("mine.yaml", RECIPE)


def test_tuned_recipe_is_written_and_train_takes_it(cli, labelled, recipe, tmp_path):
    better = tmp_path / "better.yaml"
    done = cli("tune", recipe, labelled, "--label-column", "label", "-o", better, "--trials", 3, "--folds", 2, "--json")

    assert done.code == 0, done.err
    result = done.json
    assert result["recipe"]["name"] == "better"
    assert {"score", "low", "high", "untuned", "difference", "n", "how"} <= result["outer"].keys()
    assert result["trust"].startswith("trust the outer score")
    assert [trial["number"] for trial in result["trials"]] == [0, 1, 2]
    assert len(list((tmp_path / "better.yaml.trials").glob("*.json"))) == result["computed"]
    assert cli("train", better, labelled, "--label-column", "label", "--folds", 0, "-o", tmp_path / "m").code == 0

    refused = cli("tune", recipe, labelled, "-o", better, "--trials", 3)
    assert refused.code == 2
    assert "--overwrite" in refused.err
    again = cli("tune", recipe, labelled, "-o", better, "--trials", 3, "--folds", 2, "--overwrite")
    lines = again.out.splitlines()
    assert f"(0 computed, {result['computed']} finished before)" in again.out
    assert next(line for line in lines if line.startswith("outer score")).endswith("trust this one")
    assert lines[-1].startswith("next")
    assert f"nlp-toolkit train {better}" in lines[-1]


def test_next_command_reads_the_rows_as_tune_did(cli, write, tmp_path):
    recipe = write("mine.yaml", RECIPE.replace("classification", "multilabel"))
    rows = [f"warm soup {n}\tfood{'|warm' if n % 2 else ''}" for n in range(12)]
    rows += [f"night train {n}\ttravel" for n in range(12)]
    data = write("rows.dat", ["words\tkinds", *rows])
    reading = ["--format", "tsv", "--text-column", "words", "--label-column", "kinds", "--label-separator", "|"]
    done = cli("tune", recipe, data, *reading, "-o", tmp_path / "better.yaml", "--trials", 2, "--folds", 2, "--quiet")

    assert done.code == 0, done.err
    following = done.out.splitlines()[-1].removeprefix("next").strip()
    program, command, *arguments = shlex.split(following)
    assert (program, command) == ("nlp-toolkit", "train")
    model = tmp_path / "m"
    trained = cli("train", *(model if each == "MODEL" else each for each in arguments), "--folds", 0)
    assert trained.code == 0, trained.err


def test_existing_recipe_is_refused_before_anything_is_read(cli, recipe):
    refused = cli("tune", recipe, "-", "-o", recipe)

    assert (refused.code, refused.err) == (
        2,
        f"error: {recipe} exists; name another file, or overwrite it (--overwrite)\n",
    )


def test_recipe_without_a_space_says_what_to_add(cli, labelled, recipe, tmp_path):
    recipe.write_text(RECIPE.partition("space:")[0])
    refused = cli("tune", recipe, labelled, "-o", tmp_path / "better.yaml")

    assert refused.code == 2
    assert "mine declares no space to search; add one" in refused.err


def test_ctrl_c_keeps_the_finished_trials_and_the_same_command_goes_on(labelled, recipe, tmp_path):
    better = tmp_path / "better.yaml"
    command = [*PROGRAM, "tune", str(recipe), str(labelled), "-o", str(better), "--folds", "2", "--json"]
    # Sends Ctrl-C to itself at the third trial: no guess about time.
    interrupted = (
        "import os, signal\n"
        "from nlp_toolkit_pipelines.tuning import trials\n"
        "write, written = trials.TrialStore.write, []\n"
        "def stop(store, key, scores):\n"
        "    write(store, key, scores)\n"
        "    written.append(key)\n"
        "    if len(written) == 3: os.kill(os.getpid(), signal.SIGINT)\n"
        "trials.TrialStore.write = stop\n"
        "from nlp_toolkit_cli.main import main\n"
        "main()\n"
    )
    first = subprocess.run(
        [sys.executable, "-c", interrupted, *command[len(PROGRAM) :], "--trials", "8"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (first.returncode, first.stdout) == (130, "")
    assert "3 finished trials are kept in" in first.stderr
    assert "Traceback" not in first.stderr
    assert not better.exists()

    second = subprocess.run([*command, "--trials", "8"], capture_output=True, text=True, check=True)
    assert json.loads(second.stdout)["reused"] == 3
    assert better.exists()
