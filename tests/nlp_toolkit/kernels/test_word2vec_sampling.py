"""Random choices: reproducible, in the right proportions, and those of the pure-Python twin."""

from itertools import islice

import numpy as np
import pytest

from nlp_toolkit.kernels.sampling import (
    alias_table,
    keep_thresholds,
    random_numbers,
    sample_words,
    sample_words_by_hand,
)

STREAM = np.array([0, 1, 2, -1, 3, 0, 0, -1, -1, 2], dtype=np.int32)
COUNTS = np.array([300, 100, 50, 50])


def _sampled(stream, thresholds, window, shrink, table, seed, n_negatives):
    words, windows = np.zeros(stream.size, dtype=np.int32), np.zeros(stream.size, dtype=np.int32)
    negatives = np.zeros((stream.size, n_negatives), dtype=np.int32)
    n = sample_words(stream, thresholds, window, shrink, table, np.uint64(seed), words, windows, negatives)
    return words[:n], windows[:n], negatives[:n]


def test_random_numbers_are_those_of_splitmix64():
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423]  # the published ones for this seed
    assert list(islice(random_numbers(1234567), 3)) == known


@pytest.mark.parametrize("shrink", [True, False])
@pytest.mark.parametrize("seed", [0, 7, 2**63 + 5])
def test_sampling_is_its_twin(shrink, seed):
    thresholds, table = keep_thresholds(COUNTS, 0.1), alias_table(COUNTS**0.75)

    words, windows, negatives = _sampled(STREAM, thresholds, 5, shrink, table, seed, 5)

    expected = sample_words_by_hand(STREAM, thresholds, 5, shrink, table, seed, 5)
    assert words.tolist() == expected[0]
    is_word = words >= 0
    assert windows[is_word].tolist() == [window for window in expected[1] if window]
    assert negatives[is_word].tolist() == [row for row in expected[2] if row]


def test_negatives_come_in_proportion_to_their_weights():
    weights = np.array([8.0, 1.0, 0.0, 3.0, 4.0])
    stream = np.zeros(40_000, dtype=np.int32)

    _, _, negatives = _sampled(stream, np.full(1, 2**32 - 1, dtype=np.uint32), 5, True, alias_table(weights), 1, 5)

    shares = np.bincount(negatives.ravel(), minlength=5) / negatives.size
    np.testing.assert_allclose(shares, weights / weights.sum(), atol=0.005)
    assert shares[2] == 0


def test_alias_table_holds_each_weight_exactly():
    weights = np.random.default_rng(0).random(1000) ** 4
    table = alias_table(weights)
    own = table[:, 0] / 2.0**32
    shares = np.bincount(table[:, 1], weights=1 - own, minlength=1000) + own
    np.testing.assert_allclose(shares / 1000, weights / weights.sum(), atol=1e-9)


def test_windows_reach_every_distance_equally_often():
    stream = np.zeros(50_000, dtype=np.int32)
    everything = np.full(1, 2**32 - 1, dtype=np.uint32)

    _, windows, _ = _sampled(stream, everything, 4, True, alias_table(np.ones(1)), 3, 1)

    np.testing.assert_allclose(np.bincount(windows) / windows.size, [0, 0.25, 0.25, 0.25, 0.25], atol=0.01)


@pytest.mark.parametrize("sample", [0, 1e-3, 0.05, 30.0])
def test_words_stay_with_gensims_probability(sample):
    gensim = pytest.importorskip("gensim.models", reason="parity with gensim needs the extra word2vec")
    model = gensim.Word2Vec(min_count=1, sample=sample)
    model.build_vocab_from_freq({f"w{k}": int(count) for k, count in enumerate(COUNTS)})
    expected = [model.wv.get_vecattr(f"w{k}", "sample_int") for k in range(COUNTS.size)]
    np.testing.assert_allclose(keep_thresholds(COUNTS, sample).astype(float), expected, rtol=1e-6)


def test_frequent_words_are_thinned_as_their_thresholds_say():
    stream = np.tile(np.array([0, 1], dtype=np.int32), 20_000)
    thresholds = keep_thresholds(np.array([900, 100]), 0.05)

    words, _, _ = _sampled(stream, thresholds, 5, True, alias_table(np.ones(2)), 5, 1)

    # sqrt(0.05 / 0.9) + 0.05 / 0.9 and sqrt(0.05 / 0.1) + 0.05 / 0.1, at most 1
    np.testing.assert_allclose(np.bincount(words) / 20_000, [0.2913, 1.0], atol=0.01)
