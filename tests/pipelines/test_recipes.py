"""Recipes: the shipped ones, loading by name, path and dict, overrides, the schema."""

import json
from pathlib import Path

import pytest

from nlp_toolkit import register_callable, registry
from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines import build_pipeline, list_recipes, load_recipe, recipe_names, recipe_schema, recipe_text

SHIPPED = {
    "count-logreg": "classification",
    "tfidf-logreg": "classification",
    "tfidf-svm": "classification",
    "tfidf-nb": "classification",
    "tfidf-sgd": "classification",
    "tfidf-char-svm": "classification",
    "tfidf-word-char-svm": "classification",
    "tfidf-svd-logreg": "classification",
    "tfidf-ols": "regression",
    "tfidf-ridge": "regression",
    "tfidf-sgd-regression": "regression",
    "tfidf-multilabel": "multilabel",
    "tfidf-pair-logreg": "pair-classification",
}


def test_shipped_recipes_have_their_names_tasks_and_a_line_about_them():
    listed = {recipe.name: recipe for recipe in list_recipes()}

    assert SHIPPED.items() <= {name: recipe.task for name, recipe in listed.items()}.items()
    assert all(20 < len(recipe.summary) < 120 for recipe in listed.values())


@pytest.mark.parametrize("name", recipe_names())
def test_shipped_recipe_builds_and_reads_back_from_its_own_data(name: str):
    recipe = load_recipe(name)

    assert recipe.name == name
    assert load_recipe(recipe.to_dict()) == recipe
    assert load_recipe(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert [step for step, _ in build_pipeline(recipe).steps] == ["vectorizer", "reduce", "estimator"]
    assert "strip_accents" not in recipe_text(name)


def test_union_recipe_is_the_one_that_was_measured():
    words, characters = load_recipe("tfidf-word-char-svm").vectorizer.stages

    assert words.parameters == {"tokenizer": "auto", "ngram_range": [1, 2], "min_df": 2, "sublinear_tf": True}
    assert characters.parameters == {
        "analyzer": "char_wb",
        "ngram_range": [1, 4],
        "min_df": 3,
        "max_features": 300000,
        "sublinear_tf": True,
    }
    assert load_recipe("tfidf-word-char-svm").estimator.parameters == {"C": 0.3}


def test_learning_rate_and_epochs_of_sgd_are_in_sight():
    parameters = load_recipe("tfidf-sgd").estimator.parameters

    assert {"learning_rate", "eta0", "max_iter"} <= parameters.keys()


def test_unknown_name_says_what_was_meant():
    with pytest.raises(RecipeError, match="no recipe is named 'tfidf-smv'; did you mean 'tfidf-svm'"):
        load_recipe("tfidf-smv")


def test_file_and_dict_give_the_same_recipe(tmp_path: Path):
    plain = {"task": "regression", "vectorizer": {"kind": "count"}, "estimator": {"kind": "ridge", "alpha": 2.0}}
    path = tmp_path / "mine.yaml"
    path.write_text("task: regression\nvectorizer: {kind: count}\nestimator: {kind: ridge, alpha: 2.0}\n")

    assert load_recipe(path) == load_recipe(str(path)) == load_recipe(plain | {"name": "mine"})


def test_kind_alone_is_short_for_a_part_without_parameters():
    recipe = load_recipe({"task": "classification", "vectorizer": "count", "estimator": "logreg"})

    assert (recipe.vectorizer.kind, recipe.estimator.kind) == ("count", "logreg")


def test_recipe_cannot_be_changed():
    recipe = load_recipe("tfidf-svm")

    with pytest.raises(ValueError, match="frozen"):
        recipe.seed = 3


def test_overrides_as_strings_and_as_a_mapping_are_the_same():
    texts = load_recipe("tfidf-svm", ["estimator.C=1.5", "vectorizer.ngram_range=[1, 3]", "seed=7"])
    mapping = load_recipe("tfidf-svm", {"estimator.C": 1.5, "vectorizer.ngram_range": (1, 3), "seed": 7})

    assert texts == mapping
    assert (texts.estimator.parameters["C"], texts.seed) == (1.5, 7)
    assert texts.vectorizer.parameters["ngram_range"] == [1, 3]


def test_override_reaches_into_a_union_and_sets_a_null_part_whole():
    recipe = load_recipe("tfidf-word-char-svm", ["vectorizer.union.1.min_df=5", "reduce={kind: svd, components: 9}"])

    assert recipe.vectorizer.stages[1].parameters["min_df"] == 5
    assert recipe.reduce.parameters == {"components": 9}


def test_whole_part_is_replaced_by_its_kind():
    assert load_recipe("tfidf-svm", ["vectorizer=count"]).vectorizer.parameters == {}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("C=1", "no such key in a recipe.*a parameter is written .*estimator.NAME"),
        ("estimator.D=1", "no parameter 'D'"),
        ("estimator.C=abc", "'C' parameter"),
        ("estimator.C", "expected key=value"),
        ("reduce.components=3", "reduce is null here; set it whole first"),
        ("seed.x=3", "nothing to set inside"),
        ("estimator.C=!!python/name:os.system", "tag .* is not allowed"),
        ("estimator.C=[1", "not valid YAML"),
    ],
)
def test_override_that_cannot_be_applied_says_why(override: str, message: str):
    with pytest.raises(RecipeError, match=message):
        load_recipe("tfidf-svm", [override])


def test_override_of_a_union_names_the_positions():
    with pytest.raises(RecipeError, match="expected a number from 0 to 1 where '2' stands"):
        load_recipe("tfidf-word-char-svm", ["vectorizer.union.2.min_df=5"])


def test_one_string_is_no_list_of_overrides():
    with pytest.raises(RecipeError, match="wrap it in a list"):
        load_recipe("tfidf-svm", "estimator.C=1")


def test_tokenizer_is_auto_unless_the_recipe_says_otherwise():
    base = {"task": "classification", "estimator": "logreg"}

    def tokenizer(**parameters: object) -> object:
        return build_pipeline(base | {"vectorizer": {"kind": "tfidf", **parameters}})["vectorizer"].tokenizer

    assert tokenizer() == "auto"
    assert tokenizer(tokenizer=None) is None
    assert tokenizer(tokenizer="words") == "words"
    assert tokenizer(analyzer="char_wb") is None
    assert tokenizer(token_pattern=r"\S+") is None


def test_tokenizer_with_settings():
    vectorizer = build_pipeline(
        {
            "task": "classification",
            "vectorizer": {"kind": "tfidf", "tokenizer": {"kind": "english-stems", "stop_words": ["the"]}},
            "estimator": "logreg",
        }
    )["vectorizer"]

    assert vectorizer.tokenizer("The running cats") == ["run", "cat"]


def test_registered_function_is_named_in_a_recipe(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry, "_callables", {})
    register_callable("shout", str.upper)

    stage = build_pipeline(
        {"task": "classification", "vectorizer": {"kind": "tfidf", "preprocessor": "shout"}, "estimator": "logreg"}
    )["vectorizer"]

    assert stage.preprocessor is str.upper


def test_schema_names_every_kind_and_parameter():
    schema = recipe_schema()
    stages = {part["properties"]["kind"]["const"]: part for part in schema["$defs"]["stage"]["anyOf"] if "type" in part}

    assert schema["additionalProperties"] is False
    assert {"count", "tfidf"} <= stages.keys()
    assert stages["tfidf"]["properties"]["ngram_range"]["default"] == [1, 1]
    assert "linear_svm" in json.dumps(schema["properties"]["estimator"])
    assert json.loads(json.dumps(schema)) == schema


def test_key_of_an_override_is_a_string():
    with pytest.raises(RecipeError, match=r"expected dotted keys such as 'estimator\.C', got int 1"):
        load_recipe("tfidf-svm", {1: 2})
