"""Every error the toolkit raises on purpose, each with the exit code the command line gives it."""

from typing import ClassVar


class ToolkitError(Exception):
    """Base of the toolkit's errors; `exit_code` is what the command line exits with.

    The message is one line: what arrived, what was expected, what to do.
    """

    exit_code: ClassVar[int] = 1


class UsageError(ToolkitError, ValueError):
    """A wrong option, argument or missing input file (exit code 2)."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe that cannot be read or built (exit code 2)."""


class DataError(ToolkitError, ValueError):
    """Texts, labels or files with content that cannot be used (exit code 3)."""

    exit_code = 3


class ArtefactError(ToolkitError, ValueError):
    """A model or index directory that is damaged, hostile or too new (exit code 4)."""

    exit_code = 4


class ResourceError(ToolkitError, RuntimeError):
    """Disk, memory or a lock that could not be had (exit code 5)."""

    exit_code = 5


class UnavailableError(ToolkitError, RuntimeError):
    """A device or network that is not there (exit code 6)."""

    exit_code = 6


class MissingExtraError(UnavailableError, ImportError):
    """An optional dependency that is not installed (exit code 6)."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f'{package} is not installed; run: pip install "nlp-toolkit[{extra}]"')
