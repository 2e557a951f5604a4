"""The training kernels do what their pure-Python twins do, and what can be worked out by hand."""

import math
from typing import Any

import numpy as np
import pytest

from nlp_toolkit.kernels.cbow import cbow_by_hand, train_cbow
from nlp_toolkit.kernels.simd import LANES
from nlp_toolkit.kernels.skip_gram import skip_gram_by_hand, train_skip_gram
from nlp_toolkit.kernels.subwords import compose, train_cbow_subwords, train_skip_gram_subwords

N_WORDS, DIMENSIONS, STRIDE = 12, 20, 32


def _flat(rows: np.ndarray) -> np.ndarray:
    padded = np.zeros((len(rows) + 1, STRIDE), dtype=np.float32)
    padded[:-1, : rows.shape[1]] = rows
    return padded.ravel()


def _rows(flat: np.ndarray, dimensions: int = DIMENSIONS) -> np.ndarray:
    return flat.reshape(-1, STRIDE)[:-1, :dimensions]


def _chunk(n: int = 60, n_negatives: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Words of several texts (one of them empty, one of a single word), windows and negatives."""
    generator = np.random.default_rng(seed)
    words = generator.integers(0, N_WORDS, n).astype(np.int32)
    words[[20, 21, 23, 45]] = -1
    windows = generator.integers(1, 4, n).astype(np.int32)
    return words, windows, generator.integers(0, N_WORDS, (n, n_negatives)).astype(np.int32)


def _weights(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(N_WORDS, DIMENSIONS)), generator.normal(size=(N_WORDS, DIMENSIONS))


def _space(n_negatives: int = 5, window: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n_targets = -(-(n_negatives + 1) // 6) * 6
    return (
        np.zeros((2 * window + 2) * 4, dtype=np.int64),
        np.zeros(n_targets, dtype=np.int64),
        np.zeros(8 * (2 * window + 2) + LANES, dtype=np.float32),
    )


def _hidden() -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(STRIDE, dtype=np.float32), np.zeros(STRIDE, dtype=np.float32)


def test_skip_gram_is_its_twin() -> None:
    chunk, (inputs, outputs) = _chunk(), _weights()
    flat_inputs, flat_outputs = _flat(inputs), _flat(outputs)

    loss, n = train_skip_gram(*chunk, flat_inputs, flat_outputs, STRIDE, 0.1, 0.05, *_space())

    expected = skip_gram_by_hand(*chunk, inputs, outputs, 0.1, 0.05)
    assert (loss, n) == (pytest.approx(expected[0], rel=1e-6), expected[1])
    np.testing.assert_allclose(_rows(flat_inputs), inputs, atol=2e-6)
    np.testing.assert_allclose(_rows(flat_outputs), outputs, atol=2e-6)


@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize("n_negatives", [1, 5])
def test_cbow_is_its_twin(mean: bool, n_negatives: int) -> None:
    chunk, (inputs, outputs) = _chunk(n_negatives=n_negatives), _weights()
    flat_inputs, flat_outputs = _flat(inputs), _flat(outputs)

    loss, n = train_cbow(*chunk, flat_inputs, flat_outputs, STRIDE, 0.1, 0.05, mean, *_space(n_negatives), *_hidden())

    expected = cbow_by_hand(*chunk, inputs, outputs, 0.1, 0.05, mean)
    assert (loss, n) == (pytest.approx(expected[0], rel=1e-6), expected[1])
    np.testing.assert_allclose(_rows(flat_inputs), inputs, atol=2e-6)
    np.testing.assert_allclose(_rows(flat_outputs), outputs, atol=2e-6)


def test_cbow_with_more_negatives_than_a_tile_differs_from_its_twin_only_in_second_order() -> None:
    """Tiles follow one another, so a later one sees no change of the hidden layer: the gradient is the same sum."""
    chunk, (inputs, outputs) = _chunk(n_negatives=10), _weights()
    flat_inputs, flat_outputs = _flat(inputs), _flat(outputs)

    loss, n = train_cbow(*chunk, flat_inputs, flat_outputs, STRIDE, 0.1, 0.05, True, *_space(10), *_hidden())

    expected = cbow_by_hand(*chunk, inputs, outputs, 0.1, 0.05, True)
    assert (loss, n) == (pytest.approx(expected[0], rel=1e-6), expected[1])
    np.testing.assert_allclose(_rows(flat_inputs), inputs, atol=2e-6)


def test_first_step_of_skip_gram_worked_out_by_hand() -> None:
    # Two words of two dimensions; the first predicts the second (one context), the negative is the first itself.
    words = np.array([0, 1], dtype=np.int32)
    windows = np.array([0, 1], dtype=np.int32)
    inputs, outputs = _flat(np.array([[1.0, 0.0], [0.0, 0.0]])), _flat(np.array([[0.0, 2.0], [0.0, 0.0]]))

    loss, n = train_skip_gram(
        words, windows, np.array([[0], [0]], dtype=np.int32), inputs, outputs, STRIDE, 0.5, 0.5, *_space(1)
    )

    # Both scores are 0, so both probabilities 1/2: gradient +1/4 for the word that is there, -1/4 for the other.
    assert n == 1
    assert loss == pytest.approx(2 * math.log(2))
    np.testing.assert_allclose(_rows(inputs, 2), [[1.0, -0.5], [0.0, 0.0]], atol=1e-7)
    np.testing.assert_allclose(_rows(outputs, 2), [[-0.25, 2.0], [0.25, 0.0]], atol=1e-7)


def test_windows_end_where_texts_end() -> None:
    words = np.array([0, -1, 1, -1], dtype=np.int32)
    inputs, outputs = map(_flat, _weights())
    before = inputs.copy(), outputs.copy()

    found = train_skip_gram(
        words, np.full(4, 5, dtype=np.int32), np.zeros((4, 5), dtype=np.int32), inputs, outputs, STRIDE, 0.1, 0.1,
        *_space(),
    )  # fmt: skip

    assert found == (0.0, 0)
    assert (inputs == before[0]).all() and (outputs == before[1]).all()


def test_padding_stays_zero() -> None:
    inputs, outputs = map(_flat, _weights())
    train_skip_gram(*_chunk(), inputs, outputs, STRIDE, 0.1, 0.1, *_space())
    train_cbow(*_chunk(), inputs, outputs, STRIDE, 0.1, 0.1, True, *_space(), *_hidden())
    for flat in (inputs, outputs):
        padded = flat.reshape(-1, STRIDE)
        assert not padded[:, DIMENSIONS:].any()
        assert not padded[-1].any()


def test_loss_of_hopeless_predictions_is_finite() -> None:
    inputs, outputs = _flat(np.full((N_WORDS, DIMENSIONS), 30.0)), _flat(np.full((N_WORDS, DIMENSIONS), 30.0))
    loss, n = train_skip_gram(*_chunk(n_negatives=20), inputs, outputs, STRIDE, 0.0, 0.0, *_space(20))
    assert n > 0 and math.isfinite(loss) and loss > 30 * n  # every negative has probability exp(-30) of being told


def _units(generator: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Between one and three rows a word, its own first; no row twice within a word."""
    rows: list[int] = []
    ends = []
    for word in range(N_WORDS):
        more = generator.choice(np.arange(N_WORDS, n_rows), size=generator.integers(0, 3), replace=False)
        rows += [word, *more.tolist()]
        ends.append(len(rows))
    return np.array(rows, dtype=np.int64), np.array(ends, dtype=np.int64)


def test_subwords_of_one_unit_a_word_train_as_words_do() -> None:
    inputs, outputs = _weights()
    # No word twice in a window: its two changes are worked out side by side for subwords, and in turn for words.
    words, windows, negatives = _chunk(61)
    chunk = np.where(words < 0, -1, np.arange(61) % N_WORDS).astype(np.int32), windows, negatives
    rows, ends = np.arange(N_WORDS), np.arange(1, N_WORDS + 1)
    composed = np.zeros((2, 13 * STRIDE), dtype=np.float32)
    around = np.zeros(12, dtype=np.int64)
    results: list[list[Any]] = []
    for train in (
        lambda i, o: train_skip_gram(*chunk, i, o, STRIDE, 0.1, 0.05, *_space()),
        lambda i, o: train_skip_gram_subwords(
            *chunk, i, o, STRIDE, 0.1, 0.05, rows, ends, *_space(), around, composed[0], composed[1]
        ),
        lambda i, o: train_cbow(*chunk, i, o, STRIDE, 0.1, 0.05, True, *_space(), *_hidden()),
        lambda i, o: train_cbow_subwords(*chunk, i, o, STRIDE, 0.1, 0.05, True, rows, ends, *_space(), *_hidden()),
    ):
        flat = _flat(inputs), _flat(outputs)
        results.append([*train(*flat), *flat])
    for words, subwords in (results[:2], results[2:]):
        assert subwords[1] == words[1]
        assert subwords[0] == pytest.approx(words[0], rel=1e-6)
        np.testing.assert_allclose(subwords[2], words[2], atol=2e-6)
        np.testing.assert_allclose(subwords[3], words[3], atol=2e-6)


def test_every_unit_takes_the_whole_gradient() -> None:
    generator = np.random.default_rng(3)
    rows, ends = _units(generator, 20)
    inputs, outputs = generator.normal(size=(20, DIMENSIONS)), generator.normal(size=(N_WORDS, DIMENSIONS))
    words = np.array([0, 1], dtype=np.int32)
    windows = np.array([0, 1], dtype=np.int32)  # only word 1 has a window: word 0 predicts it
    negatives = np.array([[2], [2]], dtype=np.int32)
    own = rows[: ends[0]]
    composed = compose(inputs, rows, ends)
    word_inputs, word_outputs = composed.copy(), outputs.copy()
    skip_gram_by_hand(words, windows, negatives, word_inputs, word_outputs, 0.1, 0.1)
    change = word_inputs[0] - composed[0]

    around, space = np.zeros(12, dtype=np.int64), np.zeros((2, 13 * STRIDE), dtype=np.float32)
    for algorithm in ("skip-gram", "cbow"):
        flat_inputs, flat_outputs = _flat(inputs), _flat(outputs)
        if algorithm == "skip-gram":
            train_skip_gram_subwords(
                words, windows, negatives, flat_inputs, flat_outputs, STRIDE, 0.1, 0.1, rows, ends, *_space(1),
                around, space[0], space[1],
            )  # fmt: skip
        else:  # one context word: the mean of its units is the hidden layer of either
            train_cbow_subwords(
                words, windows, negatives, flat_inputs, flat_outputs, STRIDE, 0.1, 0.1, True, rows, ends,
                *_space(1), *_hidden(),
            )  # fmt: skip
        expected = inputs.copy()
        expected[own] += change
        np.testing.assert_allclose(_rows(flat_inputs), expected, atol=2e-6, err_msg=algorithm)
        np.testing.assert_allclose(_rows(flat_outputs), word_outputs, atol=2e-6, err_msg=algorithm)
