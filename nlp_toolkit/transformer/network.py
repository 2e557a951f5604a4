"""A head on an encoder, the network that is fine-tuned. Imports torch: import this module where it is needed."""

from typing import cast

import torch

from nlp_toolkit.transformer.pooling import Pooling


class PooledHead(torch.nn.Module):
    """Encoder, pooling over its last hidden states, dropout, one linear layer.

    A head of its own on the states, not on `pooler_output`. Without an encoder it takes rows that are pooled already.
    """

    def __init__(
        self, encoder: torch.nn.Module | None, pooling: Pooling, columns: int, n_outputs: int, dropout: float
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.dropout = torch.nn.Dropout(dropout)
        self.linear = torch.nn.Linear(columns, n_outputs)
        torch.nn.init.normal_(self.linear.weight, std=0.02)
        torch.nn.init.zeros_(self.linear.bias)

    def forward(
        self,
        rows: torch.Tensor | None = None,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        token_type_ids: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Scores (batch, n_outputs) of pooled `rows` (batch, columns), or of tokens (batch, tokens)."""
        if self.encoder is not None:
            segments = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
            output = self.encoder(
                input_ids=input_ids,
                attention_mask=attention_mask,
                output_hidden_states=self.pooling.layers > 1,
                **segments,
            )
            states = output.hidden_states if self.pooling.layers > 1 else (output.last_hidden_state,)
            rows = self.pooling(states, cast("torch.Tensor", attention_mask))
        scores: torch.Tensor = self.linear(self.dropout(rows))
        return scores.float()
