"""The named sizes of BERT (Turc et al. 2019, arXiv 1908.08962, table 1), for models made from nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlp_toolkit.errors import UsageError

if TYPE_CHECKING:
    from transformers import BertConfig


@dataclass(frozen=True)
class Size:
    """Number of layers, width of the hidden states, attention heads (each 64 wide)."""

    layers: int
    hidden: int
    heads: int


SIZES: dict[str, Size] = {
    "tiny": Size(2, 128, 2),
    "mini": Size(4, 256, 4),
    "small": Size(4, 512, 8),
    "medium": Size(8, 512, 8),
    "base": Size(12, 768, 12),
}
SCRATCH = "scratch-"


def scratch_size(model: str) -> Size | None:
    """The size a name like "scratch-tiny" asks for; None where `model` is the name of a checkpoint."""
    if not model.startswith(SCRATCH):
        return None
    name = model.removeprefix(SCRATCH)
    if name not in SIZES:
        raise UsageError(f"unknown size {name!r} in {model!r}; known: {', '.join(SCRATCH + size for size in SIZES)}")
    return SIZES[name]


def bert_config(size: Size, vocabulary_size: int, *, max_length: int = 512, dropout: float = 0.1) -> "BertConfig":
    """A BERT of this size: intermediate layers four times as wide, [PAD] at 0, two segments."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=vocabulary_size,
        hidden_size=size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        intermediate_size=4 * size.hidden,
        max_position_embeddings=max_length,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        type_vocab_size=2,
        pad_token_id=0,
    )
