"""`nlp-toolkit train`: the figures, the saved model, what it refuses."""

import json

import pytest

METRICS = {"accuracy", "balanced_accuracy", "macro_f1", "log_loss"}


def test_json_has_the_promised_shape(cli, labelled, tmp_path):
    trained = cli(
        "train", "count-logreg", labelled, "--label-column", "label", "-o", tmp_path / "m", "--folds", 2, "--json"
    )
    assert trained.code == 0
    assert set(trained.json["metrics"]) >= METRICS
    assert trained.json["n"] == 32
    assert trained.json["metrics"]["accuracy"] == 1.0
    assert trained.json["output"] == str(tmp_path / "m")
    assert (tmp_path / "m" / "manifest.json").exists()


def test_people_see_figures_classes_and_the_next_command(cli, labelled, tmp_path):
    trained = cli(
        "train", "count-logreg", labelled, "--label-column", "label", "-o", tmp_path / "m", "--test", labelled
    )
    assert trained.code == 0
    for shown in ("macro F1", "food", "travel", "0 unseen in training", f"nlp-toolkit predict {tmp_path / 'm'} "):
        assert shown in trained.out
    assert "warning: 32 of 32 texts are in the training part too" in trained.err
    without_paths = [
        line for line in trained.out.splitlines() if str(tmp_path) not in line and str(labelled) not in line
    ]
    assert max(map(len, without_paths)) <= 80


def test_quiet_drops_notes_and_keeps_warnings(cli, labelled, tmp_path):
    arguments = ["train", "count-logreg", labelled, "-o", tmp_path / "m", "--test", labelled, "--overwrite"]
    assert "note: " in cli(*arguments).err
    quiet = cli(*arguments, "--quiet").err
    assert "note: " not in quiet
    assert quiet.startswith("warning: 32 of 32 texts")


def test_many_classes_show_the_ends(cli, write, tmp_path):
    rows = [f"word{i} only{i},class{i:02}" for i in range(25) for _ in range(2)]
    path = write("many.csv", ["text,label", *rows])
    shown = cli("train", "tfidf-nb", path, "-o", tmp_path / "m", "--test", path, "--set", "vectorizer.min_df=1").out
    assert "The 5 best and 5 worst of 25 classes by F1" in shown
    assert len([line for line in shown.splitlines() if line.startswith("class")]) == 1 + 10


def test_an_output_that_exists_is_kept_unless_overwrite(cli, labelled, model):
    before = (model / "manifest.json").read_bytes()
    refused = cli("train", "count-logreg", labelled, "--label-column", "label", "-o", model)
    assert refused.code == 2
    assert str(model) in refused.err and "--overwrite" in refused.err
    assert (model / "manifest.json").read_bytes() == before


def test_set_changes_the_recipe(cli, labelled, tmp_path):
    arguments = ["train", "count-logreg", labelled, "-o", tmp_path / "m", "--folds", 0, "--json"]
    changes = ["--set", "estimator.C=0.25", "--set", "vectorizer.ngram_range=[1, 2]", "--seed", 7]
    assert cli(*arguments, *changes).code == 0
    recipe = cli("inspect", tmp_path / "m", "--json").json["recipe"]
    assert recipe["estimator"]["C"] == 0.25
    assert recipe["vectorizer"]["ngram_range"] == [1, 2]
    assert recipe["seed"] == 7


def test_regression(cli, write, tmp_path):
    path = write("scores.csv", ["text,score", *(f"{'good ' * n}film,{n}" for n in range(1, 11))])
    trained = cli("train", "tfidf-ridge", path, "-o", tmp_path / "m", "--test", path, "--json")
    assert {"mae", "mse", "rmse", "r2"} <= set(trained.json["metrics"])
    assert [set(line) for line in cli("predict", tmp_path / "m", path).lines] == [{"row", "value"}] * 10


def test_multilabel(cli, write, tmp_path):
    rows = [
        ("sun and rain", "weather;news"),
        ("rain and wind", "weather"),
        ("votes and rain", "news"),
        ("votes", "news"),
    ]
    path = write("several.csv", ["text,label", *(f"{text} {i},{labels}" for i in range(3) for text, labels in rows)])
    options = ["--label-column", "label", "--label-separator", ";"]
    trained = cli("train", "tfidf-multilabel", path, "-o", tmp_path / "m", *options, "--folds", 0, "--json")
    assert trained.code == 0
    first = cli("predict", tmp_path / "m", path).lines[0]
    assert set(first) == {"row", "labels", "probabilities"}
    assert set(first["probabilities"]) == {"weather", "news"}


def test_pairs(cli, write, tmp_path):
    rows = [("a red car", "the car is red", "same"), ("a red car", "rain in the hills", "other")]
    path = write("pairs.csv", ["a,b,label", *(f"{a} {i},{b} {i},{label}" for i in range(4) for a, b, label in rows)])
    pair = ["--text-column", "a", "--pair-column", "b"]
    trained = cli("train", "tfidf-pair-logreg", path, *pair, "-o", tmp_path / "m", "--folds", 0)
    assert trained.code == 0
    assert f"nlp-toolkit predict {tmp_path / 'm'} NEW_TEXTS --text-column a --pair-column b\n" in trained.out
    assert len(cli("predict", tmp_path / "m", path, *pair).lines) == 8
    refused = cli("predict", tmp_path / "m", path, "--text-column", "a")
    assert refused.code == 3
    assert "--pair-column" in refused.err and "pair_column" not in refused.err


@pytest.mark.parametrize(
    ("column", "code"), [("--label-column", 3), ("--weight-column", 3), ("--group-column", 3), ("--id-column", 3)]
)
def test_a_missing_column_is_named_with_those_there_are(cli, labelled, tmp_path, column, code):
    refused = cli("train", "count-logreg", labelled, column, "nowhere", "-o", tmp_path / "m")
    assert refused.code == code
    assert "no column 'nowhere'; its columns: 'id', 'text', 'label'" in refused.err
    assert not (tmp_path / "m").exists()


def test_min_class_count_drops_and_reports(cli, write, tmp_path):
    path = write("rare.csv", ["text,label", *["warm soup,food", "night train,travel"] * 3, "one off,rare"])
    options = ["--min-class-count", 2, "--folds", 0, "--json"]
    trained = cli("train", "count-logreg", path, "-o", tmp_path / "m", *options)
    assert trained.json["dropped_classes"] == {"rare": 1}
    assert json.loads(trained.err.splitlines()[-1]) == {"warning": "left out classes with fewer than 2 rows: rare (1)"}
