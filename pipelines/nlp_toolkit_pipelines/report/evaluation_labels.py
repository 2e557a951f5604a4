"""Labels observed and predicted, and how this file differs from the training file."""

from collections.abc import Callable, Mapping
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
        ("Cross-entropy", _with_ends(found, ends, "cross_entropy")),
        ("Kullback-Leibler divergence", _with_ends(found, ends, "kl")),
    ]
    words = (
        "In nats; 0 is no difference, ln 2 = 0.693 the largest Jensen-Shannon divergence. Rows drawn anew only add to "
        "a divergence, so an interval says how large it may be rather than that there is one."
    )
    if found["cross_entropy"] is None:
        words += " Cross-entropy and Kullback-Leibler divergence are infinite: a label that occurs is never predicted."
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
    medians = " → ".join(
        f"{numbers.significant(lengths[name])} {_ends(lengths, name, numbers.significant)}"
        for name in ("median_before", "median_now")
    )
    without = f"{numbers.count(words['texts_without_known'])}, a share of {_figure(words, 'share_without_known')}"
    figures = [
        ("Training texts", text(numbers.count(found["rows_before"]))),
        ("Texts of this file", text(numbers.count(found["rows_now"]))),
        ("Median length in tokens", text(medians)),
        (
            "Largest gap of the lengths",
            text(f"{_figure(lengths, 'statistic')} (p {numbers.probability(lengths['p'])})"),
        ),
        ("Tokens not in training", text(_figure(words, "unknown_share"))),
        ("To expect, between halves of training", text(_figure(words, "unknown_share_before"))),
        ("Texts of unknown tokens only", text(without)),
        ("Divergence of the words", text(_figure(words, "jensen_shannon"))),
        ("Divergence of the labels", text(_figure(found, "labels"))),
    ]
    parts = [facts(figures)]
    if words["most_frequent"]:
        named = [join([foreign(token), text(f" {numbers.count(n)}")]) for token, n in words["most_frequent"]]
        parts.append(
            tag("p", {}, text("Most frequent tokens that are not in training: "), join(named, ", "), text("."))
        )
    return join(parts)


def _share(value: float, ends: list[float]) -> list[Cell]:
    low, high = map(numbers.small, ends)
    return [Cell(text(numbers.small(value)), value), Cell(text(f"[{low}, {high}]"), ends[0])]


def _with_ends(found: Mapping[str, Any], ends: Mapping[str, Any], name: str) -> Html:
    low, high = map(_or_infinite, ends[name])
    return text(f"{_or_infinite(found[name])} [{low}, {high}]")


def _or_infinite(value: float | None) -> str:
    return "∞" if value is None else numbers.small(value)


def _figure(found: Mapping[str, Any], name: str) -> str:
    return f"{numbers.small(found[name])} {_ends(found, name)}".strip()


def _ends(found: Mapping[str, Any], name: str, shown: Callable[[numbers.Number], str] = numbers.small) -> str:
    low, high = found[f"{name}_low"], found[f"{name}_high"]
    return f"[{shown(low)}, {shown(high)}]" if numbers.is_number(low) and numbers.is_number(high) else ""
