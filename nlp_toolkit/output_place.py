"""Where a result will be written: whether it can be, found out before the work is done, and names of what is beside it.

Everything that writes asks here: models, indexes, reports, rows, recipes.
"""

import errno
import hashlib
import os
import tempfile
from pathlib import Path

from nlp_toolkit.errors import ResourceError, UsageError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOMEM})
_LONGEST_NAME = 255  # bytes, where the system does not say
_BLOCK = 4_096


def check_writable(path: Path, *, makes_folders: bool = False) -> None:
    """Raise `UsageError` where nothing can be written at `path`, and `ResourceError` where its disk has no room.

    A block is really written beside it, and inside it where it is a folder: what the system says of a folder's rights
    leaves out who asks, disks that are read-only, and disks that are full. `makes_folders` says that the folders above
    `path` may be missing.
    """
    try:
        target = path.resolve()
        folder = target.parent
        while makes_folders and not folder.exists() and folder != folder.parent:
            folder = folder.parent
        if not folder.exists():
            raise UsageError(f"{folder}: no such directory; make it first")
        if not folder.is_dir():
            raise UsageError(f"{path}: cannot be written, as {folder} is a file; choose another path")
        _check_names(path, target, folder)
        is_folder = target.is_dir()
    except OSError as error:  # of a part of the path that is a file, has no rights, or whose name is too long
        raise _refused(path, error) from error
    except ValueError as error:  # a NUL or a lone surrogate
        raise UsageError(f"{path!s}: {error}; no file can have such a name, choose another path") from error
    for place in (folder, target) if is_folder else (folder,):
        try:
            with tempfile.TemporaryFile(dir=place, prefix=".nlp-toolkit-") as file:
                file.write(b"\0" * _BLOCK)
                file.flush()
        except OSError as error:
            raise _refused(path, error) from error


def hidden_beside(path: Path, ending: str) -> Path:
    """`.NAME` with `ending` beside `path`; a name that leaves no room for it is replaced by its digest.

    >>> hidden_beside(Path("out/model"), ".lock").name
    '.model.lock'
    """
    return _fitting(path, ".", ending)


def beside(path: Path, ending: str) -> Path:
    """The same for what people may look at: `NAME` with `ending`."""
    return _fitting(path, "", ending)


def _fitting(path: Path, start: str, ending: str) -> Path:
    if not path.name:  # "." or "", which has one, or the root, which has none
        path = path.resolve()
        if not path.name:
            raise UsageError(f"{path}: nothing can be written beside it; choose another path")
    name = f"{start}{path.name}{ending}"
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = f"{start}{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:32]}{ending}"
    return path.with_name(name)


def _check_names(path: Path, target: Path, folder: Path) -> None:
    """Every name that is still to be made must fit."""
    try:
        most = os.pathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError, AttributeError):
        most = _LONGEST_NAME
    for name in target.relative_to(folder).parts:
        size = len(os.fsencode(name))
        if size > most:
            raise UsageError(f"{path}: its name {name[:40]}... has {size} bytes, expected at most {most}; shorten it")


def _refused(path: Path, error: OSError) -> Exception:
    if error.errno in FULL:
        return ResourceError(
            f"{path}: nothing more can be written there ({error.strerror}); free some space or choose another disk"
        )
    return UsageError(f"{path}: cannot be written ({error.strerror}); choose another path")
