"""Training: the figures, the folds, what the result says, and where the model goes."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from corpora import ENGLISH, KOREAN, OF_TASK
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from nlp_toolkit.errors import DataError, RecipeError, UsageError
from nlp_toolkit_pipelines import Corpus, build_pipeline, load_recipe, predict, recipe_names, train
from nlp_toolkit_pipelines.fitting import prepare_rows

CLASSIFICATION = {"accuracy", "balanced_accuracy", "macro_f1", "log_loss"}
REGRESSION = {"mae", "mse", "rmse", "r2"}


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_trains_evaluates_and_answers_in_its_json_shape(name: str):
    recipe = load_recipe(name)
    if name.startswith(("bert-", "neural-")):
        pytest.skip("recipes with networks have tests of their own, in test_bert_recipes.py and test_neural_recipes.py")
    overrides = {"reduce.components": 4} if recipe.reduce is not None else {}
    corpus = OF_TASK[recipe.task]

    result = train(name, corpus, folds=2, overrides=overrides)
    first = next(predict(result, corpus))

    answer = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert (REGRESSION if recipe.is_regression else CLASSIFICATION) <= answer["metrics"].keys()
    assert answer["n"] == len(corpus)
    assert answer["unseen"].keys() == answer["metrics"].keys() | {"n"}
    expected = {"row", "value"} if recipe.is_regression else {"row", "probabilities"}
    assert expected <= first.to_json().keys()


def test_cross_validated_figures_are_those_of_scikit_learn():
    recipe = load_recipe("count-logreg", {"vectorizer.tokenizer": "words"})
    labels = np.array(ENGLISH.labels)
    labels[::5] = "cat"  # some noise, so that not everything is right
    corpus = Corpus(texts=ENGLISH.texts, labels=labels.tolist())

    result = train(recipe, corpus, folds=4)

    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    expected = cross_val_predict(build_pipeline(recipe), ENGLISH.texts, labels, cv=folds)
    assert result.folds == 4
    assert 0.5 < result.metrics["accuracy"] < 1.0
    assert result.metrics["accuracy"] == (expected == labels).mean()


def test_korean_texts_give_the_same_figures_whether_tokens_are_remembered_or_not():
    recipe = load_recipe("tfidf-logreg")

    result = train(recipe, KOREAN, folds=4)

    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    expected = cross_val_predict(
        build_pipeline(recipe), KOREAN.texts, np.array(KOREAN.labels), cv=folds, method="predict_proba"
    )
    truth = (np.array(KOREAN.labels) == "seoul").astype(int)
    assert result.metrics["log_loss"] == pytest.approx(-np.log(expected[np.arange(len(truth)), truth]).mean())


def test_saved_korean_stage_keeps_its_own_tokenizer():
    stage = train("tfidf-logreg", KOREAN, folds=2).pipeline["vectorizer"]

    assert stage.tokenizer == "auto"
    assert type(stage.tokenizer_).__name__ == "KoreanTokenizer"


def test_test_set_replaces_cross_validation():
    test = Corpus(texts=["cats sleep", "the engine of a car"], labels=["cat", "car"])

    result = train("count-logreg", ENGLISH, test=test)

    assert (result.folds, result.n) == (0, 2)
    assert result.to_json()["evaluated_by"] == "test"
    assert result.metrics["accuracy"] == 1.0


def test_labels_of_the_test_set_are_checked_before_anything_is_fitted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        "nlp_toolkit_pipelines.training.fit_pipeline", lambda *_: pytest.fail("fitted before the check")
    )
    training = Corpus(texts=["good film", "bad film"] * 4, labels=["pos", "neg"] * 4)
    with pytest.raises(DataError, match="label"):
        train("count-logreg", training, test=Corpus(texts=["good"], labels=[""]))


def test_text_in_train_and_test_is_counted_and_left_out_of_unseen(caplog: pytest.LogCaptureFixture):
    test = Corpus(texts=[ENGLISH.texts[0], "the road is red"], labels=["car", "car"])

    result = train("count-logreg", ENGLISH, test=test)

    assert result.metrics["accuracy"] == 0.5
    assert result.unseen["accuracy"] == 1.0
    assert result.to_json()["unseen"]["n"] == 1
    assert "1 of 2 texts are in the training part too; the figures for unseen" in caplog.text


def test_unseen_is_null_when_nothing_is_left():
    result = train("count-logreg", ENGLISH, test=ENGLISH)

    assert result.unseen is None
    assert result.to_json()["unseen"] is None
    assert result.to_json()["seen_in_training"] == len(ENGLISH)


def test_composed_and_decomposed_hangul_are_the_same_text_for_the_leakage_check():
    import unicodedata

    decomposed = [unicodedata.normalize("NFD", text) for text in KOREAN.texts]

    result = train("tfidf-char-svm", KOREAN, test=Corpus(texts=decomposed, labels=KOREAN.labels))

    assert result.unseen is None
    assert result.metrics["accuracy"] == 1.0


def test_duplicates_across_folds_count_as_seen():
    # Ten copies over two folds: each fold's training part has some of them.
    corpus = Corpus(texts=["same text"] * 10 + ENGLISH.texts[:8], labels=["cat"] * 10 + list(ENGLISH.labels[:8]))

    result = train("count-logreg", corpus, folds=2)

    assert result.evaluation.seen == 10
    assert (result.n, result.evaluation.n_unseen) == (18, 8)


def test_groups_are_never_split():
    groups = [f"g{i // 8}" for i in range(32)]
    # The label is the group's: only a split group could be guessed.
    corpus = Corpus(texts=[f"{g} text" for g in groups], labels=[str(i // 16) for i in range(32)], groups=groups)

    result = train("count-logreg", corpus, folds=2)

    assert result.metrics["accuracy"] <= 0.5


def test_too_few_groups_reduce_the_folds():
    corpus = Corpus(texts=ENGLISH.texts, labels=ENGLISH.labels, groups=[str(i % 3) for i in range(32)])

    result = train("count-logreg", corpus)

    assert result.folds == 3
    assert "3 folds instead of 5: there are only 3 groups" in result.notes


def test_weights_change_the_model():
    cats_only = np.where(np.asarray(ENGLISH.labels) == "cat", 1.0, 1e-9)
    corpus = Corpus(texts=ENGLISH.texts, labels=ENGLISH.labels, weights=cats_only)

    result = train("count-logreg", corpus, folds=0)

    assert {answer.label for answer in predict(result, ["my car is fast"])} == {"cat"}
    assert result.to_json()["evaluated_by"] is None


def test_class_weight_is_a_parameter_like_any_other():
    corpus = Corpus(texts=["x"] * 10, labels=["a"] * 9 + ["b"])

    plain = train("count-logreg", corpus, folds=0, overrides={"vectorizer.tokenizer": "characters"})
    balanced = train(
        "count-logreg",
        corpus,
        folds=0,
        overrides={"vectorizer.tokenizer": "characters", "estimator.class_weight": "balanced"},
    )

    assert next(predict(plain, ["x"])).probabilities["b"] == pytest.approx(0.1, abs=0.02)
    assert next(predict(balanced, ["x"])).probabilities["b"] == pytest.approx(0.5, abs=0.02)


def test_existing_output_is_kept_unless_overwrite(tmp_path: Path):
    train("count-logreg", ENGLISH, output=tmp_path / "model", folds=0)

    with pytest.raises(UsageError, match=r"a model exists there; pass overwrite=True \(--overwrite\)"):
        train("count-logreg", ENGLISH, output=tmp_path / "model", folds=0)

    result = train("tfidf-nb", ENGLISH, output=tmp_path / "model", overwrite=True, folds=0)
    assert result.output == tmp_path / "model"
    assert result.model.path == tmp_path / "model"


def test_existing_file_is_refused_before_anything_is_fitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "model").write_text("mine")
    monkeypatch.setattr("nlp_toolkit_pipelines.training.fit_pipeline", None)

    with pytest.raises(UsageError, match="exists and is a file"):
        train("count-logreg", ENGLISH, output=tmp_path / "model", overwrite=True)


def test_file_is_read_with_its_columns_guessed(tmp_path: Path):
    path = tmp_path / "reviews.csv"
    lines = [f"{text},{label}" for text, label in zip(ENGLISH.texts, ENGLISH.labels, strict=True)]
    path.write_text("text,label\n" + "\n".join(lines), encoding="utf-8")

    assert train("count-logreg", path, folds=2).metrics == train("count-logreg", ENGLISH, folds=2).metrics


def test_fewer_than_two_folds_are_refused():
    with pytest.raises(UsageError, match="expected at least 2 folds, got 1"):
        train("count-logreg", ENGLISH, folds=1)


def test_what_every_fold_would_say_is_said_once(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, logger="nlp_toolkit"):
        train("count-logreg", ENGLISH, folds=4)

    assert caplog.text.count("tokenizer auto chose words") == 1


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"texts": [None, "a cat"]}, r"row 1 \(counted from 1\) is missing \(None\)"),
        ({"texts": ["a cat", 1.5]}, r"row 2 \(counted from 1\) is float 1.5, expected a text"),
        ({"weights": [0, 0]}, "expected weights above 0, got none"),
        ({"groups": ["a", None]}, r"no group in row 2 \(counted from 1\)"),
    ],
)
def test_column_that_cannot_be_used_is_named(columns: dict[str, list[object]], message: str):
    corpus = Corpus(**{"texts": ["a cat", "a dog"], "labels": ["x", "y"], **columns})

    with pytest.raises(DataError, match=message):
        train("count-logreg", corpus, folds=0)


def test_missing_text_of_a_pair_is_named():
    corpus = Corpus(pairs=[("a", "b"), ("a", None)], labels=["x", "y"])

    with pytest.raises(DataError, match=r"the second text of row 2 \(counted from 1\) is NoneType None"):
        train("tfidf-pair-logreg", corpus, folds=0)


def test_parameter_that_fails_at_prediction_is_the_fault_of_the_recipe():
    with pytest.raises(RecipeError, match="count-logreg cannot be fitted: Expected n_neighbors <= n_samples_fit"):
        train("count-logreg", ENGLISH, folds=0, overrides={"estimator": {"kind": "knn", "n_neighbors": 100}})


@pytest.mark.parametrize(
    ("label", "what"),
    [
        (lambda n: f"user{n}", "ids, such as 'user0', 'user1', 'user2'"),
        (lambda n: f"a good film number {n}", "free text, such as "),
        (lambda n: n, "numbers (ids, or a target for regression), such as 0, 1, 2"),
    ],
)
def test_a_column_of_ids_is_no_label_column(label, what):
    corpus = Corpus(texts=["soup"] * 2_000, labels=[label(n if n < 1_100 else 1_100) for n in range(2_000)])
    with pytest.raises(DataError, match="1,101 classes in 2,000 rows, and 1,100 rows have a class of") as told:
        prepare_rows(load_recipe("tfidf-logreg"), corpus)
    assert what in str(told.value)
    assert "--min-class-count 2" in str(told.value)


@pytest.mark.parametrize(("classes", "rows"), [(1_000, 1_000), (1_100, 2_200)])
def test_many_classes_that_repeat_or_few_that_do_not_are_learned(classes, rows):
    corpus = Corpus(texts=["soup"] * rows, labels=[f"l{n % classes}" for n in range(rows)])
    assert len(prepare_rows(load_recipe("tfidf-logreg"), corpus).target.labels) == classes


def test_a_label_a_row_is_refused_for_several_labels_too():
    corpus = Corpus(texts=["soup"] * 1_500, labels=[["all", f"l{n}"] for n in range(1_500)])
    with pytest.raises(DataError, match="1,501 classes in 1,500 rows"):
        prepare_rows(load_recipe("tfidf-multilabel"), corpus)


def test_ids_are_dropped_where_classes_have_to_have_two_rows():
    corpus = Corpus(texts=["soup"] * 2_000, labels=[f"l{n}" if n < 1_800 else f"k{n % 2}" for n in range(2_000)])
    assert prepare_rows(load_recipe("tfidf-logreg"), corpus, min_class_count=2).target.labels == ("k0", "k1")
