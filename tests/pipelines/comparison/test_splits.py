"""The splits: the same for every recipe, whole groups, nested subsets that keep the classes' shares."""

from collections import Counter

import numpy as np
import pytest
from corpora import ENGLISH

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines import Corpus, load_recipe
from nlp_toolkit_pipelines.comparison.rows import compared_rows
from nlp_toolkit_pipelines.comparison.splits import curve_splits, make_splits, nested_order, parse_sizes

COUNT, SVM = load_recipe("count-logreg"), load_recipe("tfidf-svm")
UNEVEN = Corpus(
    texts=[f"text {n}" for n in range(200)],
    labels=["a"] * 120 + ["b"] * 60 + ["c"] * 20,
    groups=[str(n // 4) for n in range(200)],
)


def rows_of(corpus: Corpus, test: Corpus | None = None):
    return compared_rows(COUNT, corpus, test, 1)


def test_every_row_is_tested_once_in_each_repeat_and_repeats_differ():
    splits, notes = make_splits(rows_of(ENGLISH), [COUNT], folds=4, repeats=2, seed=0)

    for repeat in (splits[:4], splits[4:]):
        assert sorted(np.concatenate([split.test for split in repeat]).tolist()) == list(range(32))
    assert all(not set(split.train) & set(split.test) for split in splits)
    assert splits[0].test.tolist() != splits[4].test.tolist()
    assert [split.name for split in splits[:2]] == ["fold 1 of 4, repeat 1", "fold 2 of 4, repeat 1"]
    assert notes == ()


def test_splits_depend_on_the_seed_alone():
    made = [
        make_splits(rows_of(ENGLISH), recipes, folds=4, repeats=1, seed=5)[0] for recipes in ([COUNT], [SVM, COUNT])
    ]

    assert [split.test.tolist() for split in made[0]] == [split.test.tolist() for split in made[1]]


def test_groups_are_never_split():
    rows = rows_of(UNEVEN)

    splits, _ = make_splits(rows, [COUNT], folds=5, repeats=1, seed=0)

    for split in splits:
        assert {rows.groups[row] for row in split.train}.isdisjoint(rows.groups[row] for row in split.test)


def test_rows_whose_class_no_other_group_has_are_told():
    # The two rows of c are in one group; whoever is tested on them has never seen a c.
    groups = [str(n // 2) for n in range(20)]
    corpus = Corpus(texts=[f"text {n}" for n in range(20)], labels=["a", "b"] * 9 + ["c"] * 2, groups=groups)

    _, notes = make_splits(rows_of(corpus), [COUNT], folds=3, repeats=1, seed=0)

    assert notes == (
        "2 of 20 rows count as wrong: with their groups left out, the training part has no row of their class ('c')",
    )


def test_folds_that_groups_make_very_unequal_are_told():
    groups = ["large"] * 100 + ["small"] * 20
    corpus = Corpus(texts=[f"text {n}" for n in range(120)], labels=["a", "b"] * 60, groups=groups)

    splits, notes = make_splits(rows_of(corpus), [COUNT], folds=2, repeats=1, seed=0)

    assert sorted(len(split.test) for split in splits) == [20, 100]
    assert notes == ("groups make the folds very unequal, 20 to 100 rows: each counts alike, and intervals are wide",)


def test_groups_of_one_size_are_not_called_unequal():
    # Seven groups in five folds: two folds have two of them.
    groups = [str(n // 10) for n in range(70)]
    rows = rows_of(Corpus(texts=[f"text {n}" for n in range(70)], labels=["a", "b"] * 35, groups=groups))

    splits, notes = make_splits(rows, [COUNT], folds=5, repeats=1, seed=0)

    assert sorted(len(split.test) for split in splits) == [10, 10, 10, 20, 20]
    assert notes == ()


def test_repeats_that_would_have_the_same_folds_are_no_new_evidence():
    groups = [str(n % 5) for n in range(100)]
    rows = rows_of(Corpus(texts=[f"text {n}" for n in range(100)], labels=["a"] * 50 + ["b"] * 50, groups=groups))

    splits, notes = make_splits(rows, [COUNT], folds=5, repeats=10, seed=0)

    assert len(splits) == 5
    assert notes == ("1 instead of 10 repeats: the others have the same folds, and are no new evidence",)


def test_two_folds_that_leave_one_row_of_a_class_are_refused_for_an_svm():
    rows = rows_of(Corpus(texts=[f"text {n}" for n in range(43)], labels=["a"] * 20 + ["b"] * 20 + ["c"] * 3))

    with pytest.raises(DataError, match=r"of the 3 rows of class 'c' 2 folds leave 1 to learn, and linear_svm takes 2"):
        make_splits(rows, [SVM], folds=2, repeats=1, seed=0)

    splits, _ = make_splits(rows, [SVM], folds=3, repeats=1, seed=0)
    assert min(Counter(rows.values[row] for row in split.train)["c"] for split in splits) == 2


def test_a_fold_that_no_group_falls_into_is_left_out_and_told():
    # scikit-learn's stratified folds over these four groups: one has none of them.
    groups = np.repeat(list("wxyz"), [1, 1, 3, 50]).tolist()
    labels = np.random.default_rng(446).choice(["a", "b"], 55).tolist()
    rows = rows_of(Corpus(texts=[f"text {n}" for n in range(55)], labels=labels, groups=groups))

    splits, notes = make_splits(rows, [COUNT], folds=4, repeats=1, seed=0)
    twice, of_both = make_splits(rows, [COUNT], folds=4, repeats=2, seed=0)

    assert sorted(len(split.test) for split in splits) == [2, 3, 50]
    assert notes[0] == "3 folds instead of 4: the groups do not fill more with every class"
    assert min(len(split.test) for split in twice) > 0
    assert notes[0] in of_both  # what the first repeat had to say is not lost to the second
    assert len(set(of_both)) == len(of_both)


def test_groups_that_are_the_classes_are_refused():
    labels = [str(n % 4) for n in range(40)]
    rows = rows_of(Corpus(texts=[f"text {n}" for n in range(40)], labels=labels, groups=labels))

    with pytest.raises(DataError, match="every class is in one group only"):
        make_splits(rows, [COUNT], folds=2, repeats=1, seed=0)


def test_a_test_file_is_the_one_split():
    rows = rows_of(ENGLISH, ENGLISH.select(range(5)))

    splits, _ = make_splits(rows, [COUNT], folds=5, repeats=3, seed=0)

    assert [(split.train.tolist(), split.test.tolist()) for split in splits] == [(list(range(32)), list(range(32, 37)))]


def test_subsets_are_nested_and_tested_where_the_whole_part_is():
    rows = rows_of(UNEVEN)
    splits, _ = make_splits(rows, [SVM], folds=5, repeats=1, seed=0)

    drawn, notes = curve_splits(rows, splits, [20, 60, 100], 2, seeds=3, seed=0)

    assert len(drawn) == 15
    for fold in splits:
        small, middle, large = (split for split in drawn if split.resample == fold.resample)
        assert set(small.train) < set(middle.train) < set(large.train) < set(fold.train)
        assert small.test.tolist() == fold.test.tolist()
    assert notes == ()


def test_subsets_keep_the_shares_of_the_classes():
    rows = rows_of(UNEVEN)
    order = nested_order(rows, np.arange(200), 2, (0, 0))

    assert Counter(rows.values[row] for row in order[:6]) == {"a": 2, "b": 2, "c": 2}
    for size in (50, 100, 150):
        counts = Counter(rows.values[row] for row in order[:size])
        assert [counts[label] for label in "abc"] == pytest.approx([size * share for share in (0.6, 0.3, 0.1)], abs=3)
    assert sorted(order.tolist()) == list(range(200))


def test_subsets_of_a_test_files_training_part_are_drawn_anew_for_each_seed():
    rows = rows_of(UNEVEN, ENGLISH.select([0]).__class__(texts=["text"], labels=["a"]))
    splits, _ = make_splits(rows, [COUNT], folds=5, repeats=1, seed=0)

    drawn, _ = curve_splits(rows, splits, [50], 1, seeds=3, seed=0)

    assert [split.resample for split in drawn] == [0, 1, 2]
    assert len({tuple(split.train) for split in drawn}) == 3


def test_sizes_above_the_training_part_are_told_and_left_out():
    rows = rows_of(ENGLISH)
    splits, _ = make_splits(rows, [COUNT], folds=4, repeats=1, seed=0)

    drawn, notes = curve_splits(rows, splits, [10, 1000], 1, seeds=1, seed=0)

    assert {split.size for split in drawn} == {10}
    assert notes == ("learning curve: no 1,000 rows to learn from, the training part has 24",)


def test_a_size_of_the_whole_part_is_that_part_and_drawn_once():
    rows = rows_of(ENGLISH)
    folds, _ = make_splits(rows, [COUNT], folds=4, repeats=1, seed=0)
    with_test = rows_of(ENGLISH, ENGLISH.select([0, 4]))
    once, _ = make_splits(with_test, [COUNT], folds=4, repeats=1, seed=0)

    over_folds, notes = curve_splits(rows, folds, [24], 1, seeds=1, seed=0)
    on_test, _ = curve_splits(with_test, once, [8, 32], 1, seeds=3, seed=0)

    assert [split.train.tolist() for split in over_folds] == [fold.train.tolist() for fold in folds]
    assert notes == ()
    assert [split.size for split in on_test] == [8, 32, 8, 8]


@pytest.mark.parametrize("asked", ["100,many", "0,10", "-5", [2.5]])
def test_sizes_that_are_no_numbers_of_labels_are_refused(asked):
    with pytest.raises(UsageError, match="expected numbers of labels and 'all', such as 100,300,1000,all; got"):
        parse_sizes(asked)


def test_sizes_are_read_in_any_order_and_spelling():
    assert parse_sizes(" 300, all ,100,300") == [100, 300, "all"]
    assert parse_sizes([5, "ALL"]) == [5, "all"]
    assert parse_sizes(None) == []
