"""`nlp-toolkit evaluate -o`: the report on disk; without it, the command is what it was."""

import json

import pytest

NEW = ["id,text,label,place", "1,warm soup,food,here", "2,the bus,food,there", "3,a map,travel,here"]


@pytest.fixture
def new(write):
    return write("new.csv", NEW)


def test_report_is_written_and_figures_are_printed(cli, model, new, labelled, tmp_path):
    arguments = ("evaluate", model, new, "--label-column", "label", "--slice-column", "place", "--train", labelled)

    shown = cli(*arguments, "--text-column", "text", "-o", tmp_path / "report")

    assert shown.code == 0, shown.err
    assert "balanced accuracy" in shown.out
    assert f"report  {tmp_path / 'report' / 'report.html'}" in shown.out
    found = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert found["summary"][0] in " ".join(shown.out.split())
    assert {slicing["by"] for slicing in found["slicings"]} >= {"column:place"}
    assert found["leakage"]["near"] == 0
    assert found["data"] == {"name": "new.csv", "rows": 3, "training_rows": 32}


def test_training_file_without_labels_will_do(cli, model, new, tmp_path, write):
    train = write("train.csv", ["id,text,place", "1,warm soup,here", "2,a red bus,there"])

    shown = cli("evaluate", model, new, "--label-column", "label", "--train", train, "-o", tmp_path / "report")

    assert shown.code == 0, shown.err
    assert f"{train}: read without labels: its columns: 'id', 'text', 'place'" in shown.err
    found = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert found["drift"]["rows_before"] == 2
    assert found["drift"]["labels"] is None
    assert found["leakage"]["exact"] == 1


def test_json_has_the_same_shape_and_where_the_report_is(cli, model, new, tmp_path):
    plain = cli("evaluate", model, new, "--label-column", "label", "--json").json

    deep = cli("evaluate", model, new, "--label-column", "label", "--json", "-o", tmp_path / "report").json

    assert deep == plain | {"output": str(tmp_path / "report")}


def test_report_that_exists_needs_overwrite(cli, model, new, tmp_path):
    arguments = ("evaluate", model, new, "--label-column", "label", "-o", tmp_path / "report")
    assert cli(*arguments).code == 0

    again = cli(*arguments)

    assert again.code == 2
    assert "a report exists there; replace it (--overwrite)" in again.err
    assert cli(*arguments, "--overwrite").code == 0


@pytest.mark.parametrize("option", ["--train", "--slice-column"])
def test_options_of_a_report_need_one(cli, model, new, option):
    done = cli("evaluate", model, new, option, "x")

    assert done.code == 2
    assert f"{option} belongs to a report; say with -o where to write it" in done.err


STS = [
    "first,second,score",
    "a cat sleeps,a cat sleeps now,4.5",
    "a cat sleeps,the car needs oil,0",
    "서울은 넓다,서울은 크다,3",
    "my car is red,my bus is red,2.5",
]


def test_stage_is_evaluated_on_scored_pairs(cli, write, tmp_path):
    path = write("sts.csv", STS)
    columns = ("--text-column", "first", "--pair-column", "second", "--label-column", "score")

    found = cli("evaluate", "hashing", path, *columns, "--json", "-o", tmp_path / "report")
    shown = cli("evaluate", "hashing", path, *columns)

    assert found.code == 0, found.err
    assert found.json["similarity"]["n"] == 4
    assert found.json["similarity"]["spearman"] > 0.7
    assert (tmp_path / "report" / "report.html").read_text(encoding="utf-8").count("IsoScore") >= 2
    assert shown.out.splitlines()[1] == f"evaluated  on 4 rows, 7 texts of {path}"
    assert "Spearman" in shown.out
    assert "effective dimension" in shown.out


def test_features_of_a_model_are_evaluated_on_pairs(cli, model, write):
    path = write("sts.csv", [STS[0], "warm soup,good soup,4", "the train left,warm soup,0", "a map,a map of it,5"])

    found = cli("evaluate", model, path, "--text-column", "first", "--pair-column", "second", "--json")

    assert found.code == 0, found.err
    assert found.json["task"] == "similarity"
