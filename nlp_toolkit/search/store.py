"""The index directory: immutable files and one manifest that lists those in force, replaced as a whole.

    index/
      manifest.json                  kind "index" or "hybrid-index", what is in force, size and SHA-256 of every file
      stage-000001/                  the stage, a model directory of its own
      segments/000001-0/             rows.safetensors, documents.sqlite, dead-000003.safetensors (deleted rows)

A change writes new files, waits for the disk, replaces the manifest and only then removes what is no longer listed.
A process killed at any moment leaves the old state or the new one; readers keep the files they have open.
"""

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

from nlp_toolkit.artefact.files import sync_file, sync_folder
from nlp_toolkit.artefact.lock import writing
from nlp_toolkit.artefact.manifest import (
    MANIFEST,
    FileEntry,
    Manifest,
    current_versions,
    file_entry,
    read_manifest,
    write_manifest,
)
from nlp_toolkit.errors import ArtefactError, ResourceError, UsageError
from nlp_toolkit.output_place import FULL, check_writable, hidden_beside

T = TypeVar("T")

KINDS = frozenset({"index", "hybrid-index"})
LOCK_TIMEOUT = 30.0
_READ_ATTEMPTS = 5
_OWN = re.compile(r"\.?stage-\d{6}(\.saving|\.lock)?|segments|half-\d")


@dataclass(frozen=True)
class Home:
    """The directory an index lies in and the manifest that was in force when it was read or written."""

    path: Path
    manifest: Manifest


@dataclass(frozen=True)
class InForce:
    """What a save has put in place: the manifest's fields and the files they speak of."""

    fields: Mapping[str, object]
    files: frozenset[str]


Write: TypeAlias = Callable[[Path, int, bool], InForce]
"""Called with the directory, the generation to be, and whether the files of the home may be listed again."""


def publish(
    path: str | os.PathLike[str],
    kind: str,
    write: Write,
    *,
    home: Home | None,
    overwrite: bool = False,
    locked: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Home:
    """Let `write` add files to the directory `path`, then put them in force; returns the new home.

    `home` is where the index lies already: its files there need not be written again, and a directory
    that has changed since is not overwritten (`ResourceError`). Another index there needs `overwrite`; anything else
    that exists is refused (`UsageError`). A second writer waits `lock_timeout` seconds; `locked` says that the caller
    holds the lock.
    """
    target = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow a link the user means to keep
    with _explained(target):
        check_writable(target, makes_folders=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        with nullcontext() if locked else writing(target, timeout=lock_timeout):
            before = _state_before(target, home, overwrite)
            if before is not None:
                reuse = home == Home(target, before)
                return Home(target, _change(target, kind, write, before, reuse=reuse))
            real = target.resolve()  # of a link to an empty folder, that folder: the link stays
            draft = hidden_beside(real, ".saving")
            _remove(draft)
            try:
                draft.mkdir()
                manifest = _change(draft, kind, write, None, reuse=False)
                draft.rename(real)  # onto an empty folder, too
            finally:
                _remove(draft)
            sync_folder(real.parent)
            return Home(target, manifest)


def read_home(path: str | os.PathLike[str]) -> Home:
    """The home in force at `path`, every file compared with its size and checksum; nothing is parsed yet."""
    root = Path(path)
    if not root.exists():
        raise UsageError(f"{root}: no such index directory")
    manifest = read_manifest(root)
    if manifest.kind not in KINDS:
        raise ArtefactError(f"{root}: holds a {manifest.kind}, expected an index; make one with SimilarityIndex")
    for name, entry in sorted(manifest.files.items()):
        file = root / name
        if any(part.is_symlink() for part in [file, *file.parents][: len(Path(name).parts)]) or not file.is_file():
            raise ArtefactError(f"{file}: missing or a link; the index is incomplete")
        if file.stat().st_size != entry.size:
            raise ArtefactError(f"{file}: {file.stat().st_size} bytes, expected {entry.size}; the file is damaged")
    for name, entry in sorted(manifest.files.items()):
        if file_entry(root / name) != entry:
            raise ArtefactError(f"{root / name}: its SHA-256 differs from {MANIFEST}'s; the file is damaged")
    return Home(Path(os.path.abspath(root)), manifest)  # noqa: PTH100 - as in publish


def reading(path: str | os.PathLike[str], read: Callable[[Home], T]) -> T:
    """`read(home)` of the index at `path`, again where a writer swept its files meanwhile.

    A small change is written faster than a large index is read: after `_READ_ATTEMPTS` the writers are made to wait.
    """
    root = Path(path)
    for _ in range(_READ_ATTEMPTS):
        before = read_manifest(root) if root.exists() else None
        try:
            return read(read_home(root))
        except (ArtefactError, UsageError, FileNotFoundError):  # a stage whose folder is gone is a UsageError
            if before is None or read_manifest(root) == before:
                raise
    may_lock = os.access(root.resolve().parent, os.W_OK)
    with writing(root, timeout=LOCK_TIMEOUT) if may_lock else nullcontext():
        return read(read_home(root))


def check_new(path: str | os.PathLike[str], *, overwrite: bool) -> None:
    """Raise `UsageError` before the work is done where a new index could not be saved at `path`."""
    target = Path(os.path.abspath(path))  # noqa: PTH100 - as in publish
    check_writable(target, makes_folders=True)
    _state_before(target, None, overwrite)


def _state_before(target: Path, home: Home | None, overwrite: bool) -> Manifest | None:
    """The manifest in force at `target`, None where there is nothing; refuses what may not be replaced."""
    if not os.path.lexists(target) or (target.is_dir() and not any(target.iterdir())):
        return None
    if not target.is_dir():
        raise UsageError(f"{target}: exists and is a file, not an index directory; choose another path")
    try:
        manifest = read_manifest(target)
    except ArtefactError as error:
        raise UsageError(f"{target}: exists and is not overwritten ({error}); choose another path") from error
    if manifest.kind not in KINDS:
        raise UsageError(f"{target}: holds a {manifest.kind}, which an index does not replace; choose another path")
    if overwrite or home == Home(target, manifest):
        return manifest
    if home is not None and home.path == target:
        raise ResourceError(
            f"{target}: changed since it was loaded (generation {home.manifest.generation}, now "
            f"{manifest.generation}); load it again and repeat the change"
        )
    raise UsageError(
        f"{target}: an index exists there; pass overwrite=True (--overwrite) to replace it or choose another path"
    )


def _change(root: Path, kind: str, write: Write, before: Manifest | None, *, reuse: bool) -> Manifest:
    """Go from one whole state to the next inside `root`."""
    known: Mapping[str, FileEntry] = {} if before is None else before.files
    generation = 1 if before is None else int(before.generation) % 999_999 + 1
    _sweep(root, keep=known)
    try:
        state = write(root, generation, reuse)
        fresh = sorted(state.files - known.keys())
        files = {name: known[name] for name in state.files & known.keys()}
        for name in fresh:
            files[name] = file_entry(root / name)
            sync_file(root / name)
        for folder in sorted({parent for name in fresh for parent in (root / name).parents if parent >= root}):
            sync_folder(folder)
        manifest = Manifest(kind, f"{generation:06d}", current_versions(), files, state.fields)
        draft = root / f"{MANIFEST}.new"
        write_manifest(draft, manifest)
        sync_file(draft)
        draft.replace(root / MANIFEST)
        sync_folder(root)
    except BaseException:
        # Whatever happened, the manifest says which files count; the others go.
        _sweep(root, keep=read_manifest(root).files if (root / MANIFEST).exists() else {})
        raise
    _sweep(root, keep=files)
    return read_manifest(root)


def _sweep(root: Path, keep: Mapping[str, FileEntry]) -> None:
    """Remove the files of earlier states and of killed saves; what is not of an index's making stays."""
    (root / f"{MANIFEST}.new").unlink(missing_ok=True)
    wanted = {root / name for name in keep}
    folders = {parent for file in wanted for parent in file.parents}
    for own in [entry for entry in root.iterdir() if _OWN.fullmatch(entry.name)]:
        if not own.is_dir() or own.is_symlink():
            own.unlink()
        for folder, _, names in os.walk(own, topdown=False, followlinks=False):
            for name in names:
                if Path(folder, name) not in wanted:
                    Path(folder, name).unlink()
            if Path(folder) not in folders:
                _remove(Path(folder))


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
                f"{path}: could not be saved ({error.strerror}); free some space and save again; "
                "what was there before is untouched"
            ) from error
        if isinstance(error, PermissionError | NotADirectoryError | FileExistsError) or error.errno == errno.EROFS:
            raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another path") from error
        raise
