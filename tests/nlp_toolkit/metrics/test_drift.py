"""Drift of a new file against the data before it."""

import json
import math

import numpy as np
import pytest
from scipy.stats import ks_2samp

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.drift import label_drift, length_drift, text_drift, word_drift


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
