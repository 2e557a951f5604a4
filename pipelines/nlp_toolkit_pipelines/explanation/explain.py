"""`explain`: the words of a text that made a model give a label or a number."""

from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.estimators.class_weights import label_names
from nlp_toolkit.protocols import TextPair
from nlp_toolkit.threads import limit
from nlp_toolkit_pipelines.explanation.linear import (
    LinearHead,
    counted_stages,
    linear_head,
    weigh_words,
    why_not_linear,
)
from nlp_toolkit_pipelines.explanation.occlusion import occlude, scale_of, scores_of
from nlp_toolkit_pipelines.explanation.results import Explanation, row_of
from nlp_toolkit_pipelines.model import TrainedModel, as_model
from nlp_toolkit_pipelines.results import TrainResult

Asked: TypeAlias = Literal["auto", "linear", "occlusion"]


class Explainer:
    """A model made ready to explain one text after another, by the method that suits it.

    `method` "linear" is exact and quick, for linear estimators over counts, TF-IDF and unions of them; "occlusion"
    asks any model again with each word left out; "auto" takes the first where it can. `UsageError` where the model
    cannot be explained that way, with the reason.
    """

    def __init__(
        self, model: str | Path | TrainedModel | TrainResult, *, method: Asked = "auto", n_jobs: int | None = -1
    ) -> None:
        if method not in get_args(Asked):
            raise UsageError(f"unknown method {method!r}; known: {', '.join(get_args(Asked))}")
        trained = as_model(model)
        self.task = trained.task
        self.labels = trained.labels or _classes(trained)
        self._pipeline = trained.pipeline
        self._n_jobs = n_jobs
        obstacle = None if method == "occlusion" else why_not_linear(trained.pipeline, self.labels)
        if method == "linear" and obstacle is not None:
            raise UsageError(f"the model has no exact linear explanation: {obstacle}; take method='occlusion'")
        self._head: LinearHead | None = None
        if method == "occlusion" or obstacle is not None:
            scale_of(trained.pipeline, trained.task)  # refuses a model without scores
        else:
            self._head = linear_head(trained.pipeline, self.labels)
            self._stages = counted_stages(trained.pipeline.steps[0][1])

    def explain(self, text: str | TextPair, *, label: object = None) -> Explanation:
        """Why the model gives `text` this score for `label`; by default for the label it finds most probable."""
        texts = _checked(self.task, text)
        wanted = self._number_of(label)
        with limit(self._n_jobs):
            scores = scores_of(self._pipeline, self.task, self.labels, [row_of(texts)])[0]
            output = int(scores.argmax()) if wanted is None else wanted
            score, scale = float(scores[output]), scale_of(self._pipeline, self.task)
            name = str(self.labels[output]) if self.labels else None
            probability = score if scale == "probability" else None
            if self._head is None:
                spans = occlude(self._pipeline, self.task, self.labels, texts, output, score)
                return Explanation(texts, name, score, scale, "occlusion", spans, probability)
            row = self._pipeline.steps[0][1].transform([texts[0]])
            told = weigh_words(self._stages, self._head, output, row, texts[0])
        return Explanation(
            texts=texts,
            label=name,
            score=told.score,
            scale="decision value" if self.labels else "value",
            method="linear",
            spans=told.spans,
            probability=probability,
            constant=told.constant,
            elsewhere=told.elsewhere,
            features=told.features,
        )

    def _number_of(self, label: object) -> int | None:
        """The number of the label asked for, None where none is: then it is the most probable one, or the number."""
        if label is None:
            return None
        if not self.labels:
            raise UsageError(f"the model predicts a number, it has no label {label!r}; leave the label out")
        for number, known in enumerate(self.labels):
            if label == known or label in label_names(known):
                return number
        listed = ", ".join(map(str, self.labels[:20]))
        raise UsageError(f"the model has no label {label!r}; its labels: {listed}")


def explain(
    model: str | Path | TrainedModel | TrainResult,
    text: str | TextPair,
    *,
    label: object = None,
    method: Asked = "auto",
    n_jobs: int | None = -1,
) -> Explanation:
    """The words of `text` (a pair for a pair task) that speak for `label`, and those that speak against it.

    `label` is the most probable one by default; a multi-label model is asked about one label at a time. Linear
    models over counts and TF-IDF are told apart exactly, any other is asked again with each word left out (`method`).
    Words are morphemes where the text is Korean. For many texts make an `Explainer` once.
    """
    return Explainer(model, method=method, n_jobs=n_jobs).explain(text, label=label)


def _classes(trained: TrainedModel) -> tuple[Any, ...]:
    """Labels of a pipeline that was saved without them."""
    if trained.task.endswith("regression"):
        return ()
    return tuple(trained.pipeline.classes_.tolist())


def _checked(task: str, text: object) -> tuple[str, ...]:
    """The text or both texts of a pair, or `DataError` saying what the task takes."""
    if task.startswith("pair-"):
        match text:
            case (str(first), str(second)):
                return first, second
        raise DataError(
            f"task {task} takes two texts, got {type(text).__name__} {text!r:.60}; give (text, text) (--second TEXT)"
        )
    if not isinstance(text, str):
        raise DataError(
            f"task {task} takes one text, got {type(text).__name__} {text!r:.60}; "
            "give a str, and explain many texts one after another with an Explainer"
        )
    return (text,)
