"""Exact explanations of linear models over counts: value times coefficient, carried to the words they come from."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp_toolkit_pipelines.explanation.results import FeatureWeight, Span
from nlp_toolkit_pipelines.explanation.terms import (
    is_word_stage,
    korean_tokenizer,
    occurrences,
    token_places,
    why_untraceable,
)
from nlp_toolkit_pipelines.explanation.words import Place, merged, with_the_rest, words_of

FEATURES = 20


@dataclass(frozen=True)
class LinearHead:
    """Decision values as rows @ `weights`.T + `constants`: (n_outputs, n_columns) and (n_outputs,) float64.

    One output for a number, one for each label otherwise.
    """

    weights: np.ndarray
    constants: np.ndarray


@dataclass(frozen=True)
class CountedStage:
    """A counting stage, its first column in the rows of the model, and what its columns' names begin with."""

    stage: Any
    first_column: int
    prefix: str


@dataclass(frozen=True)
class Weighted:
    """The decision value of one text, told apart."""

    score: float
    constant: float
    elsewhere: float
    spans: tuple[Span, ...]
    features: tuple[FeatureWeight, ...]


def why_not_linear(pipeline: Any, labels: Sequence[Any]) -> str | None:
    """What keeps this pipeline from being explained exactly; None where nothing does."""
    members = _members(pipeline.steps[0][1])
    if members is None:
        return "its vectorizer is neither a counting stage nor a union of such"
    for _, stage in members:
        reason = why_untraceable(stage)
        if reason is not None:
            return reason
    if linear_head(pipeline, labels) is None:
        return f"its estimator {type(pipeline.steps[-1][1]).__name__}, or what reduces its rows, is not linear"
    return None


def linear_head(pipeline: Any, labels: Sequence[Any]) -> LinearHead | None:
    """Coefficients of the vectorizer's columns and constants for every label; None where the model is not linear.

    A linear reduction z = (x - m) A' is folded in: x @ (W A)' + c - W A m.
    """
    head = _head(pipeline.steps[-1][1])
    if head is None:
        return None
    reduce = dict(pipeline.steps).get("reduce", "passthrough")
    if not (isinstance(reduce, str) or reduce is None):
        axes = getattr(reduce, "components_", None)
        if axes is None or axes.shape[0] != head.weights.shape[1]:
            return None
        weights = head.weights @ np.asarray(axes, dtype=np.float64)
        mean: np.ndarray | None = getattr(reduce, "mean_", None)
        head = LinearHead(weights, head.constants if mean is None else head.constants - weights @ mean)
    if len(labels) == 2 and len(head.weights) == 1:
        # Two classes share one row: what speaks against the second speaks for the first.
        head = LinearHead(np.vstack([-head.weights, head.weights]), np.append(-head.constants, head.constants))
    return head if len(head.weights) == max(1, len(labels)) else None


def counted_stages(vectorizer: Any) -> list[CountedStage]:
    """The stages of a vectorizer that `why_not_linear` has nothing against, with their first columns."""
    found: list[CountedStage] = []
    first = 0
    for prefix, stage in _members(vectorizer) or ():
        found.append(CountedStage(stage, first, prefix))
        first += len(stage.vocabulary_)
    return found


def weigh_words(stages: Sequence[CountedStage], head: LinearHead, output: int, row: Any, text: str) -> Weighted:
    """Tell the decision value of `text`, whose row (1, n_columns) is sparse, apart into its words.

    The contribution of a column is shared evenly by the occurrences of its term, that of an occurrence by its words
    or characters. What they sum to is exactly the decision value.
    """
    sparse = row.tocsr()
    values = dict(zip(sparse.indices.tolist(), sparse.data.tolist(), strict=True))
    coefficients = head.weights[output]
    words = _units(stages, text)
    unit_at = {at: number for number, (start, end) in enumerate(words) for at in range(start, end)}
    weights = np.zeros(len(words))
    terms = _found_terms(stages, values, text)
    elsewhere = sum(value * float(coefficients[column]) for column, value in values.items() if column not in terms)
    features: list[FeatureWeight] = []
    for column, (name, found) in terms.items():
        contribution = values[column] * float(coefficients[column])
        features.append(FeatureWeight(name, values[column], float(coefficients[column]), contribution))
        for places in found:
            share = contribution / len(found)
            for start, _ in places:
                weights[unit_at[start]] += share / len(places)
            elsewhere += 0.0 if places else share
    constant = float(head.constants[output])
    features.sort(key=lambda each: (-abs(each.weight), each.name))
    spans = tuple(
        Span(start, end, text[start:end], float(weight)) for (start, end), weight in zip(words, weights, strict=True)
    )
    score = constant + elsewhere + float(weights.sum())
    return Weighted(score, constant, elsewhere, spans, tuple(features[:FEATURES]))


def _found_terms(
    stages: Sequence[CountedStage], values: dict[int, float], text: str
) -> dict[int, tuple[str, list[tuple[Place, ...]]]]:
    """Column -> name and the places of each occurrence, for the columns in which the text has a value."""
    found: dict[int, tuple[str, list[tuple[Place, ...]]]] = {}
    for counted in stages:
        vocabulary = counted.stage.vocabulary_
        places: dict[str, list[tuple[Place, ...]]] = defaultdict(list)
        for occurrence in occurrences(counted.stage, text):
            places[occurrence.term].append(occurrence.places)
        for term, where in places.items():
            column = vocabulary.get(term)
            if column is not None and counted.first_column + column in values:
                found[counted.first_column + column] = counted.prefix + term, where
    return found


def _units(stages: Sequence[CountedStage], text: str) -> list[Place]:
    """The words weights are shown at: never finer than the words a stage of the model reads."""
    word_stages = [counted.stage for counted in stages if is_word_stage(counted.stage)]
    korean = next((found for stage in word_stages if (found := korean_tokenizer(stage)) is not None), None)
    of_model = [place for stage in word_stages for place in token_places(stage, text)]
    return with_the_rest(text, merged([*words_of(text, korean), *of_model]))


def _members(vectorizer: Any) -> list[tuple[str, Any]] | None:
    """Stages by what their columns' names begin with; None where there is something else than stages."""
    members = getattr(vectorizer, "transformer_list", None)
    if members is None:
        return None if isinstance(vectorizer, str) or hasattr(vectorizer, "stage_") else [("", vectorizer)]
    if vectorizer.transformer_weights or any(isinstance(stage, str) or stage is None for _, stage in members):
        return None
    return [(f"{name}__", stage) for name, stage in members]


def _head(estimator: Any) -> LinearHead | None:
    """Weights and constants of an estimator; those of naive Bayes are log probabilities against their mean."""
    from sklearn.naive_bayes import ComplementNB, MultinomialNB

    several = getattr(estimator, "estimators_", None)
    if getattr(estimator, "multilabel_", False) and several is not None:
        heads = [_head(each) for each in several]
        if any(head is None or len(head.weights) != 1 for head in heads):
            return None
        known = [head for head in heads if head is not None]
        return LinearHead(np.vstack([head.weights for head in known]), np.concatenate([h.constants for h in known]))
    if isinstance(estimator, ComplementNB | MultinomialNB):
        weights = np.asarray(estimator.feature_log_prob_, dtype=np.float64)
        # Complement naive Bayes knows priors only where there is nothing to choose between.
        priors = np.zeros(len(weights)) if isinstance(estimator, ComplementNB) else estimator.class_log_prior_
        return LinearHead(weights - weights.mean(axis=0), np.asarray(priors - np.mean(priors), dtype=np.float64))
    coefficients, constants = getattr(estimator, "coef_", None), getattr(estimator, "intercept_", None)
    if coefficients is None or constants is None:
        return None
    rows = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    return LinearHead(rows, np.broadcast_to(np.asarray(constants, dtype=np.float64).ravel(), (len(rows),)).copy())
