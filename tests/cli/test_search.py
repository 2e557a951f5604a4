"""`nlp-toolkit search`: queries from the command line and from stdin, as JSON and for people."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

TEXTS = "서울은 넓고 사람이 많다\n부산에는 바다가 있다\na cat sleeps in Seoul\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from nlp_toolkit_cli.main import run

    folder = tmp_path_factory.mktemp("search")
    (folder / "texts.txt").write_text(TEXTS, encoding="utf-8")
    assert run(["index", "build", "bm25", str(folder / "texts.txt"), "-o", str(folder / "idx"), "--quiet"]) == 0
    return folder / "idx"


def test_query_gives_one_json_object_with_ranked_hits(index: Path, cli) -> None:
    answer = cli("search", index, "서울 사람", "-k", "2", "--json").json
    assert answer["query"] == "서울 사람"
    [hit] = answer["hits"]
    assert {**hit, "score": 0} == {
        "rank": 1,
        "id": "0",
        "score": 0,
        "text": "서울은 넓고 사람이 많다",
        "metadata": {},
    }
    assert hit["score"] > 0


def test_queries_from_stdin_give_a_line_each_in_order(index: Path, cli, stdin) -> None:
    stdin("서울\n\nnothing at all\r\nSEOUL cats\n".encode())
    answers = cli("search", index, "-").lines
    assert [(answer["query"], [hit["id"] for hit in answer["hits"]]) for answer in answers] == [
        ("서울", ["0"]),
        ("nothing at all", []),
        ("SEOUL cats", ["2"]),
    ]


def test_decomposed_query_finds_the_same(index: Path, cli) -> None:
    decomposed = "\u1109\u1165\u110b\u116e\u11af"
    assert [hit["id"] for hit in cli("search", index, decomposed, "--json").json["hits"]] == ["0"]


def test_what_cannot_be_asked_has_exit_code_2(index: Path, cli) -> None:
    assert cli("search", index, "cat", "--where", "year > 1").code == 2
    assert "no metadata 'year'; there is: id" in cli("search", index, "cat", "--where", "year > 1").err
    assert cli("search", index, "cat", "-k", "0").code == 2
    assert cli("search", index, "  ").code == 2


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")
def test_terminal_shows_rank_score_id_and_the_matching_morpheme_marked(index: Path) -> None:
    parent, child = pty.openpty()
    program = [
        sys.executable,
        "-c",
        "from nlp_toolkit_cli.main import main; main()",
        "search",
        str(index),
        "서울 이야기",
    ]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(program, stdout=child, stderr=subprocess.DEVNULL, env=environment) as process:
        os.close(child)
        shown = b""
        try:
            while part := os.read(parent, 4096):
                shown += part
        except OSError:  # how a pseudo-terminal says that the other side has gone
            pass
        finally:
            os.close(parent)
    assert process.returncode == 0
    text = shown.decode("utf-8")
    assert "\x1b[1;32m서울\x1b[0m은 넓고" in text
    assert text.lstrip().startswith("1  ")
    assert "{" not in text


def test_closed_pipe_is_silent(index: Path) -> None:
    command = f'{sys.executable} -c "from nlp_toolkit_cli.main import main; main()" search {index} - --json | head -n 1'
    queries = ("서울\n" * 2_000).encode()
    done = subprocess.run(["bash", "-c", command], input=queries, capture_output=True, check=False)
    assert json.loads(done.stdout)["query"] == "서울"
    assert b"Traceback" not in done.stderr and b"error" not in done.stderr
