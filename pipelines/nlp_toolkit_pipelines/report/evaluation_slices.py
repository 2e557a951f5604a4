"""Some of the rows beside the others: by length, language or column."""

from collections.abc import Mapping
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.evaluation_scores import figure_cells, interval_drawing
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.metric_words import capital, metric_name
from nlp_toolkit_pipelines.report.page import paragraph
from nlp_toolkit_pipelines.report.tables import Cell, Column, table

ALPHA = 0.05


def slices(report: Mapping[str, Any]) -> Html:
    """The section: one drawing and one table a way to slice."""
    words = (
        "Small slices have wide intervals. The last column is the probability of a difference this large from all "
        "other rows if there is none, adjusted for the number of slices (Holm): below 0.05 the slice really differs."
    )
    return join([paragraph(words, "hint"), *(_one(at, each, report) for at, each in enumerate(report["slicings"]))])


def _one(at: int, slicing: Mapping[str, Any], report: Mapping[str, Any]) -> Html:
    found = slicing["slices"]
    metrics = list(found[0]["figures"])
    main = metric_name(metrics[0])
    overall = report["figures"].get(metrics[0], {}).get("value")
    named = [(each["name"], each["figures"][metrics[0]]) for each in found]
    title = f"{capital(main)} by {slicing['title'][:1].lower() + slicing['title'][1:]}; the line is that of all rows."
    rows = [
        [
            Cell(foreign(each["name"])),
            Cell(text(numbers.count(each["n"])), each["n"]),
            *(cell for name in metrics for cell in figure_cells(each["figures"][name])),
            Cell(text(numbers.probability(each["p"])), each["p"]),
            Cell(text("● yes" if each["p"] is not None and each["p"] <= ALPHA else "○ not shown")),
        ]
        for each in found
    ]
    heads = [head for name in metrics for head in (capital(metric_name(name)), "95 %")]
    columns = [Column(slicing["title"]), Column("Rows", numeric=True)]
    columns += [*(Column(head, numeric=True) for head in heads), Column("p", numeric=True), Column("Differs")]
    heading = tag("h3", {}, foreign(slicing["title"]))
    drawing = interval_drawing(f"slices-{at}", title, main, named, None if overall is None else float(overall))
    return join([heading, drawing, table(f"Figures by {slicing['title']}", columns, rows)])
