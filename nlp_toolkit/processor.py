"""What the processor can do: its instruction set as one level, which the environment's `NLP_TOOLKIT_CPU` lowers."""

import logging
import os
import platform
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from nlp_toolkit.errors import UsageError

Level: TypeAlias = Literal["baseline", "avx2", "avx512", "avx512_bf16"]

VARIABLE = "NLP_TOOLKIT_CPU"
LEVELS: tuple[Level, ...] = get_args(Level)
"""From the least to the most; each has everything of those before it."""

_BFLOAT16 = ({"avx512_bf16"}, {"amx_bf16"})
_log = logging.getLogger("nlp_toolkit")


def processor_level() -> Level:
    """The level to compute at: the machine's own, or a lower one that `NLP_TOOLKIT_CPU` names.

    Raises
    ------
    UsageError
        If the variable holds an unknown word. A level above the machine's own changes nothing and is logged once.
    """
    own, wanted = level_of(_described().get("flags", "").split()), os.environ.get(VARIABLE, "").strip()
    if not wanted:
        return own
    if wanted not in LEVELS:
        raise UsageError(f"{VARIABLE}={wanted!r} is not a level; set it to one of {', '.join(LEVELS)}, or unset it")
    asked = LEVELS[LEVELS.index(wanted)]
    _warn_if_above(asked, own)
    return min(asked, own, key=LEVELS.index)


def level_of(flags: list[str]) -> Level:
    """The level of a processor with these feature flags, spelled as Linux spells them.

    >>> level_of(["sse2", "avx", "avx2", "fma"])
    'avx2'
    """
    known = set(flags)
    if not known >= {"avx2", "fma"}:
        return "baseline"
    if not known >= {"avx512f", "avx512bw", "avx512dq", "avx512vl"}:
        return "avx2"
    return "avx512_bf16" if any(known >= some for some in _BFLOAT16) else "avx512"


def describe_processor() -> str:
    """The processor's name, the level computed at and how many cores this process may use, for beside a figure."""
    name = _described().get("model name") or platform.processor() or platform.machine()
    return f"{name}, {processor_level()}, {_usable_cores()} cores"


def _usable_cores() -> int:
    from joblib import cpu_count

    found: int = cpu_count()
    return found


@cache
def _warn_if_above(asked: Level, own: Level) -> None:
    if LEVELS.index(asked) > LEVELS.index(own):
        _log.warning("%s=%s is above what this processor has, %s; it can only lower it", VARIABLE, asked, own)


@cache
def _described() -> dict[str, str]:
    """What the system says of its first processor (Linux); empty elsewhere."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
    except OSError:
        return {}
    lines = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}
