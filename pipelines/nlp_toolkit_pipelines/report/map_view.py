"""The map of the texts: a canvas that can be searched and moved over, and a drawing of it for paper."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nlp_toolkit.text.normalize import normalize
from nlp_toolkit.text.visible import visible_lines
from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.html import Html, foreign, json_block, tag, text
from nlp_toolkit_pipelines.report.map_colours import Colouring, colourings
from nlp_toolkit_pipelines.report.page import details, paragraph
from nlp_toolkit_pipelines.report.svg import MARKERS, drawing, glyph, number
from nlp_toolkit_pipelines.report.tables import Cell, Column, plain, table

MAP_SCRIPTS = ("map_pixels.js", "map_places.js", "text_map.js")
LONGEST_TEXT = 240  # characters of a text the page carries
STEPS = 10_000  # places along the longer side
WIDTH, HEIGHT, ROOM = 760, 520, 12
MANY = 3000  # points from which the drawing for paper takes dots

HOW_TO_READ = {
    "pca": "PCA: the two directions in which the texts' vectors differ most. Near points have similar vectors as far "
    "as two of many directions can show; texts that lie on each other here may still be far apart.",
    "t-sne": "t-SNE: neighbours stay together. Read which texts lie together; distances between clusters, their sizes "
    "and the axes mean nothing, and another seed draws another map.",
}
KEYS = (
    "With the keyboard: Tab to the map, arrow keys go to the nearest text in that direction, Page Down and Page Up "
    "through all texts in order, plus and minus zoom, 0 shows everything, Escape lets go. "
    "With the mouse: hover, click to hold a text, drag to move."
)


def map_view(chart: Mapping[str, Any], *, numeric: bool, language: str | None) -> Html:
    """The map with its controls, legend and text alternatives, for the `map` of a report."""
    points = chart["points"]
    by = colourings(points, numeric=numeric)
    places = _places(points)
    language = language if language in ("ko", "en") else None
    data = {
        "x": [x for x, _ in places],
        "y": [y for _, y in places],
        "texts": [clipped(str(point.get("text") or "")) for point in points],
        "by": [each.to_json() for each in by],
        "markers": MARKERS,
    }
    title = f"Map of {numbers.count(len(points))} texts by {chart['recipe']}"
    author = chart.get("predicted_by")
    predicted = f" Predictions are those of {author} on rows it had not seen." if author else ""
    return tag(
        "div",
        {"id": "text-map", "data-language": language},
        paragraph(f"Each point is a text, placed by its row of {chart['recipe']}.{predicted}"),
        paragraph(HOW_TO_READ.get(chart["method"], chart["method"]), "hint"),
        _controls(by),
        _legend(by[0]),
        _stage(title),
        tag("ol", {"class": "found", "aria-label": "Texts found", "hidden": True}),
        _for_paper(title, by[0], places),
        details("The groups as a table", _groups(by)),
        json_block("text-map-data", data),
    )


def clipped(words: str) -> str:
    """A text as far as the page carries it: with hidden characters visible, and in NFC as the search is."""
    whole = normalize(visible_lines(words), "NFC")
    return whole if len(whole) <= LONGEST_TEXT else whole[:LONGEST_TEXT].rstrip() + "…"


def _places(points: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """Whole numbers from 0 to STEPS, as far apart along x as along y; y grows upwards."""
    places = np.array([[float(point["x"]), float(point["y"])] for point in points])
    places -= places.min(axis=0)
    step = places.max() / STEPS or 1.0
    return [(x, y) for x, y in np.round(places / step).astype(int).tolist()]


def _controls(by: Sequence[Colouring]) -> Html:
    choices = (
        tag(
            "label",
            {},
            tag("input", {"type": "radio", "name": "map-by", "value": place, "checked": place == 0}),
            text(each.title),
        )
        for place, each in enumerate(by)
    )
    buttons = (("in", "Zoom in", "+"), ("out", "Zoom out", "−"), ("all", "Show everything", "All"))
    zoom = (
        tag("button", {"type": "button", "data-zoom": name, "aria-label": words, "title": words}, text(sign))
        for name, words, sign in buttons
    )
    field = {"type": "search", "id": "map-search", "autocomplete": "off", "spellcheck": "false"}
    return tag(
        "div",
        {"class": "controls", "hidden": True},
        tag("fieldset", {}, tag("legend", {}, text("Colour by")), *choices),
        tag("label", {"class": "search"}, text("Search the texts "), tag("input", field)),
        tag("output", {"for": "map-search", "aria-live": "polite"}),
        tag("div", {"class": "zoom"}, *zoom),
    )


def _stage(title: str) -> Html:
    canvas = {
        "class": "over",
        "tabindex": "0",
        "role": "application",
        "aria-roledescription": "map of texts",
        "aria-label": title,
        "aria-describedby": "map-keys",
    }
    return tag(
        "div",
        {"class": "stage", "hidden": True},
        tag("div", {"class": "plane"}, tag("canvas", {"aria-hidden": "true"}), tag("canvas", canvas)),
        tag("div", {"class": "tip", "hidden": True}),
        tag("p", {"class": "chosen", "role": "status"}),
        tag("p", {"class": "hint", "id": "map-keys"}, text(KEYS)),
    )


def _legend(by: Colouring) -> Html:
    """The groups as they are first coloured; the script puts buttons in their place."""
    items = (
        tag("li", {}, glyph(style.marker, style.colour), foreign(name), text(f" {numbers.count(n)}"))
        for name, style, n in zip(by.names, by.styles, by.counts(), strict=True)
        if n
    )
    return tag("ul", {"class": "legend", "aria-label": "Groups"}, *items)


def _for_paper(title: str, by: Colouring, places: Sequence[tuple[int, int]]) -> Html:
    """Every point in an SVG: what is printed, and what shows where scripts do not run."""
    across, up = max(x for x, _ in places) or 1, max(y for _, y in places) or 1
    scale = min((WIDTH - 2 * ROOM) / across, (HEIGHT - 2 * ROOM) / up)
    left, bottom = (WIDTH - across * scale) / 2, HEIGHT - (HEIGHT - up * scale) / 2
    few = len(places) <= MANY
    shapes: list[list[str]] = [[] for _ in by.names]
    for (x, y), group in zip(places, by.of, strict=True):
        shape = MARKERS[by.styles[group].marker] if few else "m-1.5-1.5h3v3h-3z"
        shapes[group].append(f"M{number(left + x * scale)} {number(bottom - y * scale)}{shape}")
    parts = (
        tag("path", {"d": "".join(each), "class": f"mark {style.colour}"}, tag("title", {}, text(name)))
        for each, style, name in zip(shapes, by.styles, by.names, strict=True)
        if each
    )
    held = ", ".join(f"{name}: {numbers.count(n)}" for name, n in list(zip(by.names, by.counts(), strict=True))[:20])
    picture = drawing("map-drawing", WIDTH, HEIGHT, title, f"One point a text, coloured by {by.title}. {held}.", *parts)
    return tag("div", {"class": "for-paper drawing"}, picture)


def _groups(by: Sequence[Colouring]) -> Html:
    rows = [
        [Cell(foreign(name)), plain(each.title), Cell(text(numbers.count(n)), n)]
        for each in by
        for name, n in zip(each.names, each.counts(), strict=True)
    ]
    return table("Points of the map by group", [Column("Group"), Column("Of"), Column("Texts", numeric=True)], rows)
