"""`nlp-toolkit evaluate` and `predict`: one result a text, in order, to wherever it is wanted."""

import csv
import json

import pytest

from nlp_toolkit_cli.commands import predict as predict_module


def test_one_line_a_text_in_order(cli, model, write):
    path = write("new.txt", ["warm soup", "", "the night train"])
    assert [(line["row"], line["label"]) for line in cli("predict", model, path, "--json").lines] == [
        (0, "food"),
        (1, cli("predict", model, path).lines[1]["label"]),
        (2, "travel"),
    ]


def test_probabilities_sum_to_one_in_label_order(cli, model, labelled):
    for line in cli("predict", model, labelled, "--id-column", "id").lines:
        assert list(line) == ["id", "label", "probabilities"]
        assert list(line["probabilities"]) == ["food", "travel"]
        assert sum(line["probabilities"].values()) == pytest.approx(1.0)


def test_stdin_is_txt_unless_format_says_otherwise(cli, stdin, model):
    stdin(b"warm soup\nnight train\n")
    assert [line["label"] for line in cli("predict", model, "-").lines] == ["food", "travel"]
    stdin(b"id,text\n7,warm soup\n")
    assert [line["label"] for line in cli("predict", model, "-", "--format", "csv").lines] == ["food"]


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.jsonl"])
def test_into_a_file(cli, model, labelled, tmp_path, name):
    done = cli("predict", model, labelled, "-o", tmp_path / name, "--json")
    assert done.json == {"rows": 32, "output": str(tmp_path / name)}
    refused = cli("predict", model, labelled, "-o", tmp_path / name)
    assert refused.code == 2
    assert str(tmp_path / name) in refused.err and "--overwrite" in refused.err


def test_csv_has_a_column_a_probability(cli, model, labelled, tmp_path):
    cli("predict", model, labelled, "-o", tmp_path / "p.csv", "--id-column", "id")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "label", "probability_food", "probability_travel"]
    assert [row["id"] for row in rows] == [f"r{i}" for i in range(32)]


def test_jsonl_file_holds_what_stdout_shows(cli, model, labelled, tmp_path):
    cli("predict", model, labelled, "-o", tmp_path / "p.jsonl")
    assert (tmp_path / "p.jsonl").read_text(encoding="utf-8") == cli("predict", model, labelled).out
    assert cli("predict", model, labelled, "-o", "-").out == cli("predict", model, labelled).out


def test_metadata_is_carried_along(cli, model, write, tmp_path):
    path = write("new.csv", ["text,year", "warm soup,1999", "night train,2001"])
    lines = cli("predict", model, path, "--metadata", "year:int").lines
    assert [line["metadata"] for line in lines] == [{"year": 1999}, {"year": 2001}]
    cli("predict", model, path, "--metadata", "year:int", "-o", tmp_path / "p.csv")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        assert [row["metadata_year"] for row in csv.DictReader(file)] == ["1999", "2001"]


def test_excel_safe_disarms_formulas(cli, model, write, tmp_path):
    path = write("new.csv", ["id,text", '"=HYPERLINK(""http://x"")",warm soup', "plain,night train"])
    options = ["--id-column", "id", "-o", tmp_path / "p.csv", "--excel-safe"]
    assert cli("predict", model, path, *options).code == 0
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ['\'=HYPERLINK("http://x")', "plain"]
    refused = cli("predict", model, path, "--excel-safe")
    assert refused.code == 2
    assert "name one with -o" in refused.err


def test_a_terminal_gets_a_table_with_the_texts(cli, model, write, monkeypatch):
    monkeypatch.setattr(predict_module.sys.stdout.__class__, "isatty", lambda stream: True, raising=False)
    path = write(
        "new.txt",
        [
            "warm soup",
            "따뜻한 국물이 있는 맛있는 저녁 식사를 오랫동안 기다리며 역에서 기차를 탔다 그리고 다시 먼 길을 떠났다",
        ],
    )
    shown = cli("predict", model, path).out.splitlines()
    assert shown[0].split() == ["row", "label", "text"]
    assert shown[1].split()[:2] == ["0", "food"]
    assert shown[1].endswith("warm soup")
    assert shown[2].endswith("…")


def test_evaluate_has_the_shape_of_train(cli, model, labelled):
    scored = cli("evaluate", model, labelled, "--label-column", "label", "--json")
    assert scored.code == 0
    assert scored.json["metrics"]["accuracy"] == 1.0
    assert scored.json["n"] == 32
    assert scored.json["unseen"] is None
    assert json.loads(scored.err.splitlines()[-1]) == {
        "warning": "32 of 32 texts are in the training part too; no other is left"
    }


def test_evaluate_counts_labels_the_model_does_not_know(cli, model, write):
    path = write("new.csv", ["text,label", "warm soup,food", "a goal in the last minute,sport"])
    scored = cli("evaluate", model, path, "--json")
    assert scored.json["n"] == 1
    assert scored.json["unknown_labels"] == {"sport": 1}


def test_evaluate_for_people(cli, model, labelled):
    shown = cli("evaluate", model, labelled).out
    assert shown.startswith(f"model      {model} (classification)\nevaluated  on {labelled}\n")
    assert "balanced accuracy" in shown
