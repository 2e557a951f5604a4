"""Whether a model can be taken at its word: the reliability of probabilities, the residuals of numbers."""

from collections.abc import Mapping
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.evaluation_scores import figure_cells, figure_words
from nlp_toolkit_pipelines.report.html import Html, join, text
from nlp_toolkit_pipelines.report.page import facts, figure, paragraph
from nlp_toolkit_pipelines.report.plane_chart import PlanePoint, plane_chart
from nlp_toolkit_pipelines.report.tables import Cell, Column, plain, table


def calibration(report: Mapping[str, Any]) -> Html:
    """The section: the reliability curve against the diagonal, calibration error and Brier score."""
    found = report["calibration"]
    several = report["task"] == "multilabel"
    bins = [each for each in found["bins"] if each["n"]]
    points = [
        PlanePoint(each["probability"], each["share"], each["share_low"], each["share_high"], _bin_words(each))
        for each in bins
    ]
    chart = plane_chart(
        "reliability-drawing",
        "Reliability curve",
        "; ".join(_bin_words(each) for each in bins),
        "mean probability",
        "share that came true",
        points,
        lambda x: x,
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.0),
    )
    what = "each label of each row is a decision" if several else "the probability of the predicted class"
    words = (
        f"Probability against what came true ({what}), with 95 % intervals. On the dashed line a model can be taken "
        "at its word; below it it is too sure, above it not sure enough."
    )
    figures = [
        ("Expected calibration error", text(_with_ends(found, "ece"))),
        ("Of a perfect model, by chance", text(_with_ends(found, "ece_by_chance"))),
        ("Brier score", text(_with_ends(found, "brier"))),
        ("Decisions", text(numbers.count(found["n"]))),
    ]
    return join([figure(chart, words, _bins(bins)), facts(figures)])


def _with_ends(found: Mapping[str, Any], name: str) -> str:
    return figure_words(_figure(found, name))


def _figure(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {"value": found[name], "low": found[f"{name}_low"], "high": found[f"{name}_high"]}


def _bin_words(each: Mapping[str, Any]) -> str:
    return (
        f"probability {numbers.score(each['probability'])}: {numbers.score(each['share'])} of "
        f"{numbers.count(each['n'])} came true"
    )


def _bins(bins: list[Mapping[str, Any]]) -> Html:
    rows = [
        [
            plain(f"{each['low']:.1f} to {each['high']:.1f}"),
            Cell(text(numbers.count(each["n"])), each["n"]),
            *figure_cells(_figure(each, "probability")),
            *figure_cells(_figure(each, "share")),
        ]
        for each in bins
    ]
    heads = ("Decisions", "Mean probability", "95 %", "Came true", "95 %")
    return table("Reliability", [Column("Probability"), *(Column(head, numeric=True) for head in heads)], rows)


def residuals(report: Mapping[str, Any]) -> Html:
    """The section: errors over predictions, and their mean."""
    found = report["residuals"]
    points = [
        PlanePoint(x, y, words=f"predicted {numbers.significant(x, 4)}, off by {numbers.signed(y)}")
        for x, y in zip(found["predicted"], found["errors"], strict=True)
    ]
    mean, spread = figure_words(found["mean"]), figure_words(found["spread"])
    chart = plane_chart(
        "residuals-drawing",
        "Errors over predictions",
        f"{numbers.count(len(points))} rows; the mean error is {mean}, the spread {spread}",
        "predicted",
        "prediction − truth",
        points,
        lambda x: 0.0,
    )
    words = (
        f"Each point is a row. The mean error is {mean}. Points that lie above the line in one place and below it in "
        "another mean that the model misses a bend; a widening band that large predictions are less sure."
    )
    return join([figure(chart, words), paragraph(f"Standard deviation of the errors: {spread}.")])
