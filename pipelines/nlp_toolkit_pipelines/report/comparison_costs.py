"""Quality against what it costs: seconds to fit, time and memory to predict, size on disk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.comparison_scores import best_first, recipe_cell, series_of
from nlp_toolkit_pipelines.report.html import Html, join, tag, text
from nlp_toolkit_pipelines.report.metric_words import capital, less_is_better, metric_name
from nlp_toolkit_pipelines.report.page import figure, paragraph
from nlp_toolkit_pipelines.report.scatter_chart import Point, front, scatter_chart
from nlp_toolkit_pipelines.report.tables import Cell, Column, table

NAMED = 6


@dataclass(frozen=True)
class Cost:
    """A cost to draw: its key, its words, and how to read it from a recipe (None where it was not measured)."""

    key: str
    title: str
    axis: str
    of: Callable[[Mapping[str, Any]], float | None]
    shown: Callable[[float], str]


def costs(report: Mapping[str, Any]) -> Html:
    """The section: one drawing a cost that was measured, each with its front and its numbers."""
    panels = [_panel(report, cost) for cost in COSTS if _points(report, cost)]
    words = (
        "Up and to the left is better. The stepped line is the front: recipes that nothing cheaper equals. "
        f"Hollow ones are not worth their cost: another recipe is at least as good in {_axes(report)}."
    )
    if less_is_better(report["metric"]):
        words = words.replace("Up and", "Down and")
    return join([paragraph(words), tag("div", {"class": "panels wide"}, *panels)])


def _axes(report: Mapping[str, Any]) -> str:
    """Between what the recipes worth their cost were chosen."""
    named = {"fit_seconds": "time to fit", "texts_per_second": "prediction speed", "model_mb": "model size"}
    named |= {"peak_mb": "memory", "score": metric_name(report["metric"])}
    axes = [named.get(axis, axis) for axis in report["settings"].get("pareto_axes") or ()]
    return f"{', '.join(axes[:-1])} and {axes[-1]}" if len(axes) > 1 else "score and cost"


def _panel(report: Mapping[str, Any], cost: Cost) -> Html:
    less = less_is_better(report["metric"])
    points = _points(report, cost)
    best = front(points, less_is_better=less)
    more = f" and {len(best) - NAMED} more" if len(best) > NAMED else ""
    names = ", ".join(point.name for point in best[:NAMED]) + more
    chart = scatter_chart(
        f"cost-{cost.key}",
        f"{metric_name(report['metric'])} against {cost.axis}",
        f"On the front, cheapest first: {names}.",
        f"{cost.axis} (logarithmic)",
        metric_name(report["metric"]),
        points,
        cost.shown,
        numbers.score,
        less_is_better=less,
    )
    return figure(chart, f"{cost.title}. On the front: {names}.", _table(report, cost, {point.name for point in best}))


def _points(report: Mapping[str, Any], cost: Cost) -> list[Point]:
    series = series_of(report)
    found = ((recipe, cost.of(recipe)) for recipe in report["recipes"])
    return [
        Point(
            recipe["name"],
            value,
            recipe["score"],
            recipe["low"],
            recipe["high"],
            series[recipe["name"]],
            strong=bool(recipe.get("pareto", True)),
        )
        for recipe, value in found
        if value is not None and value > 0
    ]


def _table(report: Mapping[str, Any], cost: Cost, best: set[str]) -> Html:
    series = series_of(report)
    rows = []
    for recipe in best_first(report):
        value = cost.of(recipe)
        rows.append(
            [
                recipe_cell(recipe["name"], series[recipe["name"]]),
                Cell(text(numbers.score(recipe["score"])), recipe["score"]),
                Cell(text(numbers.MISSING if value is None else cost.shown(value)), value),
                Cell(text("yes" if recipe["name"] in best else "no")),
            ]
        )
    heads: Sequence[Column] = (
        Column("Recipe"),
        Column(capital(metric_name(report["metric"])), numeric=True),
        Column(capital(cost.axis), numeric=True),
        Column("On the front"),
    )
    return table(f"{metric_name(report['metric'])} and {cost.axis}", heads, rows)


def _of(key: str) -> Callable[[Mapping[str, Any]], float | None]:
    def read(recipe: Mapping[str, Any]) -> float | None:
        value: float | None = recipe.get(key)
        return value

    return read


def _seconds_for_a_thousand(recipe: Mapping[str, Any]) -> float | None:
    rate = recipe.get("texts_per_second")
    return 1000 / rate if rate else None


COSTS = (
    Cost("fit", "Training", "seconds to fit", _of("fit_seconds"), numbers.seconds),
    Cost("predict", "Prediction", "time for 1,000 texts", _seconds_for_a_thousand, numbers.seconds),
    Cost("memory", "Memory", "peak memory", _of("peak_mb"), numbers.megabytes),
    Cost("size", "On disk", "model size", _of("model_mb"), numbers.megabytes),
)
