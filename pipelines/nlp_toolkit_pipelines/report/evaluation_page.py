"""The report of an evaluation: from the dict of report.json to one page, words first."""

from collections.abc import Mapping
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.comparison_settings import shown_value
from nlp_toolkit_pipelines.report.evaluation_curves import calibration, residuals
from nlp_toolkit_pipelines.report.evaluation_errors import errors, leaks
from nlp_toolkit_pipelines.report.evaluation_labels import drift, labels
from nlp_toolkit_pipelines.report.evaluation_scores import classes, scores
from nlp_toolkit_pipelines.report.evaluation_slices import slices
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.map_view import MAP_SCRIPTS, map_view
from nlp_toolkit_pipelines.report.page import Section, bullets, facts, page, paragraph


def evaluation_page(report: Mapping[str, Any]) -> str:
    """The page of an evaluation as one HTML string that needs nothing else; `report` is what report.json holds."""
    chart = report.get("map")
    drawn = bool(chart and chart["points"])
    parts = [
        ("summary", "In short", _summary, True),
        ("scores", "Scores", scores, True),
        ("classes", "Classes", classes, bool(report["classes"])),
        ("calibration", "Calibration", calibration, report["calibration"] is not None),
        ("residuals", "Residuals", residuals, report["residuals"] is not None),
        ("slices", "Slices", slices, bool(report["slicings"])),
        ("errors", "Errors", errors, True),
        ("leaks", "Training texts in the test", leaks, True),
        ("labels", "Labels", labels, report["distributions"] is not None),
        ("drift", "Drift", drift, report["drift"] is not None),
        ("map", "Map of the texts", _map, drawn),
        ("settings", "How this was measured", _settings, True),
    ]
    sections = [Section(name, heading, body(report)) for name, heading, body, there in parts if there]
    name, model = report["data"]["name"], report["model"]["name"] or report["task"]
    about = f"{numbers.count(report['n'])} rows scored · {report['task']} · every figure with a 95 % interval"
    lead = join([tag("h1", {}, foreign(model), text(" on "), foreign(name)), paragraph(about, "about")])
    scripts = MAP_SCRIPTS if drawn else ()
    return page(f"Evaluation: {model} on {name}", lead, sections, scripts, ["evaluation.css"])


def _summary(report: Mapping[str, Any]) -> Html:
    leaked = report["leakage"]["exact"]  # the summary says so with the scores, where a note says it again
    notes = [note for note in report["notes"] if not (leaked and "in the training part too" in note)]
    sentences = [foreign(sentence) for sentence in [*report["summary"], *notes]]
    data, model = report["data"], report["model"]
    known = [
        ("Model", foreign(model["name"] or "made in Python")),
        ("Tested on", foreign(data["name"])),
        ("Rows", text(numbers.count(data["rows"]))),
        ("Scored", text(numbers.count(report["n"]))),
        ("Training texts", text(numbers.count(model["training_texts"]))),
    ]
    if data["training_rows"] is not None:
        known.append(("Rows of the training file", text(numbers.count(data["training_rows"]))))
    first = tag("p", {"class": "verdict"}, sentences[0])
    return join([first, bullets(sentences[1:], "sentences"), facts(known)])


def _map(report: Mapping[str, Any]) -> Html:
    view = map_view(report["map"], numeric=str(report["task"]).endswith("regression"), language=None)
    shown = len(report["map"]["points"])
    if shown == report["n"]:
        return view
    few = f"These are {numbers.count(shown)} of the {numbers.count(report['n'])} rows, drawn at random."
    return join([paragraph(few), view])


def _settings(report: Mapping[str, Any]) -> Html:
    settings = [(name.replace("_", " "), foreign(shown_value(value))) for name, value in report["settings"].items()]
    versions = [(name, text(version)) for name, version in report["versions"].items()]
    return join([facts(settings), tag("h3", {}, text("Versions")), facts(versions)])
