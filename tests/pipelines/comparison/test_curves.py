"""Learning curves: points worked by hand, and in words where they cross."""

import numpy as np
import pytest
from corpora import ENGLISH

from nlp_toolkit.metrics.intervals import corrected_interval, two_source_interval
from nlp_toolkit_pipelines import compare
from nlp_toolkit_pipelines.comparison.curves import lead_in_words, successions

HERE = {"isolated": False, "text_map": "none"}
LEADS, TRAILS, UNSURE = (0.1, 0.3), (-0.3, -0.1), (-0.1, 0.1)


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        # Low ends 0.1, -0.1 at 100 and 1,000: zero half way on the logarithm, at 316; high ends 0.1, -0.1 likewise.
        (
            [LEADS, UNSURE, TRAILS],
            "below about 320 labels a leads; from about 3,200 on b leads; between, no difference shown",
        ),
        ([UNSURE, TRAILS, TRAILS], "from about 320 on b leads; elsewhere, no difference to a shown"),
        ([LEADS, UNSURE, UNSURE], "below about 320 labels a leads; elsewhere, no difference to b shown"),
        (
            [LEADS, LEADS, TRAILS],
            "below about 1,800 labels a leads; from about 5,600 on b leads; between, no difference shown",
        ),
        ([UNSURE, LEADS, UNSURE], "between about 320 and 3,200 a leads; elsewhere, no difference to b shown"),
        ([UNSURE, UNSURE, UNSURE], "between a and b no difference shown at any size"),
        ([TRAILS, TRAILS, TRAILS], "b leads a at every size"),
    ],
)
def test_who_leads_where(gains: list[tuple[float, float]], said: str):
    found = [(size, *gain) for size, gain in zip((100, 1000, 10_000), gains, strict=True)]

    assert lead_in_words("a", "b", found) == said


def test_points_over_folds_have_corrected_intervals_and_the_spread_of_the_training_sets():
    curves = compare(ENGLISH, ["count-logreg"], folds=4, learning_curve="8,16,all", **HERE).curves

    assert curves.sizes == (8, 16, 24)
    for point in curves.by[0].points:
        assert len(point.seeds) == 4
        assert point.score == pytest.approx(np.mean(point.seeds))
        assert point.spread == pytest.approx(np.std(point.seeds, ddof=1))
        # An accuracy ends at 1, whatever Student's t says.
        assert (point.low, point.high) == pytest.approx(
            np.clip(corrected_interval(point.seeds, 8 / 24, step=1 / 8), 0, 1)
        )
        assert point.train_score == 1.0  # a linear model on so few rows knows them by heart


def test_the_last_point_of_a_curve_is_the_comparison_itself():
    result = compare(ENGLISH, ["count-logreg", "tfidf-nb"], folds=4, learning_curve="8,all", **HERE)

    last = {curve.name: curve.points[-1].seeds for curve in result.curves.by}
    assert last == {each.name: each.per_fold for each in result.recipes}


def test_a_size_of_the_whole_part_is_measured_once():
    heard: list[tuple[int, int]] = []

    result = compare(
        ENGLISH,
        ["count-logreg"],
        folds=4,
        learning_curve="8,24",
        on_cell=lambda recipe, done, total: heard.append((done, total)),
        **HERE,
    )

    assert result.curves.by[0].points[-1].seeds == result.recipes[0].per_fold
    assert heard[-1] == (8, 8)


def test_two_that_change_places_and_back_are_told_once():
    assert successions(["a", "b", "a", "a", "c"]) == [("a", "b"), ("a", "c")]


def test_on_a_test_file_training_sets_and_test_rows_both_widen_the_interval():
    corpus, test = ENGLISH.select(range(0, 32, 2)), ENGLISH.select(range(1, 32, 2))

    curves = compare(corpus, ["count-logreg"], test=test, learning_curve="4,all", curve_seeds=4, **HERE).curves

    small, whole = curves.by[0].points
    assert (len(small.seeds), len(whole.seeds), whole.spread) == (4, 1, 0.0)
    of_training_alone = two_source_interval(small.seeds, np.zeros(10))
    assert small.spread > 0
    assert small.high - small.low > of_training_alone[1] - of_training_alone[0]


def test_without_sizes_there_are_no_curves():
    assert compare(ENGLISH, ["count-logreg"], folds=2, **HERE).curves is None
