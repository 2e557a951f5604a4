"""Generations: a model directory changes from one whole state to the next by replacing its manifest."""

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from nlp_toolkit.artefact.files import sync_file, sync_folder
from nlp_toolkit.artefact.lock import writing
from nlp_toolkit.artefact.manifest import (
    GENERATION_NAME,
    MANIFEST,
    Manifest,
    current_versions,
    file_entry,
    installed_versions,
    read_manifest,
    write_manifest,
)
from nlp_toolkit.errors import ArtefactError, ResourceError, UsageError
from nlp_toolkit.output_place import FULL, check_writable, hidden_beside

LOCK_TIMEOUT = 30.0


def publish_generation(
    path: Path,
    write: Callable[[Path], None],
    *,
    kind: str,
    fields: Mapping[str, object],
    libraries: Iterable[str] = (),
    overwrite: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Path:
    """Let `write` fill a new generation folder, then put it in force; returns that folder.

    Until the last step the old state of `path` (or its absence) is untouched: a failure or a kill at
    any moment leaves it whole, and leavings are swept by the next save. `fields` goes into the manifest, and so do
    the versions of `libraries`, besides those of every model.
    An existing model needs `overwrite`; anything else that exists is refused (`UsageError`). A second writer
    waits `lock_timeout` seconds (`ResourceError`); so is a full disk reported.
    """
    versions = current_versions() | installed_versions(libraries)
    manifest = Manifest(kind, generation="", versions=versions, files={}, fields=fields)
    with _explained(path):
        check_target(path, overwrite=overwrite)
        # A link stays: what it points at is written, and locked for writers by either name.
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path, timeout=lock_timeout):
            # Again: another writer may have finished while this one waited.
            check_target(path, overwrite=overwrite)
            if (path / MANIFEST).exists():
                return _next_generation(path, write, manifest)
            return _first_generation(path, write, manifest)


def open_generation(path: Path) -> tuple[Manifest, Path]:
    """The manifest of the model directory `path` and the folder of the generation in force, every file verified.

    Names and sizes are checked first, then digests; nothing is parsed. `ArtefactError` names the file.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(f"{path}: no such model directory")
    manifest = read_manifest(path)
    folder = path / manifest.generation
    if folder.is_symlink() or not folder.is_dir():
        raise ArtefactError(f"{folder}: the generation in force is missing or not a folder")
    found = dict(_walk(folder))
    for name in sorted(found.keys() - manifest.files.keys()):
        raise ArtefactError(f"{folder / name}: not listed in {MANIFEST}; the model was tampered with or is damaged")
    for name, entry in sorted(manifest.files.items()):
        if name not in found:
            raise ArtefactError(f"{folder / name}: missing; the model is incomplete")
        if found[name] != entry.size:
            raise ArtefactError(f"{folder / name}: {found[name]} bytes, expected {entry.size}; the file is damaged")
    for name, entry in sorted(manifest.files.items()):
        if file_entry(folder / name) != entry:
            raise ArtefactError(f"{folder / name}: its SHA-256 differs from {MANIFEST}'s; the file is damaged")
    return manifest, folder


def check_target(path: Path, *, overwrite: bool) -> None:
    """Raise `UsageError` unless a save to `path` is possible and wanted.

    Wanted is it where nothing is there, an empty folder, or a model to overwrite.
    """
    check_writable(path, makes_folders=True)
    if not os.path.lexists(path) or _is_empty_folder(path):
        return
    if not path.is_dir():
        raise UsageError(f"{path}: exists and is a file, not a model directory; choose another path or move it away")
    try:
        read_manifest(path)
    except ArtefactError as error:
        raise UsageError(f"{error}; it exists and is not overwritten: choose another path or move it away") from error
    if not overwrite:
        raise UsageError(
            f"{path}: a model exists there; pass overwrite=True (--overwrite) to replace it or choose another path"
        )


def _first_generation(path: Path, write: Callable[[Path], None], manifest: Manifest) -> Path:
    """Build the whole directory under a hidden name beside `path`, then rename it."""
    draft = hidden_beside(path, ".saving")
    _remove(draft)
    try:
        draft.mkdir()
        name = "000001"
        _fill(draft, name, write, manifest)
        sync_folder(draft)
        draft.rename(path)
    finally:
        _remove(draft)
    sync_folder(path.parent)
    return path / name


def _next_generation(path: Path, write: Callable[[Path], None], manifest: Manifest) -> Path:
    """Build a generation inside the directory, replace the manifest, sweep the older ones."""
    in_force = read_manifest(path).generation
    _sweep(path, keep=in_force)
    name = f"{int(in_force) % 999_999 + 1:06d}"
    try:
        _fill(path, name, write, manifest)
    except BaseException:
        # Whatever happened, the manifest says which generation counts; the other one goes.
        _sweep(path, keep=read_manifest(path).generation)
        raise
    _sweep(path, keep=name)
    return path / name


def _fill(model: Path, name: str, write: Callable[[Path], None], manifest: Manifest) -> None:
    """Write the generation `name`, wait for the disk, and only then let a manifest like `manifest` point at it."""
    folder = model / name
    folder.mkdir()
    write(folder)
    files = {file: file_entry(folder / file) for file, _ in sorted(_walk(folder))}
    for file in files:
        sync_file(folder / file)
    for inner in sorted((each for each in folder.rglob("*") if each.is_dir()), reverse=True):
        sync_folder(inner)
    sync_folder(folder)
    sync_folder(model)
    draft = model / f"{MANIFEST}.new"
    write_manifest(draft, replace(manifest, generation=name, files=files))
    sync_file(draft)
    draft.replace(model / MANIFEST)
    sync_folder(model)


def _sweep(model: Path, *, keep: str) -> None:
    """Remove every generation but `keep`, and what a killed save left."""
    (model / f"{MANIFEST}.new").unlink(missing_ok=True)
    for entry in sorted(model.iterdir()):
        if GENERATION_NAME.fullmatch(entry.name) and entry.name != keep:
            _remove(entry)


def _walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Path (with "/") and size of every file below `folder`; links and special files are an `ArtefactError`."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), f"{prefix}{entry.name}/")
            elif entry.is_file(follow_symlinks=False):
                yield f"{prefix}{entry.name}", entry.stat(follow_symlinks=False).st_size
            else:
                raise ArtefactError(f"{entry.path}: a link or special file; a model holds plain files only")


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the system says about a full disk or a forbidden folder into the toolkit's errors."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise ResourceError(
                f"{path}: could not be saved ({error.strerror}); make room or choose another disk and save again; "
                "a model that was there is still whole"
            ) from error
        if isinstance(error, PermissionError | NotADirectoryError | FileExistsError) or error.errno == errno.EROFS:
            raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another path") from error
        raise
