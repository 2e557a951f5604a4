"""The rows of an encoder's word embedding that some texts use: enough to train on these texts, and far fewer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from nlp_toolkit.extras import require


@contextmanager
def only_seen_words(encoder: Any, ids: Sequence[Sequence[int]], pad_id: int) -> Iterator[list[list[int]]]:
    """Let `encoder` have the embedding rows of `ids` alone for a while; yields `ids` as numbers of those rows.

    The gradient of a word that is not in the texts is 0, but is made, measured and walked by the optimizer at every
    step. Here it is not there: the words that are get the very updates they would have had, and the others come back
    as they were, without the weight decay that no text asked for. Numbers up to the padding's stay what they were,
    for some encoders count places by it.
    """
    torch = require("torch")
    whole = encoder.get_input_embeddings()
    if type(whole) is not torch.nn.Embedding:
        yield [list(row) for row in ids]
        return
    kept = np.arange(max(pad_id, whole.padding_idx or 0) + 1)
    seen = np.unique(np.concatenate([kept, *(np.asarray(row, dtype=kept.dtype) for row in ids)]))
    few = torch.nn.Embedding(
        len(seen), whole.embedding_dim, padding_idx=whole.padding_idx, _weight=whole.weight.detach()[seen].clone()
    )
    few.weight.requires_grad_(whole.weight.requires_grad)
    encoder.set_input_embeddings(few)
    try:
        yield [np.searchsorted(seen, row).tolist() for row in ids]
    finally:
        with torch.no_grad():
            whole.weight[seen] = few.weight.to(whole.weight)
        encoder.set_input_embeddings(whole)
