"""Linear layers for reading only: the layer's own rows within bfloat16's rounding, GELU in the same pass."""

import copy

import pytest
import torch
from transformers import BertConfig, BertModel

from nlp_toolkit.processor import Level
from nlp_toolkit.transformer.packed_linear import PackedLinear, pack_linears
from nlp_toolkit.transformer.precision import is_bfloat16_fast

needs_the_instructions = pytest.mark.skipif(
    not is_bfloat16_fast(torch.device("cpu")), reason="this processor has no matrix instructions for bfloat16"
)


@needs_the_instructions
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rows", [(1, 1), (3, 17), (200, 2)])
def test_rows_are_those_of_the_layer(rows: tuple[int, int], bias: bool) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(48, 96, bias=bias).bfloat16()
    states = torch.randn(*rows, 48).bfloat16()
    with torch.inference_mode():
        expected = torch.nn.functional.linear(
            states.float(), layer.weight.float(), layer.bias.float() if bias else None
        )
        torch.testing.assert_close(PackedLinear(layer)(states).float(), expected, rtol=2**-8, atol=2**-8)
        activated = torch.nn.functional.gelu(expected)
        torch.testing.assert_close(PackedLinear(layer, gelu=True)(states).float(), activated, rtol=2**-7, atol=2**-8)


@pytest.mark.parametrize(("activation", "can_fuse"), [("gelu", True), ("gelu_new", False), ("relu", False)])
def test_a_whole_encoder_reads_as_before(activation: str, can_fuse: bool, at_level: Level) -> None:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=100, hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128,
        hidden_act=activation,
    )  # fmt: skip
    plain = BertModel(config, add_pooling_layer=False).bfloat16().eval()
    packed = copy.deepcopy(plain)
    pack_linears(packed)
    is_packed = at_level == "avx512_bf16"
    assert any(type(layer) is torch.nn.Linear for layer in packed.modules()) is not is_packed
    middle = packed.encoder.layer[0].intermediate
    assert isinstance(middle.intermediate_act_fn, torch.nn.Identity) is (is_packed and can_fuse)
    ids = torch.arange(5, 45).reshape(4, 10)
    with torch.inference_mode():
        rows, expected = (network(input_ids=ids).last_hidden_state.float() for network in (packed, plain))
    assert torch.nn.functional.cosine_similarity(rows, expected, dim=-1).min() > 0.9995


def test_without_the_operators_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    class Without:
        pass

    network = torch.nn.Sequential(torch.nn.Linear(2, 2).bfloat16())
    with monkeypatch.context() as patch:
        patch.setattr(torch.ops, "mkldnn", Without())
        pack_linears(network)
    assert type(network[0]) is torch.nn.Linear
