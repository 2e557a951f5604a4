"""Lines with bands over a growing quantity, each named at its end: learning curves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nlp_toolkit_pipelines.report.axes import horizontal_axis, vertical_axis
from nlp_toolkit_pipelines.report.html import Html
from nlp_toolkit_pipelines.report.numbers import tick_words
from nlp_toolkit_pipelines.report.scales import Scale, padded, padded_log
from nlp_toolkit_pipelines.report.svg import colour, drawing, group, label, line, marker, path, shortened, text_width

LEFT, TOP, BELOW = 56, 36, 50
NAME_SIZE = 12
NAME_HEIGHT = 15
LONGEST_NAME = 180


@dataclass(frozen=True)
class CurvePoint:
    """A value at `x` with its band (None: none known)."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Curve:
    """A named line; `points` rise in `x`. `dashed` ones are drawn with gaps and hollow markers."""

    name: str
    points: tuple[CurvePoint, ...]
    series: int
    dashed: bool = False


@dataclass(frozen=True)
class Size:
    """The room of a drawing."""

    width: float
    height: float


def curve_range(curves: Sequence[Curve]) -> tuple[float, float]:
    """The values the drawing has to hold, bands included, with some room."""
    points = [point for curve in curves for point in curve.points]
    return padded([end for each in points for end in (each.y, each.low, each.high) if end is not None])


def spread_out(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """`places` moved apart until they are `gap` from each other, in their order, between `low` and `high`.

    >>> spread_out([10, 12, 50], gap=10, low=0, high=100)
    [10, 20, 50]
    """
    order = sorted(range(len(places)), key=lambda each: places[each])
    moved = list(places)
    free = low
    for each in order:
        moved[each] = max(moved[each], free)
        free = moved[each] + gap
    limit = high
    for each in reversed(order):
        moved[each] = min(moved[each], limit)
        limit = moved[each] - gap
    return moved


SIZE = Size(760, 420)


def curve_chart(
    name: str,
    title: str,
    description: str,
    x_axis: str,
    y_axis: str,
    curves: Sequence[Curve],
    x_shown: Callable[[float], str],
    y_shown: Callable[[float], str],
    size: Size = SIZE,
    y_range: tuple[float, float] | None = None,
) -> Html:
    """Curves over a logarithmic `x` with a tick at each of their points; names stand at the ends of the lines."""
    xs = sorted({point.x for curve in curves for point in curve.points})
    names = [shortened(curve.name, LONGEST_NAME, NAME_SIZE) for curve in curves]
    right = size.width - max(text_width(each, NAME_SIZE) for each in names) - 32
    bottom = size.height - BELOW
    x = Scale(*padded_log(xs, 0.04), LEFT, right, log=True)
    y = Scale(*(y_range or curve_range(curves)), bottom, TOP)
    up = y.ticks()
    parts = horizontal_axis(x, xs, [x_shown(each) for each in xs], TOP, bottom, x_axis)
    parts += vertical_axis(y, up, tick_words(up), LEFT, right, y_axis)
    parts += [_band(curve, x, y) for curve in curves if all(point.low is not None for point in curve.points)]
    parts += [_line(curve, x, y, x_shown, y_shown) for curve in curves]
    ends = [y(curve.points[-1].y) for curve in curves]
    for curve, words, end, place in zip(
        curves, names, ends, spread_out(ends, NAME_HEIGHT, TOP, bottom - 2), strict=True
    ):
        if abs(place - end) > 3:
            parts.append(line(x(curve.points[-1].x) + 7, end, right + 9, place, "leader"))
        parts.append(marker(curve.series, right + 16, place, style="hollow" if curve.dashed else "", scale=0.8))
        parts.append(label(right + 25, place + 4, words, "point-name"))
    return drawing(name, size.width, size.height, title, description, *parts)


def _band(curve: Curve, x: Scale, y: Scale) -> Html:
    high = [(x(point.x), y(point.high)) for point in curve.points if point.high is not None]
    low = [(x(point.x), y(point.low)) for point in curve.points if point.low is not None]
    return path([*high, *reversed(low)], f"band {colour(curve.series)}", closed=True)


def _line(curve: Curve, x: Scale, y: Scale, x_shown: Callable[[float], str], y_shown: Callable[[float], str]) -> Html:
    style = f"curve {colour(curve.series)}{' dashed' if curve.dashed else ''}"
    parts = [path([(x(point.x), y(point.y)) for point in curve.points], style)]
    for point in curve.points:
        words = f"{curve.name}, {x_shown(point.x)}: {y_shown(point.y)}"
        hollow = "hollow" if curve.dashed else ""
        parts.append(marker(curve.series, x(point.x), y(point.y), words, hollow, scale=0.85))
    return group(parts)
