"""A closed pipe, a full disk, Ctrl-C and SIGTERM: the promised exit code, no traceback, nothing half written."""

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = (sys.executable, "-c", "from nlp_toolkit_cli.main import main; main()")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Labelled rows that take some seconds to train on."""
    folder = tmp_path / "large"
    folder.mkdir()
    rows = (f"word{n % 997} other{n % 89} third{n * 7919 % 4001},label{n % 30}" for n in range(20_000))
    path = folder / "large.csv"
    path.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    return path


def test_a_reader_that_leaves_early_is_no_error(model, write):
    path = write("many.txt", ["warm soup for the night train"] * 3000)  # more lines than a pipe holds
    command = 'set -o pipefail; "$@" | head -n 1'
    piped = ["bash", "-c", command, "bash", *PROGRAM, "predict", str(model), str(path), "--quiet"]
    done = subprocess.run(piped, capture_output=True, text=True, check=False)
    assert done.returncode == 141
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_a_reader_of_a_table_that_leaves_early_is_no_error():
    piped = ["bash", "-c", 'set -o pipefail; "$@" | true', "bash", *PROGRAM, "recipes"]
    done = subprocess.run(piped, capture_output=True, text=True, check=False)
    assert done.returncode == 141
    assert done.stderr == ""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_training_leaves_nothing(large, tmp_path, sent, code):
    arguments = ["train", "tfidf-logreg", str(large), "-o", str(tmp_path / "model")]
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in a shell's background inherit Ctrl-C ignored; a person's terminal does not.
        preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL),
    ) as running:
        for line in running.stderr:
            if "tokenizer auto chose" in line:  # said while fitting
                break
        running.send_signal(sent)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (code, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1] in ("error: interrupted", "error: terminated")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large"]


def test_output_to_a_full_device_is_a_resource_error():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run([*PROGRAM, "recipes"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["vectorize", "count", "{input}", "-o", "{output}.npz"], ["train", "count-logreg", "{input}", "-o", "{output}"]],
    ids=["vectorize", "train"],
)
def test_a_disk_that_fills_while_writing_leaves_nothing(labelled, tmp_path, arguments):
    filled = [argument.format(input=labelled, output=tmp_path / "out") for argument in arguments]
    done = subprocess.run(
        [*PROGRAM, *filled],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)),
    )
    assert done.returncode == 5
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == []


def test_pipes_are_utf8_whatever_the_locale(process, model):
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    rows = "id,text\n첫째,warm soup\n".encode()
    done = process("predict", model, "-", "--format", "csv", "--id-column", "id", stdin=rows, environment=plain)
    assert done.lines[0]["id"] == "첫째"


CLOSED = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-", "all": "<&- >&- 2>&-"}


@pytest.mark.parametrize(("stream", "code"), [(stream, code) for stream in CLOSED for code in (0, 2)])
def test_a_closed_stream_takes_what_is_written(stream, code):
    command = ["bash", "-c", f'"$@" {CLOSED[stream]}', "bash", *PROGRAM, "recipes", *(["tfidf-sv"] if code else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == (code > 0 and stream in ("stdin", "stdout"))


def test_no_file_takes_the_number_of_a_closed_stream(labelled, tmp_path):
    out = tmp_path / "rows.jsonl"
    arguments = ["vectorize", "count", str(labelled), "--text-column", "text", "-o", str(out)]
    command = ["bash", "-c", f'"$@" {CLOSED["all"]}', "bash", *PROGRAM, *arguments]
    assert subprocess.run(command, check=False).returncode == 0
    lines = out.read_text(encoding="utf-8").splitlines()  # and nothing that was printed
    assert [json.loads(line)["row"] for line in lines] == list(range(32))


@pytest.mark.parametrize("stdin", ["<&-", "</dev/null"])
def test_nothing_on_stdin_is_bad_data(model, stdin):
    command = ["bash", "-c", f'"$@" {stdin}', "bash", *PROGRAM, "predict", str(model), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("error: stdin: ")


def test_a_full_pipe_is_waited_for():
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.write(writing, b"x" * fcntl.fcntl(writing, fcntl.F_GETPIPE_SZ))  # full
    with subprocess.Popen(
        [*PROGRAM, "recipes", "--json"], stdout=writing, stderr=subprocess.PIPE, text=True
    ) as running:
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            found = pipe.read().lstrip("x")
        assert running.stderr.read() == ""
    assert running.returncode == 0
    assert json.loads(found)["recipes"]


def test_a_full_device_for_notes_stops_nothing(labelled, tmp_path):
    arguments = ["vectorize", "count", str(labelled), "--text-column", "text", "-o", str(tmp_path / "rows.npz")]
    command = ["bash", "-c", '"$@" 2>/dev/full', "bash", *PROGRAM, *arguments]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


MATCHING = """
import sys
from nlp_toolkit.counting.documents import Documents
build = Documents.build_tokenizer
def told(stage):
    tokenize = build(stage)
    def tokenize_and_tell(text):
        print("matching", file=sys.stderr, flush=True)
        return tokenize(text)
    return tokenize_and_tell
Documents.build_tokenizer = told
from nlp_toolkit_cli.main import main
main()
"""


def processor_ticks(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


def test_ctrl_c_ends_a_pattern_that_explodes(write, tmp_path):
    path = write("explodes.csv", ["text,label", *[f"{'a' * 60}!,{label}" for label in "xyxyxyxy"]])
    arguments = ["vectorize", "count", path, "-o", tmp_path / "out.npz", "--text-column", "text"]
    arguments += ["--set", "tokenizer=null", "--set", "token_pattern=(a+)+$"]
    with subprocess.Popen(
        [sys.executable, "-c", MATCHING, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        assert any(line == "matching\n" for line in running.stderr)
        start = processor_ticks(running.pid)
        while processor_ticks(running.pid) < start + 20:  # deep in the one match, which would take years
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        assert running.stderr.read().splitlines()[-1] == "error: interrupted"
    assert running.returncode == 130
    assert [each.name for each in tmp_path.iterdir()] == ["explodes.csv"]
