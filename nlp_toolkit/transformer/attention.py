"""Attention in training on a processor: plain matrix products and a softmax, faster there than the fused ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nlp_toolkit.compat import attention_of
from nlp_toolkit.extras import require
from nlp_toolkit.transformer.dropout import drop

if TYPE_CHECKING:
    import torch

_NAME = "nlp_toolkit_plain"
_DOT_PRODUCT_MODELS = frozenset({"bert", "roberta", "xlm-roberta", "camembert", "electra", "distilbert"})
"""Model types whose attention is the scaled dot product and nothing else."""

_MOST_SCORES_KEPT = 2**25
"""Scores of a layer that are kept for its gradient; where there are more they are computed again, one layer at a time.

Each is kept as some ten bytes (shares twice, what dropout leaves) in every layer: a batch of 32 texts of 512 tokens
has 100 million of them in each layer of 12 heads.
"""


def plain_attention(
    module: Any,
    query: "torch.Tensor",
    key: "torch.Tensor",
    value: "torch.Tensor",
    attention_mask: "torch.Tensor | None",
    scaling: float | None = None,
    dropout: float = 0.0,
    **others: Any,
) -> "tuple[torch.Tensor, None]":
    """Scaled dot-product attention (Vaswani et al. 2017, equation 1) in the form transformers calls it.

    `query`, `key` and `value` are (batch, heads, tokens, dim), `attention_mask` (batch, 1, tokens, tokens) is True
    where a token may look; returns (batch, tokens, heads, dim), and None for the weights, which nobody asks for.
    """
    import torch
    from torch.utils.checkpoint import checkpoint

    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    given = (query * scale, key, value, attention_mask, dropout)
    n_scores = query.shape[:3].numel() * key.shape[2]
    if torch.is_grad_enabled() and n_scores > _MOST_SCORES_KEPT:
        rows: torch.Tensor = checkpoint(_attended, *given, use_reentrant=False)
    else:
        rows = _attended(*given)
    return rows.transpose(1, 2).contiguous(), None


def _attended(
    query: "torch.Tensor",
    key: "torch.Tensor",
    value: "torch.Tensor",
    attention_mask: "torch.Tensor | None",
    dropout: float,
) -> "torch.Tensor":
    """What scaled queries make of keys and values, (batch, heads, tokens, dim)."""
    import torch

    scores = torch.matmul(query, key.transpose(2, 3))
    if attention_mask is not None:
        hidden = torch.zeros_like(attention_mask, dtype=scores.dtype)
        scores = scores + hidden.masked_fill_(~attention_mask, torch.finfo(scores.dtype).min)
    shares = torch.softmax(scores, dim=-1).to(value.dtype)
    return torch.matmul(drop(shares, dropout), value)


@contextmanager
def attention_for_training(network: Any, device: "torch.device") -> Iterator[None]:
    """Let the transformers model in `network` use `plain_attention` for a while, where it is on a processor.

    There torch's fused attention is slower in bfloat16 when gradients are wanted (torch 2.13, AVX-512-BF16), and with
    dropout it is not fused at all. On a GPU the fused one stays.
    """
    models = [
        module
        for module in network.modules()
        if device.type == "cpu" and getattr(getattr(module, "config", None), "model_type", "") in _DOT_PRODUCT_MODELS
    ][:1]
    before = [attention_of(model.config) for model in models]
    transformers = require("transformers")
    transformers.AttentionInterface.register(_NAME, plain_attention)
    transformers.AttentionMaskInterface.register(_NAME, transformers.masking_utils.sdpa_mask)
    try:
        for model in models:
            model.set_attn_implementation(_NAME)
        yield
    finally:
        for model, implementation in zip(models, before, strict=True):
            model.set_attn_implementation(implementation)
