"""Differences between recipes with their intervals and corrected tests: a forest plot and a table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.comparison_scores import best_first, series_of
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.interval_chart import Estimate, interval_chart
from nlp_toolkit_pipelines.report.metric_words import metric_name
from nlp_toolkit_pipelines.report.page import details, figure, paragraph
from nlp_toolkit_pipelines.report.svg import shortened
from nlp_toolkit_pipelines.report.tables import Cell, Column, table

DRAWN = 15  # more pairs than this: those with the best recipe are drawn, all are in the table
NAME_WIDTH = 128  # of each of the two names in the drawing
NO_DIFFERENCE = "no difference shown"


def pairs(report: Mapping[str, Any]) -> Html:
    """The section: what the tests say in words, the drawing, every pair in a table."""
    ranks = {recipe["name"]: rank for rank, recipe in enumerate(best_first(report))}
    found = better_first(report["pairs"], ranks)
    best = next(iter(ranks), "")
    drawn = found if len(found) <= DRAWN else [pair for pair in found if best in (pair["a"], pair["b"])]
    which = "Every pair" if len(drawn) == len(found) else f"Every pair with {best}, the best score"
    metric = metric_name(report["metric"])
    words = (
        f"{which}: {metric} of the first minus that of the second, with its 95 % interval. An interval that "
        "crosses the line at 0 is compatible with no difference; hollow marks are pairs where none was shown. "
        "Intervals are each pair's own: of many pairs some may leave out 0 though none was shown."
    )
    parts = [paragraph(_verdicts(found, report["metric"]))]
    if drawn:
        against = len(drawn) < len(found)
        parts.append(figure(_forest(drawn, series_of(report), metric, only_second=against), words))
    whole = _table(found, metric)
    return join([*parts, whole if len(found) <= DRAWN else details(f"All {len(found)} pairs", whole)])


def better_first(found: Sequence[Mapping[str, Any]], ranks: Mapping[str, int]) -> list[Mapping[str, Any]]:
    """The pairs with the recipe of the better score named first, those of the best recipe at the top."""
    last = len(ranks)
    whole = [pair if ranks.get(pair["a"], last) <= ranks.get(pair["b"], last) else turned(pair) for pair in found]
    return sorted(whole, key=lambda pair: (ranks.get(pair["a"], last), ranks.get(pair["b"], last)))


def turned(pair: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same pair with its two recipes changed over.

    >>> found = turned({"a": "x", "b": "y", "difference": 0.1, "low": 0.0, "high": 0.2, "verdict": "a better"})
    >>> found["a"], found["difference"], found["low"], found["high"], found["verdict"]
    ('y', -0.1, -0.2, -0.0, 'b better')
    """
    verdicts = {"a better": "b better", "b better": "a better"}
    low, high = pair["low"], pair["high"]
    return {
        **pair,
        "a": pair["b"],
        "b": pair["a"],
        "difference": -pair["difference"],
        "low": None if high is None else -high,
        "high": None if low is None else -low,
        "verdict": verdicts.get(pair["verdict"], pair["verdict"]),
    }


def verdict_words(pair: Mapping[str, Any]) -> str:
    """The verdict with the recipe's name in it.

    >>> verdict_words({"a": "tfidf", "b": "count", "verdict": "a better"})
    'tfidf is better'
    """
    better = {"a better": pair["a"], "b better": pair["b"]}.get(pair["verdict"])
    return pair["verdict"] if better is None else f"{better} is better"


def _verdicts(found: Sequence[Mapping[str, Any]], metric: str) -> str:
    same = Counter(pair["verdict"] for pair in found)[NO_DIFFERENCE]
    tests = ", ".join(dict.fromkeys(pair["test"] for pair in found))
    adjusted = "" if len(found) == 1 else ", p-values adjusted for the number of pairs (Holm)"
    rest = " No difference shown does not mean equal: more data could show one." if same else ""
    return f"{_start(len(found), len(found) - same)} in {metric_name(metric)}. Test: {tests}{adjusted}.{rest}"


def _start(n_pairs: int, shown: int) -> str:
    if n_pairs == 1:
        return "The two differ beyond chance" if shown else "No difference was shown between the two"
    if not shown:
        return f"None of the {n_pairs} pairs differs beyond chance"
    if shown == n_pairs:
        return f"All {n_pairs} pairs differ beyond chance"
    return f"{shown} of {n_pairs} pairs {'differs' if shown == 1 else 'differ'} beyond chance"


def _forest(drawn: Sequence[Mapping[str, Any]], series: Mapping[str, int], metric: str, *, only_second: bool) -> Html:
    estimates = []
    for pair in drawn:
        better = pair["b"] if pair["verdict"] == "b better" else pair["a"]
        figures = f"{numbers.signed(pair['difference'])} {_interval(pair)}"
        estimates.append(
            Estimate(
                f"− {pair['b']}" if only_second else " − ".join(shortened(pair[side], NAME_WIDTH) for side in "ab"),
                pair["difference"],
                pair["low"],
                pair["high"],
                series.get(better, 0),
                figures.strip(),
                hollow=pair["verdict"] == NO_DIFFERENCE,
            )
        )
    said = "; ".join(
        f"{pair['a']} − {pair['b']}: {each.shown}, {verdict_words(pair)}"
        for each, pair in zip(estimates, drawn, strict=True)
    )
    axis = f"difference in {metric}"
    return interval_chart("pairs-drawing", "Differences between recipes", said, axis, estimates, 0.0, signed=True)


def _interval(pair: Mapping[str, Any]) -> str:
    low, high = pair["low"], pair["high"]
    return f"[{numbers.signed(low)}, {numbers.signed(high)}]" if low is not None and high is not None else ""


def _table(found: Sequence[Mapping[str, Any]], metric: str) -> Html:
    heads = (f"Difference in {metric}", "95 % interval", "p", "p, adjusted")
    columns = [Column("First"), Column("Second"), *(Column(head, numeric=True) for head in heads), Column("Verdict")]
    rows = [
        [
            Cell(tag("span", {"class": "recipe"}, foreign(pair["a"]))),
            Cell(tag("span", {"class": "recipe"}, foreign(pair["b"]))),
            Cell(text(numbers.signed(pair["difference"])), pair["difference"]),
            Cell(text(_interval(pair)), pair["low"]),
            Cell(text(numbers.probability(pair["p"])), pair["p"]),
            Cell(text(numbers.probability(pair["p_adjusted"])), pair["p_adjusted"]),
            Cell(tag("span", {"class": "recipe"}, foreign(verdict_words(pair)))),
        ]
        for pair in found
    ]
    return table("Pairs of recipes, the first minus the second", columns, rows)
