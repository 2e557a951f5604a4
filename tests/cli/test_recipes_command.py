"""`nlp-toolkit recipes`: the list, one recipe, the schema."""

import json

import yaml


def test_list_as_json_has_the_promised_shape(cli):
    listed = cli("recipes", "--json").json
    assert list(listed) == ["recipes"]
    assert all(list(recipe) == ["name", "task", "summary"] for recipe in listed["recipes"])
    by_name = {recipe["name"]: recipe["task"] for recipe in listed["recipes"]}
    assert by_name["tfidf-word-char-svm"] == "classification"
    assert by_name["tfidf-ridge"] == "regression"


def test_list_for_people_fits_80_columns(cli):
    shown = cli("recipes").out
    assert "tfidf-word-char-svm" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown  # no colours where nobody looks


def test_one_recipe_is_a_file_to_start_from(cli, write):
    shown = cli("recipes", "tfidf-svm")
    copy = write("mine.yaml", shown.out)
    assert yaml.safe_load(shown.out)["estimator"] == {"kind": "linear_svm", "C": 0.3}
    assert cli("recipes", copy).out == shown.out
    assert cli("recipes", copy, "--json").json["estimator"] == cli("recipes", "tfidf-svm", "--json").json["estimator"]


def test_schema_is_json_schema(cli):
    schema = json.loads(cli("recipes", "--schema").out)
    assert schema["type"] == "object"
    assert {"task", "vectorizer", "estimator"} <= set(schema["properties"])


def test_unknown_recipe_is_a_usage_error_that_suggests(cli):
    missed = cli("recipes", "tfidf-sv")
    assert missed.code == 2
    assert missed.out == ""
    assert "did you mean 'tfidf-svm'" in missed.err
    assert missed.err.count("\n") == 1
