"""What a recipe's space may say, and the values a dimension is tried with."""

import pytest

from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines import load_recipe
from nlp_toolkit_pipelines.space import check_space, ends

RECIPE = {"task": "classification", "vectorizer": {"kind": "count"}, "estimator": {"kind": "logreg"}}
WRONG_SPACES = [
    ("C", "expected dotted keys such as estimator.C, got str"),
    ({"C": {"choice": [1]}}, "space: C: expected vectorizer.NAME, reduce.NAME or estimator.NAME"),
    ({"estimater.C": {"choice": [1]}}, "did you mean 'estimator'"),
    ({"estimator.C": [1, 2]}, "expected one of choice, uniform, log_uniform, integers"),
    ({"estimator.C": {"loguniform": [1, 2]}}, "unknown kind 'loguniform'; did you mean 'log_uniform'"),
    ({"estimator.C": {"choice": []}}, "choice: expected a list of values"),
    ({"estimator.C": {"choice": [1.0, 1.0]}}, "choice: 1.0 is there twice"),
    ({"estimator.C": {"log_uniform": [0, 1]}}, "log_uniform: expected numbers above 0"),
    ({"estimator.C": {"uniform": [2, 1]}}, "expected two numbers, .* with low < high"),
    ({"estimator.max_iter": {"integers": [1.5, 3]}}, "expected two whole numbers"),
    ({"estimator.D": {"choice": [1]}}, "space: estimator.D: .*no parameter 'D'"),
    ({"estimator.C": {"choice": ["high"]}}, "space: estimator.C: .*'C' parameter"),
    ({"vectorizer.union.0.min_df": {"choice": [1]}}, "space: vectorizer.union.0.min_df"),
    ({"reduce.components": {"choice": [2]}}, "reduce is null here"),
]


@pytest.mark.parametrize(("space", "message"), WRONG_SPACES)
def test_space_is_as_strict_as_the_rest_of_a_recipe(space, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe(RECIPE | {"space": space})


def test_members_of_a_union_are_addressed_by_number_or_name():
    union = {"union": [{"kind": "count"}, {"kind": "tfidf"}]}
    space = {"vectorizer.union.0.min_df": {"choice": [1, 2]}, "vectorizer.union.tfidf1.min_df": {"choice": [1, 2]}}
    recipe = load_recipe(RECIPE | {"vectorizer": union, "space": space})

    changed = load_recipe(recipe, {"vectorizer.union.tfidf1.min_df": 2}).vectorizer.stages
    assert (changed[0].parameters, changed[1].parameters) == ({}, {"min_df": 2})


def test_override_that_replaces_a_part_takes_its_dimensions_away():
    recipe = load_recipe("tfidf-svm", ["vectorizer=count"])

    assert set(recipe.space) == {"vectorizer.min_df", "vectorizer.ngram_range", "estimator.C"}


def test_values_to_try_a_dimension_with():
    space = check_space({"estimator.alpha": {"uniform": (0, 1)}, "vectorizer.a": {"choice": ((1, 2),)}}, "here")

    assert space == {"estimator.alpha": {"uniform": [0, 1]}, "vectorizer.a": {"choice": [[1, 2]]}}
    assert [ends(each) for each in space.values()] == [[0.0, 1.0], [[1, 2]]]
