"""Multilayer perceptron over positions: a word means something else at each place. Imports torch."""

import torch
from torch.nn import functional

from nlp_toolkit.neural.sizes import Sizes


class Mlp(torch.nn.Module):
    """One hidden layer over the concatenated word vectors of all positions. Bengio et al. 2003, section 2.

    What is learned of a word at one place says nothing of it at another.
    """

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        self.columns = sizes.hidden
        self.positions = torch.nn.Linear(sizes.max_length * sizes.embedding_dim, sizes.hidden)

    def forward(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Word vectors (batch, words, dim) and their mask (batch, words) to rows (batch, columns)."""
        joined = (vectors * mask.unsqueeze(-1)).flatten(1)
        # Positions beyond the longest text are zeros, so their weights need not be multiplied.
        weights = self.positions.weight[:, : joined.shape[1]]
        return functional.linear(joined, weights, self.positions.bias).relu()
