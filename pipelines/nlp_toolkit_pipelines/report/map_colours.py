"""By what the points of a text map are coloured: label, prediction, error; numbers in five steps."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from nlp_toolkit.text.visible import visible
from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.svg import COLOURS, MARKERS

STEPS = 5  # colours r0 to r4 of page.css, from little to much
NOTHING = "no prediction"


@dataclass(frozen=True)
class Style:
    """The colour (a custom property of page.css, without its dashes) and marker of a group."""

    colour: str
    marker: int


@dataclass(frozen=True)
class Colouring:
    """One way to colour a map: `of[i]` is the group of point i, which `names` and `styles` describe.

    `values` are the exact values where groups are ranges of numbers.
    """

    key: str
    title: str
    names: tuple[str, ...]
    styles: tuple[Style, ...]
    of: tuple[int, ...]
    values: tuple[str, ...] | None = None

    def counts(self) -> list[int]:
        """How many points each group has."""
        found = Counter(self.of)
        return [found[group] for group in range(len(self.names))]

    def to_json(self) -> dict[str, Any]:
        """What the map's script reads."""
        styles = [[style.colour, style.marker] for style in self.styles]
        of, values = list(self.of), None if self.values is None else list(self.values)
        return {
            "key": self.key,
            "title": self.title,
            "names": list(self.names),
            "styles": styles,
            "of": of,
            "values": values,
        }


def colourings(points: Sequence[Mapping[str, Any]], *, numeric: bool) -> list[Colouring]:
    """Every way these points can be coloured; `numeric` where labels are numbers (regression)."""
    labels = [point["label"] for point in points]
    predicted = [point.get("predicted") for point in points]
    known = any(each is not None for each in predicted)
    return _numeric(labels, predicted, known) if numeric else _named(labels, predicted, known)


def group_style(group: int) -> Style:
    """The style of a named group; those after the first are grey discs until they are picked out.

    >>> group_style(1)
    Style(colour='s1', marker=1)
    """
    return Style(f"s{group}", group % len(MARKERS)) if group < COLOURS else Style("quiet", 0)


def _named(labels: Sequence[object], predicted: Sequence[object], known: bool) -> list[Colouring]:
    truth, guess = (_names(values) for values in (labels, predicted))
    found = Counter(truth)
    frequent = len({*found, *guess}) > COLOURS
    # Few labels in their own order; of many the most frequent get the colours.
    names = sorted(found, key=lambda each: (-found[each], each) if frequent else (0, each))
    if known:
        names += sorted(set(guess) - set(names))
    place = {name: number for number, name in enumerate(names)}
    styles = tuple(group_style(group) for group in range(len(names)))
    by = [Colouring("label", "Label", tuple(names), styles, tuple(place[each] for each in truth))]
    if known:
        by.append(Colouring("predicted", "Prediction", tuple(names), styles, tuple(place[each] for each in guess)))
        wrong = tuple(int(one != other) for one, other in zip(truth, guess, strict=True))
        by.append(Colouring("error", "Error", ("right", "wrong"), (Style("quiet", 0), Style("s1", 6)), wrong))
    return by


def _numeric(labels: Sequence[Any], predicted: Sequence[Any], known: bool) -> list[Colouring]:
    truth = np.array([float(each) for each in labels])
    edges = _edges(truth)
    by = [_steps("label", "Value", truth, edges)]
    if known:
        guess = np.array([np.nan if each is None else float(each) for each in predicted])
        error = np.abs(guess - truth)
        by.append(_steps("predicted", "Prediction", guess, edges))
        by.append(_steps("error", "Error", error, _edges(error)))
    return by


def _edges(values: np.ndarray) -> np.ndarray:
    """Where one step ends and the next begins, as it is written, so that steps hold about equally many values."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.zeros(0)
    inner = np.quantile(finite, np.linspace(0, 1, STEPS + 1)[1:-1])
    written = np.array([float(f"{edge:.3g}") for edge in inner])
    return np.unique(written[(written > finite.min()) & (written <= finite.max())])


def _steps(key: str, title: str, values: np.ndarray, edges: np.ndarray) -> Colouring:
    names = _ranges([numbers.significant(float(edge)) for edge in edges])
    of = np.searchsorted(edges, values, side="right")
    styles = [Style(f"r{step}", step) for step in range(len(names))]
    missing = ~np.isfinite(values)
    if missing.any():
        of[missing] = len(names)
        names.append(NOTHING)
        styles.append(Style("quiet", 0))
    exact = tuple(numbers.significant(float(value), 4) for value in values)
    return Colouring(key, title, tuple(names), tuple(styles), tuple(int(each) for each in of), exact)


def _ranges(edges: Sequence[str]) -> list[str]:
    """Names of the steps between `edges`, which rise."""
    if not edges:
        return ["all"]
    return [f"below {edges[0]}", *(f"{low} to {high}" for low, high in pairwise(edges)), f"{edges[-1]} and above"]


def _names(values: Sequence[object]) -> list[str]:
    return [NOTHING if value is None else _name(value) for value in values]


def _name(value: object) -> str:
    return visible(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
