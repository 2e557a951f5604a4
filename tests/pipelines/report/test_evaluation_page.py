"""The page of an evaluation: what it says is what was found, in well-formed HTML, whatever the data holds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpora import ENGLISH
from parsed_page import Page
from scipy.stats import binomtest

from nlp_toolkit import Corpus, read_corpus
from nlp_toolkit_pipelines import EvaluationReport, evaluate_in_depth, train
from nlp_toolkit_pipelines.report.evaluation_page import evaluation_page
from nlp_toolkit_pipelines.report.evaluation_scores import classes
from nlp_toolkit_pipelines.report.plane_chart import PlanePoint, plane_chart

EXAMPLES = Path(__file__).parents[3] / "examples"
HOSTILE = "</script><b id=planted>나쁜 글</b>"


def reviews(name: str) -> Corpus:
    return read_corpus(
        EXAMPLES / f"reviews_{name}.csv", text_column="text", label_column="sentiment", metadata=["topic"]
    )


@pytest.fixture(scope="module")
def report() -> EvaluationReport:
    test, learned = reviews("test"), reviews("train")
    test = replace(test, texts=[learned.texts[0], HOSTILE, *test.texts[2:]])
    return evaluate_in_depth(train("count-logreg", learned, folds=0), test, train=learned, name="시험.csv")


@pytest.fixture(scope="module")
def page(report: EvaluationReport) -> Page:
    return Page(evaluation_page(report.to_json()))


def test_every_part_is_there_and_nothing_is_planted(page):
    headings = [element.text for element in page.all("h2")]

    assert headings == [
        *("In short", "Scores", "Classes", "Calibration", "Slices", "Errors", "Training texts in the test"),
        *("Labels", "Drift", "Map of the texts", "How this was measured"),
    ]
    assert [element for element in page.elements if element.attributes.get("id") == "planted"] == []
    assert page.all("h1")[0].text == "count-logreg on 시험.csv"


def test_tables_hold_the_figures_found(page, report):
    scores = {row[0]: row[1] for row in page.table("Metrics over 48 rows")[1:]}
    by_class = {row[0]: row[1:] for row in page.table("The classes")[1:]}
    slices = {row[0]: row for row in page.table("Figures by Column topic")[1:]}

    assert float(scores["Accuracy"]) == report.figures["accuracy"].value
    assert float(scores["Log loss"]) == report.figures["log_loss"].value
    for each in report.classes:
        assert by_class[each.label][:2] == [str(each.support), str(each.predicted)]
        assert float(by_class[each.label][6]) == each.f1.value
    (topics,) = [slicing for slicing in report.slicings if slicing.by == "column:topic"]
    assert {each.name: str(each.n) for each in topics.slices} == {name: row[1] for name, row in slices.items()}


def test_confusion_and_errors_are_those_found(page, report):
    matrix = [[int(cell) for cell in row[1:-1]] for row in page.table("Rows by true class and prediction")[1:]]
    errors = page.table("Rows the model has most wrong")[1:]

    assert matrix == report.evaluation.confusion.matrix.tolist()
    assert len(errors) == report.errors.total
    assert errors[0][0].startswith(report.errors.rows[0].text[:20])
    assert report.errors.rows[0].nearest[0].text in errors[0][0]


def test_cells_of_the_confusion_tell_their_share_and_its_interval(page, report):
    ends = binomtest(report.evaluation.confusion.matrix[0, 1], 24).proportion_ci(method="wilson")
    share = report.evaluation.confusion.matrix[0, 1] / 24

    titles = [element.attributes.get("title") for element in page.all("span") if "heat" in str(element.attributes)]

    assert titles[1] == f"{share:.3f} [{ends.low:.3f}, {ends.high:.3f}] of {report.evaluation.confusion.labels[0]}"
    assert len(titles) == 4


def test_scores_without_leaks_stand_beside_all(page, report):
    rows = page.table("Scores with and without")

    assert [row[:2] for row in rows[1:]] == [["All rows", "48"], ["Without those in training", "47"]]
    assert float(rows[2][2]) == report.leakage.without_exact.figures["accuracy"].value
    ends = report.leakage.exact_share
    assert f"1, a share of 0.021 [{ends.low:.4f}, {ends.high:.3f}]" in page.by_id("leaks").text


def test_reliability_table_is_the_curve(page, report):
    bins = [each for each in report.calibration.bins if each.n]

    rows = page.table("Reliability")[1:]

    assert [float(row[4]) for row in rows] == [each.share for each in bins]
    assert [float(row[3]) for row in rows] == [each.probability_low for each in bins]
    assert sum(float(row[1]) for row in rows) == 48


def test_drift_and_divergences_show_their_intervals(page, report):
    shown = page.by_id("labels").text + page.by_id("drift").text

    for value, low, high in (
        (report.distributions.labels.kl, *report.distributions.intervals["kl"]),
        (report.drift.words.unknown_share, report.drift.words.unknown_share_low, report.drift.words.unknown_share_high),
        (report.drift.lengths.statistic, report.drift.lengths.statistic_low, report.drift.lengths.statistic_high),
        (report.drift.labels, report.drift.labels_low, report.drift.labels_high),
    ):
        assert f"{value:.3f} [{low:.3f}, {high:.3f}]" in shown


def test_small_divergences_are_not_rounded_to_nothing(report):
    drift = replace(report.drift, labels=0.00012, labels_low=0.0, labels_high=0.0034)
    ends = {**report.distributions.intervals, "jensen_shannon": [4e-9, 0.0051], "kl": [0.0, None]}
    labels = replace(report.distributions.labels, jensen_shannon=0.000432, kl=0.0066)
    distributions = replace(report.distributions, labels=labels, intervals=ends)

    found = Page(evaluation_page(replace(report, drift=drift, distributions=distributions).to_json()))

    assert "0.00012 [0.000, 0.0034]" in found.by_id("drift").text
    assert "0.00043 [< 0.000001, 0.0051]" in found.by_id("labels").text
    assert "0.0066 [0.000, ∞]" in found.by_id("labels").text


def test_texts_of_unknown_tokens_are_counted_and_their_share_has_the_interval(report):
    words = replace(report.drift.words, texts_without_known=12, share_without_known=0.25)
    words = replace(words, share_without_known_low=0.149, share_without_known_high=0.388)

    found = Page(evaluation_page(replace(report, drift=replace(report.drift, words=words)).to_json()))

    assert "12, a share of 0.250 [0.149, 0.388]" in found.by_id("drift").text


def test_what_is_shown_of_many_rows_is_said(page, report):
    points = report.map["points"][:40]
    errors = replace(report.errors, rows=report.errors.rows[:2])

    found = Page(evaluation_page(replace(report, map={**report.map, "points": points}, errors=errors).to_json()))

    assert "These are 40 of the 48 rows, drawn at random." in found.by_id("map").text
    assert "drawn at random" not in page.by_id("map").text
    assert found.by_id("errors").text.split("rows")[0].endswith(f"The first 2 of {report.errors.total} ")


def test_numbers_have_no_wilson_interval():
    numbers = Corpus(texts=ENGLISH.texts, labels=[float(len(text)) for text in ENGLISH.texts])

    found = evaluate_in_depth(train("tfidf-ridge", numbers, folds=0), numbers, text_map="none")

    assert found.settings["intervals"] == "2,000 resampled test sets"


def test_leaks_are_told_once_and_shares_have_no_sign(page, report):
    said = page.by_id("summary").text

    assert report.leakage.exact == 1
    assert said.count("in the training part too") == 1
    assert not [element.text for element in page.all("text") if element.text.startswith("+")]


def test_many_classes_show_their_most_frequent_confusions():
    labels = [f"c{n}" for n in range(25)]
    matrix = np.eye(25, dtype=int) * 5 + np.eye(25, k=1, dtype=int)
    shares = {name: np.full((25, 25), share) for name, share in (("shares_low", 0.03), ("shares_high", 0.564))}
    shares["shares"] = matrix / matrix.sum(axis=1, keepdims=True)
    rows = {"labels": labels, "matrix": matrix.tolist()} | {name: each.tolist() for name, each in shares.items()}
    figure = {"value": 0.9, "low": 0.8, "high": 0.95}
    each = [
        {"label": name, "support": 6, "predicted": 6, **dict.fromkeys(("precision", "recall", "f1"), figure)}
        for name in labels
    ]

    found = Page(classes({"classes": each, "confusion": rows}))

    confused = found.table("Confusions")
    assert confused[1][:3] == ["c0", "c1", "1"]
    assert [float(cell) for cell in confused[1][3:]] == [1 / 6, 0.03]
    assert len(confused) == 25


def test_chart_of_many_points_is_one_path():
    random = np.random.default_rng(0)
    few = [PlanePoint(float(x), float(y), words="one") for x, y in random.random((10, 2))]
    many = [PlanePoint(float(x), float(y)) for x, y in random.random((1000, 2))]
    charts = [Page(plane_chart("c", "t", "d", "x", "y", points, lambda x: 0.0)) for points in (few, many)]

    marks = [[path for path in chart.all("path") if "mark" in (path.attributes["class"] or "")] for chart in charts]

    assert [len(each) for each in marks] == [10, 1]
    assert (marks[1][0].attributes["d"] or "").count("M") == 1000


def test_report_of_rows_that_are_all_right_says_so():
    model = train("count-logreg", ENGLISH, folds=0)

    page = Page(evaluation_page(evaluate_in_depth(model, ENGLISH).to_json()))

    assert "Every row is right." in [element.text for element in page.all("p")]
    assert "no other row is left" in page.by_id("summary").text
