"""Word vectors, one of the architectures over them, a linear layer: the whole network. Imports torch."""

from collections.abc import Mapping
from typing import Any

import torch

from nlp_toolkit.neural.bag import Bag
from nlp_toolkit.neural.convolution import Convolution
from nlp_toolkit.neural.mlp import Mlp
from nlp_toolkit.neural.recurrent import Recurrent
from nlp_toolkit.neural.sizes import Architecture, Sizes
from nlp_toolkit.neural.transformer import Transformer
from nlp_toolkit.neural.vocabulary import FIRST_WORD, PADDING, UNKNOWN

_BODIES: Mapping[Architecture, Any] = {
    "bag": Bag,
    "mlp": Mlp,
    "cnn": Convolution,
    "gru": Recurrent,
    "transformer": Transformer,
}


class TextNetwork(torch.nn.Module):
    """Word numbers to scores: embedding, dropout, body, dropout, linear. float32, and no row depends on another."""

    def __init__(
        self, architecture: Architecture, sizes: Sizes, *, n_words: int, n_outputs: int, dropout: float
    ) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(FIRST_WORD + n_words, sizes.embedding_dim, padding_idx=PADDING)
        torch.nn.init.normal_(self.embedding.weight, std=0.1)
        # An unknown word means nothing until training says otherwise.
        with torch.no_grad():
            self.embedding.weight[[PADDING, UNKNOWN]] = 0.0
        self.body = _BODIES[architecture](sizes, dropout)
        self.dropout = torch.nn.Dropout(dropout)
        self.linear = torch.nn.Linear(self.body.columns, n_outputs)

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Scores (batch, n_outputs) of word numbers (batch, words), shorter texts filled up with `PADDING`."""
        vectors = self.dropout(self.embedding(input_ids))
        rows = self.body(vectors, input_ids != PADDING)
        scores: torch.Tensor = self.linear(self.dropout(rows))
        return scores.float()
