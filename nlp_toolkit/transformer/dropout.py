"""Dropout in training on a processor: masks of 16 random bits a number, drawn several at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_LEVELS = 2**16
_NUMBERS_A_DRAW = 4


def drop(values: "torch.Tensor", rate: float) -> "torch.Tensor":
    """`values`, any shape, with a share `rate` of them 0 and the others divided by what is kept.

    Srivastava et al. 2014, section 4, inverted. The share is `rate` to the nearest of 65,536 levels, exactly the one
    that is divided by. torch draws a random number a value, one after another, which is a good part of a
    fine-tuning step on a processor; here one draw of 64 bits serves four values. Its generator is torch's own.
    """
    import torch

    dropped = round(rate * _LEVELS)
    if dropped == 0:
        return values
    if dropped == _LEVELS:
        return values * 0.0
    draws = torch.empty(-(-values.numel() // _NUMBERS_A_DRAW), dtype=torch.int64).random_(-(2**63), None)
    levels = draws.view(torch.int16)[: values.numel()].view(values.shape)
    kept = (levels >= dropped - _LEVELS // 2).to(values.dtype)
    return values * kept.mul_(_LEVELS / (_LEVELS - dropped))


@contextmanager
def fast_dropout(network: Any, device: "torch.device") -> Iterator[None]:
    """Let the dropout layers of `network` use `drop` for a while, where it is on a processor."""
    import torch

    layers = [layer for layer in network.modules() if type(layer) is torch.nn.Dropout and device.type == "cpu"]
    for layer in layers:
        vars(layer)["forward"] = partial(_drop_while_training, layer)  # before the class's own
    try:
        yield
    finally:
        for layer in layers:
            del vars(layer)["forward"]


def _drop_while_training(layer: "torch.nn.Dropout", values: "torch.Tensor") -> "torch.Tensor":
    return drop(values, layer.p) if layer.training else values
