"""How the user wants to be spoken to: read before parsing, so that errors in the arguments are told that way too."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile


@dataclass(frozen=True)
class Manner:
    """JSON lines instead of prose; no notes; tracebacks."""

    json: bool = False
    quiet: bool = False
    debug: bool = False


def manner_of(arguments: Sequence[str]) -> Manner:
    """The manner these arguments ask for.

    >>> manner_of(["train", "--json", "--", "--debug"])
    Manner(json=True, quiet=False, debug=False)
    """
    options = set(takewhile(lambda argument: argument != "--", arguments))
    return Manner(json="--json" in options, quiet="--quiet" in options, debug="--debug" in options)
