"""Parts of an evaluation in depth, by hand: slices, errors, distributions, the summary."""

import numpy as np
import pytest
from evaluated_rows import LONG, rows_of, wilson
from scipy import stats

from nlp_toolkit import Corpus, HashingVectorizer, TfidfVectorizer
from nlp_toolkit.metrics.calibration import class_calibration
from nlp_toolkit_pipelines.evaluation_report.distributions import distributions_of
from nlp_toolkit_pipelines.evaluation_report.errors import errors_of
from nlp_toolkit_pipelines.evaluation_report.figures import baseline_of, figures_of
from nlp_toolkit_pipelines.evaluation_report.leakage import leakage_of
from nlp_toolkit_pipelines.evaluation_report.results import Figure
from nlp_toolkit_pipelines.evaluation_report.slices import slicings_of
from nlp_toolkit_pipelines.evaluation_report.stages import TextStage, map_of
from nlp_toolkit_pipelines.evaluation_report.summary import summary_of


def test_rows_of_unknown_labels_are_left_out_with_their_positions():
    rows = rows_of(["a", "z", "b"], ["a", "a", "a"], probabilities=np.array([[1.0, 0], [0.9, 0.1], [0.6, 0.4]]))

    assert (rows.positions, rows.true, rows.predicted) == ((0, 2), ["a", "b"], ["a", "a"])
    assert rows.probabilities is not None
    assert rows.probabilities.tolist() == [[1.0, 0.0], [0.6, 0.4]]


def test_slices_hold_every_row_once():
    texts = ["좋은 영화", "a film", "a good film", "아주 좋은 영화였다", "12", "the best film of all"]
    rows = rows_of(list("ababab"), list("aaaabb"), texts)

    found = {slicing.by: slicing for slicing in slicings_of(rows, {"topic": ["x", "x", "y", "", "y", None]})}

    assert {by: sum(each.n for each in slicing.slices) for by, slicing in found.items()} == dict.fromkeys(
        ("length", "language", "column:topic"), 6
    )
    assert [(each.name, each.n) for each in found["language"].slices] == [("English", 3), ("Korean", 2), ("other", 1)]
    assert [(each.name, each.n) for each in found["column:topic"].slices] == [("(empty)", 2), ("x", 2), ("y", 2)]
    assert [each.name for each in found["length"].slices] == ["2 to 5", "6", "10", "11 to 20"]
    korean = found["language"].slices[1]
    assert korean.figures["accuracy"] == Figure(0.5, *wilson(1, 2))


def test_slice_that_really_differs_is_told_from_chance():
    random = np.random.default_rng(1)
    bad = np.arange(400) < 80
    right = random.random(400) < np.where(bad, 0.5, 0.9)
    rows = rows_of(["a"] * 400, ["a" if one else "b" for one in right])
    columns = {"part": ["bad" if one else "good" for one in bad], "noise": random.choice(list("uvw"), 400).tolist()}

    found = {each.name: each.p for slicing in slicings_of(rows, columns) for each in slicing.slices}

    assert found["bad"] < 0.001
    assert min(found[name] for name in "uvw") > 0.05


def test_p_of_a_slice_is_fishers_adjusted():
    rows = rows_of(["a"] * 20, ["a"] * 10 + ["b"] * 10, ["same"] * 20)

    (slicing,) = slicings_of(rows, {"half": ["one"] * 8 + ["two"] * 12})

    p = stats.fisher_exact([[8, 0], [2, 10]]).pvalue
    assert [each.p for each in slicing.slices] == pytest.approx([2 * p, 2 * p])


def test_columns_of_many_numbers_become_quarters_and_of_many_names_others():
    rows = rows_of(["a"] * 40, ["a"] * 40, ["same"] * 40)

    numbers, names = slicings_of(rows, {"age": list(range(40)), "id": [f"n{n}" for n in range(40)]})

    assert [(each.name, each.n) for each in numbers.slices] == [
        ("0 to 9", 10),
        ("10 to 19", 10),
        ("20 to 29", 10),
        ("30 to 39", 10),
    ]
    assert (len(names.slices), names.slices[-1].name, names.slices[-1].n) == (20, "21 others", 21)


def test_numbers_with_gaps_stay_numbers():
    rows = rows_of(["a"] * 40, ["a"] * 40, ["same"] * 40)
    ages = [None if n == 0 else "" if n == 1 else float("nan") if n == 2 else n for n in range(40)]

    (found,) = slicings_of(rows, {"age": ages})

    assert [(each.name, each.n) for each in found.slices] == [
        ("3 to 12", 10),
        ("13 to 21", 9),
        ("22 to 30", 9),
        ("31 to 39", 9),
        ("(empty)", 3),
    ]


def test_summary_counts_one_as_one():
    rows = rows_of(["a", "b"], ["a", "a"], ["old", f"{LONG} bank"])
    train = Corpus(texts=["old", f"{LONG} banks"])
    figures, leaks = figures_of(rows), leakage_of(rows, np.zeros(0, dtype=np.uint64), train)

    said = summary_of(rows, figures, baseline_of(rows), None, (), leaks)

    assert "on 2 rows; always" in said[0]
    assert said[1].startswith("1 of 2 texts is in the training part too; without them accuracy is 0.000")
    assert said[1].endswith("on 1 row.")
    assert said[2] == "1 more text is nearly equal to a training text; no other row is left."


@pytest.mark.parametrize(("ece", "verdict"), [(0.05, None), (0.09, "The model is not sure enough of what it says.")])
def test_model_is_called_sure_or_unsure_only_beyond_chance(ece: float, verdict: str | None):
    p, right = np.full(200, 0.7), np.arange(200) < round(200 * (0.7 + ece))
    rows = rows_of(["a" if one else "b" for one in right], ["a"] * 200, probabilities=np.stack([p, 1 - p], axis=1))
    found = class_calibration(rows.codes()[0], rows.probabilities)
    always, leaks = baseline_of(rows), leakage_of(rows, np.zeros(0, dtype=np.uint64), None)

    said = summary_of(rows, figures_of(rows), always, found, (), leaks)[1]

    chance = f"{found.ece_by_chance:.3f} [{found.ece_by_chance_low:.3f}, {found.ece_by_chance_high:.3f}]"
    assert said.startswith(f"Probabilities are off by {ece:.3f} [")
    assert said.endswith(f"chance alone would show {chance}.{'' if verdict is None else ' ' + verdict}")


def test_errors_the_surest_first_with_what_was_learned_nearby():
    texts = ["a red car", "two cats", "a blue car", "one dog"]
    p = np.array([[0.9, 0.1], [0.3, 0.7], [0.4, 0.6], [0.2, 0.8]])
    rows = rows_of(["b", "a", "a", "b"], ["a", "b", "b", "b"], texts, p)
    train = Corpus(texts=["cats sleep", "a car", "one red car"], labels=["b", "a", "a"])
    stage = TextStage(TfidfVectorizer(token_pattern=r"\w+").fit(train.texts), "rows", own=True)

    found = errors_of(rows, ["w", "x", "y", "z"], train, stage)

    assert (found.total, found.by, found.stage) == (3, "probability of the prediction", "rows")
    assert [(each.id, each.confidence) for each in found.rows] == [("w", 0.9), ("x", 0.7), ("y", 0.6)]
    assert (found.rows[0].label, found.rows[0].predicted) == ("b", "a")
    assert [near.text for near in found.rows[1].nearest] == ["cats sleep"]
    assert found.rows[0].nearest[0].label == "a"


def test_errors_of_numbers_and_of_sets():
    numbers = rows_of([1.0, 5.0], [1.5, 2.0], task="regression")
    p = np.array([[0.8, 0.9], [0.6, 0.2]])
    sets = rows_of([["a"], ["b"]], [["a", "b"], ["a"]], probabilities=p, task="multilabel")
    stage = TextStage(None, "", own=True)

    of_numbers, of_sets = (errors_of(rows, None, None, stage) for rows in (numbers, sets))

    assert [(each.row, each.error) for each in of_numbers.rows] == [(1, -3.0), (0, 0.5)]
    assert [(each.row, each.predicted, each.confidence) for each in of_sets.rows] == [(0, "a, b", 0.9), (1, "a", 0.8)]


def test_distributions_with_intervals():
    rows = rows_of(["a"] * 30 + ["b"] * 10, ["a"] * 20 + ["b"] * 20)

    found = distributions_of(rows)

    assert found.labels.observed == (0.75, 0.25)
    assert found.intervals["observed"][0] == [*wilson(30, 40)]
    low, high = found.intervals["jensen_shannon"]
    assert 0 <= low < found.labels.jensen_shannon < high
    low, high = found.intervals["observed_entropy"]
    assert low < stats.entropy([0.75, 0.25]) < high
    assert distributions_of(rows_of([1.0], [1.0], task="regression")) is None


def test_shares_of_labels_that_come_several_a_row_have_the_ends_of_rows_drawn_anew():
    sets = [["a", "b"], ["b"], ["a", "b", "c"], []] * 20
    rows = rows_of(sets, [["b"]] * 80, labels=list("abcd"), task="multilabel")
    drawn = np.random.default_rng(3).integers(0, 4, (4000, 80))
    a, every = (np.array(counts)[drawn].sum(axis=1) for counts in ([1, 0, 1, 0], [2, 1, 3, 0]))

    found = distributions_of(rows)

    assert found.labels.observed == pytest.approx((2 / 6, 3 / 6, 1 / 6, 0))
    assert found.intervals["observed"][0] == pytest.approx(np.percentile(a / every, [2.5, 97.5]).tolist(), abs=0.01)
    assert found.intervals["observed"][3] == [*wilson(0, 60)]  # no row has d: that is no certainty
    assert found.intervals["predicted"][1] == [*wilson(80, 80)]


def test_cross_entropy_and_divergence_have_the_ends_of_rows_drawn_anew():
    true, guess = np.array(list("aaaaaaabbb") * 8), np.array(list("aaaabbbbbb") * 8)
    random = np.random.default_rng(9)
    drawn = random.integers(0, 80, (4000, 80))
    p, q = (true[drawn] == "a").mean(axis=1), (guess[drawn] == "a").mean(axis=1)
    crossed = -p * np.log(q) - (1 - p) * np.log(1 - q)
    diverged = stats.entropy(np.stack([p, 1 - p]), np.stack([q, 1 - q]), axis=0)

    found = distributions_of(rows_of(true.tolist(), guess.tolist()))

    assert found.intervals["cross_entropy"] == pytest.approx(np.percentile(crossed, [2.5, 97.5]).tolist(), rel=0.03)
    assert found.intervals["kl"] == pytest.approx(np.percentile(diverged, [2.5, 97.5]).tolist(), rel=0.15)
    assert found.intervals["kl"][0] < found.labels.kl < found.intervals["kl"][1]


def test_ends_beyond_every_number_are_none_and_nothing_is_below_a_divergence_of_zero():
    never = distributions_of(rows_of(["a"] * 5 + ["b"], ["a"] * 6))
    swapped = distributions_of(rows_of(["a", "b"] * 6, ["b", "a"] * 6))

    assert (never.labels.kl, never.intervals["kl"]) == (None, [0.0, None])  # a third of the draws have no b
    assert (swapped.labels.jensen_shannon, swapped.intervals["jensen_shannon"][0]) == (0.0, 0.0)


def test_map_shows_many_texts():
    stage = TextStage(HashingVectorizer(n_features=16), "rows", own=True)
    rows = rows_of(["a"] * 2500, ["a"] * 2500)

    found = map_of(rows, stage, "pca", 0)

    assert found is not None
    assert len(found["points"]) == 2500
