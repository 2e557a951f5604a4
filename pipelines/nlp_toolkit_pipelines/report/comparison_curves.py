"""Learning curves: scores over growing training sets, training beside validation, and where curves cross."""

from collections.abc import Mapping, Sequence
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.comparison_scores import recipe_cell, series_of
from nlp_toolkit_pipelines.report.curve_chart import Curve, CurvePoint, Size, curve_chart, curve_range
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.metric_words import capital, less_is_better, metric_name
from nlp_toolkit_pipelines.report.page import bullets, details, figure, paragraph
from nlp_toolkit_pipelines.report.tables import Cell, Column, table

DRAWN = 8  # curves in one drawing; the panels and the table hold the others
PANEL = Size(360, 270)


def learning_curves(report: Mapping[str, Any]) -> Html:
    """The section: where curves cross in words, all curves in a drawing, a panel a recipe, the numbers."""
    curves = report["curves"]
    series = series_of(report)
    by = [each for each in curves["by"] if each["points"]]
    metric = metric_name(report["metric"])
    parts = [bullets([foreign(sentence) for sentence in curves.get("crossings") or ()], "sentences")]
    if by:
        parts.append(_together(_leading(by, report["metric"]), series, metric, more=len(by) > DRAWN))
        trained = [each for each in by if any(point.get("train_score") is not None for point in each["points"])]
        if trained:
            parts += [
                tag("h3", {}, text("Training against validation")),
                paragraph(_GAP),
                _panels(trained, series, metric),
            ]
        parts.append(details("Every point of the curves", _table(by, series, metric)))
    return join(parts)


_GAP = (
    "The solid line is the score on rows the recipe has not seen, the dashed one on its own training rows. A wide gap "
    "is overfitting: the recipe learns its rows by heart, and more labels help. Two low lines close together are "
    "underfitting: its assumptions are too strong for these texts, and more labels help little."
)


def _leading(by: Sequence[Mapping[str, Any]], metric: str) -> list[Mapping[str, Any]]:
    sign = 1 if less_is_better(metric) else -1
    best = sorted(by, key=lambda each: sign * each["points"][-1]["score"])[:DRAWN]
    return [each for each in by if each in best]


def _curve(each: Mapping[str, Any], series: int) -> Curve:
    points = (CurvePoint(point["size"], point["score"], point["low"], point["high"]) for point in each["points"])
    return Curve(each["name"], tuple(points), series)


def _training(each: Mapping[str, Any], series: int) -> Curve:
    found = ((point["size"], point.get("train_score")) for point in each["points"])
    points = tuple(CurvePoint(size, score) for size, score in found if score is not None)
    return Curve("training", points, series, dashed=True)


def _together(by: Sequence[Mapping[str, Any]], series: Mapping[str, int], metric: str, *, more: bool) -> Html:
    said = "; ".join(
        f"{each['name']}: {numbers.score(each['points'][0]['score'])} at {numbers.count(each['points'][0]['size'])} "
        f"texts, {numbers.score(each['points'][-1]['score'])} at {numbers.count(each['points'][-1]['size'])}"
        for each in by
    )
    chart = curve_chart(
        "curves-drawing",
        f"{metric} over the number of labelled texts",
        said,
        "labelled texts to train on (logarithmic)",
        metric,
        [_curve(each, series.get(each["name"], 0)) for each in by],
        numbers.count,
        numbers.score,
    )
    which = f" The {DRAWN} that end best; the panels below hold all." if more else ""
    return figure(
        chart,
        f"Mean over several draws of the training rows, with a 95 % band. Larger sets hold the smaller ones.{which}",
    )


def _panels(by: Sequence[Mapping[str, Any]], series: Mapping[str, int], metric: str) -> Html:
    curves = []
    for each in by:
        number = series.get(each["name"], 0)
        validation = _curve(each, number)
        curves.append((each["name"], [_training(each, number), Curve("validation", validation.points, number)]))
    whole = curve_range([curve for _, pair in curves for curve in pair])
    drawings = []
    for place, (name, pair) in enumerate(curves):
        said = "; ".join(f"{curve.name} ends at {numbers.score(curve.points[-1].y)}" for curve in pair)
        chart = curve_chart(
            f"panel-{place}",
            f"{name}: training and validation",
            said,
            "labelled texts",
            metric,
            pair,
            numbers.count,
            numbers.score,
            PANEL,
            whole,
        )
        caption = tag("figcaption", {}, foreign(name))
        drawings.append(tag("figure", {}, caption, tag("div", {"class": "drawing"}, chart)))
    return tag("div", {"class": "panels"}, *drawings)


def _table(by: Sequence[Mapping[str, Any]], series: Mapping[str, int], metric: str) -> Html:
    heads = ("Labelled texts", capital(metric), "95 % band", "On training rows", "Spread", "Draws")
    rows = []
    for each in by:
        for point in each["points"]:
            trained, spread = point.get("train_score"), point.get("spread")
            rows.append(
                [
                    recipe_cell(each["name"], series.get(each["name"], 0)),
                    Cell(text(numbers.count(point["size"])), point["size"]),
                    Cell(text(numbers.score(point["score"])), point["score"]),
                    Cell(text(numbers.interval(point["low"], point["high"])), point["low"]),
                    Cell(text(numbers.score(trained)), trained),
                    Cell(text(numbers.score(spread)), spread),
                    Cell(text(len(point.get("seeds") or ()) or numbers.MISSING)),
                ]
            )
    caption = "Learning curves; spread is the standard deviation over resampled training sets"
    return table(caption, [Column("Recipe"), *(Column(head, numeric=True) for head in heads)], rows)
