"""From a recipe to an unfitted scikit-learn pipeline with the steps vectorizer, reduce, estimator."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines.augmenting import head_parameters
from nlp_toolkit_pipelines.library import load_recipe
from nlp_toolkit_pipelines.overrides import Overrides
from nlp_toolkit_pipelines.parameters import make_vectorizer
from nlp_toolkit_pipelines.recipe import PartSpec, Recipe


def _vectorizer_step(recipe: Recipe) -> Any:
    from nlp_toolkit.estimators.heads import HEADS

    if HEADS[recipe.estimator.kind].takes_texts:
        if recipe.vectorizer is not None or recipe.reduce is not None:
            raise RecipeError(
                f"estimator {recipe.estimator.kind!r} takes the texts themselves; write vectorizer: null, reduce: null"
            )
        return "passthrough"
    if recipe.vectorizer is None:
        raise RecipeError(
            f"vectorizer: null is for estimators that take texts themselves; {recipe.estimator.kind} takes rows of "
            "numbers, name a vectorizer such as tfidf"
        )
    stage = make_vectorizer(recipe.vectorizer, recipe.seed)
    if not recipe.is_pair:
        return stage
    from nlp_toolkit.pairs import PairFeatures

    return PairFeatures(stage)


def _kinds(recipe: Recipe) -> list[str]:
    """Kinds of every stage of the recipe."""
    if recipe.vectorizer is None:
        return []
    return (
        [recipe.vectorizer.kind]
        if isinstance(recipe.vectorizer, PartSpec)
        else [part.kind for part in recipe.vectorizer.stages]
    )


def build_parts(recipe: Recipe) -> list[tuple[str, Any]]:
    """The three named steps of a recipe; `RecipeError` names the part that cannot be made."""
    from nlp_toolkit.estimators.heads import check_rows_fit, make_head
    from nlp_toolkit.estimators.reduce import make_reducer

    reduce = recipe.reduce
    estimator = recipe.estimator
    head = make_head(estimator.kind, head_parameters(recipe), task=recipe.task, seed=recipe.seed)
    vectorizer = _vectorizer_step(recipe)
    check_rows_fit(estimator.kind, stages=_kinds(recipe), reduce=None if reduce is None else reduce.kind)
    reducer = "passthrough" if reduce is None else make_reducer(reduce.kind, reduce.parameters, recipe.seed)
    return [("vectorizer", vectorizer), ("reduce", reducer), ("estimator", head)]


def build_pipeline(recipe: str | Path | Mapping[str, Any] | Recipe, overrides: Overrides = ()) -> Any:
    """An unfitted `sklearn.pipeline.Pipeline` from a recipe's name, file or dict.

    Its steps are `vectorizer`, `reduce` and `estimator`; `clone`, `GridSearchCV`, `cross_validate` and
    `set_params(vectorizer__min_df=3)` work, and weights go in as `fit(texts, y, estimator__sample_weight=...)`. The
    variants of a recipe's `augment` are no part of a pipeline with a vectorizer: `train` and `compare` make them.

    >>> [name for name, _ in build_pipeline("tfidf-svm").steps]
    ['vectorizer', 'reduce', 'estimator']
    """
    from sklearn.pipeline import Pipeline

    return Pipeline(build_parts(load_recipe(recipe, overrides)))
