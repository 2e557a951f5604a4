"""Scores of the recipes with their intervals: a drawing and the table of everything measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.interval_chart import Estimate, interval_chart
from nlp_toolkit_pipelines.report.metric_words import capital, less_is_better, metric_name
from nlp_toolkit_pipelines.report.page import details, figure, paragraph
from nlp_toolkit_pipelines.report.svg import colour, glyph
from nlp_toolkit_pipelines.report.tables import Cell, Column, table


def series_of(report: Mapping[str, Any]) -> dict[str, int]:
    """The number of each recipe, which gives it one colour and marker in every drawing."""
    return {recipe["name"]: place for place, recipe in enumerate(report["recipes"])}


def best_first(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The recipes, the best score first."""
    sign = 1 if less_is_better(report["metric"]) else -1
    return sorted(report["recipes"], key=lambda recipe: sign * recipe["score"])


def recipe_cell(name: str, series: int, notes: Sequence[str] = ()) -> Cell:
    """A recipe's name beside its marker, with what there is to say about it."""
    said = (tag("small", {}, foreign(note)) for note in notes)
    return Cell(join([tag("span", {"class": "recipe"}, glyph(series, colour(series)), foreign(name)), *said]))


def scores(report: Mapping[str, Any]) -> Html:
    """The section: drawing, then the table of scores and costs, then further metrics."""
    metric, found = metric_name(report["metric"]), best_first(report)
    series = series_of(report)
    dots = any(len(recipe.get("per_fold") or ()) > 1 for recipe in found)
    small = " The small marks below are the single folds." if dots else ""
    method = report["evaluation"].get("interval")
    how = f" ({method})" if method else ""
    better = "Smaller is better." if less_is_better(report["metric"]) else "Larger is better."
    words = f"{capital(metric)} with its 95 % interval{how}. {better}{small}"
    said = "; ".join(f"{recipe['name']} {_figures(recipe)}" for recipe in found)
    estimates = [
        Estimate(
            recipe["name"],
            recipe["score"],
            recipe["low"],
            recipe["high"],
            series[recipe["name"]],
            _figures(recipe),
            tuple(recipe.get("per_fold") or ()) if dots else (),
        )
        for recipe in found
    ]
    chart = interval_chart("scores-drawing", f"{metric} of each recipe", said, metric, estimates)
    parts = [figure(chart, words), _table(found, series, metric)]
    if any(set(recipe.get("metrics") or {}) - {report["metric"]} for recipe in found):
        parts.append(details("Further metrics", _metrics(found, series)))
    parts.append(paragraph(_reading(), "hint"))
    return join(parts)


def _reading() -> str:
    return (
        "An interval says how far the score could move with other data of the same kind. Overlapping intervals do not "
        "show that two recipes are equal; the pairs below, tested on the same rows, say more."
    )


def _figures(recipe: Mapping[str, Any]) -> str:
    return f"{numbers.score(recipe['score'])} {numbers.interval(recipe['low'], recipe['high'])}".strip()


def _table(found: Sequence[Mapping[str, Any]], series: Mapping[str, int], metric: str) -> Html:
    trained = any(recipe.get("train_score") is not None for recipe in found)
    repeated = any(recipe.get("unseen") not in (None, recipe["score"]) for recipe in found)
    columns = [
        Column("Recipe"),
        Column("Family"),
        Column(capital(metric), numeric=True),
        Column("95 % interval", numeric=True),
    ]
    columns += [Column("On training rows", numeric=True)] if trained else []
    columns += [Column("Without repeated texts", numeric=True)] if repeated else []
    heads = ("Fit", "Texts a second", "Peak memory", "Model size")
    columns += [*(Column(head, numeric=True) for head in heads), Column("Worth its cost")]
    rows = []
    for recipe in found:
        front = "● yes" if recipe.get("pareto") else "○ no"
        row = [recipe_cell(recipe["name"], series[recipe["name"]], recipe.get("notes") or ())]
        row += [Cell(text(recipe.get("family") or "")), Cell(text(numbers.score(recipe["score"])), recipe["score"])]
        row.append(Cell(text(numbers.interval(recipe["low"], recipe["high"])), recipe["low"]))
        row += [_cell(recipe, "train_score", numbers.score)] if trained else []
        row += [_cell(recipe, "unseen", numbers.score)] if repeated else []
        row += [_cell(recipe, "fit_seconds", numbers.seconds), _cell(recipe, "texts_per_second", numbers.significant)]
        row += [_cell(recipe, "peak_mb", numbers.megabytes), _cell(recipe, "model_mb", numbers.megabytes)]
        rows.append([*row, Cell(text(front))])
    return table("Recipes with their scores and costs, best first", columns, rows)


def _cell(recipe: Mapping[str, Any], key: str, shown: Any) -> Cell:
    value = recipe.get(key)
    return Cell(text(shown(value)), value)


def _metrics(found: Sequence[Mapping[str, Any]], series: Mapping[str, int]) -> Html:
    names = list(dict.fromkeys(name for recipe in found for name in recipe.get("metrics") or {}))
    rows = [
        [
            recipe_cell(recipe["name"], series[recipe["name"]]),
            *(_cell(recipe.get("metrics") or {}, name, numbers.score) for name in names),
        ]
        for recipe in found
    ]
    columns = [Column("Recipe"), *(Column(capital(metric_name(name)), numeric=True) for name in names)]
    return table("Further metrics", columns, rows)
