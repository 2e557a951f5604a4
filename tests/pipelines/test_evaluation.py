"""Evaluation: the model's own labels, texts it has seen, and the three ways to name a model."""

from pathlib import Path

import pytest
from corpora import ENGLISH, NUMBERS, SEVERAL
from sklearn.pipeline import Pipeline

from nlp_toolkit.errors import ArtefactError, DataError, UsageError
from nlp_toolkit_pipelines import Corpus, CountVectorizer, build_pipeline, evaluate, load_model, predict, save, train

NEW = Corpus(texts=["cats purr", "a fast engine", "the kitten"], labels=["cat", "car", "car"])


def test_figures_by_hand():
    result = evaluate(train("count-logreg", ENGLISH, folds=0), NEW)

    # Two of three right; the third is a kitten labelled car.
    assert result.metrics["accuracy"] == pytest.approx(2 / 3)
    assert result.confusion.labels == ("car", "cat")
    assert result.confusion.matrix.tolist() == [[1, 1], [0, 1]]
    assert result.per_class["cat"].precision == 1 / 2
    assert result.unseen == result.metrics
    assert (result.seen, result.n, result.n_unseen) == (0, 3, 3)


def test_directory_model_and_result_are_the_same_model(tmp_path: Path):
    trained = train("tfidf-svm", ENGLISH, folds=0, output=tmp_path / "model")

    figures = [evaluate(model, NEW).to_json() for model in (trained, trained.model, tmp_path / "model")]

    assert figures[0] == figures[1] == figures[2]
    assert evaluate(str(tmp_path / "model"), ENGLISH).seen == len(ENGLISH)


def test_label_order_is_kept_through_save_and_load(tmp_path: Path):
    labels = ["zebra" if label == "cat" else "ape" for label in ENGLISH.labels]
    train("tfidf-svm", Corpus(texts=ENGLISH.texts, labels=labels), folds=0, output=tmp_path / "model")

    model = load_model(tmp_path / "model")

    assert model.labels == ("ape", "zebra") == tuple(model.pipeline.classes_)


def test_integer_labels_meet_the_strings_of_a_file():
    numbers = Corpus(texts=ENGLISH.texts, labels=[int(label == "cat") for label in ENGLISH.labels])
    model = train("count-logreg", numbers, folds=0)

    from_file = Corpus(texts=ENGLISH.texts, labels=[str(label) for label in numbers.labels])

    assert model.model.labels == (0, 1)
    assert evaluate(model, from_file).metrics["accuracy"] == 1.0


def test_regression_reports_errors_and_no_classes():
    result = evaluate(train("tfidf-ridge", NUMBERS, folds=0), NUMBERS)

    assert result.metrics["r2"] > 0.9
    assert (result.per_class, result.confusion, dict(result.unknown_labels)) == (None, None, {})


def test_multilabel_scores_sets():
    result = evaluate(train("tfidf-multilabel", SEVERAL, folds=0), SEVERAL)

    assert result.metrics["accuracy"] == 1.0
    assert result.per_class["night"].support == 4


def test_corpus_without_labels_is_refused():
    with pytest.raises(DataError, match="no labels; name the label column"):
        evaluate(train("count-logreg", ENGLISH, folds=0), Corpus(texts=["a"]))


def test_what_is_no_model_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match="no such model directory"):
        evaluate(tmp_path / "nothing", ENGLISH)
    (tmp_path / "folder").mkdir()
    with pytest.raises(ArtefactError, match="not a model directory"):
        evaluate(tmp_path / "folder", ENGLISH)
    with pytest.raises(UsageError, match="expected a model directory, a TrainedModel or a TrainResult, got int"):
        evaluate(3, ENGLISH)  # type: ignore[arg-type]


def test_saved_stage_is_no_model(tmp_path: Path):
    from nlp_toolkit import TfidfVectorizer

    save(TfidfVectorizer().fit(ENGLISH.texts), tmp_path / "stage")

    with pytest.raises(UsageError, match="holds a stage, not a trained model"):
        load_model(tmp_path / "stage")


def test_pipeline_saved_by_hand_is_a_model_too(tmp_path: Path):
    trained = train("count-logreg", ENGLISH, folds=0)
    save(trained.pipeline, tmp_path / "model")

    loaded = load_model(tmp_path / "model")

    assert (loaded.task, loaded.recipe, loaded.labels) == ("classification", None, ("car", "cat"))
    assert evaluate(loaded, NEW).metrics == evaluate(trained, NEW).metrics


def test_model_card_says_what_it_is_and_how_to_use_it(tmp_path: Path):
    result = train("tfidf-svm", ENGLISH, folds=2, output=tmp_path / "model")

    card = next((tmp_path / "model").glob("*/README.md")).read_text(encoding="utf-8")

    assert "# tfidf-svm" in card
    assert "fitted on 32 rows" in card
    assert "`car`, `cat`" in card
    assert "nlp-toolkit predict MODEL" in card
    accuracy = result.metrics["accuracy"]
    assert f"| accuracy | {accuracy:.4f} | {accuracy:.4f} |" in card


def test_pipeline_of_label_lists_saved_by_hand_keeps_its_task(tmp_path: Path):
    pipeline = build_pipeline("tfidf-multilabel").fit(SEVERAL.texts, SEVERAL.labels)
    save(pipeline, tmp_path / "model")

    found = next(predict(tmp_path / "model", ["a cat at night"]))

    assert load_model(tmp_path / "model").task == "multilabel"
    assert (found.label, found.labels) == (None, tuple(pipeline.predict(["a cat at night"])[0]))


def test_pipeline_without_an_estimator_is_no_model(tmp_path: Path):
    save(Pipeline([("vectorizer", CountVectorizer())]).fit(ENGLISH.texts), tmp_path / "stage")

    with pytest.raises(UsageError, match="holds a stage, not a trained model"):
        next(predict(tmp_path / "stage", ["a cat"]))
