"""Explanations of any model by leaving words out: what the score loses without each of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nlp_toolkit.errors import UsageError
from nlp_toolkit.protocols import TextPair
from nlp_toolkit_pipelines.explanation.results import Scale, Span, row_of
from nlp_toolkit_pipelines.explanation.words import Place, grouped, without, words_of
from nlp_toolkit_pipelines.prediction import predict_rows

BATCH = 256
"""Variants of a text held and predicted at once."""

MOST_SPANS = 256
"""A text of more words is explained in so many runs of words, which bounds how often the model is asked."""


def scale_of(pipeline: Any, task: str) -> Scale:
    """What kind of score the model gives; `UsageError` for a classifier that gives nothing but labels."""
    if task.endswith("regression"):
        return "value"
    if hasattr(pipeline, "predict_proba"):
        return "probability"
    if hasattr(pipeline, "decision_function"):
        return "decision value"
    raise UsageError(
        f"{type(pipeline.steps[-1][1]).__name__} gives labels without probabilities or decision values, so leaving "
        "words out shows nothing; train a model with probabilities, such as logreg"
    )


def scores_of(pipeline: Any, task: str, labels: Sequence[Any], rows: Sequence[Any]) -> np.ndarray:
    """The score of every label for every row, (n_rows, n_labels) float64; (n_rows, 1) for a number."""
    scale = scale_of(pipeline, task)
    if scale == "decision value":
        values = np.asarray(pipeline.decision_function(rows), dtype=np.float64)
        return np.column_stack([-values, values]) if values.ndim == 1 else values
    predicted = predict_rows(pipeline, task, labels, rows)
    if predicted.probabilities is None:
        return np.asarray(predicted.values, dtype=np.float64)[:, np.newaxis]
    return np.asarray(predicted.probabilities, dtype=np.float64)


def occlude(
    pipeline: Any, task: str, labels: Sequence[Any], texts: Sequence[str], output: int, score: float
) -> tuple[Span, ...]:
    """The words of the text (or pair) with how much of `score`, that of label number `output`, is lost without each.

    Zeiler and Fergus 2014 for images; Li, Monroe and Jurafsky 2016, "Understanding Neural Networks through
    Representation Erasure".
    """
    most = max(1, MOST_SPANS // len(texts))
    places = [(side, place) for side, text in enumerate(texts) for place in grouped(words_of(text), most)]
    spans: list[Span] = []
    for first in range(0, len(places), BATCH):
        batch = places[first : first + BATCH]
        rows = [_without_one(texts, side, place) for side, place in batch]
        left = scores_of(pipeline, task, labels, rows)[:, output].tolist()
        for (side, (start, end)), remaining in zip(batch, left, strict=True):
            spans.append(Span(start, end, texts[side][start:end], score - remaining, side))
    return tuple(spans)


def _without_one(texts: Sequence[str], side: int, place: Place) -> str | TextPair:
    return row_of([without(text, [place] if at == side else []) for at, text in enumerate(texts)])
