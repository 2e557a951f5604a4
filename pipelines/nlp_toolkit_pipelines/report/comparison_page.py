"""The report of a comparison: from the dict of report.json to one page, words first."""

import os
from collections.abc import Mapping
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.comparison_costs import costs
from nlp_toolkit_pipelines.report.comparison_curves import learning_curves
from nlp_toolkit_pipelines.report.comparison_pairs import pairs
from nlp_toolkit_pipelines.report.comparison_scores import scores
from nlp_toolkit_pipelines.report.comparison_settings import settings
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.map_view import MAP_SCRIPTS, map_view
from nlp_toolkit_pipelines.report.metric_words import metric_name
from nlp_toolkit_pipelines.report.page import Section, bullets, facts, page, paragraph, write_page

LABELS_NAMED = 6


def write_report(report: Mapping[str, Any], path: "str | os.PathLike[str]") -> None:
    """Write the page of a comparison, whole or not at all; one that is there is replaced.

    `report` is what report.json holds.
    """
    write_page(comparison_page(report), path)


def comparison_page(report: Mapping[str, Any]) -> str:
    """The page of a comparison as one HTML string that needs nothing else."""
    sections = [Section("summary", "In short", _summary(report))]
    if report["recipes"]:
        sections.append(Section("scores", "Scores", scores(report)))
    if report["pairs"]:
        sections.append(Section("pairs", "Differences, pair by pair", pairs(report)))
    if report["recipes"]:
        sections.append(Section("costs", "Quality and cost", costs(report)))
    if report.get("curves"):
        sections.append(Section("curves", "Learning curves", learning_curves(report)))
    chart = report.get("map")
    drawn = bool(chart and chart["points"])
    if chart and drawn:
        view = map_view(chart, numeric=is_regression(report), language=report["data"].get("language"))
        sections.append(Section("map", "Map of the texts", view))
    sections.append(Section("settings", "How this was measured", settings(report)))
    name = report["data"]["name"]
    return page(f"Comparison on {name}", _title(report), sections, MAP_SCRIPTS if drawn else ())


def is_regression(report: Mapping[str, Any]) -> bool:
    """Whether labels are numbers."""
    return str(report["task"]).endswith("regression")


def evaluation_words(evaluation: Mapping[str, Any]) -> str:
    """How the scores were found, in words.

    >>> evaluation_words({"kind": "test", "n_test": 2000})
    'one test set of 2,000 rows'
    """
    if evaluation["kind"] == "test":
        return f"one test set of {numbers.count(evaluation['n_test'])} rows"
    repeats = evaluation.get("repeats") or 1
    often = f", {repeats} times" if repeats > 1 else ""
    grouped = ", groups kept together" if evaluation.get("grouped") else ""
    return f"{evaluation['folds']}-fold cross-validation{often}{grouped}"


def _title(report: Mapping[str, Any]) -> Html:
    data, found = report["data"], report["recipes"]
    words = f"{len(found)} {'recipe' if len(found) == 1 else 'recipes'} compared on "
    about = f"{numbers.count(data['rows'])} texts · {metric_name(report['metric'])} · "
    about += f"{evaluation_words(report['evaluation'])}, the same for every recipe"
    return join([tag("h1", {}, text(words), foreign(data["name"])), paragraph(about, "about")])


def _summary(report: Mapping[str, Any]) -> Html:
    data = report["data"]
    sentences = [foreign(sentence) for sentence in report["summary"]]
    first = tag("p", {"class": "verdict"}, sentences[0]) if sentences else Html("")
    known = [
        ("Data", foreign(data["name"])),
        ("Texts", text(numbers.count(data["rows"]))),
        ("Labels", _labels(data.get("labels"))),
        ("Language", text(_LANGUAGES.get(data.get("language"), data.get("language") or "not told"))),
        ("Repeated texts", text(numbers.count(data.get("duplicates") or 0))),
    ]
    dropped = data.get("dropped") or {}
    if dropped:
        items = [join([foreign(label), text(f" {numbers.count(n)}")]) for label, n in dropped.items()]
        known.append(("Left out, too rare", join(items, ", ")))
    return join([first, bullets(sentences[1:], "sentences"), facts(known)])


_LANGUAGES = {"ko": "Korean", "en": "English", "mixed": "Korean and English"}


def _labels(labels: Mapping[str, int] | None) -> Html:
    if not labels:
        return text("numbers")
    by_size = sorted(labels.items(), key=lambda each: -each[1])
    named = [join([foreign(label), text(f" {numbers.count(n)}")]) for label, n in by_size[:LABELS_NAMED]]
    more = len(labels) - len(named)
    total = [text(f"{len(labels)}: ")] if len(labels) > 2 else []
    return join([*total, join(named, ", "), *([text(f" and {more} more")] if more else [])])
