"""Bag of embeddings: a text is the mean of its words' vectors, whatever their order. Imports torch."""

import torch

from nlp_toolkit.neural.sizes import Sizes
from nlp_toolkit.transformer.pooling import mean_pool


class Bag(torch.nn.Module):
    """The mean of the word vectors; nothing to learn but these. Joulin et al. 2017 (arXiv 1607.01759)."""

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        self.columns = sizes.embedding_dim

    def forward(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Word vectors (batch, words, dim) and their mask (batch, words) to rows (batch, columns)."""
        return mean_pool(vectors, mask)
