"""Output that is whole or not there: written beside its place under another name, then moved into it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeVar

from nlp_toolkit.corpus.sources import full_disk, is_standard_stream
from nlp_toolkit.errors import ResourceError, UsageError
from nlp_toolkit.output_place import check_writable, hidden_beside

Destination: TypeAlias = "str | os.PathLike[str] | BinaryIO"
Name = TypeVar("Name", bound=str)


def output_format(destination: Destination, given: str | None, known: Mapping[str, Name]) -> Name:
    """The format of an output: as given, or told by a path's ending; jsonl for stdout and streams.

    >>> output_format("vectors.npz", None, {"npz": "npz", "jsonl": "jsonl"})
    'npz'
    """
    to_path = isinstance(destination, str | os.PathLike) and not is_standard_stream(destination)
    name = given or (Path(str(destination)).suffix.lower().lstrip(".") if to_path else "jsonl")
    if name not in known:
        what = f"unknown format {name!r}" if given else f"{destination}: cannot tell the format from the name"
        raise UsageError(f"{what}; known: {', '.join(known)}")
    return known[name]


def check_place(destination: Destination, *, overwrite: bool = False) -> None:
    """Raise `UsageError` where `whole_file` would: for whoever works long before there is something to write."""
    if not isinstance(destination, str | os.PathLike) or is_standard_stream(destination):
        return
    path = Path(destination)
    check_writable(path)
    if path.is_dir():
        raise UsageError(f"{path} is a directory, expected a file to write; name one in it")
    if path.exists() and not path.is_file():  # put in its place, a file would take a device or pipe from others
        raise UsageError(f"{path} is a pipe or device, expected a file to write; write to stdout (-) and redirect it")
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists; name another file, or overwrite it (overwrite=True)")


@contextmanager
def whole_file(destination: Destination, *, overwrite: bool = False, seekable: bool = False) -> Iterator[BinaryIO]:
    """A binary stream to write the output to; `-` is stdout.

    A path gets its content at the end, all of it, or stays what it was. One that exists raises `UsageError`
    unless `overwrite`, one that another process is writing and a full disk `ResourceError`. What goes to a
    stream is passed on at once, or at the end where the writer needs it `seekable`.
    """
    if isinstance(destination, str | os.PathLike) and not is_standard_stream(destination):
        with whole_draft(destination, overwrite=overwrite) as draft, draft.open("wb") as written:
            yield written
        return
    stream = sys.stdout.buffer if isinstance(destination, str | os.PathLike) else destination
    name = str(getattr(stream, "name", "the stream"))
    with full_disk(f"writing to {name}"):
        if not seekable:
            yield stream
        else:
            with tempfile.TemporaryFile() as spool:
                yield spool
                spool.seek(0)
                shutil.copyfileobj(spool, stream, 1 << 20)
        stream.flush()


@contextmanager
def whole_draft(destination: "str | os.PathLike[str]", *, overwrite: bool = False) -> Iterator[Path]:
    """A path to write the output to with whatever writes files by name; the errors are those of `whole_file`.

    A symbolic link is followed: what it points at is replaced, the link stays.
    """
    from filelock import FileLock, Timeout

    check_place(destination, overwrite=overwrite)
    path = _followed(Path(destination))
    # One fixed name, so that what a killed process left is written over by the next.
    part = hidden_beside(path, ".part")
    lock = FileLock(hidden_beside(path, ".lock"), timeout=0)
    try:
        with full_disk(f"writing {path}"), lock:
            try:
                yield part
                with part.open("rb+") as written:
                    os.fsync(written.fileno())
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
                # While it is held, so that nobody else's lock is taken away; Windows keeps open files.
                with suppress(PermissionError):
                    Path(lock.lock_file).unlink(missing_ok=True)
    except Timeout as error:
        raise ResourceError(
            f"{path} is being written by another process (it holds {lock.lock_file}); wait for it, or name another file"
        ) from error


def _followed(path: Path) -> Path:
    """The path itself, or what it points at where it is a symbolic link; that need not exist yet."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path
