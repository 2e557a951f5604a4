"""Differences between recipes with their intervals and corrected tests: a forest plot and a table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.comparison_scores import best_first, series_of
from nlp_toolkit_pipelines.report.html import Html, foreign, join, text
from nlp_toolkit_pipelines.report.interval_chart import Estimate, interval_chart
from nlp_toolkit_pipelines.report.metric_words import metric_name
from nlp_toolkit_pipelines.report.page import details, figure, paragraph
from nlp_toolkit_pipelines.report.tables import Cell, Column, table

DRAWN = 15  # more pairs than this: those with the best recipe are drawn, all are in the table
NO_DIFFERENCE = "no difference shown"


def pairs(report: Mapping[str, Any]) -> Html:
    """The section: what the tests say in words, the drawing, every pair in a table."""
    found = report["pairs"]
    best = best_first(report)[0]["name"]
    drawn = found if len(found) <= DRAWN else [pair for pair in found if best in (pair["a"], pair["b"])]
    which = "Every pair" if len(drawn) == len(found) else f"Every pair with {best}, the best score"
    metric = metric_name(report["metric"])
    words = (
        f"{which}: {metric} of the first minus that of the second, with its 95 % interval. An interval that "
        "crosses the line at 0 is compatible with no difference."
    )
    parts = [paragraph(_verdicts(found, report["metric"]))]
    if drawn:
        parts.append(figure(_forest(drawn, series_of(report), metric), words))
    whole = _table(found, metric)
    return join([*parts, whole if len(found) <= DRAWN else details(f"All {len(found)} pairs", whole)])


def verdict_words(pair: Mapping[str, Any]) -> str:
    """The verdict with the recipe's name in it.

    >>> verdict_words({"a": "tfidf", "b": "count", "verdict": "a better"})
    'tfidf is better'
    """
    better = {"a better": pair["a"], "b better": pair["b"]}.get(pair["verdict"])
    return pair["verdict"] if better is None else f"{better} is better"


def _verdicts(found: Sequence[Mapping[str, Any]], metric: str) -> str:
    same = Counter(pair["verdict"] for pair in found)[NO_DIFFERENCE]
    one = len(found) == 1
    shown = f"{len(found) - same} of {len(found)} pairs differ beyond chance in {metric_name(metric)}"
    start = "One pair was tested" if one else f"{shown}; for the other {same} no difference was shown"
    tests = ", ".join(dict.fromkeys(pair["test"] for pair in found))
    adjusted = "" if one else ", p-values adjusted for the number of pairs (Holm)"
    rest = "No difference shown does not mean equal: more data could show one."
    return f"{start}. Test: {tests}{adjusted}. {rest}"


def _forest(drawn: Sequence[Mapping[str, Any]], series: Mapping[str, int], metric: str) -> Html:
    estimates = []
    for pair in drawn:
        better = pair["b"] if pair["verdict"] == "b better" else pair["a"]
        figures = f"{numbers.signed(pair['difference'])} {_interval(pair)}"
        estimates.append(
            Estimate(
                f"{pair['a']} − {pair['b']}",
                pair["difference"],
                pair["low"],
                pair["high"],
                series.get(better, 0),
                figures.strip(),
                faint=pair["verdict"] == NO_DIFFERENCE,
            )
        )
    said = "; ".join(
        f"{each.name}: {each.shown}, {verdict_words(pair)}" for each, pair in zip(estimates, drawn, strict=True)
    )
    axis = f"difference in {metric}"
    return interval_chart("pairs-drawing", "Differences between recipes", said, axis, estimates, numbers.signed, 0.0)


def _interval(pair: Mapping[str, Any]) -> str:
    low, high = pair["low"], pair["high"]
    return f"[{numbers.signed(low)}, {numbers.signed(high)}]" if low is not None and high is not None else ""


def _table(found: Sequence[Mapping[str, Any]], metric: str) -> Html:
    heads = (f"Difference in {metric}", "95 % interval", "p", "p, adjusted")
    columns = [Column("First"), Column("Second"), *(Column(head, numeric=True) for head in heads), Column("Verdict")]
    rows = [
        [
            Cell(foreign(pair["a"])),
            Cell(foreign(pair["b"])),
            Cell(text(numbers.signed(pair["difference"])), pair["difference"]),
            Cell(text(_interval(pair)), pair["low"]),
            Cell(text(numbers.probability(pair["p"])), pair["p"]),
            Cell(text(numbers.probability(pair["p_adjusted"])), pair["p_adjusted"]),
            Cell(foreign(verdict_words(pair))),
        ]
        for pair in found
    ]
    return table("Pairs of recipes, the first minus the second", columns, rows)
