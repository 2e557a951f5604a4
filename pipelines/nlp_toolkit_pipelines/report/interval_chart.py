"""Estimates with their intervals, one a row: scores of recipes, or differences of pairs (a forest plot)."""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp_toolkit_pipelines.report.axes import horizontal_axis
from nlp_toolkit_pipelines.report.html import Html
from nlp_toolkit_pipelines.report.numbers import tick_words
from nlp_toolkit_pipelines.report.scales import Scale, padded
from nlp_toolkit_pipelines.report.svg import colour, drawing, group, label, line, marker, shortened, text_width

WIDTH = 760
ROW = 30
DOTS_BELOW = 9
TOP = 10
BOTTOM = 46


@dataclass(frozen=True)
class Estimate:
    """A value with its interval (`low` and `high` None: none known).

    `shown` is the value in figures, at the right of its row; `dots` are the single values behind it, drawn
    small below; `hollow` estimates have an empty marker.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    series: int
    shown: str
    dots: tuple[float, ...] = ()
    hollow: bool = False


def estimate_range(estimates: Sequence[Estimate], reference: float | None) -> tuple[float, float]:
    """The numbers the axis has to hold, with some room."""
    values = [each.value for each in estimates] + [dot for each in estimates for dot in each.dots]
    values += [end for each in estimates for end in (each.low, each.high) if end is not None]
    return padded(values if reference is None else [*values, reference])


def interval_chart(
    name: str,
    title: str,
    description: str,
    axis: str,
    estimates: Sequence[Estimate],
    reference: float | None = None,
    *,
    signed: bool = False,
) -> Html:
    """One row an estimate, from the top; `reference` is a vertical line to compare with (0 for differences, which are
    `signed`: their axis shows a plus)."""
    left = min(max(text_width(each.name) for each in estimates), 270) + 34
    right = WIDTH - max(text_width(each.shown) for each in estimates) - 14
    bottom = TOP + ROW * len(estimates)
    low, high = estimate_range(estimates, reference)
    scale = Scale(low, high, left, right)
    ticks = scale.ticks()
    parts = horizontal_axis(scale, ticks, tick_words(ticks, sign=signed), TOP, bottom, axis)
    if reference is not None:
        parts.append(line(scale(reference), TOP, scale(reference), bottom, "reference"))
    parts += [_row(each, scale, TOP + ROW * (place + 0.5), left) for place, each in enumerate(estimates)]
    return drawing(name, WIDTH, bottom + BOTTOM, title, description, *parts)


def _row(estimate: Estimate, scale: Scale, y: float, left: float) -> Html:
    parts = [marker(estimate.series, scale(dot), y + DOTS_BELOW, style="dot", scale=0.6) for dot in estimate.dots]
    if estimate.low is not None and estimate.high is not None:
        style = f"interval {colour(estimate.series)}"
        ends = (scale(estimate.low), scale(estimate.high))
        parts.append(line(ends[0], y, ends[1], y, style))
        parts += [line(end, y - 4, end, y + 4, style) for end in ends]
    words = f"{estimate.name}: {estimate.shown}"
    parts.append(marker(estimate.series, scale(estimate.value), y, words, "hollow" if estimate.hollow else ""))
    parts.append(label(left - 20, y + 4.5, shortened(estimate.name, left - 28), "name", "end"))
    parts.append(label(WIDTH - 4, y + 4.5, estimate.shown, "figure", "end"))
    return group(parts)
