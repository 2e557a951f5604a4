"""The frame of a chart: grid lines, numbers along both sides, and what they are numbers of."""

from collections.abc import Sequence

from nlp_toolkit_pipelines.report.html import Html
from nlp_toolkit_pipelines.report.scales import Scale
from nlp_toolkit_pipelines.report.svg import label, line, text_width

TICK_SIZE = 12


def horizontal_axis(
    scale: Scale, ticks: Sequence[float], words: Sequence[str], top: float, bottom: float, title: str
) -> list[Html]:
    """Grid lines from `top` to `bottom` at the ticks, with their numbers (`words`) and the title below.

    Numbers that would run into the one before are left out; their lines stay.
    """
    parts: list[Html] = []
    free = float("-inf")
    for tick, shown in zip(ticks, words, strict=True):
        at = scale(tick)
        parts.append(line(at, top, at, bottom, "grid"))
        half = text_width(shown, TICK_SIZE) / 2
        if at - half > free + 4:
            parts.append(label(at, bottom + 17, shown, "tick", "middle"))
            free = at + half
    parts.append(line(scale.start, bottom, scale.end, bottom, "axis"))
    parts.append(label((scale.start + scale.end) / 2, bottom + 37, title, "axis-title", "middle"))
    return parts


def vertical_axis(
    scale: Scale, ticks: Sequence[float], words: Sequence[str], left: float, right: float, title: str
) -> list[Html]:
    """Grid lines from `left` to `right` at the ticks, with their numbers at the left and the title above."""
    parts = [line(left, scale(tick), right, scale(tick), "grid") for tick in ticks]
    parts += [label(left - 8, scale(tick) + 4, shown, "tick", "end") for tick, shown in zip(ticks, words, strict=True)]
    parts.append(label(2, min(scale.start, scale.end) - 14, title, "axis-title"))
    return parts
