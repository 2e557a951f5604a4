"""A comparison for people: the summary in words, then the recipes, the pairs, and the learning curves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nlp_toolkit_cli.scores import metric_title
from nlp_toolkit_cli.show import print_line, print_pairs, print_sentences, print_table

if TYPE_CHECKING:
    from nlp_toolkit_pipelines.comparison.results import ComparisonResult, LearningCurves, PairResult

_MOST_PAIRS = 15


def print_comparison(result: "ComparisonResult") -> None:
    """Everything the report says that fits a terminal."""
    print_sentences(result.summary)
    print_line()
    _print_recipes(result)
    if result.pairs:
        print_line()
        _print_pairs(result.pairs)
    if result.curves is not None:
        print_line()
        _print_curves(result.curves)
    if result.output is not None:
        print_line()
        print_pairs([("report", str(result.output / "report.html")), ("", str(result.output / "report.json"))])


def _print_recipes(result: "ComparisonResult") -> None:
    """Recipes best first; a star marks those that no other beats on quality and cost together."""
    rows = [
        [
            each.name,
            f"{each.score:.3f}{' *' if each.pareto else '  '}",
            _interval(each.low, each.high),
            _amount(each.fit_seconds),
            _amount(each.texts_per_second),
            _amount(each.peak_mb),
            _amount(each.model_mb),
        ]
        for each in result.recipes
    ]
    columns = ["recipe", metric_title(result.metric), "95 %", "fit s", "texts/s", "memory", "model"]
    print_table(columns, rows, numbers=columns[1:])
    print_line("* no other is as good, as quick to fit, as fast and as small; sizes in MB")


def _print_pairs(pairs: "Sequence[PairResult]") -> None:
    """Every pair, or of many those with the best recipe."""
    shown = pairs
    if len(pairs) > _MOST_PAIRS:
        shown = [pair for pair in pairs if pairs[0].a in (pair.a, pair.b)]
        print_line(f"The {len(shown)} of {len(pairs)} pairs with the best recipe (--json has them all)")
    rows = [
        [
            pair.a,
            pair.b,
            f"{pair.difference:+.3f}",
            _interval(pair.low, pair.high),
            f"{pair.p_adjusted:.3f}{'  ' if pair.verdict == 'no difference shown' else ' *'}",
        ]
        for pair in shown
    ]
    columns = ["recipe", "less", "is", "95 %", "p (Holm)"]
    print_table(columns, rows, numbers=columns[2:])
    if any(pair.verdict != "no difference shown" for pair in shown):
        print_line("* a difference is shown; p is adjusted for all pairs, intervals are each pair's own")


def _print_curves(curves: "LearningCurves") -> None:
    """A row a recipe, a column a number of labels."""
    names = [f"{size:,}" for size in curves.sizes]
    rows = []
    for curve in curves.by:
        scores = {point.size: f"{point.score:.3f}" for point in curve.points}
        rows.append([curve.name, *(scores.get(size, "-") for size in curves.sizes)])
    print_table(["labels", *names], rows, numbers=names)


def _interval(low: float, high: float) -> str:
    return "-" if low != low else f"{low:.3f} {high:.3f}"


def _amount(value: float) -> str:
    """Three digits are enough for what another run measures a little differently.

    >>> _amount(0.0312), _amount(12.34), _amount(45678.9)
    ('0.03', '12.3', '45,679')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
