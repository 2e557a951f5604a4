"""Which exit code an exception has, and the one line that tells the user about it."""

import errno
import re
from dataclasses import dataclass

from nlp_toolkit.compat import lacks_memory
from nlp_toolkit.errors import ToolkitError
from nlp_toolkit.text.visible import visible
from nlp_toolkit_cli.wording import in_options

_spaces = re.compile(r"[ \t\r\n]+")  # not all that str.split takes for white space: U+0085 and U+2028 are shown

BUG, USAGE, RESOURCE = 1, 2, 5
INTERRUPTED, BROKEN_PIPE, TERMINATED = 130, 141, 143

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_EXHAUSTED = _DISK_FULL | {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EAGAIN}
_WRONG_PATH = frozenset(
    {
        errno.ENOENT,
        errno.EACCES,
        errno.EPERM,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.EEXIST,
        errno.EROFS,
        errno.ENAMETOOLONG,
        errno.ELOOP,
        errno.ENOTEMPTY,
    }
)


class Terminated(BaseException):
    """SIGTERM arrived; like KeyboardInterrupt no `except Exception` stops it, and `finally` blocks clean up."""


@dataclass(frozen=True)
class Fault:
    """An exit code and its line; an empty message stays silent."""

    code: int
    message: str


def fault_of(error: BaseException) -> Fault:
    """What the user is told about `error`: toolkit errors speak for themselves, an unknown one is a bug."""
    if isinstance(error, ToolkitError):
        return Fault(error.exit_code, in_options(one_line(str(error))))
    if isinstance(error, KeyboardInterrupt):
        return Fault(INTERRUPTED, "interrupted")
    if isinstance(error, Terminated):
        return Fault(TERMINATED, "terminated")
    if isinstance(error, SystemExit):
        return Fault(error.code if isinstance(error.code, int) else 0, "")
    if isinstance(error, BrokenPipeError):
        return Fault(BROKEN_PIPE, "")
    if isinstance(error, MemoryError) or lacks_memory(error):
        said = one_line(str(error)) or "no more memory"
        return Fault(RESOURCE, f"out of memory: {said}; try fewer features (max_features, min_df) or fewer rows")
    if isinstance(error, OSError):
        return _fault_of_os(error)
    return _fault_of_parser(error) or _bug(error)


def one_line(message: str) -> str:
    """`message` on one line: white space as single blanks, hidden characters as escapes.

    >>> one_line("row 3\\n  is \\x1b[2J odd")
    'row 3 is \\\\x1b[2J odd'
    """
    return visible(" ".join(_spaces.split(message.strip(" \t\r\n"))))


def _fault_of_os(error: OSError) -> Fault:
    where = f"{error.filename}: " if error.filename else ""
    reason = one_line(f"{where}{error.strerror or error}")
    if error.errno in _DISK_FULL:
        return Fault(RESOURCE, f"{reason}; free some space or choose another disk")
    if error.errno in _EXHAUSTED:
        return Fault(RESOURCE, reason)
    if error.errno in _WRONG_PATH:
        return Fault(USAGE, reason)
    return _bug(error)


def _fault_of_parser(error: BaseException) -> Fault | None:
    from typer import TyperException

    if not isinstance(error, TyperException):
        return None
    context = getattr(error, "ctx", None)
    hint = f"; see {context.command_path} --help" if context is not None else ""
    return Fault(USAGE, one_line(error.format_message()).rstrip(".") + hint)


def _bug(error: BaseException) -> Fault:
    said = one_line(f"{type(error).__name__}: {error}").rstrip(": ")
    return Fault(BUG, f"this is a bug in nlp-toolkit: {said}; run again with --debug and report the traceback")
