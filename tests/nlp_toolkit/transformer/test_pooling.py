"""Poolings, worked by hand and against transformers' own forward."""

import pytest
import torch

from nlp_toolkit.errors import UsageError
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.pooling import POOLINGS, max_pool, mean_pool, pooling_by_name

TEXTS = ["오늘 날씨가 맑아서 서울을 걸었다", "A good book", "책"]


def test_a_worked_example() -> None:
    states = torch.tensor([[[1.0, 2.0], [3.0, -4.0], [9.0, 9.0]]])
    mask = torch.tensor([[1, 1, 0]])
    assert mean_pool(states, mask).tolist() == [[2.0, -1.0]]
    assert max_pool(states, mask).tolist() == [[3.0, 2.0]]
    assert pooling_by_name("cls")([states], mask).tolist() == [[1.0, 2.0]]
    assert pooling_by_name("cls+mean")([states], mask).tolist() == [[1.0, 2.0, 2.0, -1.0]]


def test_a_text_of_padding_alone_is_zero() -> None:
    states, mask = torch.ones(1, 2, 3), torch.zeros(1, 2, dtype=torch.long)
    assert mean_pool(states, mask).tolist() == [[0.0, 0.0, 0.0]]
    assert max_pool(states, mask).tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize("name", POOLINGS)
def test_padded_batch_equals_each_text_through_transformers_alone(checkpoint: Checkpoint, name: str) -> None:
    batch = checkpoint.tokenizer(TEXTS, padding=True, return_tensors="pt")
    with torch.inference_mode():
        hidden = checkpoint.encoder(**batch, output_hidden_states=True).hidden_states
        pooled = pooling_by_name(name)(hidden, batch["attention_mask"])
        for row, text in enumerate(TEXTS):
            alone = checkpoint.encoder(**checkpoint.tokenizer(text, return_tensors="pt"), output_hidden_states=True)
            last = alone.last_hidden_state[0]
            expected = {
                "cls": last[0],
                "mean": last.mean(dim=0),
                "max": last.max(dim=0).values,
                "cls+mean": torch.cat([last[0], last.mean(dim=0)]),
                "mean-last-4": torch.stack(alone.hidden_states[-4:]).mean(dim=0)[0].mean(dim=0),
            }[name]
            assert torch.allclose(pooled[row], expected, atol=1e-5)


def test_an_unknown_pooling_names_the_known() -> None:
    with pytest.raises(UsageError, match=r"unknown pooling 'pooler'; known: cls, mean, max, cls\+mean, mean-last-4"):
        pooling_by_name("pooler")
