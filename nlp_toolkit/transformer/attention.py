"""Which implementation of attention a network is trained with: the fused one, but where the plain one is faster."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_PLAIN = "eager"


@contextmanager
def attention_for_training(network: Any, device: "torch.device", *, bfloat16: bool) -> Iterator[None]:
    """Let the transformers models in `network` use the faster implementation for a while; the results are the same.

    On a processor torch's fused attention takes up to eight times as long in bfloat16 as matrix products and a
    softmax, where gradients are wanted (torch 2.13, AVX-512-BF16); on a GPU and in float32 it is the faster one.
    """
    models = [module for module in network.modules() if hasattr(module, "set_attn_implementation")][:1]
    before = [model.config._attn_implementation for model in models]
    try:
        if device.type == "cpu" and bfloat16:
            for model in models:
                model.set_attn_implementation(_PLAIN)
        yield
    finally:
        for model, implementation in zip(models, before, strict=True):
            model.set_attn_implementation(implementation)
