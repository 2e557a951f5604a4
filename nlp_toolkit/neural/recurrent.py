"""Recurrence in both directions with attention: a text is a sequence, read word by word. Imports torch."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nlp_toolkit.neural.sizes import Sizes


class Recurrent(torch.nn.Module):
    """A bidirectional GRU (Cho et al. 2014), its states weighted by attention (Yang et al. 2016, section 2.2)."""

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        self.columns = 2 * sizes.hidden
        self.reader = torch.nn.GRU(
            sizes.embedding_dim,
            sizes.hidden,
            num_layers=sizes.layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout if sizes.layers > 1 else 0.0,
        )
        self.key = torch.nn.Linear(self.columns, self.columns)
        self.context = torch.nn.Linear(self.columns, 1, bias=False)

    def forward(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Word vectors (batch, words, dim) and their mask (batch, words) to rows (batch, columns)."""
        states = self.states(vectors, mask)
        return (self.attention(states, mask).unsqueeze(-1) * states).sum(dim=1)

    def states(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The states of both directions at each word, (batch, words, columns); packed, so padding is never read."""
        lengths = mask.sum(dim=1).clamp(min=1).cpu()
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        found, _ = self.reader(packed)
        states: torch.Tensor = pad_packed_sequence(found, batch_first=True, total_length=mask.shape[1])[0]
        return states

    def attention(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """How much each word counts (batch, words): sums to 1 over a text's words, 0 at padding."""
        found = self.context(self.key(states).tanh()).squeeze(-1)
        weights = found.masked_fill(~mask, torch.finfo(found.dtype).min).softmax(dim=1)
        counted: torch.Tensor = weights * mask
        return counted
