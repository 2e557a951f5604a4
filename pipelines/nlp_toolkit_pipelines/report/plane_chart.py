"""Points of two numbers over a line to compare with: reliability curves, residuals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nlp_toolkit_pipelines.report.axes import horizontal_axis, vertical_axis
from nlp_toolkit_pipelines.report.html import Html, tag
from nlp_toolkit_pipelines.report.numbers import tick_words
from nlp_toolkit_pipelines.report.scales import Scale, padded
from nlp_toolkit_pipelines.report.svg import colour, drawing, group, line, marker, number

LEFT, TOP, BELOW = 56, 36, 50
MANY = 200  # points from which they are small, without words of their own


@dataclass(frozen=True)
class PlanePoint:
    """A point with the interval of its `y` (None: none known), and what is said when it is pointed at."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    words: str = ""


def plane_chart(
    name: str,
    title: str,
    description: str,
    x_axis: str,
    y_axis: str,
    points: Sequence[PlanePoint],
    reference: Callable[[float], float],
    *,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    width: float = 560,
    height: float = 420,
) -> Html:
    """Points over linear axes; `reference` is a straight line to compare with, as y of x."""
    bottom, right = height - BELOW, width - 10
    x = Scale(*(x_range or padded(point.x for point in points)), LEFT, right)
    ends = [end for each in points for end in (each.y, each.low, each.high) if end is not None]
    y = Scale(*(y_range or padded([*ends, *(reference(point.x) for point in points)])), bottom, TOP)
    across, up = x.ticks(), y.ticks()
    parts = horizontal_axis(x, across, tick_words(across), TOP, bottom, x_axis)
    parts += vertical_axis(y, up, tick_words(up), LEFT, right, y_axis)
    parts.append(line(x(x.low), y(reference(x.low)), x(x.high), y(reference(x.high)), "reference"))
    parts += [_crowd(points, x, y)] if len(points) > MANY else [_point(each, x, y) for each in points]
    return drawing(name, width, height, title, description, *parts)


def _point(point: PlanePoint, x: Scale, y: Scale) -> Html:
    parts = []
    if point.low is not None and point.high is not None:
        parts.append(line(x(point.x), y(point.low), x(point.x), y(point.high), f"interval {colour(0)}"))
    parts.append(marker(0, x(point.x), y(point.y), point.words or None))
    return group(parts)


def _crowd(points: Sequence[PlanePoint], x: Scale, y: Scale) -> Html:
    """All points as one path: thousands of elements would make the page slow."""
    places = "".join(f"M{number(x(each.x))} {number(y(each.y))}m-1.6-1.6h3.2v3.2h-3.2z" for each in points)
    return tag("path", {"d": places, "class": f"mark dot {colour(0)}"})
