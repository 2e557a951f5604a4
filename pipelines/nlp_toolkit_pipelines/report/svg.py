"""The parts of a small SVG drawing: the frame with its text alternative, text, lines, markers."""

import unicodedata
from collections.abc import Sequence

from nlp_toolkit_pipelines.report.html import Html, join, tag, text

FONT_SIZE = 13

# Around the point they start at, about 10 wide; the map's scripts draw the same ones. Told apart without colour.
MARKERS = (
    "m5 0a5 5 0 1 1-10 0a5 5 0 1 1 10 0z",  # disc
    "m-4.4-4.4h8.8v8.8h-8.8z",  # square
    "m0-5.6l5.4 9.8h-10.8z",  # triangle
    "m0-6.2l6.2 6.2l-6.2 6.2l-6.2-6.2z",  # diamond
    "m0 5.6l5.4-9.8h-10.8z",  # triangle, point down
    "m-1.8-5.5h3.6v3.7h3.7v3.6h-3.7v3.7h-3.6v-3.7h-3.7v-3.6h3.7z",  # plus
    "m-5.4-2.9l2.5-2.5 2.9 2.9 2.9-2.9 2.5 2.5-2.9 2.9 2.9 2.9-2.5 2.5-2.9-2.9-2.9 2.9-2.5-2.5 2.9-2.9z",  # cross
)
COLOURS = 8  # classes s0 to s7 of page.css


def number(value: float) -> str:
    """A coordinate with one decimal at most.

    >>> number(12.04), number(12.06), number(-0.01)
    ('12', '12.1', '0')
    """
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def drawing(name: str, width: float, height: float, title: str, description: str, *parts: Html) -> Html:
    """An <svg> with the id `name`, which says in words what it shows."""
    alternative = (tag("title", {"id": f"{name}-t"}, text(title)), tag("desc", {"id": f"{name}-d"}, text(description)))
    frame = {
        "viewBox": f"0 0 {number(width)} {number(height)}",
        "role": "img",
        "aria-labelledby": f"{name}-t",
        "aria-describedby": f"{name}-d",
        "id": name,
    }
    return tag("svg", frame, *alternative, *parts)


def label(x: float, y: float, words: str, style: str = "", anchor: str | None = None) -> Html:
    """Text at a place; `anchor` is "middle" or "end" where it does not start there."""
    place = {"x": number(x), "y": number(y), "class": style or None, "text-anchor": anchor}
    return tag("text", place, text(words))


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> Html:
    """A straight line."""
    ends = {"x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2)}
    return tag("line", ends | {"class": style})


def path(points: Sequence[tuple[float, float]], style: str, *, closed: bool = False) -> Html:
    """A line through `points`, or the area inside them."""
    places = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return tag("path", {"d": f"M{places}{'Z' if closed else ''}", "class": style})


def marker(series: int, x: float, y: float, tooltip: str | None = None, style: str = "", scale: float = 1) -> Html:
    """The marker of a series: its shape and colour stay the same in every drawing of a page."""
    size = "" if scale == 1 else f" scale({scale:g})"
    place = {
        "d": MARKERS[series % len(MARKERS)],
        "transform": f"translate({number(x)} {number(y)}){size}",
        "class": f"mark {colour(series)} {style}".strip(),
    }
    return tag("path", place, tag("title", {}, text(tooltip)) if tooltip else Html(""))


def colour(series: int) -> str:
    """The class that colours a series."""
    return f"s{series % COLOURS}"


def glyph(shape: int, style: str) -> Html:
    """A marker as a picture of its own, to stand beside a name; it says nothing to a screen reader."""
    mark = tag("path", {"d": f"M0 0{MARKERS[shape % len(MARKERS)]}", "class": f"mark {style}"})
    return tag("svg", {"viewBox": "-8 -8 16 16", "class": "glyph", "aria-hidden": "true"}, mark)


def group(parts: Sequence[Html], style: str | None = None) -> Html:
    """Parts that belong together."""
    return tag("g", {"class": style}, join(parts))


def text_width(words: str, size: float = FONT_SIZE) -> float:
    """About how wide `words` are: Hangul and the like a whole em, the rest a bit more than half of one.

    >>> text_width("가나", size=10), text_width("ab", size=10)
    (20.0, 11.6)
    """
    return size * sum(_em(character) for character in words)


def shortened(words: str, width: float, size: float = FONT_SIZE) -> str:
    """`words` cut so that they are about `width` wide at most.

    >>> shortened("a very long name", 40, size=10)
    'a ver…'
    """
    if text_width(words, size) <= width:
        return words
    kept = len(words)
    while kept > 1 and text_width(words[:kept], size) + size * 0.58 > width:
        kept -= 1
    return words[:kept].rstrip() + "…"


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(character) in "WF" else 0.58
