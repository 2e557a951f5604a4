"""The figures of an evaluation with their intervals: all rows, each class, who was taken for whom."""

from collections.abc import Mapping, Sequence
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.interval_chart import Estimate, interval_chart
from nlp_toolkit_pipelines.report.metric_words import capital, less_is_better, metric_name
from nlp_toolkit_pipelines.report.page import details, figure, paragraph
from nlp_toolkit_pipelines.report.tables import Cell, Column, plain, table

MOST_DRAWN = 30
MOST_CONFUSED = 20
_LEVELS = (0.02, 0.1, 0.3, 0.6)


def scores(report: Mapping[str, Any]) -> Html:
    """The section: every headline metric with its interval, beside what a constant answer would score."""
    found = report["figures"]
    rows = [
        [
            plain(capital(metric_name(name))),
            *figure_cells(each),
            _constant_cell(report["baseline"].get(name)),
            plain("smaller" if less_is_better(name) else "larger"),
        ]
        for name, each in found.items()
    ]
    columns = (
        Column("Metric"),
        Column("Value", numeric=True),
        Column("95 % interval", numeric=True),
        Column("A constant answer", numeric=True),
        Column("Better is"),
    )
    caption = f"Metrics over {numbers.count(report['n'])} rows"
    return join([table(caption, columns, rows, sortable=False), paragraph(report["settings"]["intervals"], "hint")])


def classes(report: Mapping[str, Any]) -> Html:
    """The section: F1 of the classes drawn, the table of all, and the confusion."""
    found = report["classes"]
    drawn = sorted(found, key=lambda each: -each["support"])[:MOST_DRAWN]
    parts = []
    estimates = [_estimate(each["label"], each["f1"]) for each in drawn if each["f1"]["value"] is not None]
    if estimates:
        said = "; ".join(f"{each.name} {each.shown}" for each in estimates)
        chart = interval_chart("classes-drawing", "F1 of each class", said, "F1", estimates)
        which = f" The {MOST_DRAWN} most frequent." if len(found) > MOST_DRAWN else ""
        parts.append(figure(chart, f"F1 of each class with its 95 % interval.{which}"))
    rows = [
        [
            Cell(foreign(each["label"])),
            Cell(text(numbers.count(each["support"])), each["support"]),
            Cell(text(numbers.count(each["predicted"])), each["predicted"]),
            *(cell for name in ("precision", "recall", "f1") for cell in figure_cells(each[name])),
        ]
        for each in found
    ]
    heads = ("Rows", "Predicted", "Precision", "95 %", "Recall", "95 %", "F1", "95 %")
    parts.append(table("The classes", [Column("Class"), *(Column(head, numeric=True) for head in heads)], rows))
    if report["confusion"] is not None:
        parts += [tag("h3", {}, text("Who was taken for whom")), _confusion(report["confusion"])]
    return join(parts)


def figure_cells(found: Mapping[str, Any]) -> list[Cell]:
    """A figure and its interval as two cells."""
    ends = text(numbers.interval(found["low"], found["high"]))
    return [_value_cell(found["value"]), Cell(ends, found["low"])]


def figure_words(found: Mapping[str, Any]) -> str:
    """A figure with its interval."""
    return f"{numbers.score(found['value'])} {numbers.interval(found['low'], found['high'])}".strip()


def _constant_cell(found: Mapping[str, Any] | None) -> Cell:
    return _value_cell(None) if found is None else Cell(text(figure_words(found)), found["value"])


def _value_cell(value: float | None) -> Cell:
    return Cell(text(numbers.score(value)), value)


def _estimate(name: str, found: Mapping[str, Any]) -> Estimate:
    return Estimate(name, found["value"], found["low"], found["high"], 0, figure_words(found))


def interval_drawing(
    name: str, title: str, axis: str, named: Sequence[tuple[str, Mapping[str, Any]]], reference: float | None
) -> Html:
    """Figures one below the other, those that exist."""
    estimates = [_estimate(each, found) for each, found in named if found["value"] is not None]
    if not estimates:
        return Html("")
    said = "; ".join(f"{each.name} {each.shown}" for each in estimates)
    return figure(interval_chart(name, title, said, axis, estimates, reference), title)


def _confusion(found: Mapping[str, Any]) -> Html:
    labels, matrix = found["labels"], found["matrix"]
    if len(labels) > MOST_CONFUSED:
        return _most_confused(found)
    rows = [
        [
            Cell(foreign(labels[at])),
            *(_heat(n, sum(row), _share_words(found, at, other), right=at == other) for other, n in enumerate(row)),
            Cell(text(numbers.count(sum(row))), sum(row)),
        ]
        for at, row in enumerate(matrix)
    ]
    columns = [Column("True class"), *(Column(label, numeric=True) for label in labels), Column("All", numeric=True)]
    words = (
        "A row holds the rows of one true class, a column those called so; the stronger the colour, the more. Point at "
        "a number for its share of the true class with the 95 % interval."
    )
    return join([table("Rows by true class and prediction", columns, rows, sortable=False), paragraph(words, "hint")])


def _share_words(found: Mapping[str, Any], at: int, other: int) -> str | None:
    """The share of a true class in one cell with its interval; None for a class that does not occur."""
    if found["shares"][at][other] is None:
        return None
    ends = numbers.interval(found["shares_low"][at][other], found["shares_high"][at][other])
    return f"{numbers.score(found['shares'][at][other])} {ends} of {found['labels'][at]}"


def _heat(n: int, whole: int, words: str | None, *, right: bool) -> Cell:
    level = sum(n >= edge * whole for edge in _LEVELS) if n else 0
    style = f"heat{'' if right else ' wrong'}{f' h{level}' if level else ''}"
    return Cell(tag("span", {"class": style, "title": words}, text(numbers.count(n))), n)


def _most_confused(report: Mapping[str, Any]) -> Html:
    labels, matrix = report["labels"], report["matrix"]
    found = sorted(
        ((n, at, other) for at, row in enumerate(matrix) for other, n in enumerate(row) if n and at != other),
        key=lambda each: (-each[0], each[1], each[2]),
    )
    rows = [
        [
            Cell(foreign(labels[at])),
            Cell(foreign(labels[other])),
            Cell(text(numbers.count(n)), n),
            *figure_cells(
                {
                    "value": report["shares"][at][other],
                    "low": report["shares_low"][at][other],
                    "high": report["shares_high"][at][other],
                }
            ),
        ]
        for n, at, other in found[:MOST_DRAWN]
    ]
    columns = (
        Column("True class"),
        Column("Taken for"),
        Column("Rows", numeric=True),
        Column("Share of the class", numeric=True),
        Column("95 %", numeric=True),
    )
    return details(f"The {len(rows)} most frequent confusions", table("Confusions, most frequent first", columns, rows))
