"""Convolution over words: what matters is short phrases, wherever they stand. Imports torch."""

import torch

from nlp_toolkit.neural.sizes import Sizes


class Convolution(torch.nn.Module):
    """Filters over windows of some widths, each pooled to its largest value. Kim 2014 (arXiv 1408.5882).

    Windows reach beyond both ends of a text, as in Kim's code, so a text shorter than a filter has windows too.
    """

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        self.columns = sizes.hidden * len(sizes.widths)
        self.filters = torch.nn.ModuleList(
            torch.nn.Conv1d(sizes.embedding_dim, sizes.hidden, width, padding=width - 1) for width in sizes.widths
        )
        self.widths = tuple(sizes.widths)

    def forward(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Word vectors (batch, words, dim) and their mask (batch, words) to rows (batch, columns)."""
        channels = (vectors * mask.unsqueeze(-1)).transpose(1, 2)
        lengths = mask.sum(dim=1, keepdim=True)
        pooled = []
        for filters, width in zip(self.filters, self.widths, strict=True):
            windows = filters(channels).relu()
            # Window i holds the words i - width + 1 to i; those with padding alone must not win the maximum.
            has_words = torch.arange(windows.shape[2], device=mask.device) < lengths + (width - 1) * (lengths > 0)
            pooled.append((windows * has_words.unsqueeze(1)).amax(dim=2))
        return torch.cat(pooled, dim=1)
