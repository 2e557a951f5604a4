"""Labels that cannot be used: error 3 that names rows, before anything is fitted."""

import numpy as np
import pytest

from nlp_toolkit.errors import DataError, RecipeError
from nlp_toolkit_pipelines import Corpus, evaluate, train

TEXTS = [f"text number {i} about {'cats' if i % 2 else 'dogs'}" for i in range(8)]
CLASSES = ["a", "b", "a", "b", "a", "b", "a", "b"]

FAULTS = {
    "no labels": ("count-logreg", None, "no labels; name the label column"),
    "one class": ("count-logreg", ["a"] * 8, r"at least two classes, got 1 \('a'\) in all 8 rows"),
    "empty label": (
        "count-logreg",
        ["a", "", "b", " ", "a", "b", "a", "b"],
        r"empty label in rows 2, 4 \(counted from 1\)",
    ),
    "missing label": ("count-logreg", ["a", None, *CLASSES[2:]], "empty label in row 2"),
    "NaN label": ("count-logreg", [*CLASSES[:7], float("nan")], "empty label in row 8"),
    "mixed types": (
        "count-logreg",
        ["a", 1, *CLASSES[2:]],
        r"labels of one type, got int and str \(int in row 2 \(counted from 1\)\)",
    ),
    "fractions as classes": ("count-logreg", [0.5, 1.0] * 4, "numbers with fractions in rows 1, 3, 5, 7"),
    "lists as classes": ("count-logreg", [["a"], ["b"]] * 4, "got list .* task multilabel"),
    "too few labels": ("count-logreg", CLASSES[:7], "labels has 7 entries for 8 texts"),
    "text as a number": ("tfidf-ridge", ["1", "2", "three", "4"] * 2, "got 'three' in rows 3, 7"),
    "empty number": ("tfidf-ridge", ["1", "", "3", "4"] * 2, "got '' in rows 2, 6"),
    "NaN number": ("tfidf-ridge", ["1", "nan", "3", "4"] * 2, "got 'nan' in rows 2, 6"),
    "number with an underscore": ("tfidf-ridge", ["1", "1_000", "3", "4"] * 2, "got '1_000' in rows 2, 6"),
    "infinite number": ("tfidf-ridge", [1.0, 2.0, 3.0, float("inf")] * 2, "got inf in rows 4, 8"),
    "classes for a multi-label recipe": ("tfidf-multilabel", CLASSES, "expected a list of labels a row, got str 'a'"),
    "no label in any row": ("tfidf-multilabel", [[]] * 8, "no row of 8 has a label"),
    "empty label in a list": ("tfidf-multilabel", [["a"], ["a", ""]] * 4, "empty label in rows 2, 4, 6, 8"),
    "class with one row": ("count-logreg", ["a"] * 7 + ["b"], "class 'b' has only 1 row.*min-class-count 2.*--test"),
    "class of two with calibration": (
        "tfidf-svm",
        ["a"] * 6 + ["b"] * 2,
        "class 'b' has only 2 rows, it takes 3 of each class with linear_svm",
    ),
}


@pytest.mark.parametrize(("recipe", "labels", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_in_labels_is_told_before_fitting(recipe, labels, message, monkeypatch):
    monkeypatch.setattr("nlp_toolkit_pipelines.fitting.build_pipeline", _no_fitting)

    with pytest.raises(DataError, match=message) as caught:
        train(recipe, Corpus(texts=TEXTS, labels=labels))

    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


def _no_fitting(*_: object) -> object:
    raise AssertionError("a pipeline was built before the labels were checked")


def test_class_with_one_row_trains_where_no_split_needs_two():
    labels = ["a"] * 7 + ["b"]

    result = train("count-logreg", Corpus(texts=TEXTS, labels=labels), test=Corpus(texts=TEXTS, labels=labels))

    assert result.model.labels == ("a", "b")


def test_class_with_one_row_stops_calibration_even_with_a_test_set():
    corpus = Corpus(texts=TEXTS, labels=["a"] * 7 + ["b"])

    with pytest.raises(DataError, match="class 'b' has one row, and the probabilities of linear_svm need two"):
        train("tfidf-svm", corpus, test=corpus)


def test_min_class_count_drops_rare_classes_and_reports_them(caplog):
    corpus = Corpus(texts=[*TEXTS, "an owl"], labels=[*CLASSES, "owl"])

    result = train("count-logreg", corpus, min_class_count=2)

    assert dict(result.dropped) == {"owl": 1}
    assert result.rows == 8
    assert result.model.labels == ("a", "b")
    assert "left out classes with fewer than 2 rows: owl (1)" in caplog.text
    assert result.to_json()["dropped_classes"] == {"owl": 1}


def test_fewer_folds_where_a_class_is_small_are_told():
    corpus = Corpus(texts=TEXTS, labels=["a"] * 5 + ["b"] * 3)

    result = train("count-logreg", corpus)

    assert result.folds == 3
    assert "3 folds instead of 5: class 'b' has only 3 rows" in result.notes


def test_strings_that_look_like_other_things_stay_strings():
    corpus = Corpus(texts=TEXTS, labels=["NA", "001"] * 2 + ["null", "1e5"] * 2)

    result = train("count-logreg", corpus, folds=2)

    assert result.model.labels == ("001", "1e5", "NA", "null")


def test_unknown_label_at_evaluation_is_counted_and_not_scored(caplog):
    model = train("count-logreg", Corpus(texts=TEXTS, labels=CLASSES), folds=0)

    result = evaluate(model, Corpus(texts=["about cats", "about dogs", "an owl"], labels=["b", "a", "owl"]))

    assert result.unknown_labels == {"owl": 1}
    assert (result.n, result.metrics["accuracy"], result.metrics["macro_f1"]) == (2, 1.0, 1.0)
    assert "1 of 3 rows have labels unknown to the model: 'owl' (1)" in caplog.text


def test_only_unknown_labels_at_evaluation_are_an_error():
    model = train("count-logreg", Corpus(texts=TEXTS, labels=CLASSES), folds=0)

    with pytest.raises(DataError, match="none of the 1 labels is one the model knows"):
        evaluate(model, Corpus(texts=["an owl"], labels=["owl"]))


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_weight_that_is_none_is_refused_with_its_row(weight):
    weights = np.array([1.0, weight, *[1.0] * 6])

    with pytest.raises(DataError, match=r"finite weights of 0 or more, got .* in row 2"):
        train("count-logreg", Corpus(texts=TEXTS, labels=CLASSES, weights=weights))


def test_weights_for_an_estimator_without_them_are_refused():
    corpus = Corpus(texts=TEXTS, labels=CLASSES, weights=np.ones(8))

    with pytest.raises(RecipeError, match="estimator knn takes no row weights"):
        train("count-logreg", corpus, overrides={"estimator": {"kind": "knn", "n_neighbors": 1}}, folds=0)


def test_pairs_and_texts_are_not_mixed_up():
    with pytest.raises(DataError, match="takes two texts a row; name the second column"):
        train("tfidf-pair-logreg", Corpus(texts=TEXTS, labels=CLASSES))
    with pytest.raises(DataError, match="takes one text a row, got pairs"):
        train("count-logreg", Corpus(pairs=[("a", "b")] * 8, labels=CLASSES))


def test_groups_that_leave_one_class_to_learn_from_are_refused():
    corpus = Corpus(texts=TEXTS, labels=["a"] * 4 + ["b"] * 4, groups=["g"] * 4 + ["h"] * 4)

    with pytest.raises(DataError, match="with whole groups left out, a training part has too few rows of a class"):
        train("count-logreg", corpus)


def test_parameters_that_do_not_go_together_are_the_recipes_fault():
    with pytest.raises(RecipeError, match="count-logreg cannot be fitted: Solver lbfgs supports only"):
        train(
            "count-logreg",
            Corpus(texts=TEXTS, labels=CLASSES),
            overrides={"estimator.solver": "lbfgs", "estimator.l1_ratio": 0.5},
        )
