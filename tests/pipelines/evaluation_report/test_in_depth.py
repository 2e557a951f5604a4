"""Evaluation in depth as a whole: on the project's examples in two languages, for every task, and on disk."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from corpora import OF_TASK

from nlp_toolkit import Corpus, read_corpus
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines import EvaluationReport, TrainedModel, evaluate, evaluate_in_depth, train

EXAMPLES = Path(__file__).parents[3] / "examples"
RECIPES = {
    "classification": "count-logreg",
    "multilabel": "tfidf-multilabel",
    "regression": "tfidf-ridge",
    "pair-classification": "tfidf-pair-logreg",
}


def reviews(name: str) -> Corpus:
    return read_corpus(
        EXAMPLES / f"reviews_{name}.csv",
        text_column="text",
        label_column="sentiment",
        id_column="id",
        metadata=["language", "topic"],
    )


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return train("tfidf-logreg", reviews("train"), folds=0).model


@pytest.fixture(scope="module")
def report(model: TrainedModel) -> EvaluationReport:
    return evaluate_in_depth(model, reviews("test"), train=reviews("train"))


def test_headline_is_what_evaluate_says(model, report):
    plain = evaluate(model, reviews("test"))

    assert report.evaluation.to_json() == plain.to_json()
    assert {name: figure.value for name, figure in report.figures.items()} == pytest.approx(dict(plain.metrics))


def test_every_figure_has_an_interval_around_it(report):
    slices = [each for slicing in report.slicings for each in slicing.slices]
    figures = [report.figures, report.baseline, *(each.figures for each in slices)]
    listed = [figure for part in figures for figure in part.values()]
    listed += [figure for each in report.classes for figure in (each.precision, each.recall, each.f1)]

    assert len(listed) > 30
    assert [each for each in listed if not each.low - 1e-12 <= each.value <= each.high + 1e-12] == []


def test_both_languages_and_every_topic_are_slices(report):
    by = {slicing.by: {each.name: each.n for each in slicing.slices} for slicing in report.slicings}

    assert by["language"] == {"English": 24, "Korean": 24}
    assert by["column:language"] == {"en": 24, "ko": 24}
    assert sum(by["column:topic"].values()) == 48
    assert sum(by["length"].values()) == 48


def test_errors_name_their_rows_and_their_nearest_training_texts(report):
    wrong = report.errors.rows
    sure = [each.confidence for each in wrong]
    training = reviews("train")

    assert len(wrong) == report.errors.total == round(48 * (1 - report.figures["accuracy"].value))
    assert sure == sorted(sure, reverse=True)
    assert all(each.id.startswith("test-") for each in wrong)
    near = [text for each in wrong for text in each.nearest]
    assert near
    assert all(training.texts[text.row] == text.text and training.labels[text.row] == text.label for text in near)


def test_examples_leak_nothing_and_a_copied_row_is_found(model, report):
    assert (report.leakage.exact, report.leakage.near) == (0, 0)
    test, learned = reviews("test"), reviews("train")
    texts = [learned.texts[0], f"{learned.texts[1]}!", *test.texts[2:]]
    leaking = replace(test, texts=texts)

    found = evaluate_in_depth(model, leaking, train=learned, text_map="none").leakage

    assert (found.exact, found.near) == (1, 1)
    assert (found.without_exact.n, found.without_near.n) == (47, 46)


def test_drift_and_map_and_summary(report):
    assert (report.drift.rows_before, report.drift.rows_now) == (192, 48)
    assert report.drift.labels == pytest.approx(0.0, abs=1e-3)
    assert len(report.map["points"]) == 48
    assert report.summary[0].startswith("Accuracy 0.")
    assert "on 48 rows; always saying the most frequent answer scores 0.500." in report.summary[0]


def test_same_report_every_time(model, report):
    assert evaluate_in_depth(model, reviews("test"), train=reviews("train")).to_json() == report.to_json()


@pytest.mark.parametrize("task", RECIPES)
def test_every_task_becomes_a_page(task, tmp_path):
    corpus = OF_TASK[task]
    trained = train(RECIPES[task], corpus, folds=0)

    found = evaluate_in_depth(trained, corpus, train=corpus, output=tmp_path / "report")

    written = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(found.to_json()))
    assert written["task"] == task
    assert (written["calibration"] is None) == task.endswith("regression")
    assert (written["residuals"] is None) != task.endswith("regression")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "<!DOCTYPE html>" in page
    assert 'id="leaks"' in page


def test_model_without_rows_of_its_own_is_looked_at_through_tfidf():
    from sklearn.dummy import DummyClassifier
    from sklearn.pipeline import Pipeline

    from nlp_toolkit_pipelines.evaluation_report.stages import text_stage
    from nlp_toolkit_pipelines.recipe import Task

    task: Task = "classification"
    pipeline = Pipeline([("vectorizer", "passthrough"), ("reduce", "passthrough"), ("estimator", DummyClassifier())])

    found = text_stage(TrainedModel(pipeline, task))

    assert (found.name, found.own) == ("TF-IDF", False)
    assert found.inputs([("one", "two")]) == ["one | two"]


def test_reports_are_not_written_over(tmp_path, model):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.json").write_text("{}")
    with pytest.raises(UsageError, match="a report exists there; replace it"):
        evaluate_in_depth(model, reviews("test"), output=tmp_path / "report")
    (tmp_path / "report" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds more than a report \(notes.txt\)"):
        evaluate_in_depth(model, reviews("test"), output=tmp_path / "report", overwrite=True)


def test_faults_are_those_of_evaluate(model, tmp_path):
    with pytest.raises(DataError, match="no labels; name the label column"):
        evaluate_in_depth(model, Corpus(texts=["a"]), output=tmp_path / "report")
    assert not (tmp_path / "report").exists()
    with pytest.raises(UsageError, match="unknown map 'umap'; known: pca, t-sne, none"):
        evaluate_in_depth(model, reviews("test"), text_map="umap")
