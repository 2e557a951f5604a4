"""Linear layers for reading only: weights laid once as the processor multiplies bfloat16, GELU in the same pass.

Imports torch: import this module where it is needed.
"""

import torch
from torch.nn import functional

from nlp_toolkit.compat import has_packed_linear, pack_weights, packed_linear
from nlp_toolkit.transformer.precision import is_bfloat16_fast


class PackedLinear(torch.nn.Module):
    """`linear` without gradients, by oneDNN on weights in its own order; with `gelu` the activation follows at once."""

    def __init__(self, linear: torch.nn.Linear, *, gelu: bool = False) -> None:
        super().__init__()
        self._weights = pack_weights(linear.weight.detach())
        self._bias = None if linear.bias is None else linear.bias.detach()
        self._activation, self._formula = ("gelu", "none") if gelu else ("none", "")  # "none": by the error function

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(..., in_features) to (..., out_features)."""
        return packed_linear(states, self._weights, self._bias, self._activation, self._formula)


def pack_linears(network: torch.nn.Module) -> None:
    """Put a `PackedLinear` in place of every linear layer of `network`, whose weights are bfloat16 on a processor.

    Else the library lays the weights anew for every batch. It is not to be trained or saved any more. Where this
    torch has no such operators, or this processor no matrix instructions for bfloat16, nothing is done.
    """
    if not has_packed_linear() or not is_bfloat16_fast(torch.device("cpu")):
        return
    for module in list(network.modules()):
        gelu = _gelu_after_dense(module)
        for name, layer in list(module.named_children()):
            if type(layer) is torch.nn.Linear:
                setattr(module, name, PackedLinear(layer, gelu=gelu and name == "dense"))
        if gelu:
            module.intermediate_act_fn = torch.nn.Identity()


def _gelu_after_dense(module: torch.nn.Module) -> bool:
    """Whether `module` is the widening half of a BERT layer, which puts its states through `dense` and GELU."""
    activation = getattr(module, "intermediate_act_fn", None)
    return (
        getattr(activation, "act", None) is functional.gelu and type(getattr(module, "dense", None)) is torch.nn.Linear
    )
