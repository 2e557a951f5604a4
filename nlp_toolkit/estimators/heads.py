"""The dictionary of estimators a recipe can name, for each task."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from sklearn.base import BaseEstimator

from nlp_toolkit.constraints import check_fit_for_recipe
from nlp_toolkit.errors import RecipeError
from nlp_toolkit.estimators.parameters import build
from nlp_toolkit.registry import stage_class, stage_kinds

# Task -> which column of the dictionary answers it.
_FAMILIES = {
    "classification": "classification",
    "pair-classification": "classification",
    "multilabel": "classification",
    "regression": "regression",
    "pair-regression": "regression",
}


@dataclass(frozen=True)
class Head:
    """An estimator kind: its class ("module:Class") for classification and for regression, and what it asks.

    `defaults` replace the class's own; `negative_rows` is False where rows may not hold negative numbers.
    """

    classification: str | None = None
    regression: str | None = None
    defaults: Mapping[str, object] = field(default_factory=dict)
    negative_rows: bool = True
    takes_texts: bool = False
    """Whether it reads the texts itself: its recipe has `vectorizer: null`."""
    takes_pairs: bool = True
    """Whether it serves the tasks whose rows are two texts."""
    varies_texts: bool = False
    """Whether it varies the texts it is trained on, by its parameter `augmentation`."""


HEADS: Mapping[str, Head] = {
    # lbfgs starts from zero and is exact enough long before 1000 steps; 100, scikit-learn's default, warns on text.
    "logreg": Head("sklearn.linear_model:LogisticRegression", defaults={"max_iter": 1000}),
    "linear_svm": Head("nlp_toolkit.estimators.svm:LinearSvmClassifier"),
    "complement_nb": Head("sklearn.naive_bayes:ComplementNB", negative_rows=False),
    "multinomial_nb": Head("sklearn.naive_bayes:MultinomialNB", negative_rows=False),
    # The loss with probabilities; hinge is what linear_svm is for.
    "sgd": Head("sklearn.linear_model:SGDClassifier", defaults={"loss": "log_loss"}),
    # Trees do not help among thousands of columns (and cannot be saved); brute force uses matrix products.
    "knn": Head(
        "sklearn.neighbors:KNeighborsClassifier",
        "sklearn.neighbors:KNeighborsRegressor",
        defaults={"algorithm": "brute", "metric": "cosine"},
    ),
    "majority": Head("sklearn.dummy:DummyClassifier"),
    # On sparse rows: LSQR (Paige & Saunders 1982), never dense; with more columns than rows the least-norm solution.
    # Stopping early (a larger `tol`) regularizes: TF-IDF has more columns than least squares can bear.
    "ols": Head(regression="sklearn.linear_model:LinearRegression"),
    "ridge": Head(regression="sklearn.linear_model:Ridge"),
    "sgd_regression": Head(regression="sklearn.linear_model:SGDRegressor"),
    "mean": Head(regression="sklearn.dummy:DummyRegressor"),
    "bert": Head(
        "nlp_toolkit.estimators.bert_classifier:BertClassifier",
        "nlp_toolkit.estimators.bert_regressor:BertRegressor",
        takes_texts=True,
    ),
    "neural": Head(
        "nlp_toolkit.estimators.neural_classifier:NeuralClassifier",
        "nlp_toolkit.estimators.neural_regressor:NeuralRegressor",
        takes_texts=True,
        takes_pairs=False,
        varies_texts=True,
    ),
}

# The distances of scikit-learn that work on sparse rows without further parameters.
_DISTANCES = ("cityblock", "cosine", "euclidean", "l1", "l2", "manhattan", "minkowski", "sqeuclidean")
# Parameters a recipe may not set: the model could not be saved, would have no probabilities or take no sparse rows.
_FIXED: Mapping[str, Mapping[str, Sequence[object]]] = {
    "sgd": {"loss": ("log_loss", "modified_huber")},
    "knn": {"algorithm": ("brute",), "metric_params": (None,), "metric": _DISTANCES},
    "majority": {"strategy": ("prior", "most_frequent", "stratified", "uniform")},
    "mean": {"strategy": ("mean", "median")},
    "ols": {"positive": (False,)},
}


def head_kinds(task: str | None = None) -> list[str]:
    """Estimator kinds, sorted: all of them, or those that serve `task`; an unknown task is a `RecipeError`."""
    if task is None:
        return sorted(HEADS)
    family = _family(task)
    return sorted(kind for kind, head in HEADS.items() if getattr(head, family) is not None and _takes(head, task))


def make_head(kind: str, params: Mapping[str, object], *, task: str, seed: int) -> BaseEstimator:
    """An unfitted estimator of `kind` for `task`; an unknown kind, parameter or value is a `RecipeError`.

    Every classifier has `predict_proba`, and `predict` gives the most probable class. For the task
    "multilabel" the estimator is wrapped in `MultiLabelClassifier`.

    >>> make_head("linear_svm", {"C": 0.3}, task="classification", seed=0)
    LinearSvmClassifier(C=0.3, random_state=0)
    """
    if kind not in HEADS:
        raise RecipeError(f"unknown estimator {kind!r}; known for {task}: {', '.join(head_kinds(task))}")
    place = getattr(HEADS[kind], _family(task))
    if place is None or not _takes(HEADS[kind], task):
        raise RecipeError(f"estimator {kind!r} does not serve {task}; these do: {', '.join(head_kinds(task))}")
    for name, allowed in _FIXED.get(kind, {}).items():
        if name in params and params[name] not in allowed:
            known = ", ".join(repr(value) for value in allowed)
            raise RecipeError(f"estimator {kind!r}: {name} is one of {known}, got {params[name]!r}")
    if task == "multilabel" and isinstance(params.get("class_weight"), dict):
        raise RecipeError("class_weight by label has no meaning for multilabel; use 'balanced' or leave it out")
    module, _, name = place.partition(":")
    cls = getattr(importlib.import_module(module), name)
    if HEADS[kind].takes_texts:
        return _text_head(cls, kind, params, seed)
    head = build({kind: cls}, "estimator", kind, {**HEADS[kind].defaults, **params}, seed)
    if task != "multilabel":
        return head
    from nlp_toolkit.estimators.multilabel import MultiLabelClassifier

    return MultiLabelClassifier(head)


def _text_head(cls: Any, kind: str, params: Mapping[str, object], seed: int) -> BaseEstimator:
    """An estimator that reads texts; and has no constraints of scikit-learn's."""
    known = [name for name in signature(cls).parameters if name != "random_state"]
    for name in params:
        if name not in known:
            raise RecipeError(f"estimator {kind!r} has no parameter {name!r}; known: {', '.join(known)}")
    head: BaseEstimator = cls(**params, random_state=seed)
    check_fit_for_recipe(head, f"estimator {kind!r}")
    return head


def path_parameters(kind: str) -> Sequence[str]:
    """Parameters of an estimator kind that are paths."""
    head = HEADS.get(kind)
    if head is None or not head.takes_texts or head.classification is None:
        return ()
    module, _, name = head.classification.partition(":")
    found: Sequence[str] = getattr(importlib.import_module(module), name).path_parameters
    return found


def check_rows_fit(kind: str, *, stages: Sequence[str], reduce: str | None) -> None:
    """Raise `RecipeError` where the estimator `kind` takes no negative numbers and its rows will have some.

    `stages` are the kinds of the recipe's vectorizers; a stage class says `negative_rows = True` of itself.
    """
    if HEADS[kind].negative_rows:
        return
    makers = [f"reduce {reduce!r}"] if reduce is not None else []
    makers += [f"vectorizer {stage!r}" for stage in stages if getattr(stage_class(stage), "negative_rows", False)]
    if makers:
        fitting = ", ".join(stage for stage in stage_kinds() if not _negative(stage))
        raise RecipeError(
            f"estimator {kind!r} takes no negative numbers, which {makers[0]} gives; "
            f"use it on counts ({fitting}) without reduce, or take another estimator"
        )


def _family(task: str) -> str:
    if task not in _FAMILIES:
        raise RecipeError(f"unknown task {task!r}; known: {', '.join(_FAMILIES)}")
    return _FAMILIES[task]


def _takes(head: Head, task: str) -> bool:
    return head.takes_pairs or not task.startswith("pair-")


def _negative(stage: str) -> bool:
    return bool(getattr(stage_class(stage), "negative_rows", False))
