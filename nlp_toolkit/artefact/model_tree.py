"""The tree of a model's parts in its manifest, checked whole before any part is read."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

Tree: TypeAlias = "str | dict[str, object]"
"""One of: "passthrough", {"stage": kind, "folder": ...}, {"union": [{"name", "weight", "part"}]}, {"pairs": part},
{"sklearn": name}, {"estimator": kind, "folder": ...}, {"pipeline": [{"name", "part"}]}. In format 1, {"skops": file}
stands in place of {"sklearn": name}."""

MAX_DEPTH = 32
_STEP_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
# Other files of a generation have these names.
_RESERVED = frozenset({"metrics", "training_texts"})


class TreeError(ValueError):
    """A tree that no save wrote; the message says what arrived and what was expected."""


def is_step_name(name: str) -> bool:
    """Whether a step of a pipeline may be saved under this name, which is that of its files as well."""
    return _STEP_NAME.fullmatch(name) is not None and name not in _RESERVED


def check_tree(tree: object, files: Collection[str], model_format: int) -> None:
    """Raise `TreeError` for a tree that is not of the form `Tree`, or whose parts share files or lack them.

    `files` are those that the manifest lists.
    """
    taken: set[str] = set()
    _check(tree, _Context(files, model_format, taken), 0)


class _Context:
    def __init__(self, files: Collection[str], model_format: int, taken: set[str]) -> None:
        self.files, self.model_format, self._taken = files, model_format, taken

    def take(self, place: str) -> None:
        """Note that a part is in this folder or file: no other may be."""
        if place in self._taken:
            raise TreeError(f"two parts are in {place}, expected one")
        self._taken.add(place)

    def need(self, name: str) -> None:
        """The manifest must list the file."""
        if name not in self.files:
            raise TreeError(f"it names the file {name!r:.80}, which the manifest does not list")


def _check(tree: object, context: _Context, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise TreeError(f"its parts are nested too deeply, expected at most {MAX_DEPTH} levels")
    if tree == "passthrough":
        return
    key = next((key for key in _CHECKS if isinstance(tree, dict) and key in tree), None)
    if key is None or not isinstance(tree, dict):
        raise TreeError(f"it describes an unknown part ({tree!r:.80})")
    wanted = {key, "folder"} if key in {"stage", "estimator"} else {key}
    if set(tree) != wanted:
        raise TreeError(f"its {key} has {', '.join(map(repr, tree))!s:.80}, expected {', '.join(sorted(wanted))}")
    _CHECKS[key](tree, context, depth)


def _check_folder(tree: Mapping[str, object], context: _Context, depth: int) -> None:
    kind, folder = next(value for key, value in tree.items() if key != "folder"), tree["folder"]
    if not isinstance(kind, str) or not isinstance(folder, str):
        raise TreeError(f"it names the kind {kind!r:.80} in the folder {folder!r:.80}, expected words")
    if not any(name.startswith(f"{folder}/") for name in context.files):
        raise TreeError(f"it names the folder {folder!r:.80}, in which the manifest lists no file")
    context.take(folder)


def _check_estimator(tree: Mapping[str, object], context: _Context, depth: int) -> None:
    name = tree["sklearn"]
    if not isinstance(name, str) or not is_step_name(name):
        raise TreeError(f"it names the estimator {name!r:.80}, expected the name of a step")
    context.need(f"{name}.json")
    context.need(f"{name}.safetensors")
    context.take(name)


def _check_skops(tree: Mapping[str, object], context: _Context, depth: int) -> None:
    name = tree["skops"]
    if context.model_format > 1:
        raise TreeError(f"it names a skops file, which format {context.model_format} does not have")
    if not isinstance(name, str):
        raise TreeError(f"it names the file {name!r:.80}, expected a word")
    context.need(name)
    context.take(name)


def _check_pairs(tree: Mapping[str, object], context: _Context, depth: int) -> None:
    _check(tree["pairs"], context, depth + 1)


def _check_union(tree: Mapping[str, object], context: _Context, depth: int) -> None:
    entries = _entries(tree["union"], {"name", "part", "weight"}, "union")
    for entry in entries:
        weight = entry["weight"]
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool) and _is_finite(weight)
        if weight is not None and not is_number:
            raise TreeError(f"its union has the weight {weight!r:.80}, expected a finite number")
        _check(entry["part"], context, depth + 1)


def _check_pipeline(tree: Mapping[str, object], context: _Context, depth: int) -> None:
    for entry in _entries(tree["pipeline"], {"name", "part"}, "pipeline"):
        _check(entry["part"], context, depth + 1)


def _entries(entries: object, wanted: set[str], what: str) -> list[dict[str, Any]]:
    if not isinstance(entries, list) or any(not isinstance(each, dict) or set(each) != wanted for each in entries):
        raise TreeError(f"its {what} is not a list of {', '.join(sorted(wanted))}")
    if not entries:
        raise TreeError(f"its {what} has no {'steps' if what == 'pipeline' else 'members'}")
    names = [each["name"] for each in entries]
    if not all(isinstance(name, str) and _STEP_NAME.fullmatch(name) for name in names) or len({*names}) < len(names):
        raise TreeError(f"its {what} has names {names!r:.80}, expected different words")
    return entries


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number too large for a float
        return False


_CHECKS: Mapping[str, Callable[[Mapping[str, object], _Context, int], None]] = {
    "stage": _check_folder,
    "estimator": _check_folder,
    "union": _check_union,
    "pairs": _check_pairs,
    "sklearn": _check_estimator,
    "skops": _check_skops,
    "pipeline": _check_pipeline,
}
