"""The networks: hand-worked rows, what each is blind to, and no row that padding or its neighbours could change."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from nlp_toolkit.errors import UsageError
from nlp_toolkit.neural.bag import Bag
from nlp_toolkit.neural.convolution import Convolution
from nlp_toolkit.neural.mlp import Mlp
from nlp_toolkit.neural.network import TextNetwork
from nlp_toolkit.neural.recurrent import Recurrent
from nlp_toolkit.neural.sizes import ARCHITECTURES, Architecture, Sizes
from nlp_toolkit.neural.transformer import Transformer
from nlp_toolkit.neural.vocabulary import PADDING, UNKNOWN, padded

SIZES = Sizes(max_length=12, embedding_dim=8, hidden=6, layers=2, heads=2, widths=(2, 3))
TINY = Sizes(max_length=3, embedding_dim=1, hidden=1, heads=1, widths=(2,))
TEXTS = [[5, 3, 9, 2, 7, 4, 6, 8, 2, 3], [4, 6], [9], [], [3, 5, 5]]


def network(architecture: Architecture, sizes: Sizes = SIZES) -> TextNetwork:
    """A network with weights as they are drawn, biases included, so that padding would show."""
    torch.manual_seed(1)
    made = TextNetwork(architecture, sizes, n_words=8, n_outputs=3, dropout=0.5).eval()
    for name, weights in made.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.uniform_(weights, 0.5, 1.0)
    return made


def scores(made: TextNetwork, texts: list[list[int]]) -> torch.Tensor:
    with torch.inference_mode():
        return made(torch.from_numpy(padded(texts)))


def column(*numbers: float) -> torch.Tensor:
    """Word vectors of width 1, (1, words, 1)."""
    return torch.tensor(numbers)[None, :, None]


def filled(body: torch.nn.Module, value: float) -> None:
    for weights in body.parameters():
        torch.nn.init.constant_(weights, value)


def test_bag_is_the_mean_of_the_words_that_are_there() -> None:
    vectors = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [50.0, 50.0]]])
    assert Bag(SIZES, 0.0)(vectors, torch.tensor([[True, True, False]])).tolist() == [[2.0, 4.0]]


def test_mlp_has_a_weight_for_each_place() -> None:
    body = Mlp(TINY, 0.0)
    with torch.no_grad():
        body.positions.weight[:] = torch.tensor([[1.0, 10.0, 100.0]])
        body.positions.bias[:] = 0.5
    assert body(column(2.0, 3.0), torch.tensor([[True, True]])).tolist() == [[2 * 1 + 3 * 10 + 0.5]]
    assert body(column(3.0, 2.0, 9.0), torch.tensor([[True, True, False]])).tolist() == [[3 * 1 + 2 * 10 + 0.5]]


def test_convolution_is_the_largest_window() -> None:
    body = Convolution(TINY, 0.0)
    filled(body, 1.0)
    # Windows of two: (0, 3), (3, 1), (1, 0), each plus the bias of 1.
    assert body(column(3.0, 1.0), torch.tensor([[True, True]])).tolist() == [[5.0]]
    # A text shorter than the filter has windows that reach beyond it; one without words has none.
    assert body(column(3.0, 9.0), torch.tensor([[True, False]])).tolist() == [[4.0]]
    assert body(column(9.0, 9.0), torch.tensor([[False, False]])).tolist() == [[0.0]]


def test_attention_weights_are_a_softmax_over_the_words_of_a_text() -> None:
    body = Recurrent(TINY, 0.0)
    filled(body, 0.0)
    states = torch.tensor([[[1.0, 0.0], [2.0, 0.0], [7.0, 0.0]]] * 2)
    mask = torch.tensor([[True, True, False], [False, False, False]])
    assert body.attention(states, mask).tolist() == [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    filled(body.key, 1.0)
    filled(body.context, 1.0)
    expected = torch.tensor([2 * np.tanh(2.0), 2 * np.tanh(3.0)], dtype=torch.float32).softmax(dim=0)
    assert_close(body.attention(states, mask)[0], torch.cat([expected, torch.zeros(1)]))


def test_gru_states_are_those_of_torch_read_text_by_text() -> None:
    made = network("gru")
    body = made.body
    assert isinstance(body, Recurrent)
    vectors = made.embedding(torch.from_numpy(padded(TEXTS)))
    states = body.states(vectors, torch.from_numpy(padded(TEXTS)) != PADDING)
    for row, text in enumerate(TEXTS):
        if text:
            expected, _ = body.reader(vectors[row : row + 1, : len(text)])
            assert_close(states[row, : len(text)], expected[0])


def test_transformer_attends_as_torch_does() -> None:
    body = network("transformer").body
    assert isinstance(body, Transformer)
    block = body.blocks[0]
    theirs = torch.nn.TransformerEncoderLayer(
        8, 2, dim_feedforward=6, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    ).eval()
    attention = theirs.self_attn
    pairs = {
        attention.in_proj_weight: block.projections.weight,
        attention.in_proj_bias: block.projections.bias,
        attention.out_proj.weight: block.joined.weight,
        attention.out_proj.bias: block.joined.bias,
        theirs.linear1.weight: block.wider.weight,
        theirs.linear1.bias: block.wider.bias,
        theirs.linear2.weight: block.narrower.weight,
        theirs.linear2.bias: block.narrower.bias,
        theirs.norm1.bias: block.before_attention.bias,
        theirs.norm2.bias: block.before_words.bias,
    }
    states, mask = torch.randn(2, 5, 8), torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    with torch.no_grad():
        for their, our in pairs.items():
            their.copy_(our)
        expected = theirs(states, src_key_padding_mask=~mask)
        found = block(states, mask)
    assert_close(found[mask], expected[mask])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_row_does_not_depend_on_its_neighbours_nor_on_padding(architecture: Architecture) -> None:
    made = network(architecture)
    alone = torch.cat([scores(made, [text]) for text in TEXTS])
    together = scores(made, TEXTS)
    assert_close(together, alone, atol=1e-6, rtol=1e-5)
    assert alone.dtype == torch.float32
    with torch.no_grad():
        made.embedding.weight[PADDING] = 1e4
    assert_close(scores(made, TEXTS[:3]), together[:3], atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_dropout_and_padding_are_for_training_only(architecture: Architecture) -> None:
    made = network(architecture)
    assert (scores(made, TEXTS) == scores(made, TEXTS)).all()
    assert (scores(made.train(), TEXTS) != scores(made, TEXTS)).any()
    assert made.embedding.weight[[PADDING, UNKNOWN]].abs().sum() == 0


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_order_of_words_means_nothing_to_the_bag_only(architecture: Architecture) -> None:
    made = network(architecture)
    difference = (scores(made, [TEXTS[0]]) - scores(made, [TEXTS[0][::-1]])).abs().max().item()
    assert (difference < 1e-6) == (architecture == "bag")


def test_a_phrase_is_the_same_wherever_it_stands_for_the_convolution_but_not_for_the_mlp() -> None:
    early, late = [4, 6, *[UNKNOWN] * 6], [*[UNKNOWN] * 6, 4, 6]
    moved = {
        name: (scores(network(name), [early]) - scores(network(name), [late])).abs().max() for name in ("cnn", "mlp")
    }
    assert moved["cnn"] < 1e-6 < moved["mlp"]


def test_cls_and_mean_are_different_rows_of_the_same_transformer() -> None:
    rows = [
        scores(network("transformer", Sizes(max_length=12, embedding_dim=8, hidden=6, heads=2, pooling=pooling)), TEXTS)
        for pooling in ("cls", "mean")
    ]
    assert (rows[0] - rows[1]).abs().max() > 1e-3


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="embedding_dim=10 cannot be shared by 4 heads; give a multiple of heads"):
        Sizes(embedding_dim=10).check("transformer")
    Sizes(embedding_dim=10).check("cnn")
