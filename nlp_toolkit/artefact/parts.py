"""What a model is made of: stages, unions, pairs and scikit-learn estimators, as a tree the manifest can hold."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.artefact.estimator_files import Arrays, describe_estimator, read_estimator, write_estimator
from nlp_toolkit.artefact.fitting_parts import check_pipeline
from nlp_toolkit.artefact.model_tree import Tree, TreeError, check_tree, is_step_name
from nlp_toolkit.compat import lacks_memory
from nlp_toolkit.errors import ArtefactError, RecipeError, ToolkitError, UsageError
from nlp_toolkit.protocols import Storable, Tokenizer, Vectorizer
from nlp_toolkit.registry import is_built_in, stage_class, stage_kind, storable_estimator_class, storable_estimator_kind

# What a stage of another package raises where values are of another type, range or shape than it expects; the
# toolkit's own check them.
_MISFIT = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, FileNotFoundError)


@dataclass
class Plan:
    """Everything needed to write a model, found out before anything is written."""

    stages: dict[str, Storable] = field(default_factory=dict)
    """Folder inside the generation -> the stage that writes itself there."""
    estimators: dict[str, tuple[dict[str, Any], Arrays]] = field(default_factory=dict)
    """Name of two files inside the generation -> the description and the arrays of a scikit-learn estimator."""

    def write(self, folder: Path) -> None:
        """Write every part below `folder`."""
        for name, stage in self.stages.items():
            (folder / name).mkdir(parents=True)
            stage.save_files(folder / name)
        for name, (description, arrays) in self.estimators.items():
            write_estimator(folder, name, description, arrays)

    def libraries(self) -> set[str]:
        """The packages that the stages say their answers depend on."""
        return {name for stage in self.stages.values() for name in getattr(stage, "libraries", ())}

    def describe_stages(self) -> list[dict[str, object]]:
        """Kind, normalization and tokenizer (name and version) of every stage, for the manifest."""
        return [
            {
                "folder": name,
                "kind": stage_kind(type(stage)) or storable_estimator_kind(type(stage)),
                "normalization": getattr(stage, "normalization", None),
                "tokenizer": _tokenizer_version(stage),
            }
            for name, stage in self.stages.items()
        ]


def plan_model(model: object) -> tuple[Tree, Plan]:
    """The tree of a fitted stage or pipeline, and the plan of its files.

    Raises scikit-learn's `NotFittedError` for a part that is not fitted and `UsageError` for a part
    that cannot be saved, by name.
    """
    plan = Plan()
    if not isinstance(model, Pipeline):
        is_estimator = storable_estimator_kind(type(model)) is not None
        return _plan_estimator(model, plan) if is_estimator else _plan_features(model, plan), plan
    steps: list[dict[str, object]] = []
    for name, step in model.steps:
        if not is_step_name(name):
            raise UsageError(f"cannot save a step called {name!r}; use letters, digits, - and _, and another name")
        steps.append({"name": name, "part": _plan_step(name, step, plan)})
    return {"pipeline": steps}, plan


def rebuild_model(tree: object, folder: Path, files: Collection[str], model_format: int) -> object:
    """The model that `tree` describes, from the `files` below `folder`; `ArtefactError` where they do not fit."""
    try:
        check_tree(tree, files, model_format)
    except TreeError as error:
        raise ArtefactError(f"{folder}: the manifest's model is damaged: {error}") from error
    model = _rebuild(tree, folder)
    check_pipeline(model, folder)
    return model


def _rebuild(tree: Any, folder: Path) -> Any:
    """The part that a checked tree describes."""
    if tree == "passthrough":
        return tree
    return next(build(tree, folder) for key, build in _BUILDERS.items() if key in tree)


def _plan_step(name: str, step: object, plan: Plan) -> Tree:
    if step is None or step == "passthrough":
        return "passthrough"
    if _is_features(step):
        return _plan_features(step, plan)
    if storable_estimator_kind(type(step)) is not None:
        return _plan_estimator(step, plan)
    check_is_fitted(step)
    plan.estimators[name] = describe_estimator(step)
    return {"sklearn": name}


def _plan_estimator(estimator: object, plan: Plan) -> Tree:
    """An estimator that saves itself."""
    kind = storable_estimator_kind(type(estimator))
    if kind is None or not isinstance(estimator, Storable):
        raise UsageError(f"{type(estimator).__name__} cannot be saved: it lacks save_files and load_files")
    check_is_fitted(estimator)
    _check_storable(estimator)
    folder = f"stages/{len(plan.stages)}-{kind}"
    plan.stages[folder] = estimator
    return {"estimator": kind, "folder": folder}


def _plan_features(part: object, plan: Plan) -> Tree:
    """A stage, a union of them or pairs of them."""
    from nlp_toolkit.pairs import PairFeatures

    if isinstance(part, FeatureUnion):
        weights = part.transformer_weights or {}
        members = [
            {"name": name, "weight": weights.get(name), "part": _plan_features(member, plan)}
            for name, member in part.transformer_list
        ]
        return {"union": members}
    if isinstance(part, PairFeatures):
        check_is_fitted(part)
        return {"pairs": _plan_features(part.stage_, plan)}
    kind = stage_kind(type(part))
    name = type(part).__name__
    if hasattr(part, "best_estimator_"):
        raise UsageError(f"{name} cannot be saved: it is a search; save its best_estimator_")
    if kind is None:
        raise UsageError(
            f"{name} cannot be saved: it is not a registered stage; "
            f"call nlp_toolkit.register_stage(name, {name}) first, here and wherever the model is loaded"
        )
    if not isinstance(part, Storable):
        raise UsageError(f"{name} cannot be saved: it lacks save_files and load_files")
    check_is_fitted(part)
    _check_storable(part)
    folder = f"stages/{len(plan.stages)}-{kind}"
    plan.stages[folder] = part
    return {"stage": kind, "folder": folder}


def _check_storable(part: object) -> None:
    check_storable = getattr(part, "check_storable", None)
    if check_storable is not None:
        check_storable()


def _is_features(part: object) -> bool:
    from nlp_toolkit.pairs import PairFeatures

    return isinstance(part, FeatureUnion | PairFeatures) or stage_kind(type(part)) is not None


def _tokenizer_version(stage: object) -> dict[str, object] | None:
    tokenizer = getattr(stage, "tokenizer_", None)
    if not isinstance(tokenizer, Tokenizer):
        return None
    return {"name": tokenizer.name, "version": tokenizer.version}


def _build_stage(tree: Mapping[str, Any], folder: Path) -> object:
    kind, place = tree["stage"], folder / tree["folder"]
    try:
        cls = stage_class(kind)
    except RecipeError as error:
        raise ArtefactError(
            f"{place}: a stage of kind {kind!r}, which is not registered here; call nlp_toolkit.register_stage first"
        ) from error
    return _load_files(cls, kind, place)


def _build_storable_estimator(tree: Mapping[str, Any], folder: Path) -> object:
    kind, place = tree["estimator"], folder / tree["folder"]
    try:
        cls = storable_estimator_class(kind)
    except RecipeError as error:
        raise ArtefactError(f"{place}: {error}; the model is damaged or newer") from error
    return _load_files(cls, kind, place)


def _load_files(cls: type, kind: str, place: Path) -> object:
    if not issubclass(cls, Storable):
        raise ArtefactError(f"{place}: stages of kind {kind!r} cannot be loaded; {cls.__name__} lacks load_files")
    misfit = () if is_built_in(cls) else _MISFIT
    try:
        return cls.load_files(place)
    except UsageError as error:  # of options, or of a callable that is not registered here
        raise ArtefactError(f"{place}: {error}") from error
    except ToolkitError:
        raise
    except misfit as error:
        if lacks_memory(error):
            raise
        raise ArtefactError(f"{place}: not a saved {kind} stage ({type(error).__name__}: {error})") from error


def _build_union(tree: Mapping[str, Any], folder: Path) -> FeatureUnion:
    members = tree["union"]
    weights = {member["name"]: member["weight"] for member in members if member["weight"] is not None}
    parts = [(member["name"], _rebuild(member["part"], folder)) for member in members]
    for name, part in parts:
        if not hasattr(part, "transform"):
            raise ArtefactError(f"{folder}: {name} of the manifest's union gives no rows; the model is damaged")
    return FeatureUnion(parts, transformer_weights=weights or None)


def _build_pairs(tree: Mapping[str, Any], folder: Path) -> object:
    from nlp_toolkit.pairs import PairFeatures

    stage = _rebuild(tree["pairs"], folder)
    if not isinstance(stage, Vectorizer):
        raise ArtefactError(f"{folder}: the manifest makes pairs of {stage!r:.80}, which is no stage")
    pairs = PairFeatures(stage)
    pairs.stage_ = stage
    return pairs


def _build_estimator(tree: Mapping[str, Any], folder: Path) -> object:
    return read_estimator(folder, tree["sklearn"])


def _build_skops(tree: Mapping[str, Any], folder: Path) -> object:
    from nlp_toolkit.artefact.format_1 import load_skops

    return load_skops(folder / tree["skops"])


def _build_pipeline(tree: Mapping[str, Any], folder: Path) -> Pipeline:
    return Pipeline([(step["name"], _rebuild(step["part"], folder)) for step in tree["pipeline"]])


_BUILDERS: Mapping[str, Callable[[Mapping[str, Any], Path], object]] = {
    "stage": _build_stage,
    "union": _build_union,
    "pairs": _build_pairs,
    "sklearn": _build_estimator,
    "skops": _build_skops,
    "estimator": _build_storable_estimator,
    "pipeline": _build_pipeline,
}
