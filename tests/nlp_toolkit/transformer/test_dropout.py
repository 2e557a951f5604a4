"""Dropout in training: the share asked for, the mean kept, seeded by torch, gone with the training."""

import pytest
import torch

from nlp_toolkit.transformer.dropout import drop, fast_dropout

CPU = torch.device("cpu")


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.999])
@pytest.mark.parametrize("shape", [(1_000_003,), (101, 99, 100)])
def test_the_share_is_dropped_and_the_mean_kept(rate: float, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    values = drop(torch.ones(shape), rate)
    share = float((values == 0).double().mean())
    assert abs(share - rate) < 4 * (rate * (1 - rate) / values.numel()) ** 0.5 + 2**-17
    assert abs(float(values.double().mean()) - 1.0) < (0.005 if rate < 0.9 else 0.15)


def test_neighbours_are_dropped_independently() -> None:
    torch.manual_seed(1)
    dropped = (drop(torch.ones(400_000), 0.3) == 0).double()
    for lag in (1, 2, 3, 4, 8):
        both = float((dropped[lag:] * dropped[:-lag]).mean())
        assert abs(both - 0.09) < 0.003


def test_gradients_flow_where_values_were_kept() -> None:
    torch.manual_seed(2)
    values = torch.randn(5_000, dtype=torch.bfloat16, requires_grad=True)
    kept = drop(values, 0.25)
    kept.sum().backward()
    assert kept.dtype == torch.bfloat16 and values.grad is not None
    assert torch.equal(values.grad == 0, kept == 0)
    assert set(values.grad.float().unique().tolist()) == {0.0, float(torch.tensor(4 / 3, dtype=torch.bfloat16))}


def test_everything_dropped_is_zeros() -> None:
    assert drop(torch.ones(10), 1.0).tolist() == [0.0] * 10


def test_layers_use_it_for_a_while_and_only_in_training() -> None:
    network = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Dropout(0.5))
    values = torch.ones(1, 3)
    with fast_dropout(network, CPU):
        torch.manual_seed(3)
        ours = network.train()(values)
        torch.manual_seed(3)
        assert torch.equal(ours, drop(network[0](values), 0.5))
        assert torch.equal(network.eval()(values), network[0](values))
    assert "forward" not in vars(network[1])
    torch.manual_seed(3)
    theirs = network.train()(values)
    torch.manual_seed(3)
    assert torch.equal(theirs, torch.nn.functional.dropout(network[0](values), 0.5))
