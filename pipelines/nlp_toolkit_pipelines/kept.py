"""Finished pieces of long work on disk: one JSON file each, whole or not there, found again by what went into it."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from nlp_toolkit.artefact.manifest import current_versions
from nlp_toolkit.corpus.whole_file import whole_file
from nlp_toolkit_pipelines.recipe import Recipe

T = TypeVar("T")
_LIBRARIES = ("numba", "torch", "transformers", "tokenizers")
_SAID_ONLY = ("name", "summary", "space")  # what a recipe holds and its scores do not depend on

_log = logging.getLogger("nlp_toolkit")


@cache
def versions() -> dict[str, str]:
    """Versions of the toolkit and of every library that may change a score."""
    return current_versions() | {name: found for name in _LIBRARIES if (found := _installed(name)) is not None}


def key_of(recipe: Recipe, **more: object) -> str:
    """A digest, in hexadecimal, of a recipe, the files it names, the versions, and `more` as JSON values."""
    plain = {name: value for name, value in recipe.to_dict().items() if name not in _SAID_ONLY}
    content = {"recipe": plain, "files": sorted(_fingerprints(plain)), "versions": versions(), **more}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def read_kept(folder: Path, key: str, make: Callable[..., T], what: str) -> T | None:
    """What `make` builds of the piece's fields; None where it is not there, or damaged, which is told of a `what`."""
    path = _place(folder, key)
    if not path.is_file():
        return None
    try:
        return make(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, RecursionError) as error:
        _log.warning("%s: not a finished %s (%s); it is computed again", path, what, error)
        return None


def keep(folder: Path, key: str, fields: Mapping[str, Any]) -> None:
    """Write a piece into `folder`, which is made; a full disk is a `ResourceError`."""
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(_place(folder, key), overwrite=True) as stream:
        stream.write(json.dumps(fields, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass"))


def _place(folder: Path, key: str) -> Path:
    return folder / f"{key[:32]}.json"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _fingerprints(value: Any) -> list[str]:
    """Names, sizes and times of the files behind every path in a recipe: a checkpoint may change under its name."""
    if isinstance(value, Mapping):
        return [found for each in value.values() for found in _fingerprints(each)]
    if isinstance(value, list):
        return [found for each in value for found in _fingerprints(each)]
    # A loaded recipe has its paths made absolute; every other string is no path.
    if not isinstance(value, str) or not Path(value).is_absolute() or not Path(value).exists():
        return []
    path = Path(value)
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return [f"{file}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files]
