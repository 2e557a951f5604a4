"""Labels observed and predicted, and how this file differs from the training file."""

from collections.abc import Mapping
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.page import facts, paragraph
from nlp_toolkit_pipelines.report.tables import Cell, Column, table


def labels(report: Mapping[str, Any]) -> Html:
    """The section: shares of the labels with intervals, entropies and divergences in nats."""
    found, ends = report["distributions"]["labels"], report["distributions"]["intervals"]
    rows = [
        [
            Cell(foreign(label)),
            *_share(found["observed"][at], ends["observed"][at]),
            *_share(found["predicted"][at], ends["predicted"][at]),
        ]
        for at, label in enumerate(found["labels"])
    ]
    heads = ("Observed", "95 %", "Predicted", "95 %")
    figures = [
        ("Entropy of the labels", _with_ends(found, ends, "observed_entropy")),
        ("Entropy of the predictions", _with_ends(found, ends, "predicted_entropy")),
        ("Jensen-Shannon divergence", _with_ends(found, ends, "jensen_shannon")),
        ("Cross-entropy", text(_or_infinite(found["cross_entropy"]))),
        ("Kullback-Leibler divergence", text(_or_infinite(found["kl"]))),
    ]
    words = (
        "In nats; 0 is no difference, ln 2 = 0.693 the largest Jensen-Shannon divergence. Resampling only adds to it."
    )
    return join(
        [
            table("Shares of the labels", [Column("Label"), *(Column(head, numeric=True) for head in heads)], rows),
            facts(figures),
            paragraph(words, "hint"),
        ]
    )


def drift(report: Mapping[str, Any]) -> Html:
    """The section: lengths, words and labels of this file against those of the training file."""
    found = report["drift"]
    lengths, words = found["lengths"], found["words"]
    figures = [
        ("Training texts", text(numbers.count(found["rows_before"]))),
        ("Texts of this file", text(numbers.count(found["rows_now"]))),
        (
            "Median length in tokens",
            text(f"{numbers.significant(lengths['median_before'])} → {numbers.significant(lengths['median_now'])}"),
        ),
        (
            "Largest gap of the lengths",
            text(f"{numbers.score(lengths['statistic'])} (p {numbers.probability(lengths['p'])})"),
        ),
        ("Tokens not in training", text(numbers.score(words["unknown_share"]))),
        ("To expect, between halves of training", text(numbers.score(words["unknown_share_before"]))),
        ("Texts of unknown tokens only", text(numbers.count(words["texts_without_known"]))),
        ("Divergence of the words", text(numbers.score(words["jensen_shannon"]))),
        ("Divergence of the labels", text(numbers.score(found["labels"]))),
    ]
    parts = [facts(figures)]
    if words["most_frequent"]:
        named = [join([foreign(token), text(f" {numbers.count(n)}")]) for token, n in words["most_frequent"]]
        parts.append(
            tag("p", {}, text("Most frequent tokens that are not in training: "), join(named, ", "), text("."))
        )
    return join(parts)


def _share(value: float, ends: list[float]) -> list[Cell]:
    return [Cell(text(numbers.score(value)), value), Cell(text(numbers.interval(*ends)), ends[0])]


def _with_ends(found: Mapping[str, Any], ends: Mapping[str, Any], name: str) -> Html:
    return text(f"{numbers.score(found[name])} {numbers.interval(*ends[name])}")


def _or_infinite(value: float | None) -> str:
    return "infinite: a label that occurs is never predicted" if value is None else numbers.score(value)
