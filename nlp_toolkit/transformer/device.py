"""Where a model runs: the processor or a GPU, and what `auto` means here."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from nlp_toolkit.errors import UnavailableError, UsageError
from nlp_toolkit.extras import require

if TYPE_CHECKING:
    import torch

    TorchDevice: TypeAlias = torch.device  # a local name `torch` would hide the module from annotations

Device: TypeAlias = Literal["auto", "cpu", "cuda"]

_log = logging.getLogger("nlp_toolkit")


_preferred: ContextVar[str] = ContextVar("nlp_toolkit_device", default="auto")


def prefer_device(device: Device) -> None:
    """Let `auto` mean `device` from now on, in this thread and what it starts (the command line's `--device`)."""
    _preferred.set(device)


@contextmanager
def preferring(device: Device) -> Iterator[None]:
    """Let `auto` mean `device` inside the `with` block; "auto" leaves it as it is."""
    token = _preferred.set(_preferred.get() if device == "auto" else device)
    try:
        yield
    finally:
        _preferred.reset(token)


def resolve_device(device: str) -> "torch.device":
    """The torch device `device` names; `auto` is a GPU that is there and works, else the processor.

    An explicit "cuda" without a usable GPU raises `UnavailableError`; `auto` tells what it fell back from.
    """
    if device not in get_args(Device):
        raise UsageError(f"unknown device {device!r}; known: {', '.join(get_args(Device))}")
    if device == "auto":
        device = _preferred.get()
    torch = require("torch")
    found: TorchDevice = torch.device("cpu" if device == "cpu" or not _has_gpu(device) else "cuda")
    return found


def _has_gpu(device: str) -> bool:
    torch = require("torch")
    if not torch.cuda.is_available():
        if device == "cuda":
            raise UnavailableError("device cuda was asked for, but no GPU is usable here; use device auto or cpu")
        return False
    try:
        torch.zeros(1, device="cuda")
    except RuntimeError as error:  # a GPU that is listed but out of memory, or held by another process
        if device == "cuda":
            raise UnavailableError(f"the GPU cannot be used ({error}); use device auto or cpu") from error
        _log.warning("the GPU cannot be used (%s): running on the processor", error)
        return False
    return True
