"""Attention in training: the plain one on a processor, gone afterwards; the same states and gradients as the fused."""

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from nlp_toolkit.transformer.attention import attention_for_training, plain_attention
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.mlm import language_model

CPU = torch.device("cpu")


def test_one_query_worked_by_hand() -> None:
    query = torch.tensor([[[[2.0, 0.0]]]])
    key = torch.tensor([[[[1.0, 5.0], [3.0, 7.0], [9.0, 9.0]]]])
    value = torch.tensor([[[[10.0, 0.0], [20.0, 1.0], [99.0, 99.0]]]])
    mask = torch.tensor([[[[True, True, False]]]])
    rows, weights = plain_attention(None, query, key, value, mask, scaling=0.25)
    first, second = torch.softmax(torch.tensor([0.5, 1.5]), dim=0)
    assert weights is None
    torch.testing.assert_close(rows, torch.stack([10 * first + 20 * second, second]).reshape(1, 1, 1, 2))


@pytest.mark.parametrize(("device", "used"), [("cpu", "nlp_toolkit_plain"), ("meta", "sdpa")])
def test_it_is_used_in_training_on_a_processor_and_put_back(checkpoint: Checkpoint, device: str, used: str) -> None:
    network = torch.nn.Sequential(checkpoint.encoder)
    with attention_for_training(network, torch.device(device)):
        assert checkpoint.encoder.config._attn_implementation == used
    assert checkpoint.encoder.config._attn_implementation == "sdpa"


@pytest.mark.parametrize("is_padded", [True, False])
def test_the_states_and_gradients_are_those_of_fused_attention(checkpoint: Checkpoint, is_padded: bool) -> None:
    model = language_model(checkpoint, seed=0).eval()
    ids = torch.arange(5, 35).reshape(2, 15)
    mask = torch.ones_like(ids)
    if is_padded:
        mask[1, 9:] = 0
    states, gradients = [], []
    for device in (torch.device("meta"), CPU):
        model.zero_grad()
        with attention_for_training(model, device):
            found = model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state[mask.bool()]
        found.square().sum().backward()
        states.append(found.detach())
        gradients.append([weights.grad for weights in model.base_model.parameters() if weights.grad is not None])
    torch.testing.assert_close(states[0], states[1], rtol=0, atol=1e-5)
    assert len(gradients[0]) == len(gradients[1]) > 10
    for fused, plain in zip(*gradients, strict=True):
        torch.testing.assert_close(fused, plain, rtol=1e-3, atol=1e-4)


def test_scores_that_are_computed_again_give_the_same_bits_and_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    query, key, value = torch.randn(3, 2, 4, 32, 8, generator=torch.Generator().manual_seed(0)).unbind()
    mask = torch.ones(2, 1, 32, 32, dtype=torch.bool)
    mask[1, :, :, 20:] = False

    def run() -> tuple[list[torch.Tensor], int]:
        given = [each.clone().requires_grad_() for each in (query, key, value)]
        kept = []
        torch.manual_seed(1)
        with (
            torch.autocast("cpu", torch.bfloat16),
            torch.autograd.graph.saved_tensors_hooks(
                lambda tensor: kept.append(tensor.numel()) or tensor, lambda tensor: tensor
            ),
        ):
            rows, _ = plain_attention(None, *given, mask, dropout=0.3)
        after = torch.rand(1)
        rows.square().sum().backward()
        return [rows.detach(), after, *(each.grad for each in given)], max(kept)

    whole, most_kept = run()
    monkeypatch.setattr("nlp_toolkit.transformer.attention._MOST_SCORES_KEPT", 2 * 4 * 32 * 32 - 1)
    again, fewer_kept = run()

    assert all(torch.equal(one, other) for one, other in zip(whole, again, strict=True))
    assert most_kept == 2 * 4 * 32 * 32
    assert fewer_kept <= 2 * 4 * 32 * 8


SMALL: dict[str, Any] = {"vocab_size": 90, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
FAMILIES: dict[str, Any] = {
    "Roberta": SMALL | {"intermediate_size": 64},
    "Electra": SMALL | {"intermediate_size": 64, "embedding_size": 16},
    "DistilBert": {"vocab_size": 90, "dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64},
    "DebertaV2": SMALL | {"intermediate_size": 64, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
}


@pytest.mark.parametrize("family", FAMILIES)
def test_other_families_keep_their_states_and_are_saved_without_its_name(family: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = getattr(transformers, f"{family}Model")(getattr(transformers, f"{family}Config")(**FAMILIES[family]))
    network.eval()
    own = network.config._attn_implementation
    ids = torch.arange(5, 35).reshape(2, 15)
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    states = network(input_ids=ids, attention_mask=mask).last_hidden_state[mask.bool()]
    with attention_for_training(network, CPU):
        used = network.config._attn_implementation
        found = network(input_ids=ids, attention_mask=mask).last_hidden_state[mask.bool()]
        network.save_pretrained(tmp_path)  # as a checkpoint is, in the midst of training
    assert used == (own if family == "DebertaV2" else "nlp_toolkit_plain")
    torch.testing.assert_close(found, states, rtol=0, atol=1e-5)
    assert "nlp_toolkit_plain" not in (tmp_path / "config.json").read_text()
    assert network.config._attn_implementation == own
