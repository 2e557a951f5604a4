"""Transformer encoder: every word may look at every other; order is learned from positions. Imports torch."""

import torch
from torch.nn import functional

from nlp_toolkit.neural.sizes import Sizes
from nlp_toolkit.transformer.pooling import pooling_by_name


class Transformer(torch.nn.Module):
    """Learned positions, [CLS] in front, blocks of self-attention, then [CLS] or the mean of all states.

    Vaswani et al. 2017 with the normalization before each part (Xiong et al. 2020, arXiv 2002.04745), which needs no
    long warm-up. Small data, not the blocks, is what keeps it from what BERT can do.
    """

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        self.columns = sizes.embedding_dim
        self.pooling = pooling_by_name(sizes.pooling)
        self.first = torch.nn.Parameter(torch.randn(sizes.embedding_dim) * 0.1)
        self.positions = torch.nn.Parameter(torch.randn(sizes.max_length + 1, sizes.embedding_dim) * 0.1)
        self.blocks = torch.nn.ModuleList(Block(sizes, dropout) for _ in range(sizes.layers))
        self.norm = torch.nn.LayerNorm(sizes.embedding_dim)

    def forward(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Word vectors (batch, words, dim) and their mask (batch, words) to rows (batch, columns)."""
        n_texts = len(vectors)
        states = torch.cat([self.first.expand(n_texts, 1, -1), vectors], dim=1)
        mask = torch.cat([mask.new_ones(n_texts, 1), mask], dim=1)
        states = states + self.positions[: states.shape[1]]
        for block in self.blocks:
            states = block(states, mask)
        return self.pooling([self.norm(states)], mask)


class Block(torch.nn.Module):
    """Self-attention, then two linear layers, each added to what went in."""

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        width = sizes.embedding_dim
        self.heads = sizes.heads
        self.before_attention, self.before_words = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.projections = torch.nn.Linear(width, 3 * width)
        self.joined = torch.nn.Linear(width, width)
        self.wider, self.narrower = torch.nn.Linear(width, sizes.hidden), torch.nn.Linear(sizes.hidden, width)
        self.dropout = torch.nn.Dropout(dropout)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """States (batch, words, dim) to states; padding, where `mask` (batch, words) is False, is not looked at."""
        states = states + self.dropout(self.attended(self.before_attention(states), mask))
        wider = functional.gelu(self.wider(self.before_words(states)))
        added: torch.Tensor = self.dropout(self.narrower(self.dropout(wider)))
        return states + added

    def attended(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Each word's sum of what it looks at, over all heads."""
        n_texts, n_words, width = states.shape
        parts = self.projections(states).view(n_texts, n_words, 3, self.heads, width // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask[:, None, None, :])
        joined: torch.Tensor = self.joined(found.transpose(1, 2).reshape(n_texts, n_words, width))
        return joined
