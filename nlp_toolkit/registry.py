"""The dictionaries behind recipes and saved models: stage kinds and named callables."""

import importlib
from collections.abc import Callable

from nlp_toolkit.errors import RecipeError, UsageError

# Kind -> "module:Class"; a stage is imported when a recipe or a model names its kind, nothing else is.
_BUILT_IN: dict[str, str] = {
    "count": "nlp_toolkit.vectorizers.count:CountVectorizer",
    "tfidf": "nlp_toolkit.vectorizers.tfidf:TfidfVectorizer",
    "hashing": "nlp_toolkit.vectorizers.hashing:HashingVectorizer",
    "bm25": "nlp_toolkit.vectorizers.bm25:Bm25Vectorizer",
    "word2vec": "nlp_toolkit.vectorizers.word2vec:Word2VecVectorizer",
    "bert": "nlp_toolkit.vectorizers.bert:BertVectorizer",
}
# Estimators that save themselves as stages do, as scikit-learn's are kept by skops: kind -> "module:Class".
_ESTIMATORS: dict[str, str] = {
    "bert-classifier": "nlp_toolkit.estimators.bert_classifier:BertClassifier",
    "bert-regressor": "nlp_toolkit.estimators.bert_regressor:BertRegressor",
    "neural-classifier": "nlp_toolkit.estimators.neural_classifier:NeuralClassifier",
    "neural-regressor": "nlp_toolkit.estimators.neural_regressor:NeuralRegressor",
}
_registered: dict[str, type] = {}
_callables: dict[str, Callable[..., object]] = {}


def stage_kinds() -> list[str]:
    """Known stage kinds, built-in and registered, sorted."""
    return sorted({*_BUILT_IN, *_registered})


def stage_class(kind: str) -> type:
    """The class behind a stage kind; an unknown kind raises `RecipeError` with the known ones."""
    if kind in _registered:
        return _registered[kind]
    if kind not in _BUILT_IN:
        raise RecipeError(f"unknown stage kind {kind!r}; known kinds: {', '.join(stage_kinds())}")
    module, _, name = _BUILT_IN[kind].partition(":")
    found: type = getattr(importlib.import_module(module), name)
    return found


def stage_kind(cls: type) -> str | None:
    """The kind a stage class is registered under, or None."""
    for kind, registered in _registered.items():
        if registered is cls:
            return kind
    home = f"{cls.__module__}:{cls.__qualname__}"
    return next((kind for kind, place in _BUILT_IN.items() if place == home), None)


def storable_estimator_kind(cls: type) -> str | None:
    """The kind of an estimator class that saves itself, or None."""
    home = f"{cls.__module__}:{cls.__qualname__}"
    return next((kind for kind, place in _ESTIMATORS.items() if place == home), None)


def storable_estimator_class(kind: str) -> type:
    """The estimator class behind a kind that saves itself; an unknown kind raises `RecipeError`."""
    if kind not in _ESTIMATORS:
        raise RecipeError(f"unknown estimator kind {kind!r}; known: {', '.join(sorted(_ESTIMATORS))}")
    module, _, name = _ESTIMATORS[kind].partition(":")
    found: type = getattr(importlib.import_module(module), name)
    return found


def register_stage(name: str, cls: type) -> None:
    """Let recipes and saved models use `cls` under the kind `name`.

    The class must have `fit`, `transform` and `get_feature_names_out`; to be saved it also needs
    `save_files` and `load_files` (`nlp_toolkit.protocols.Storable`). A taken name raises `UsageError`.
    """
    missing = [method for method in ("fit", "transform", "get_feature_names_out") if not hasattr(cls, method)]
    if missing:
        raise UsageError(f"{cls.__name__} cannot be a stage: it lacks {', '.join(missing)}")
    if name in _BUILT_IN or _registered.get(name, cls) is not cls:
        raise UsageError(f"stage kind {name!r} is taken; choose another name")
    _registered[name] = cls


def register_callable(name: str, function: Callable[..., object]) -> None:
    """Let recipes and saved models use `function` by `name` (a tokenizer, preprocessor or analyzer).

    A model that uses it can be saved, and loaded in any process that registered it again.
    """
    if not callable(function):
        raise UsageError(f"expected a callable for {name!r}, got {type(function).__name__}")
    if _callables.get(name, function) is not function:
        raise UsageError(f"callable {name!r} is taken; choose another name")
    _callables[name] = function


def named_callable(name: str) -> Callable[..., object]:
    """The function registered under `name`; an unknown name raises `RecipeError` with the known ones."""
    if name not in _callables:
        known = ", ".join(sorted(_callables)) or "none"
        raise RecipeError(f"unknown callable {name!r}; registered: {known}; call register_callable({name!r}, function)")
    return _callables[name]


def callable_name(function: Callable[..., object]) -> str | None:
    """The name `function` was registered under, or None."""
    return next((name for name, known in _callables.items() if known is function), None)
