"""Attention in training: the plain one in bfloat16 on a processor, gone afterwards; the same loss and gradients."""

import pytest
import torch

from nlp_toolkit.transformer.attention import attention_for_training
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.mlm import language_model

CPU = torch.device("cpu")


@pytest.mark.parametrize(("bfloat16", "device", "used"), [(True, "cpu", "eager"), (False, "cpu", "sdpa")])
def test_it_is_chosen_for_training_and_put_back(checkpoint: Checkpoint, bfloat16: bool, device: str, used: str) -> None:
    network = torch.nn.Sequential(checkpoint.encoder)
    before = checkpoint.encoder.config._attn_implementation
    with attention_for_training(network, torch.device(device), bfloat16=bfloat16):
        assert checkpoint.encoder.config._attn_implementation == used
    assert checkpoint.encoder.config._attn_implementation == before == "sdpa"


def test_the_states_and_gradients_are_those_of_fused_attention(checkpoint: Checkpoint) -> None:
    model = language_model(checkpoint, seed=0).eval()
    ids = torch.arange(5, 35).reshape(2, 15)
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    states, gradients = [], []
    for bfloat16 in (False, True):
        model.zero_grad()
        with attention_for_training(model, CPU, bfloat16=bfloat16):
            found = model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state[mask.bool()]
        found.square().sum().backward()
        states.append(found.detach())
        gradients.append([weights.grad for weights in model.base_model.parameters() if weights.grad is not None])
    torch.testing.assert_close(states[0], states[1], rtol=0, atol=1e-5)
    assert len(gradients[0]) == len(gradients[1]) > 10
    for fused, plain in zip(*gradients, strict=True):
        torch.testing.assert_close(fused, plain, rtol=1e-3, atol=1e-4)
