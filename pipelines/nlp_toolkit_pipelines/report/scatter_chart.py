"""Points of two numbers each, named where there is room: quality against cost, with the front worth considering."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from nlp_toolkit_pipelines.report.axes import horizontal_axis, vertical_axis
from nlp_toolkit_pipelines.report.html import Html
from nlp_toolkit_pipelines.report.numbers import tick_words
from nlp_toolkit_pipelines.report.scales import Scale, padded, padded_log
from nlp_toolkit_pipelines.report.svg import colour, drawing, group, label, line, marker, path, shortened, text_width

WIDTH = 500
HEIGHT = 360
LEFT, RIGHT, TOP, BOTTOM = 50, 490, 36, 312
NAME_SIZE = 12
LONGEST_NAME = 150


@dataclass(frozen=True)
class Point:
    """A named point with the interval of its `y`; the markers of those not `strong` are hollow."""

    name: str
    x: float
    y: float
    low: float | None
    high: float | None
    series: int
    strong: bool = True


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing that is taken."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether the two share any room."""
        apart = self.right <= other.left or other.right <= self.left or self.bottom <= other.top
        return not (apart or other.bottom <= self.top)


Side: TypeAlias = tuple[tuple[float, float], str, Box]
"""Where a name could stand: its place, its anchor and the room it takes."""


def front(points: Sequence[Point], *, less_is_better: bool = False) -> list[Point]:
    """The points that no cheaper one (smaller `x`) equals or beats in `y`, from the cheapest on.

    >>> [each.name for each in front([Point("a", 1, .5, None, None, 0), Point("b", 2, .4, None, None, 0)])]
    ['a']
    """
    sign = -1 if less_is_better else 1
    best: list[Point] = []
    for point in sorted(points, key=lambda each: (each.x, -sign * each.y)):
        if not best or sign * point.y > sign * best[-1].y:
            best.append(point)
    return best


def scatter_chart(
    name: str,
    title: str,
    description: str,
    x_axis: str,
    y_axis: str,
    points: Sequence[Point],
    x_shown: Callable[[float], str],
    y_shown: Callable[[float], str],
    *,
    less_is_better: bool = False,
) -> Html:
    """Points over a logarithmic `x` (all positive), their front as a stepped line."""
    x = Scale(*padded_log([point.x for point in points]), LEFT, RIGHT, log=True)
    ends = [end for point in points for end in (point.y, point.low, point.high) if end is not None]
    y = Scale(*padded(ends), BOTTOM, TOP)
    across, up = x.ticks(), y.ticks()
    parts = horizontal_axis(x, across, [x_shown(tick) for tick in across], TOP, BOTTOM, x_axis)
    parts += vertical_axis(y, up, tick_words(up), LEFT, RIGHT, y_axis)
    steps = _steps([(x(point.x), y(point.y)) for point in front(points, less_is_better=less_is_better)])
    if len(steps) > 1:
        parts.append(path(steps, "front"))
    for point in sorted(points, key=lambda each: each.strong):
        parts.append(_point(point, x(point.x), y, f"{point.name}: {y_shown(point.y)}, {x_shown(point.x)}"))
    return drawing(name, WIDTH, HEIGHT, title, description, *parts, *_names(points, x, y, steps))


def _steps(corners: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """A line that stays level until the next point is paid for."""
    if not corners:
        return []
    steps = [corners[0]]
    for x, y in corners[1:]:
        steps += [(x, steps[-1][1]), (x, y)]
    return [*steps, (RIGHT, steps[-1][1])]


def _point(point: Point, at: float, y: Scale, tooltip: str) -> Html:
    parts = []
    if point.low is not None and point.high is not None:
        parts.append(line(at, y(point.low), at, y(point.high), f"interval {colour(point.series)}"))
    parts.append(marker(point.series, at, y(point.y), tooltip, "" if point.strong else "hollow"))
    return group(parts)


def _names(points: Sequence[Point], x: Scale, y: Scale, steps: Sequence[tuple[float, float]]) -> list[Html]:
    """Names beside their points, on the side where there is room; a crowded one is left to the table."""
    taken = [Box(x(each.x) - 6, y(each.y) - 6, x(each.x) + 6, y(each.y) + 6) for each in points]
    lines = [_around(*ends) for ends in pairwise(steps)]
    for each in points:
        if each.low is not None and each.high is not None:
            lines.append(_around((x(each.x), y(each.low)), (x(each.x), y(each.high))))
    names = []
    for point in sorted(points, key=lambda each: not each.strong):
        words = shortened(point.name, LONGEST_NAME, NAME_SIZE)
        sides = _sides(x(point.x), y(point.y), text_width(words, NAME_SIZE))
        # A name may cross a line where it finds no place without, but never another name or point.
        for at, anchor, box in [*_free(sides, [*taken, *lines]), *_free(sides, taken)][:1]:
            taken.append(box)
            names.append(label(at[0], at[1], words, "point-name", anchor))
    return names


def _around(one: tuple[float, float], other: tuple[float, float]) -> Box:
    left, right = sorted((one[0], other[0]))
    top, bottom = sorted((one[1], other[1]))
    return Box(left - 1, top - 1, right + 1, bottom + 1)


def _free(sides: Sequence[Side], taken: Sequence[Box]) -> list[Side]:
    return [side for side in sides if _inside(side[2]) and not any(side[2].meets(other) for other in taken)]


def _inside(box: Box) -> bool:
    return box.left >= LEFT and box.right <= WIDTH and box.top >= TOP - 12 and box.bottom <= BOTTOM


def _sides(x: float, y: float, width: float) -> list[Side]:
    """Places for a name of that width beside the point, the best first."""
    right, left, gap = x + 10, x - 10, NAME_SIZE
    sides = []
    for rise in (-8, 16, 4):
        top, bottom = y + rise - gap, y + rise + 3
        sides.append(((right, y + rise), "start", Box(right, top, right + width, bottom)))
        sides.append(((left, y + rise), "end", Box(left - width, top, left, bottom)))
    for rise in (-12, 22):
        box = Box(x - width / 2, y + rise - gap, x + width / 2, y + rise + 3)
        sides.append(((x, y + rise), "middle", box))
    return sides
