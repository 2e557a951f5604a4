"""From the hidden states of a text's tokens to one vector: the poolings by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from nlp_toolkit.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

PoolingName: TypeAlias = Literal["cls", "mean", "max", "cls+mean", "mean-last-4"]


def cls_pool(states: "Tensor", mask: "Tensor") -> "Tensor":
    """The first token's state, [CLS]: (batch, tokens, dim) and (batch, tokens) to (batch, dim) float32.

    The encoder's state itself, not `pooler_output`: a pooler that MLM training left random hurts a
    classifier (transformers #8887). Devlin et al. 2019, section 3.
    """
    return states[:, 0].float()


def mean_pool(states: "Tensor", mask: "Tensor") -> "Tensor":
    """Average token states, ignoring padding.

    `states` is (batch, tokens, dim), `mask` (batch, tokens) of 0/1; returns (batch, dim) float32.
    A text with no token gives a zero row. Reimers & Gurevych 2019, section 3.
    """
    weights = mask.unsqueeze(-1).float()
    summed = (states.float() * weights).sum(dim=1)
    return summed / weights.sum(dim=1).clamp(min=1.0)


def max_pool(states: "Tensor", mask: "Tensor") -> "Tensor":
    """Largest value of each dimension over the tokens that are no padding; shapes as in `mean_pool`."""
    largest = states.float().masked_fill(mask.unsqueeze(-1) == 0, float("-inf")).amax(dim=1)
    return largest.masked_fill(mask.sum(dim=1, keepdim=True) == 0, 0.0)


def cls_mean_pool(states: "Tensor", mask: "Tensor") -> "Tensor":
    """[CLS] and mean side by side, (batch, 2 * dim)."""
    import torch

    return torch.cat([cls_pool(states, mask), mean_pool(states, mask)], dim=1)


@dataclass(frozen=True)
class Pooling:
    """A pooling: how many of the last layers it averages first, its function, and its width in hidden sizes."""

    pool: "Callable[[Tensor, Tensor], Tensor]"
    layers: int = 1
    width: int = 1

    def __call__(self, hidden_states: "Sequence[Tensor]", mask: "Tensor") -> "Tensor":
        """Pool the states of all layers, each (batch, tokens, dim), to (batch, width * dim) float32."""
        last = hidden_states[-1]
        if self.layers > 1:
            chosen = hidden_states[-self.layers :]  # a smaller encoder gives what it has
            last = sum((layer.float() for layer in chosen[1:]), chosen[0].float()) / len(chosen)
        return self.pool(last, mask)


POOLINGS: dict[str, Pooling] = {
    "cls": Pooling(cls_pool),
    "mean": Pooling(mean_pool),
    "max": Pooling(max_pool),
    "cls+mean": Pooling(cls_mean_pool, width=2),
    "mean-last-4": Pooling(mean_pool, layers=4),
}


def pooling_by_name(name: str) -> Pooling:
    """The pooling called `name`; an unknown name raises `UsageError` with the known ones."""
    if name not in POOLINGS:
        raise UsageError(f"unknown pooling {name!r}; known: {', '.join(POOLINGS)}")
    return POOLINGS[name]
