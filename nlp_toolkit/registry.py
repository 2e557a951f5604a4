"""The dictionaries behind recipes and saved models: stage kinds, estimators that save themselves, named callables."""

import importlib
import re
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
# Estimators that save themselves as stages do: kind -> "module:Class". Scikit-learn's are kept by
# `artefact.estimator_table`.
_ESTIMATORS: dict[str, str] = {
    "bert-classifier": "nlp_toolkit.estimators.bert_classifier:BertClassifier",
    "bert-regressor": "nlp_toolkit.estimators.bert_regressor:BertRegressor",
    "neural-classifier": "nlp_toolkit.estimators.neural_classifier:NeuralClassifier",
    "neural-regressor": "nlp_toolkit.estimators.neural_regressor:NeuralRegressor",
}
# A kind is part of a folder's name.
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_registered: dict[str, type] = {}
_registered_estimators: dict[str, type] = {}
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
    return class_at(_BUILT_IN[kind])


def stage_kind(cls: type) -> str | None:
    """The kind a stage class is registered under, or None."""
    for kind, registered in _registered.items():
        if registered is cls:
            return kind
    home = f"{cls.__module__}:{cls.__qualname__}"
    return next((kind for kind, place in _BUILT_IN.items() if place == home), None)


def is_built_in(cls: type) -> bool:
    """Whether a stage or an estimator that saves itself is one of the toolkit's own."""
    home = f"{cls.__module__}:{cls.__qualname__}"
    return home in {*_BUILT_IN.values(), *_ESTIMATORS.values()}


def storable_estimator_kind(cls: type) -> str | None:
    """The kind of an estimator class that saves itself, or None."""
    for kind, registered in _registered_estimators.items():
        if registered is cls:
            return kind
    home = f"{cls.__module__}:{cls.__qualname__}"
    return next((kind for kind, place in _ESTIMATORS.items() if place == home), None)


def storable_estimator_class(kind: str) -> type:
    """The estimator class behind a kind that saves itself; an unknown kind raises `RecipeError`."""
    if kind in _registered_estimators:
        return _registered_estimators[kind]
    if kind not in _ESTIMATORS:
        known = ", ".join(sorted({*_ESTIMATORS, *_registered_estimators}))
        raise RecipeError(f"unknown estimator kind {kind!r}; known: {known}; call nlp_toolkit.register_estimator first")
    return class_at(_ESTIMATORS[kind])


def class_at(place: str) -> type:
    """The class at "module:Class", its module imported; places come from our own dictionaries only."""
    module, _, name = place.partition(":")
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


def register_estimator(name: str, cls: type) -> None:
    """Let saved models hold fitted estimators of `cls`, under the kind `name`.

    Scikit-learn's estimators that a recipe can name are saved without it; any other class saves itself.

    Parameters
    ----------
    name : str
        Kind of the estimator in a model directory: letters, digits, "-" and "_". Register the class under the same
        name wherever the model is loaded.
    cls : type
        A class with `fit`, with `predict` or `transform`, and with `save_files(folder)` and the class method
        `load_files(folder)` (`nlp_toolkit.protocols.Storable`), which raises `ArtefactError` for files that no fit
        could have left.

    Raises
    ------
    UsageError
        Where a method is missing, the name is taken, or cannot be part of a file name.
    """
    missing = [method for method in ("fit", "save_files", "load_files") if not hasattr(cls, method)]
    if not hasattr(cls, "predict") and not hasattr(cls, "transform"):
        missing.append("predict or transform")
    if missing:
        raise UsageError(f"{cls.__name__} cannot be an estimator of saved models: it lacks {', '.join(missing)}")
    if not _KIND.fullmatch(name):
        raise UsageError(f"estimator kind {name!r}: expected letters, digits, - and _, at most 64")
    if name in _ESTIMATORS or _registered_estimators.get(name, cls) is not cls:
        raise UsageError(f"estimator kind {name!r} is taken; choose another name")
    _registered_estimators[name] = cls


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
