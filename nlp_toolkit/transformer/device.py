"""Where a model runs: the processor or a GPU, and what `auto` means here."""

import logging
from typing import TYPE_CHECKING, Literal, TypeAlias

from nlp_toolkit.errors import UnavailableError, UsageError
from nlp_toolkit.extras import require

if TYPE_CHECKING:
    import torch

Device: TypeAlias = Literal["auto", "cpu", "cuda"]

_log = logging.getLogger("nlp_toolkit")


def resolve_device(device: str) -> "torch.device":
    """The torch device `device` names; `auto` is a GPU that is there and works, else the processor.

    An explicit "cuda" without a usable GPU raises `UnavailableError`; `auto` tells what it fell back from.
    """
    torch = require("torch")
    if device == "cpu":
        found: torch.device = torch.device("cpu")
        return found
    if device not in ("auto", "cuda"):
        raise UsageError(f"unknown device {device!r}; known: auto, cpu, cuda")
    if not torch.cuda.is_available():
        if device == "cuda":
            raise UnavailableError("device cuda was asked for, but no GPU is usable here; use device auto or cpu")
        return torch.device("cpu")
    try:
        torch.zeros(1, device="cuda")
    except RuntimeError as error:  # a GPU that is listed but out of memory, or held by another process
        if device == "cuda":
            raise UnavailableError(f"the GPU cannot be used ({error}); use device auto or cpu") from error
        _log.warning("the GPU cannot be used (%s): running on the processor", error)
        return torch.device("cpu")
    return torch.device("cuda")
