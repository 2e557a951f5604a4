"""One writer at a time on a model directory, across processes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nlp_toolkit.errors import ResourceError
from nlp_toolkit.output_place import hidden_beside


@contextmanager
def writing(target: Path, *, timeout: float) -> Iterator[None]:
    """Hold the lock of `target`; after `timeout` seconds of waiting raise `ResourceError` naming the holder.

    The lock is the hidden file `.NAME.lock` beside the target (beside what a link points at): a target that
    does not exist yet has no inside. It is gone when nobody writes; one left by a killed process holds nobody up.
    """
    from filelock import FileLock, Timeout

    real = target.resolve()
    path = hidden_beside(real, ".lock")
    lock = FileLock(path)
    try:
        lock.acquire(timeout=timeout)
    except Timeout as error:
        raise ResourceError(
            f"{target}: being written by {_holder(path)}; waited {timeout:g} s; try again when it is done"
        ) from error
    try:
        path.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        # Removed while held: a waiter that gets hold of the removed file sees that and starts over (filelock does).
        with suppress(FileNotFoundError):
            path.unlink()
        lock.release()


def _holder(path: Path) -> str:
    try:
        pid = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return "another process"
    return f"process {pid}" if pid.isdigit() else "another process"
