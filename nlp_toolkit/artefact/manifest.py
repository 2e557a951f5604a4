"""manifest.json: what a model directory holds, which generation is in force, and the digest of every file in it."""

import hashlib
import json
import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath

from nlp_toolkit import __version__
from nlp_toolkit.artefact.files import read_json, write_json
from nlp_toolkit.errors import ArtefactError

FORMAT = 2
"""Format of the models a save writes. How to raise it: docs/model-directory.md."""
INDEX_FORMAT = 1
"""Format of search indexes, which have a manifest of the same shape."""
MANIFEST = "manifest.json"
GENERATION_NAME = re.compile(r"[0-9]{6}")
MAX_MANIFEST_BYTES = 16 * 2**20

# Libraries whose version can change what any saved model answers; a stage names others by `libraries`.
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "kiwipiepy", "PyStemmer")
_OWN_KEYS = frozenset({"format", "kind", "generation", "versions", "files", "digest"})
_SHA256 = re.compile(r"[0-9a-f]{64}")

_log = logging.getLogger("nlp_toolkit")


@dataclass(frozen=True)
class FileEntry:
    """Size in bytes and SHA-256 (hexadecimal) of one file of a generation."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The content of a manifest.json.

    `kind` is "stage" or "pipeline" (a model), or a kind of index; `files` maps paths inside the generation folder
    (with "/") to their digests; `fields` is everything else (recipe, labels, seed ...), as JSON values; `format` is
    the newest of its kind unless it was read from an older one.
    """

    kind: str
    generation: str
    versions: Mapping[str, str]
    files: Mapping[str, FileEntry]
    fields: Mapping[str, object] = field(default_factory=dict)
    format: int | None = None


def newest_format(kind: str) -> int:
    """The format that is written for a manifest of `kind`, and the newest that is read."""
    return INDEX_FORMAT if kind.endswith("index") else FORMAT


def current_versions() -> dict[str, str]:
    """Versions of the toolkit, its libraries and the Unicode tables (they decide what NFC is)."""
    versions = {"nlp-toolkit": __version__, "unicode": unicodedata.unidata_version}
    return versions | installed_versions(_LIBRARIES)


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Version of each package; "none" for one that is not installed."""
    return {name: _installed(name) for name in packages}


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write `manifest` with a digest over all of it; equal manifests give equal bytes."""
    taken = _OWN_KEYS & manifest.fields.keys()
    if taken:
        raise ValueError(f"manifest fields may not be called {', '.join(sorted(taken))}")
    content: dict[str, object] = {
        "format": manifest.format or newest_format(manifest.kind),
        "kind": manifest.kind,
        "generation": manifest.generation,
        "versions": dict(manifest.versions),
        "files": {name: {"size": entry.size, "sha256": entry.sha256} for name, entry in manifest.files.items()},
        **manifest.fields,
    }
    write_json(path, content | {"digest": _digest(content)})


def read_manifest(model: Path) -> Manifest:
    """Read and check the manifest of the model directory `model`; `ArtefactError` says what is wrong with it."""
    path = model / MANIFEST
    if path.is_symlink() or not path.is_file():
        what = "a symbolic link" if path.is_symlink() else "missing" if not path.exists() else "not a file"
        raise ArtefactError(f"{model}: not a model directory ({MANIFEST} is {what})")
    content = read_json(path, max_bytes=MAX_MANIFEST_BYTES)
    if not isinstance(content, dict) or type(content.get("format")) is not int:
        raise ArtefactError(f"{path}: expected a manifest with a format number; the file is damaged")
    newest = newest_format(str(content.get("kind")))
    if content["format"] > newest:
        raise ArtefactError(
            f"{path}: format {content['format']} is newer than this toolkit reads ({newest}); upgrade nlp-toolkit"
        )
    if content["format"] < 1:
        raise ArtefactError(f"{path}: there is no format {content['format']}; the file is damaged")
    try:
        if content.pop("digest", None) != _digest(content):
            raise ArtefactError(f"{path}: its digest does not fit its content; the file is damaged or was edited")
        return _parse(content)
    except ArtefactError:
        raise
    except RecursionError as error:
        raise ArtefactError(f"{path}: nested too deeply; the file is hostile") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError(
            f"{path}: not a manifest of format {content['format']} ({error}); the file is damaged"
        ) from error


def warn_about_versions(model: Path, manifest: Manifest) -> None:
    """Say through logging which versions differ from those the model was saved with."""
    now = installed_versions(manifest.versions) | current_versions()
    changed = [
        f"{name} {saved} (here {now.get(name, 'none')})"
        for name, saved in sorted(manifest.versions.items())
        if now.get(name) != saved
    ]
    if changed:
        _log.warning("%s was saved with %s; its results may differ slightly", model, ", ".join(changed))


def file_entry(path: Path) -> FileEntry:
    """Size and digest of the file at `path`."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileEntry(size=file.tell(), sha256=digest)


def _parse(content: dict[str, object]) -> Manifest:
    kind, generation = content["kind"], content["generation"]
    versions, files = content["versions"], content["files"]
    if not isinstance(kind, str) or not isinstance(generation, str) or not GENERATION_NAME.fullmatch(generation):
        raise ValueError(f"generation {generation!r}")
    if not isinstance(versions, dict) or not isinstance(files, dict):
        raise ValueError("no versions or files")
    return Manifest(
        kind=kind,
        generation=generation,
        versions={str(name): str(value) for name, value in versions.items()},
        files={_inside(name): _parse_entry(entry) for name, entry in files.items()},
        fields={name: value for name, value in content.items() if name not in _OWN_KEYS},
        format=int(str(content["format"])),
    )


def _inside(name: str) -> str:
    """`name` if it is a plain relative path that cannot leave its folder."""
    parts = name.split("/")
    if PurePosixPath(name).as_posix() != name or any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"file path {name!r} leaves the model directory")
    if "\\" in name or ":" in name or "\0" in name:
        raise ValueError(f"file path {name!r} leaves the model directory")
    return name


def _parse_entry(entry: dict[str, object]) -> FileEntry:
    size, sha256 = entry["size"], entry["sha256"]
    if type(size) is not int or size < 0 or not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ValueError(f"file entry {entry!r}")
    return FileEntry(size=size, sha256=sha256)


def _digest(content: Mapping[str, object]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


@cache
def _installed(package: str) -> str:
    try:
        return version(package)
    except (PackageNotFoundError, ValueError):  # ValueError: an empty name, which a manifest may hold
        return "none"
