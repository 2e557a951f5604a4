"""`nlp-toolkit explain`: words with weights, on a terminal, in a pipe, as JSON and as a page."""

import json

import pytest

from nlp_toolkit_cli.commands import explain as explain_module

TEXT = "warm soup at the station"


def test_json_is_one_object_whose_words_add_up(cli, model):
    found = cli("explain", model, TEXT, "--json").json

    assert (found["text"], found["label"], found["method"]) == (TEXT, "food", "linear")
    assert [span["text"] for span in found["spans"]] == TEXT.split()
    assert [TEXT[span["start"] : span["end"]] for span in found["spans"]] == TEXT.split()
    weights = sum(span["weight"] for span in found["spans"])
    assert found["constant"] + found["elsewhere"] + weights == pytest.approx(found["score"])


def test_every_line_of_stdin_is_explained_in_order(cli, stdin, model):
    stdin("warm soup\n\n서울 station\n".encode())
    lines = cli("explain", model, "-", "--json").lines

    assert [line["text"] for line in lines] == ["warm soup", "", "서울 station"]
    assert lines[1]["spans"] == []


def test_encoding_of_stdin_can_be_said_as_the_error_advises(cli, stdin, model):
    line = "caf\u00e9 soup \u00ff\n".encode("latin-1")
    stdin(line)
    refused = cli("explain", model, "-", "--json")
    assert refused.code == 3
    assert "pass --encoding, such as cp1252" in refused.err

    stdin(line)
    assert cli("explain", model, "-", "--json", "--encoding", "cp1252").json["text"] == "caf\u00e9 soup \u00ff"


def test_a_pipe_gets_a_table_without_colour(cli, model):
    shown = cli("explain", model, TEXT, "--top", 2)
    lines = shown.out.splitlines()

    assert "\x1b" not in shown.out
    assert lines[0].split() == ["label", "food"]
    spans = cli("explain", model, TEXT, "--json").json["spans"]
    strongest = sorted(spans, key=lambda span: -abs(span["weight"]))[:2]
    assert [line.split()[:2] for line in lines if "+++" in line or "---" in line] == [
        [span["text"], f"{span['weight']:+.4f}"] for span in strongest
    ]
    assert lines[-1] == "and 3 weaker words"


def test_a_terminal_gets_the_text_with_its_words_marked(cli, model, monkeypatch):
    monkeypatch.setattr(explain_module.sys.stdout.__class__, "isatty", lambda stream: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    shown = cli("explain", model, TEXT)

    assert "\x1b[1;32msoup\x1b[0m" in shown.out
    assert "\x1b[4;31mstation\x1b[0m" in shown.out


def test_another_label_is_explained_when_asked_for(cli, model):
    food, travel = (cli("explain", model, TEXT, "--label", label, "--json").json for label in ("food", "travel"))

    assert travel["score"] == pytest.approx(-food["score"])
    refused = cli("explain", model, TEXT, "--label", "sport")
    assert (refused.code, refused.err) == (2, "error: the model has no label 'sport'; its labels: food, travel\n")


def test_method_can_be_chosen(cli, model):
    found = cli("explain", model, TEXT, "--method", "occlusion", "--json").json

    assert (found["method"], found["scale"], found["constant"]) == ("occlusion", "probability", None)


def test_page_stands_alone_and_escapes_the_text(cli, model, tmp_path):
    path = tmp_path / "why.html"
    done = cli("explain", model, "warm <b>soup</b> 서울에서", "-o", path, "--json")
    page = path.read_text(encoding="utf-8")

    assert done.json == {"texts": 1, "output": str(path)}
    assert "<b>soup" not in page
    assert 'class="for w4"' in page and ">soup</mark>" in page
    assert "http://" not in page and "https://" not in page and "url(" not in page
    assert ".explained mark.for" in page
    again = cli("explain", model, TEXT, "-o", path)
    assert again.code == 2
    assert "--overwrite" in again.err
    assert cli("explain", model, TEXT, "-o", path, "--overwrite").code == 0


def test_style_of_the_page_is_in_its_policy(cli, model, tmp_path):
    import base64
    import hashlib
    import re

    path = tmp_path / "why.html"
    cli("explain", model, TEXT, "-o", path)
    page = path.read_text(encoding="utf-8")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]

    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"sha256-{digest}" in page.replace("&#x27;", "'").replace("&#43;", "+")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "-o", "why.txt"], "expected a file that ends in .html"),
        (["-", "--second", "y"], "--second belongs to a text on the command line"),
        (
            ["x", "--second", "y"],
            "error: --second is for models of pairs, the task of this one is classification; leave --second out\n",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(cli, model, arguments, message):
    refused = cli("explain", model, *arguments)

    assert refused.code in (2, 3)
    assert message in refused.err


def test_pair_model_is_given_both_texts(cli, write, tmp_path):
    rows = [{"a": f"warm soup {n}", "b": "fresh bread", "label": "same"} for n in range(6)]
    rows += [{"a": f"warm soup {n}", "b": "night train", "label": "other"} for n in range(6)]
    data = write("pairs.jsonl", [json.dumps(row) for row in rows])
    columns = ["--text-column", "a", "--pair-column", "b", "--label-column", "label", "--folds", "0"]
    assert cli("train", "tfidf-pair-logreg", data, *columns, "-o", tmp_path / "m").code == 0

    found = cli("explain", tmp_path / "m", "warm soup", "--second", "night train", "--json").json
    assert [(span["side"], span["text"]) for span in found["spans"]] == [
        (0, "warm"), (0, "soup"), (1, "night"), (1, "train"),
    ]  # fmt: skip
    refused = cli("explain", tmp_path / "m", "warm soup")
    assert refused.code == 2
    assert "give the other one with --second TEXT" in refused.err
