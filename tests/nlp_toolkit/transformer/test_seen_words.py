"""Training with the words of the texts alone: the same states, the same updates, the other words untouched."""

import copy
from typing import Any

import pytest
import torch
from transformers import RobertaConfig, RobertaModel

from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.seen_words import only_seen_words

IDS = [[2, 9, 40, 3], [2, 77, 9, 3]]


def _trained(encoder: Any, ids: list[list[int]]) -> torch.Tensor:
    """Loss of each of three steps of Adam without weight decay."""
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=1e-2, weight_decay=0.0)
    losses = []
    for _ in range(3):
        loss = encoder(input_ids=torch.tensor(ids)).last_hidden_state.square().mean(dim=(0, 1))[:4].sum()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.detach())
    return torch.stack(losses)


def _roberta() -> Any:
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=90, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, pad_token_id=1
    )
    return RobertaModel(config, add_pooling_layer=False)


@pytest.mark.parametrize(("kind", "pad_id"), [("bert", 0), ("roberta", 1)])
def test_the_words_that_are_seen_learn_what_they_would_have(checkpoint: Checkpoint, kind: str, pad_id: int) -> None:
    encoder = (checkpoint.encoder if kind == "bert" else _roberta()).eval()
    whole = copy.deepcopy(encoder)
    before = encoder.get_input_embeddings().weight.detach().clone()
    expected = _trained(whole, IDS)
    with only_seen_words(encoder, IDS, pad_id) as ids:
        assert encoder.get_input_embeddings().num_embeddings == len({*range(pad_id + 1), 2, 3, 9, 40, 77})
        torch.testing.assert_close(_trained(encoder, ids), expected, rtol=1e-5, atol=1e-6)
    after = encoder.get_input_embeddings().weight
    torch.testing.assert_close(after, whole.get_input_embeddings().weight, rtol=1e-4, atol=1e-5)
    unseen = [word for word in range(len(before)) if word not in {2, 3, 9, 40, 77}]
    assert torch.equal(after[unseen], before[unseen])
    assert not torch.equal(after[9], before[9])


def test_padding_keeps_its_number_and_an_interrupted_training_its_words(checkpoint: Checkpoint) -> None:
    encoder = checkpoint.encoder
    own = encoder.get_input_embeddings()
    with pytest.raises(KeyboardInterrupt), only_seen_words(encoder, [[7, 0, 5]], 3) as ids:
        assert ids == [[5, 0, 4]]
        assert encoder.get_input_embeddings().padding_idx == own.padding_idx
        raise KeyboardInterrupt
    assert encoder.get_input_embeddings() is own
