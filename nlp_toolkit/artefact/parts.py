"""What a model is made of: stages, unions, pairs and scikit-learn estimators, as a tree the manifest can hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.artefact.estimator_files import Arrays, describe_estimator, read_estimator, write_estimator
from nlp_toolkit.artefact.fitting_parts import check_pipeline
from nlp_toolkit.errors import ArtefactError, RecipeError, ToolkitError, UsageError
from nlp_toolkit.protocols import Storable, Tokenizer, Vectorizer
from nlp_toolkit.registry import stage_class, stage_kind, storable_estimator_class, storable_estimator_kind

Tree: TypeAlias = "str | dict[str, object]"
"""One of: "passthrough", {"stage": kind, "folder": ...}, {"union": [{"name", "weight", "part"}]}, {"pairs": part},
{"sklearn": name}, {"estimator": kind, "folder": ...}, {"pipeline": [{"name", "part"}]}. In format 1, {"skops": file}
stands in place of {"sklearn": name}."""

# What Python and the libraries raise where values are of another type, range or shape than they expect.
_MISFIT = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, FileNotFoundError,
)  # fmt: skip
_STEP_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
# Other files of a generation have these names.
_RESERVED = frozenset({"metrics", "training_texts"})


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
        if not _STEP_NAME.fullmatch(name) or name in _RESERVED:
            raise UsageError(f"cannot save a step called {name!r}; use letters, digits, - and _, and another name")
        steps.append({"name": name, "part": _plan_step(name, step, plan)})
    return {"pipeline": steps}, plan


def rebuild_model(tree: object, folder: Path, model_format: int) -> object:
    """The model that `tree` describes, from the files below `folder`; `ArtefactError` where they do not fit."""
    if model_format > 1 and _mentions(tree, "skops"):
        raise ArtefactError(f"{folder}: the manifest names a skops file, which format {model_format} does not have")
    try:
        model = _rebuild(tree, folder)
        check_pipeline(model, folder)
        return model
    except ToolkitError:
        raise
    except RecursionError as error:
        raise ArtefactError(f"{folder}: the manifest's model is nested too deeply; it is hostile") from error
    except _MISFIT as error:
        raise ArtefactError(f"{folder}: its parts do not fit ({type(error).__name__}: {error})") from error


def _rebuild(tree: object, folder: Path) -> object:
    for key, build in _BUILDERS.items():
        if isinstance(tree, dict) and key in tree:
            return build(tree, folder)
    if tree == "passthrough":
        return "passthrough"
    raise ArtefactError(f"{folder}: the manifest describes an unknown part ({tree!r}); the model is damaged or newer")


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


def _build_stage(tree: Mapping[str, object], folder: Path) -> object:
    kind, place = str(tree["stage"]), folder / _inside(folder, str(tree["folder"]))
    try:
        cls = stage_class(kind)
    except RecipeError as error:
        raise ArtefactError(
            f"{place}: a stage of kind {kind!r}, which is not registered here; call nlp_toolkit.register_stage first"
        ) from error
    return _load_files(cls, kind, place)


def _build_storable_estimator(tree: Mapping[str, object], folder: Path) -> object:
    kind, place = str(tree["estimator"]), folder / _inside(folder, str(tree["folder"]))
    try:
        return _load_files(storable_estimator_class(kind), kind, place)
    except RecipeError as error:
        raise ArtefactError(f"{place}: {error}; the model is damaged or newer") from error


def _load_files(cls: type, kind: str, place: Path) -> object:
    if not issubclass(cls, Storable):
        raise ArtefactError(f"{place}: stages of kind {kind!r} cannot be loaded; {cls.__name__} lacks load_files")
    try:
        return cls.load_files(place)
    except UsageError as error:  # of options, or of a callable that is not registered here
        raise ArtefactError(f"{place}: {error}") from error
    except ToolkitError:
        raise
    except _MISFIT as error:
        raise ArtefactError(f"{place}: not a saved {kind} stage ({type(error).__name__}: {error})") from error


def _build_union(tree: Mapping[str, object], folder: Path) -> FeatureUnion:
    members = _entries(tree, "union", folder)
    if any(not isinstance(member["weight"], int | float | None) for member in members):
        raise ArtefactError(f"{folder}: the manifest's union has a weight that is no number; it is damaged")
    weights = {str(member["name"]): member["weight"] for member in members if member["weight"] is not None}
    parts = [(str(member["name"]), _rebuild(member["part"], folder)) for member in members]
    return FeatureUnion(parts, transformer_weights=weights or None)


def _build_pairs(tree: Mapping[str, object], folder: Path) -> object:
    from nlp_toolkit.pairs import PairFeatures

    stage = _rebuild(tree["pairs"], folder)
    if not isinstance(stage, Vectorizer):
        raise ArtefactError(f"{folder}: the manifest makes pairs of {stage!r}, which is no stage")
    pairs = PairFeatures(stage)
    pairs.stage_ = stage
    return pairs


def _build_estimator(tree: Mapping[str, object], folder: Path) -> object:
    return read_estimator(folder, _inside(folder, str(tree["sklearn"])))


def _build_skops(tree: Mapping[str, object], folder: Path) -> object:
    from nlp_toolkit.artefact.format_1 import load_skops

    return load_skops(folder / _inside(folder, str(tree["skops"])))


def _build_pipeline(tree: Mapping[str, object], folder: Path) -> Pipeline:
    steps = _entries(tree, "pipeline", folder)
    if not steps:
        raise ArtefactError(f"{folder}: the manifest's pipeline has no steps; it is damaged")
    return Pipeline([(str(step["name"]), _rebuild(step["part"], folder)) for step in steps])


def _entries(tree: Mapping[str, object], key: str, folder: Path) -> list[dict[str, object]]:
    entries = tree[key]
    wanted = {"name", "part", "weight"} if key == "union" else {"name", "part"}
    if not isinstance(entries, list) or any(not isinstance(each, dict) or set(each) != wanted for each in entries):
        raise ArtefactError(f"{folder}: the manifest's {key} is not a list of {', '.join(sorted(wanted))}")
    names = [each["name"] for each in entries]
    if not all(isinstance(name, str) and _STEP_NAME.fullmatch(name) for name in names) or len({*names}) < len(names):
        raise ArtefactError(f"{folder}: the manifest's {key} has names {names!r:.80}, expected different words")
    return entries


def _mentions(tree: object, key: str) -> bool:
    """Whether any part of the tree has `key`."""
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if key in each:
                return True
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return False


def _inside(folder: Path, name: str) -> str:
    if ".." in Path(name).parts or Path(name).is_absolute():
        raise ArtefactError(f"{folder}: the manifest points at {name!r}, outside the model; refused")
    return name


_BUILDERS: dict[str, Callable[[Mapping[str, object], Path], object]] = {
    "stage": _build_stage,
    "union": _build_union,
    "pairs": _build_pairs,
    "sklearn": _build_estimator,
    "skops": _build_skops,
    "estimator": _build_storable_estimator,
    "pipeline": _build_pipeline,
}
