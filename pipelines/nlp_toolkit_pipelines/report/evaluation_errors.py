"""The rows a model has wrong with what it learned nearest to them, and the rows it had seen before."""

from collections.abc import Mapping, Sequence
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.evaluation_scores import figure_words
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.map_view import clipped
from nlp_toolkit_pipelines.report.metric_words import capital, metric_name
from nlp_toolkit_pipelines.report.page import details, facts, paragraph
from nlp_toolkit_pipelines.report.tables import Cell, Column, plain, table


def errors(report: Mapping[str, Any]) -> Html:
    """The section: the worst rows first."""
    found = report["errors"]
    if not found["rows"]:
        return paragraph("Every row is right.")
    numeric = report["task"].endswith("regression")
    shown, total = len(found["rows"]), found["total"]
    which = "All" if shown == total else f"The first {shown} of {numbers.count(total)}"
    words = f"{which} rows{'' if numeric else ' that are wrong'}, sorted by {found['by']}."
    if found["stage"] is not None:
        words += f" Below each text the training texts nearest to it, by cosine of {found['stage']}."
    last = "Error" if numeric else "Probability"
    columns = [Column("Text"), Column("Label"), Column("Predicted"), Column(last, numeric=True), Column("Row")]
    rows = [
        [
            Cell(join([_text(each["text"]), _nearest(each["nearest"])])),
            Cell(_label(each["label"])),
            Cell(_label(each["predicted"])),
            _last(each, numeric=numeric),
            plain(each["id"] if each["id"] is not None else each["row"]),
        ]
        for each in found["rows"]
    ]
    return join([paragraph(words), table("Rows the model has most wrong", columns, rows)])


def _last(each: Mapping[str, Any], *, numeric: bool) -> Cell:
    value = each["error"] if numeric else each["confidence"]
    return Cell(text(numbers.signed(value) if numeric else numbers.score(value)), value)


def _text(words: str) -> Html:
    return tag("span", {"class": "long"}, foreign(clipped(words)))


def _label(label: object) -> Html:
    return text(numbers.score(label)) if isinstance(label, float) else foreign(label)


def _nearest(found: Sequence[Mapping[str, Any]]) -> Html:
    if not found:
        return Html("")
    items = (
        tag("li", {}, text(f"{numbers.score(each['score'])} "), _named(each["label"]), foreign(clipped(each["text"])))
        for each in found
    )
    return tag("ul", {"class": "near"}, *items)


def _named(label: str | None) -> Html:
    return Html("") if label is None else join([tag("strong", {}, foreign(label)), text(" ")])


def leaks(report: Mapping[str, Any]) -> Html:
    """The section: how many tested texts are in training, and the scores without them."""
    found = report["leakage"]
    counted = [
        ("Texts that are in training", _counted(found, "exact", "the model does not know its training texts")),
        (
            f"Nearly equal (cosine {numbers.significant(found['threshold'])} or more)",
            _counted(found, "near", "not looked for; give the training file"),
        ),
        ("Repeated within this file", text(numbers.count(found["repeated"]))),
    ]
    parts = [facts(counted)]
    left = [("All rows", report["n"], report["figures"])]
    for name, key in (
        ("Without those in training", "without_exact"),
        ("Without nearly equal ones too", "without_near"),
    ):
        if found[key] is not None:
            left.append((name, found[key]["n"], found[key]["figures"] or {}))
    if len(left) > 1:
        names = list(report["figures"])
        rows = [
            [
                plain(name),
                Cell(text(numbers.count(n)), n),
                *(_figure(figures.get(metric)) for metric in names),
            ]
            for name, n, figures in left
        ]
        columns = [Column("Rows"), Column("How many", numeric=True)]
        columns += [Column(capital(metric_name(name)), numeric=True) for name in names]
        parts.append(table("Scores with and without texts of the training part", columns, rows, sortable=False))
    if found["pairs"]:
        parts.append(details("Texts that are nearly in training", _pairs(found["pairs"])))
    return join(parts)


def _counted(found: Mapping[str, Any], name: str, unknown: str) -> Html:
    """How many rows, with their share and its interval; where nobody knows, `unknown`."""
    if found[name] is None:
        return text(unknown)
    share = found[f"{name}_share"]
    ends = f"[{numbers.small(share['low'])}, {numbers.small(share['high'])}]"
    return text(f"{numbers.count(found[name])}, a share of {numbers.small(share['value'])} {ends}")


def _figure(found: Mapping[str, Any] | None) -> Cell:
    return Cell(text(numbers.MISSING)) if found is None else Cell(text(figure_words(found)), found["value"])


def _pairs(pairs: Sequence[Mapping[str, Any]]) -> Html:
    rows = [
        [
            Cell(_text(each["text"])),
            Cell(_text(each["training_text"])),
            Cell(text(numbers.score(each["score"])), each["score"]),
        ]
        for each in pairs
    ]
    columns = (Column("Tested text"), Column("Training text"), Column("Cosine", numeric=True))
    return table("Nearly equal texts, the nearest first", columns, rows)
