"""Drift of a new file against the data before it."""

import json
import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import binomtest, ks_2samp, kstwobign

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.drift import label_drift, label_drift_interval, length_drift, text_drift
from nlp_toolkit.metrics.word_drift import word_drift


def test_same_texts_have_not_drifted():
    texts = ["a warm soup", "a night train", "a warm soup"]
    drift = text_drift(texts, texts, labels_before=["x", "y", "x"], labels_now=["x", "y", "x"])

    assert (drift.lengths.statistic, drift.lengths.p) == (0.0, 1.0)
    assert (drift.words.unknown_share, drift.words.jensen_shannon, drift.labels) == (0.0, 0.0, 0.0)


def test_other_texts_have_drifted_as_far_as_can_be():
    drift = text_drift(["aa bb"] * 4, ["cc dd ee"] * 4, labels_before=["x"] * 4, labels_now=["y"] * 4)

    assert (drift.lengths.statistic, drift.words.unknown_share, drift.words.texts_without_known) == (1.0, 1.0, 4)
    assert [drift.labels, drift.words.jensen_shannon] == pytest.approx([math.log(2)] * 2)
    assert drift.words.most_frequent == (("cc", 4), ("dd", 4), ("ee", 4))


def test_unknown_share_to_expect_comes_from_halves_of_the_earlier_texts():
    # Even texts: a b, odd texts: a c. Of the four tokens b and c are in one half only.
    assert word_drift([["a", "b"], ["a", "c"]], [["a"]]).unknown_share_before == 0.5


def test_korean_words_are_known_behind_other_particles():
    drift = text_drift(["서울은 넓다", "서울에 갔다"], ["서울의 밤"])
    unknown = dict(drift.words.most_frequent)

    assert "밤/NNG" in unknown
    assert "서울/NNP" not in unknown


def test_lengths_equal_scipys_test():
    random = np.random.default_rng(0)
    before, now = random.integers(1, 30, 50), random.integers(5, 40, 60)
    reference = ks_2samp(before, now)

    found = length_drift(before, now)

    assert (found.statistic, found.p) == pytest.approx((reference.statistic, reference.pvalue))


def test_labels_of_numbers_and_strings_are_different_labels():
    assert label_drift([1, 1], ["1", "1"]) == pytest.approx(math.log(2))


def test_without_labels_there_is_no_label_drift():
    found = text_drift(["one text"], ["another text"], labels_before=["x"]).to_json()

    assert found["labels"] is None
    assert json.loads(json.dumps(found)) == json.loads(json.dumps(found, allow_nan=False))


def test_nothing_to_compare_is_refused():
    with pytest.raises(DataError, match="expected texts on both sides"):
        text_drift(["one text"], [])


def test_medians_have_the_percentiles_of_texts_drawn_anew():
    random = np.random.default_rng(3)
    before, now = random.integers(1, 60, 40), [7, 9]
    drawn = np.median(before[random.integers(0, 40, (20_000, 40))], axis=1)

    found = length_drift(before, now)

    assert [found.median_before_low, found.median_before_high] == pytest.approx(
        np.percentile(drawn, [2.5, 97.5]), abs=1
    )
    # Two texts: both alike in one case of four each way, so the ends are the texts themselves.
    assert [found.median_now_low, found.median_now, found.median_now_high] == [7.0, 8.0, 9.0]


def test_gap_of_lengths_may_be_chance_where_the_test_says_so():
    random = np.random.default_rng(4)
    before, now = random.normal(100, 9, 400), random.normal(100, 9, 300)
    critical = kstwobign.ppf(0.95) * math.sqrt(1 / 400 + 1 / 300)

    same, shifted = length_drift(before, now), length_drift(before, now + 20)

    assert same.statistic_low == 0.0
    assert same.statistic_high == pytest.approx(same.statistic + critical, rel=0.1)
    assert same.p > 0.05
    assert 0 < shifted.statistic_low < shifted.statistic < shifted.statistic_high <= 1
    assert shifted.p < 0.05


def test_unknown_share_of_texts_of_one_token_is_a_share_of_rows():
    now = [["new"]] * 40 + [["old"]] * 160
    ends = binomtest(40, 200).proportion_ci(method="wilson")

    found = word_drift([["old"]] * 9, now)

    assert found.unknown_share == 0.2
    assert [found.unknown_share_low, found.unknown_share_high] == pytest.approx([ends.low, ends.high], abs=0.01)
    assert (found.unknown_share_before_low, found.unknown_share_before_high) == (0.0, 0.0)
    assert (found.texts_without_known, found.share_without_known) == (40, 0.2)
    assert [found.share_without_known_low, found.share_without_known_high] == pytest.approx([ends.low, ends.high])


def test_divergence_of_words_has_the_width_of_its_linear_approximation():
    random = np.random.default_rng(5)
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    before, now = ([[str(token)] for token in random.choice(3, 2000, p=shares)] for shares in (p, q))

    found = word_drift(before, now)

    # Its derivatives are ln(p / m) / 2 and ln(q / m) / 2, which vary over the texts of either side.
    m = (p + q) / 2
    variances = [
        share @ slope**2 - (share @ slope) ** 2 for share, slope in ((p, np.log(p / m) / 2), (q, np.log(q / m) / 2))
    ]
    half = 1.96 * math.sqrt(sum(variances) / 2000)
    assert found.jensen_shannon == pytest.approx(jensenshannon(p, q) ** 2, abs=half)
    assert found.jensen_shannon_high - found.jensen_shannon == pytest.approx(half, rel=0.35)
    assert found.jensen_shannon - found.jensen_shannon_low == pytest.approx(half, rel=0.35)


def test_labels_of_one_source_seldom_seem_to_have_drifted():
    random = np.random.default_rng(6)
    pairs = [
        (random.choice(["a", "b", "c"], 80).tolist(), random.choice(["a", "b", "c"], 60).tolist()) for _ in range(40)
    ]
    before, now = ["a"] * 60 + ["b"] * 40, ["a"] * 20 + ["b"] * 80

    chance = [label_drift_interval(*pair)[0] for pair in pairs]
    low, high = label_drift_interval(before, now)

    assert sum(end > 0 for end in chance) <= 2
    assert 0 < low < label_drift(before, now) < high < math.log(2)


def test_label_lists_of_one_label_are_that_label_and_one_in_every_row_never_drifts():
    single = label_drift_interval(["a"] * 60 + ["b"] * 40, ["a"] * 20 + ["b"] * 80)

    assert label_drift_interval([["a"]] * 60 + [["b"]] * 40, [["a"]] * 20 + [["b"]] * 80) == single
    assert label_drift_interval([["c"]] * 9, [["c"]] * 7) == (0.0, 0.0)
    assert label_drift([["a", "a"], ["b"]], [["a"], ["b"]]) == 0.0  # a label counts once a row


def test_labels_of_one_row_come_and_go_together():
    random = np.random.default_rng(7)
    kinds = {"x": [1, 1, 1, 0], "y": [0, 1, 1, 1], "z": [0, 0, 1, 0]}  # of each kind of row, labels a to d
    sides = [random.choice(list("xyz"), n, p=p) for n, p in ((120, [0.5, 0.3, 0.2]), (90, [0.2, 0.3, 0.5]))]
    counts = [np.stack([kinds[kind] for kind in side]) for side in sides]
    lists = [[[label for label, there in zip("abcd", row, strict=True) if there] for row in side] for side in counts]

    moved, p = np.zeros(3000), []
    for side in counts:
        drawn = side[random.integers(0, len(side), (3000, len(side)))].sum(axis=1)
        p.append(side.sum(axis=0) / side.sum())
        moved += jensenshannon((drawn / drawn.sum(axis=1, keepdims=True)).T, p[-1][:, None])
    distance, most = jensenshannon(*p), np.quantile(moved, 0.95)

    assert label_drift(*lists) == pytest.approx(distance**2)
    assert label_drift_interval(*lists) == pytest.approx(((distance - most) ** 2, (distance + most) ** 2), rel=0.08)


def test_rows_without_labels_are_no_labels():
    assert text_drift(["a"], ["b"], labels_before=[[]], labels_now=[["x"]]).labels is None
    with pytest.raises(DataError, match="expected labels on both sides"):
        label_drift([[]], [["x"]])


def test_intervals_hold_their_figures_and_one_text_has_none_for_its_words():
    texts = ["a warm soup of beans", "a night train", "", "the sea and the salt", "a train by the sea"]

    found = text_drift(texts, ["a cold soup", "🚂"], labels_before=list("xyxxy"), labels_now=["y", "y"]).to_json()
    single = text_drift(texts, ["a cold soup"]).words

    for part, name in (("lengths", "statistic"), ("lengths", "median_now"), ("words", "unknown_share")):
        assert found[part][f"{name}_low"] <= found[part][name] <= found[part][f"{name}_high"], name
    assert found["words"]["jensen_shannon_low"] <= found["words"]["jensen_shannon"] <= math.log(2)
    assert found["labels_low"] <= found["labels"] <= found["labels_high"]
    assert (single.jensen_shannon_low, single.jensen_shannon_high) == (None, None)
